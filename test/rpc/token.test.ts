// The token file.
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ensureToken, readToken, sameToken } from '../../rpc/token.ts';

async function tokenFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'wardmesh-token-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, 'operator.token');
}

it('makes a token of 32 random bytes that only the owner can read, and keeps it', async () => {
  const file = await tokenFile();
  const token = await ensureToken(file);
  expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await ensureToken(file)).toBe(token);
  expect(await readToken(file)).toBe(token);
  expect(await ensureToken(await tokenFile())).not.toBe(token);
});

it('takes no token from a file that others can read, and none that is damaged', async () => {
  const file = await tokenFile();
  await expect(readToken(file)).rejects.toMatchObject({ code: 'token.missing' });
  await ensureToken(file);
  await chmod(file, 0o640);
  await expect(ensureToken(file)).rejects.toMatchObject({ code: 'token.unsafe-mode', type: { mode: '640' } });
  await chmod(file, 0o600);
  await writeFile(file, (await readFile(file, 'utf8')).slice(1));
  await expect(ensureToken(file)).rejects.toMatchObject({ code: 'token.malformed' });
});

it('compares tokens of any length', () => {
  expect(sameToken('abc', 'abc')).toBe(true);
  for (const other of ['', 'ab', 'abd', 'abcd']) expect(sameToken(other, 'abc')).toBe(false);
});
