// Backups of clinics that run, through the command line; and what a restored clinic does among the others.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf } from '../../common/errors.ts';
import { tarEnd } from '../../common/tar.ts';
import { checkBackup, restoreBackup } from '../../node/backup/restore.ts';
import { readTar, tarEntry } from '../../node/backup/tar.ts';
import { createClient, type RpcClient } from '../../rpc/client.ts';
import { TestNetwork } from '../helpers/devnet.ts';
import { madeUpPatients } from '../helpers/made-up-patients.ts';
import { newAccount } from '../helpers/statements.ts';
import { waitFor } from '../helpers/wait-for.ts';

const CLINIC = 2;
const QUIET = ['--mining-threads', '0'];
const [PATIENT] = madeUpPatients(1, 5);

async function* pieces(bytes: Uint8Array, size = 1_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

async function all(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return new Uint8Array(Buffer.concat(parts));
}

describe('the backup of a clinic', () => {
  let net: TestNetwork;
  let file: string;
  let passphraseFile: string;
  let archive: Uint8Array;
  let pid: string;
  const before: string[] = [];
  const after: string[] = [];

  let restarted: RpcClient | undefined;
  const clientOf = (number: number): RpcClient => (number === CLINIC ? restarted : undefined) ?? net.client(number);
  const submit = async (number: number): Promise<string> => {
    const { id, statement } = newAccount(net.founded.bundle.genesis);
    await clientOf(number).call('tx_submit', { statements: [{ statement }] });
    return id;
  };
  const standing = (number: number, id: string): Promise<unknown> =>
    waitFor(
      async () => {
        const { status } = await clientOf(number)
          .call('chain_statement', { id })
          .catch(() => ({ status: '' }));
        return /applied|final/.test(status);
      },
      { what: `statement ${id} at clinic ${number}` },
    );

  beforeAll(async () => {
    net = await TestNetwork.found({ clinics: 2 });
    // One miner: a statement whose block was undone may be wrapped again, and would stand in two blocks.
    await net.start(1);
    await net.start(CLINIC, QUIET);
    const client = net.client(CLINIC);
    await client.call('patient_import', { resources: [{ line: 1, text: JSON.stringify(PATIENT.resource) }] });
    ({ pid } = await client.call('patient_get', { patient: PATIENT.number }));
    for (let n = 0; n < 3; n++) before.push(await submit(CLINIC));
    for (const id of before) await standing(CLINIC, id);
    file = join(net.founded.directory, 'clinic.backup');
    passphraseFile = join(net.founded.directory, 'kept');
    await writeFile(passphraseFile, `${net.clinic(CLINIC).passphrase}\n`);
  }, 300_000);

  afterAll(async () => {
    restarted?.close();
    await net.remove();
  });

  const restore = (from: string, to: string) =>
    net.command(1, '--json', 'restore', from, '--data', to, '--passphrase-file', passphraseFile);

  it('is one file, made while it runs, that opens with the passphrase of the keystore', async () => {
    const made = await net.json<{ clinic: { number: number }; chain: number | null; opensKeystore: boolean }>(
      ...([CLINIC, 'backup', file, '--passphrase-file', passphraseFile] as const),
    );
    expect(made).toMatchObject({ clinic: { number: CLINIC }, chain: null, opensKeystore: true });
    const bytes = await readFile(file);
    expect(bytes.subarray(0, 22).toString()).toBe('age-encryption.org/v1\n');
    expect(await readdir(net.founded.directory)).not.toContainEqual(expect.stringMatching(/\.new$/));
    archive = await all(net.client(CLINIC).backup(true));
    const names: string[] = [];
    for await (const { name } of readTar(pieces(archive))) names.push(name);
    expect(names).toEqual(expect.arrayContaining(['keystore.bin', 'genesis.json', 'wardmesh.json', 'backup.json']));
    expect(names.filter((name) => /vote|token|passphrase/.test(name))).toEqual([]);
    expect(Buffer.from(archive).includes(PATIENT.number)).toBe(false);
  });

  it('is for the operator alone', async () => {
    const answer = await fetch(`${net.clinic(CLINIC).url}/api/v1/backup`);
    expect(answer.status).toBe(401);
  });

  it('is refused when it was altered or is of another passphrase, and is never restored over anything', async () => {
    const target = join(net.founded.directory, 'restored');
    const bad = join(net.founded.directory, 'bad.backup');
    const bytes = new Uint8Array(await readFile(file));
    bytes[bytes.length - 40] ^= 1;
    await writeFile(bad, bytes);
    const altered = await restore(bad, target);
    expect([altered.code, JSON.parse(altered.stderr).error?.code ?? JSON.parse(altered.stderr).code]).toEqual([
      4,
      'backup.locked',
    ]);
    await mkdir(target);
    await writeFile(join(target, 'mine'), 'x');
    const over = await restore(file, target);
    expect(over.stderr).toContain('backup.exists');
    expect(await readdir(target)).toEqual(['mine']);
    await rm(target, { recursive: true });
  });

  it('brings back a clinic that sends nothing twice, loses nothing, and has no vote file', async () => {
    // The clinic goes on after its backup: the restored one knows nothing of these.
    for (let n = 0; n < 3; n++) after.push(await submit(CLINIC));
    for (const id of after) await standing(1, id);
    await net.kill(CLINIC);
    const { directory } = net.clinic(CLINIC);
    await rm(directory, { recursive: true });
    expect((await restore(file, directory)).code).toBe(0);
    const names = await readdir(directory);
    expect(names.filter((name) => /vote/.test(name))).toEqual([]);
    expect(names).toContain('catching-up.json');

    await net.start(CLINIC, [...QUIET, '--passphrase-file', passphraseFile]);
    const { paths, url } = net.clinic(CLINIC);
    const client = createClient({ url, token: (await readFile(paths.operatorToken, 'utf8')).trim() });
    restarted = client;
    const found = await client.call('patient_get', { patient: PATIENT.number });
    expect(found.pid).toBe(pid);
    const fresh = await submit(CLINIC);
    await standing(1, fresh);
    for (const id of [...before, ...after]) await standing(CLINIC, id);
    await waitFor(async () => (await client.call('node_health')).ready);
    expect(await readdir(directory)).not.toContain('catching-up.json');
    // Each statement once: a second wrapping of one would stand in a later block as already applied.
    const { height } = await client.call('chain_head');
    const seen = new Map<string, number>();
    for (let at = 1; at <= height; at++) {
      const block = await client.call('chain_block', { height: at });
      for (const { statements } of block.transactions as { statements: { id: string }[] }[]) {
        for (const { id } of statements) seen.set(id, (seen.get(id) ?? 0) + 1);
      }
    }
    for (const id of [...before, ...after, fresh]) expect([id, seen.get(id)]).toEqual([id, 1]);
  }, 300_000);

  it('with the chain gives the same blocks, executed, without any other clinic', async () => {
    const target = join(net.founded.directory, 'with-chain');
    const { manifest, height } = await restoreBackup(pieces(archive, 70_000), target);
    expect(manifest.chain).toBeGreaterThan(0);
    expect(height).toBe(manifest.chain);
    expect(await readdir(target)).toEqual(expect.arrayContaining(['chain', 'outbox.journal', 'clinical.journal']));
  });

  it('that is cut short, longer, or has another entry than it lists is none', async () => {
    const refused = async (bytes: Uint8Array): Promise<string | undefined> =>
      checkBackup(pieces(bytes, 100_000)).then(() => 'taken', codeOf);
    expect(await refused(archive)).toBe('taken');
    await fc.assert(
      fc.asyncProperty(fc.nat(archive.length - 2), fc.integer({ min: 1, max: 255 }), async (at, xor) => {
        const flipped = archive.slice();
        flipped[at] ^= xor;
        // The archive's padding and dates say nothing; everything else does.
        expect(['backup.format', 'backup.version', 'taken']).toContain(await refused(flipped));
        expect(await refused(archive.subarray(0, at))).toBe('backup.format');
      }),
      { numRuns: 20 },
    );
    const entries: Uint8Array[] = [];
    for await (const entry of readTar(pieces(archive, 100_000))) {
      if (entry.name === 'backup.json') entries.push(tarEntry({ name: 'extra', bytes: new Uint8Array(3) }, 0));
      entries.push(tarEntry(entry, 0));
    }
    expect(await refused(new Uint8Array(Buffer.concat([...entries, tarEnd()])))).toBe('backup.format');
  });
});
