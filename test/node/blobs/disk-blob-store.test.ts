import { mkdtemp, readdir, readFile, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { car } from '@helia/car';
import { unixfs } from '@helia/unixfs';
import { CarBlockIterator } from '@ipld/car/iterator';
import { CarReader } from '@ipld/car/reader';
import { MemoryBlockstore } from 'blockstore-core';
import fc from 'fast-check';
import { exporter } from 'ipfs-unixfs-exporter';
import { CID } from 'multiformats/cid';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { equalBytes } from '../../../common/bytes.ts';
import type { CodedError } from '../../../common/errors.ts';
import { DiskBlobStore } from '../../../node/blobs/disk-blob-store.ts';
import { carFile } from '../../../records/blobs/car.ts';
import { allOf, collected, inParts, madeUpBytes } from '../../helpers/streams.ts';

const MIB = 1024 * 1024;
let path: string;
let store: DiskBlobStore;

const opened = async () => {
  const made = new DiskBlobStore({ path }, { demandRoom: () => {} });
  await made.open();
  return made;
};
const codeFrom = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: CodedError<{ code: string }>) => error.code ?? String(error),
  );
const put = (bytes: Uint8Array) => store.put(inParts(bytes));
const listed = async () => (await allOf(store.list())).map(({ cid, size }) => ({ cid, size }));
async function files(): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'blobs-'));
  store = await opened();
});

afterEach(() => rm(path, { recursive: true, force: true }));

test.each([0, 1, MIB, MIB + 1, 3 * MIB + 77])(
  'gives back %i bytes, also after a restart, and lists them',
  async (size) => {
    const bytes = madeUpBytes(size);
    const stored = await put(bytes);
    expect(stored.size).toBe(size);
    store = await opened();
    expect(equalBytes(await collected(store.get(stored.cid)), bytes)).toBe(true);
    expect(await store.stat(stored.cid)).toEqual(stored);
    expect(await listed()).toEqual([stored]);
    expect(await store.put(inParts(bytes, 999_999))).toEqual(stored);
    expect(await listed()).toEqual([stored]);
  },
);

test('several small ones together are blobs like any other, and one is erased without the rest', async () => {
  const blobs = [0, 1, 4096, 4096, MIB].map((size) => madeUpBytes(size));
  const stored = await store.putSmall(blobs);
  expect(stored).toEqual(await Promise.all(blobs.map((bytes) => put(bytes))));
  store = await opened();
  for (const [index, { cid }] of stored.entries()) {
    expect(equalBytes(await collected(store.get(cid)), blobs[index])).toBe(true);
  }
  expect(await files()).toHaveLength(new Set(stored.map(({ cid }) => cid)).size);
  await store.delete(stored[0].cid);
  expect(await store.has(stored[0].cid)).toBe(false);
  expect(await store.has(stored[1].cid)).toBe(true);
  await expect(store.putSmall([madeUpBytes(MIB + 1)])).rejects.toThrow(RangeError);
  expect(await store.putSmall([])).toEqual([]);
});

test('a range is that part, and reads no block that holds none of it', async () => {
  const bytes = madeUpBytes(3 * MIB + 500);
  const { cid } = await put(bytes);
  const range = fc.tuple(fc.nat(bytes.length), fc.nat(bytes.length)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)]);
  await fc.assert(
    fc.asyncProperty(range, async ([from, to]) => {
      const part = await collected(store.get(cid, { offset: from, length: to - from }));
      expect(equalBytes(part, bytes.subarray(from, to))).toBe(true);
    }),
    { numRuns: 15 },
  );
  const blocks = await allOf(store.blocks(cid, { offset: MIB, length: MIB }));
  expect(blocks.map(({ offset }) => offset)).toEqual([undefined, MIB]);
  expect(await codeFrom(collected(store.get(cid, { offset: 0, length: bytes.length + 1 })))).toBe('blob.range');
  expect(await codeFrom(collected(store.get(cid, { offset: -1, length: 1 })))).toBe('blob.range');
});

test('a damaged or missing block is named, and nothing of it is given out', async () => {
  const { cid } = await put(madeUpBytes(2 * MIB + 5));
  const leaves = (await allOf(store.blocks(cid))).filter(({ offset }) => offset !== undefined);
  const fileOf = async (block: string) => (await files()).find((file) => file.endsWith(block)) ?? '';
  await truncate(await fileOf(leaves[1].cid), 5);
  const given: number[] = [];
  const read = async (): Promise<void> => {
    for await (const part of store.get(cid)) given.push(part.length);
  };
  await expect(read()).rejects.toMatchObject({ type: { code: 'blob.damaged', cid, block: leaves[1].cid } });
  expect(given).toEqual([MIB]);
  await unlink(await fileOf(leaves[2].cid));
  const last = store.get(cid, { offset: 2 * MIB, length: 1 });
  await expect(collected(last)).rejects.toMatchObject({
    type: { code: 'blob.missing-block', cid, block: leaves[2].cid },
  });
  const small = await put(madeUpBytes(100, 5));
  await writeFile(await fileOf(small.cid), madeUpBytes(100, 6));
  expect(await codeFrom(collected(store.get(small.cid)))).toBe('blob.damaged');
});

test('a range gives no byte of an altered block, and every other part as it was', async () => {
  const bytes = madeUpBytes(2 * MIB + 500);
  const { cid } = await put(bytes);
  const ranges = [0, 1, 2].map((leaf) => ({ offset: leaf * MIB + 7, length: 400 }));
  const blocks = await allOf(store.blocks(cid));
  for (const { cid: block, offset } of blocks) {
    const file = (await files()).find((name) => name.endsWith(block)) ?? '';
    const good = await readFile(file);
    const altered = Uint8Array.from(good);
    altered[altered.length - 1] ^= 1;
    await writeFile(file, altered);
    for (const range of ranges) {
      const part = collected(store.get(cid, range));
      // Every way to a byte leads through the root.
      if (offset === undefined || offset === range.offset - 7) expect(await codeFrom(part)).toBe('blob.damaged');
      else expect(equalBytes(await part, bytes.subarray(range.offset, range.offset + range.length))).toBe(true);
    }
    await writeFile(file, good);
  }
  expect(blocks.map(({ offset }) => offset)).toEqual([undefined, 0, MIB, 2 * MIB]);
});

test('what is deleted leaves no file, also where another blob holds the same blocks', async () => {
  const bytes = madeUpBytes(2 * MIB);
  const kept = await put(bytes);
  const doomed = await put(madeUpBytes(2 * MIB, 7));
  const shared = await store.put(inParts(new Uint8Array([...bytes, 1])));
  const before = (await files()).length;
  expect(await store.delete(doomed.cid)).toBe(true);
  expect(await store.delete(doomed.cid)).toBe(false);
  expect(await store.delete(shared.cid)).toBe(true);
  expect((await files()).length).toBe(before - 3 - 4);
  expect(await store.has(doomed.cid)).toBe(false);
  expect(await codeFrom(collected(store.get(doomed.cid)))).toBe('blob.absent');
  expect(equalBytes(await collected(store.get(kept.cid)), bytes)).toBe(true);
});

test('a source that fails or is given up leaves nothing, and what a dead process was writing goes at the next start', async () => {
  async function* failing() {
    yield* inParts(madeUpBytes(2 * MIB));
    throw new Error('gone');
  }
  await expect(store.put(failing())).rejects.toThrow('gone');
  const gone = new AbortController();
  async function* aborting() {
    yield madeUpBytes(2 * MIB);
    gone.abort(new Error('aborted'));
    yield madeUpBytes(1);
  }
  await expect(store.put(aborting(), gone.signal)).rejects.toThrow('aborted');
  expect(await files()).toEqual([]);
  await writeFile(join(path, 'drafts', 'left'), 'x');
  store = await opened();
  expect(await files()).toEqual([]);
});

test('refuses to take anything while the disk has no room', async () => {
  const full = new DiskBlobStore(
    { path },
    {
      demandRoom: () => {
        throw new Error('store.disk-full');
      },
    },
  );
  await expect(full.put(inParts(madeUpBytes(5)))).rejects.toThrow('store.disk-full');
});

test('a name that is no CID of a blob reaches no file', async () => {
  for (const name of [
    '',
    '../../etc/passwd',
    'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52z',
    `b${'a'.repeat(58)}`,
    'QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n',
  ]) {
    expect(await codeFrom(store.has(name))).toBe('blob.cid');
    expect(await codeFrom(collected(store.get(name)))).toBe('blob.cid');
    expect(await codeFrom(store.delete(name))).toBe('blob.cid');
  }
});

test('a CAR file of a blob is read back by the libraries of Helia and IPFS', async () => {
  const bytes = madeUpBytes(2 * MIB + 9);
  const { cid } = await put(bytes);
  const file = await collected(carFile(cid, store.blocks(cid)));
  const blockstore = new MemoryBlockstore();
  const getCodec = async () => await import('@ipld/dag-pb');
  const log = Object.assign(() => {}, { error: () => {}, trace: () => {}, enabled: false, newScope: () => log });
  const helia = { blockstore, getCodec, hashers: {}, logger: { forComponent: () => log } };
  await car(helia as never).import(await CarReader.fromBytes(file));
  expect(equalBytes(await collected(unixfs(helia as never).cat(CID.parse(cid))), bytes)).toBe(true);
  const entry = await exporter(CID.parse(cid), blockstore);
  expect(entry.size).toBe(BigInt(bytes.length));
  const iterator = await CarBlockIterator.fromBytes(file);
  expect((await iterator.getRoots()).map(String)).toEqual([cid]);
});
