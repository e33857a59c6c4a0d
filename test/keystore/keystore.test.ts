import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { codeOf } from '../../common/errors.ts';
import { copyPath, createKeystore, openKeystore } from '../../node/keystore/keystore.ts';
import { createPassphraseFile, readPassphrase } from '../../node/keystore/passphrase.ts';
import { MAX_KEYSTORE_BYTES, newSealingKey, sealFile } from '../../node/keystore/sealed-file.ts';
import { FAST_KDF, PASSPHRASE, sampleContents } from './samples.ts';

let root: string;
let files = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'wardmesh-keystore-'));
});
afterAll(() => rm(root, { recursive: true }));

const nextPath = () => join(root, `clinic-${++files}`, 'keystore.bin');

async function made(contents = sampleContents()) {
  const path = nextPath();
  return { path, keystore: await createKeystore(path, PASSPHRASE, contents, FAST_KDF) };
}

/** The file alone, as before there was a copy. */
async function madeAlone() {
  const one = await made();
  await rm(copyPath(one.path));
  return one;
}

async function codeFrom(promise: Promise<unknown>): Promise<string | undefined> {
  return promise.then(
    () => 'no error',
    (error) => codeOf(error) ?? String(error),
  );
}

test('opens with its passphrase what was created with it, with standard parameters too', async () => {
  const { path } = await made();
  expect((await openKeystore(path, PASSPHRASE)).contents).toEqual(sampleContents());

  const standard = nextPath();
  await createKeystore(standard, PASSPHRASE, sampleContents(9));
  expect((await openKeystore(standard, PASSPHRASE)).contents).toEqual(sampleContents(9));
});

test('file and directory are open to their owner alone, and no other file is left', async () => {
  const { path, keystore } = await made();
  await keystore.update((contents) => ({ ...contents, shared: undefined }));
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(join(path, '..'))).mode & 0o777).toBe(0o700);
  expect(await readdir(join(path, '..'))).toEqual(['keystore.bin', 'keystore.bin.copy']);
});

test('no secret lies in the file', async () => {
  const { path } = await made();
  const bytes = await readFile(path);
  for (let fill = 1; fill <= 8; fill++) expect(bytes.includes(Buffer.alloc(8, fill))).toBe(false);
  expect(bytes.includes(PASSPHRASE)).toBe(false);
});

test('one passphrase typed in two Unicode forms is one passphrase', async () => {
  const path = nextPath();
  await createKeystore(path, 'clinique e\u0301toile', sampleContents(), FAST_KDF);
  expect((await openKeystore(path, 'clinique \u00e9toile')).contents).toEqual(sampleContents());
});

test('refuses a wrong passphrase', async () => {
  const { path } = await made();
  expect(await codeFrom(openKeystore(path, `${PASSPHRASE} `))).toBe('keystore.locked');
  expect(await codeFrom(openKeystore(path, ''))).toBe('keystore.passphrase');
  expect(await codeFrom(createKeystore(nextPath(), '', sampleContents(), FAST_KDF))).toBe('keystore.passphrase');
});

test('refuses what is missing, and never replaces a keystore', async () => {
  expect(await codeFrom(openKeystore(nextPath(), PASSPHRASE))).toBe('keystore.missing');
  const { path } = await made();
  expect(await codeFrom(createKeystore(path, PASSPHRASE, sampleContents(2), FAST_KDF))).toBe('keystore.exists');
  expect((await openKeystore(path, PASSPHRASE)).contents).toEqual(sampleContents());
  expect(await readdir(join(path, '..'))).toEqual(['keystore.bin', 'keystore.bin.copy']);
});

test('of many that create one keystore at once exactly one does', async () => {
  const path = nextPath();
  const codes = await Promise.all(
    [1, 2, 3, 4, 5].map((fill) => codeFrom(createKeystore(path, PASSPHRASE, sampleContents(fill), FAST_KDF))),
  );
  expect(codes.sort()).toEqual([...Array(4).fill('keystore.exists'), 'no error']);
});

test.runIf(process.platform !== 'win32')(
  'refuses a file that others may read or write, or that is no file',
  async () => {
    const { path } = await made();
    for (const mode of [0o640, 0o604, 0o620, 0o666]) {
      await chmod(path, mode);
      expect(await codeFrom(openKeystore(path, PASSPHRASE))).toBe('keystore.mode');
    }
    await chmod(path, 0o400);
    expect(await codeFrom(openKeystore(path, PASSPHRASE))).toBe('no error');
    const directory = nextPath();
    await mkdir(directory, { recursive: true, mode: 0o700 });
    expect(await codeFrom(openKeystore(directory, PASSPHRASE))).toBe('keystore.mode');
  },
);

test('every flipped bit, cut and addition is refused with a code', async () => {
  const { path } = await madeAlone();
  const bytes = new Uint8Array(await readFile(path));
  const damage = fc.oneof(
    fc
      .tuple(fc.nat(bytes.length - 1), fc.nat(7))
      .map(([at, bit]) => bytes.map((byte, i) => (i === at ? byte ^ (1 << bit) : byte))),
    fc.nat(bytes.length - 1).map((length) => bytes.slice(0, length)),
    fc.uint8Array({ minLength: 1, maxLength: 40 }).map((more) => new Uint8Array([...bytes, ...more])),
    fc.uint8Array({ maxLength: 300 }),
  );
  await fc.assert(
    fc.asyncProperty(damage, async (damaged) => {
      await writeFile(path, damaged);
      expect(['keystore.locked', 'keystore.format']).toContain(await codeFrom(openKeystore(path, PASSPHRASE)));
    }),
    { numRuns: 150 },
  );
});

test('refuses to spend more memory or time on a passphrase than a keystore needs', async () => {
  const { path } = await madeAlone();
  const bytes = new Uint8Array(await readFile(path));
  for (const [at, value] of [
    [9, 40],
    [9, 18],
    [9, 0],
    [10, 255],
    [10, 0],
    [11, 255],
    [11, 0],
  ]) {
    await writeFile(
      path,
      bytes.map((byte, i) => (i === at ? value : byte)),
    );
    expect(await codeFrom(openKeystore(path, PASSPHRASE))).toBe('keystore.format');
  }
  await writeFile(path, new Uint8Array(MAX_KEYSTORE_BYTES + 1));
  expect(await codeFrom(openKeystore(path, PASSPHRASE))).toBe('keystore.format');
});

test('well sealed bytes that are no contents are refused', async () => {
  const { path } = await madeAlone();
  await writeFile(path, sealFile(await newSealingKey(PASSPHRASE, FAST_KDF), new Uint8Array(300)));
  expect(await codeFrom(openKeystore(path, PASSPHRASE))).toBe('keystore.format');
});

test('updates follow each other, and each counts once it is on disk', async () => {
  const { path, keystore } = await made();
  const add = (epoch: number) =>
    keystore.update(({ shared, ...rest }) => ({
      ...rest,
      shared: shared && {
        ...shared,
        threatKeys: [...shared.threatKeys, { epoch, key: new Uint8Array(32).fill(epoch) }],
      },
    }));
  await Promise.all([2, 3, 4, 5].map(add));
  const reopened = await openKeystore(path, PASSPHRASE);
  expect(reopened.contents.shared?.threatKeys.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5]);
  expect(keystore.contents).toEqual(reopened.contents);

  expect(await codeFrom(add(5))).toBe('keystore.contents');
  await keystore.update((contents) => ({ ...contents, storageKey: new Uint8Array(32).fill(99) }));
  expect((await openKeystore(path, PASSPHRASE)).contents.storageKey[0]).toBe(99);
});

test('no two versions of a file share a nonce', async () => {
  const { path, keystore } = await made();
  const nonces = new Set<string>();
  for (let i = 0; i < 5; i++) {
    await keystore.update((contents) => contents);
    nonces.add((await readFile(path)).subarray(44, 56).toString('hex'));
  }
  expect(nonces.size).toBe(5);
});

test('takes a passphrase from a value, a file and a systemd credential', async () => {
  const directory = await mkdtemp(join(root, 'credentials-'));
  await writeFile(join(directory, 'wardmesh-passphrase'), 'from systemd\n');
  await writeFile(join(directory, 'secret'), 'from a file\r\nsecond line\n');
  await writeFile(join(directory, 'empty'), '\n');
  expect(await readPassphrase({ type: 'value', passphrase: ' as it is ' })).toBe(' as it is ');
  expect(await readPassphrase({ type: 'file', path: join(directory, 'secret') })).toBe('from a file');
  expect(await readPassphrase({ type: 'credential', directory })).toBe('from systemd');
  for (const path of [join(directory, 'empty'), join(directory, 'none')]) {
    expect(await codeFrom(readPassphrase({ type: 'file', path }))).toBe('keystore.passphrase');
  }
  expect(await codeFrom(readPassphrase({ type: 'value', passphrase: 'x'.repeat(1025) }))).toBe('keystore.passphrase');
  expect(await codeFrom(readPassphrase({ type: 'value', passphrase: '\ud800' }))).toBe('keystore.passphrase');
});

test('makes a passphrase file for its owner alone', async () => {
  const path = join(await mkdtemp(join(root, 'generated-')), 'passphrase');
  const passphrase = await createPassphraseFile(path);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readPassphrase({ type: 'file', path })).toBe(passphrase);
  expect(passphrase).toMatch(/^[\w-]{32}$/);
  expect(await createPassphraseFile(`${path}-2`)).not.toBe(passphrase);
});

test('a damaged or lost file is written anew from its copy, and a damaged or lost copy from the file', async () => {
  const { path, keystore } = await made();
  await keystore.update((contents) => ({ ...contents, storageKey: new Uint8Array(32).fill(77) }));
  const good = new Uint8Array(await readFile(path));
  for (const one of [path, copyPath(path)]) {
    for (const damaged of [good.map((byte, at) => (at === 60 ? byte ^ 1 : byte)), good.slice(0, 50), undefined]) {
      if (damaged === undefined) await rm(one);
      else await writeFile(one, damaged);
      const opened = await openKeystore(path, PASSPHRASE);
      expect(opened.contents.storageKey[0]).toBe(77);
      expect(opened.repaired).toBe(one === path);
      for (const file of [path, copyPath(path)]) expect(new Uint8Array(await readFile(file))).toEqual(good);
    }
  }
  await writeFile(path, good.slice(0, 50));
  expect(await codeFrom(openKeystore(path, 'another'))).toBe('keystore.format');
  expect((await readFile(path)).length).toBe(50);
});

test('a lost file is not replaced by new keys while its copy is there', async () => {
  const { path } = await made();
  await rm(path);
  expect(await codeFrom(createKeystore(path, PASSPHRASE, sampleContents(2), FAST_KDF))).toBe('keystore.exists');
  expect((await openKeystore(path, PASSPHRASE)).contents).toEqual(sampleContents());
});

test('after a change of passphrase only the new one opens it, file and copy', async () => {
  const { path, keystore } = await made();
  await keystore.changePassphrase('quite another one', FAST_KDF);
  expect(await codeFrom(openKeystore(path, PASSPHRASE))).toBe('keystore.locked');
  expect((await openKeystore(path, 'quite another one')).contents).toEqual(sampleContents());
  await keystore.update((contents) => ({ ...contents, shared: undefined }));
  await rm(path);
  expect((await openKeystore(path, 'quite another one')).contents.shared).toBeUndefined();
  await expect(async () => keystore.changePassphrase('')).rejects.toMatchObject({ code: 'keystore.passphrase' });
});
