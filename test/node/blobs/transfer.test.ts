import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { concatBytes, equalBytes } from '../../../common/bytes.ts';
import { CodecError } from '../../../common/codec/errors.ts';
import { type CodedError, codeOf } from '../../../common/errors.ts';
import { BlobClient } from '../../../node/blobs/blob-client.ts';
import { BlobServer } from '../../../node/blobs/blob-server.ts';
import { DiskBlobStore } from '../../../node/blobs/disk-blob-store.ts';
import { BlobKeeper } from '../../../node/blobs/keeper.ts';
import {
  BLOBS,
  decodeBlobRequest,
  encodeBlobRequest,
  MAX_RANGE_BYTES,
  PIECE_BYTES,
} from '../../../node/blobs/protocol.ts';
import { blameFor } from '../../../node/peer-policy.ts';
import type { Network } from '../../../p2p/ports.ts';
import { allOf, collected, inParts, madeUpBytes } from '../../helpers/streams.ts';
import { waitFor } from '../../helpers/wait-for.ts';
import { addressOf, idOf, silent, startNode } from '../../p2p/nodes.ts';

const MIB = 1024 * 1024;
const GOOD = new Uint8Array([1, 2, 3]);
const folders: string[] = [];
const ticket = () => GOOD;
const codeFrom = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: CodedError<{ code: string; reason?: string }>) => error.type?.reason ?? error.code ?? String(error),
  );

afterEach(async () => {
  for (const path of folders.splice(0)) await rm(path, { recursive: true, force: true });
});

interface Blames {
  readonly blamed: string[];
  blame(peerId: string, error: unknown): Promise<void>;
}

function blames(): Blames {
  const blamed: string[] = [];
  return { blamed, blame: async (peerId, error) => void blamed.push(`${peerId} ${codeOf(error)}`) };
}

async function storeAt(path: string, damaged: string[] = []): Promise<DiskBlobStore> {
  const store = new DiskBlobStore({ path }, { demandRoom: () => {}, onDamaged: (cid) => damaged.push(cid) });
  await store.open();
  return store;
}

async function newStore(damaged: string[]): Promise<{ readonly path: string; readonly store: DiskBlobStore }> {
  const path = await mkdtemp(join(tmpdir(), 'blobs-'));
  folders.push(path);
  return { path, store: await storeAt(path, damaged) };
}

/** Clinics 1 and 2 serve, clinic 3 asks; `lie` alters what clinic 1 gives. */
async function clinics(lie: (chunk: Uint8Array, index: number) => Uint8Array | undefined = (chunk) => chunk) {
  const asked: { readonly cid: string; readonly from: string }[] = [];
  const damaged: string[] = [];
  const places = [await newStore(damaged), await newStore(damaged), await newStore(damaged)];
  const judged = blames();
  const serve = (index: number) => (network: Network) => {
    const altered = {
      serve: (options: typeof BLOBS, handler: (from: string, request: Uint8Array) => AsyncIterable<Uint8Array>) =>
        network.serve(options, async function* (from, request) {
          let count = 0;
          for await (const chunk of handler(from, request)) {
            const given = index === 0 ? lie(chunk, count++) : chunk;
            if (given === undefined) return;
            yield given;
          }
        }),
    };
    new BlobServer({
      store: places[index].store,
      network: altered,
      authorise: async (from, shown, cid) => {
        asked.push({ cid, from });
        return equalBytes(shown, GOOD);
      },
      logger: silent,
    });
  };
  const nodes = await Promise.all([0, 1, 2].map((index) => startNode({ number: index + 1, setUp: serve(index) })));
  const asker = nodes[2].network;
  for (const { network } of nodes.slice(0, 2)) network.setMembers([addressOf(asker, { dial: false })]);
  asker.setMembers(nodes.slice(0, 2).map(({ network }) => addressOf(network)));
  await waitFor(() => asker.peers().length === 2, { what: 'connections to both' });
  const client = new BlobClient({ network: asker, blames: judged });
  const here = places[2];
  const keeper = () => new BlobKeeper({ store: here.store, client, logger: silent });
  return {
    client,
    keeper,
    here,
    stores: places.map(({ store }) => store),
    paths: places.map(({ path }) => path),
    asked,
    damaged,
    judged,
  };
}

test('gives a whole blob, or the part that is asked for and no block beside it', async () => {
  const { client, stores, asked } = await clinics();
  const bytes = madeUpBytes(3 * MIB + 10);
  const { cid } = await stores[0].put(inParts(bytes));
  const source = { peerId: idOf(1), cid };
  expect(equalBytes(await collected(client.fetch(source, ticket)), bytes)).toBe(true);
  expect(equalBytes(await collected(client.fetch({ ...source, size: MIB + 5 }, ticket)), bytes)).toBe(true);
  const range = { offset: MIB + 7, length: 100_000 };
  const part = await collected(client.read(source, range, ticket));
  expect(equalBytes(part, bytes.subarray(range.offset, range.offset + range.length))).toBe(true);
  const blocks = await allOf(client.blocks(source, range, ticket));
  expect(blocks.map(({ offset }) => offset)).toEqual([undefined, MIB]);
  expect(asked.every((one) => one.cid === cid && one.from === idOf(3))).toBe(true);
  expect(await client.has(source, ticket)).toBe(true);
  expect(await codeFrom(collected(client.read(source, { offset: 3 * MIB, length: 11 }, ticket)))).toBe('blob.range');
});

test('gives nothing without a good ticket, and does not tell what is here', async () => {
  const { client, stores } = await clinics();
  const { cid } = await stores[0].put(inParts(madeUpBytes(10)));
  const { cid: elsewhere } = await stores[1].put(inParts(madeUpBytes(11)));
  const bad = () => new Uint8Array([9]);
  expect(await codeFrom(client.has({ peerId: idOf(1), cid }, bad))).toBe('blob.refused');
  expect(await codeFrom(client.has({ peerId: idOf(1), cid: elsewhere }, bad))).toBe('blob.refused');
  expect(await codeFrom(client.has({ peerId: idOf(1), cid: elsewhere }, ticket))).toBe('blob.absent');
});

test('keeps a blob of another clinic, once for all who wish for it at a time', async () => {
  const { keeper, stores, asked } = await clinics();
  for (const size of [0, 5, 2 * MIB + 1]) {
    const bytes = madeUpBytes(size, size + 1);
    const stored = await stores[0].put(inParts(bytes));
    const wish = { cid: stored.cid, size, sources: [idOf(1)], ticket };
    const kept = keeper();
    expect(await Promise.all([kept.keep(wish), kept.keep(wish)])).toEqual([stored, stored]);
    expect(equalBytes(await collected(stores[2].get(stored.cid)), bytes)).toBe(true);
  }
  expect(asked.length).toBe(3);
});

test('an interrupted transfer goes on from what is on disk, at another clinic and after a restart', async () => {
  let left = 9;
  const { client, keeper, here, stores, judged } = await clinics((chunk) => (left-- > 0 ? chunk : undefined));
  const bytes = madeUpBytes(4 * MIB + 3);
  const { cid } = await stores[0].put(inParts(bytes));
  await stores[1].put(inParts(bytes));
  expect(await codeFrom(keeper().keep({ cid, sources: [idOf(1)], ticket }))).toBe('blob.unavailable');
  expect(judged.blamed).toEqual([`${idOf(1)} blob.withheld`]);
  expect(await stores[2].has(cid)).toBe(false);
  const came = await readdir(join(here.path, 'coming', cid));
  expect(came.length).toBe(3);
  // What a crash leaves of a block that was not synced.
  const torn = came.find((name) => name !== cid) as string;
  await writeFile(join(here.path, 'coming', cid, torn), new Uint8Array());
  left = 0;
  const store = await storeAt(here.path);
  const given: (number | undefined)[] = [];
  const watched = {
    blocks: async function* (...args: Parameters<BlobClient['blocks']>) {
      for await (const block of client.blocks(...args)) {
        given.push(block.offset);
        yield block;
      }
    },
  } as BlobClient;
  const again = new BlobKeeper({ store, client: watched, logger: silent });
  expect((await again.keep({ cid, sources: [idOf(1), idOf(2)], ticket })).size).toBe(bytes.length);
  expect(equalBytes(await collected(store.get(cid)), bytes)).toBe(true);
  const leaves = given.filter((offset) => offset !== undefined);
  expect(leaves.length).toBe(4);
  expect(await readdir(join(here.path, 'coming'))).toEqual([]);
});

test('a clinic that gives other bytes is blamed, and another one is asked', async () => {
  const { keeper, stores, judged } = await clinics((chunk, index) => {
    if (index !== 6) return chunk;
    const altered = chunk.slice();
    altered[100] ^= 1;
    return altered;
  });
  const bytes = madeUpBytes(3 * MIB);
  const { cid } = await stores[0].put(inParts(bytes));
  await stores[1].put(inParts(bytes));
  await keeper().keep({ cid, sources: [idOf(1), idOf(2)], ticket });
  expect(judged.blamed).toEqual([`${idOf(1)} blob.wrong-block`]);
  expect(blameFor('blob.wrong-block').blame).toBe('quarantine');
  expect(equalBytes(await collected(stores[2].get(cid)), bytes)).toBe(true);
});

test.each([
  ['no bytes', () => new Uint8Array()],
  ['blocks without an end', () => new Uint8Array(PIECE_BYTES)],
])('a clinic that gives %s is blamed before memory is taken', async (_, lie) => {
  const { client, stores, judged } = await clinics(lie);
  const { cid } = await stores[0].put(inParts(madeUpBytes(6 * MIB)));
  expect(await codeFrom(collected(client.fetch({ peerId: idOf(1), cid }, ticket)))).toBe('blob.wrong-block');
  expect(judged.blamed.length).toBe(1);
});

test('a block that is damaged here is not given, and comes anew from who has it, it alone', async () => {
  const { client, keeper, here, stores, asked, damaged, paths } = await clinics();
  const bytes = madeUpBytes(4 * MIB);
  const { cid } = await stores[0].put(inParts(bytes));
  await keeper().keep({ cid, sources: [idOf(1)], ticket });
  const spoil = async (path: string) => {
    const [, , leaf] = await allOf(stores[0].blocks(cid));
    const found = (await readdir(path, { recursive: true })).find((name) => name.endsWith(leaf.cid)) as string;
    await writeFile(join(path, found), madeUpBytes(MIB, 99));
  };
  await spoil(here.path);
  expect(await codeFrom(collected(here.store.get(cid)))).toBe('blob.damaged');
  asked.length = 0;
  await here.store.reopen(cid);
  await keeper().keep({ cid, sources: [idOf(1)], ticket });
  expect(equalBytes(await collected(here.store.get(cid)), bytes)).toBe(true);
  expect(asked.length).toBe(1);
  await spoil(paths[0]);
  expect(await codeFrom(collected(client.fetch({ peerId: idOf(1), cid }, ticket)))).toBe('blob.damaged');
  expect(new Set(damaged)).toEqual(new Set([cid]));
});

test('a request has one encoding, and no bytes make another error than the codec', () => {
  const cid = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy';
  const request = fc.record({
    cid: fc.constant(cid),
    range: fc.record({ offset: fc.nat(2 ** 31 - 1).map((n) => n * 1024), length: fc.nat(MAX_RANGE_BYTES) }),
    ticket: fc.uint8Array({ maxLength: 300 }),
  });
  fc.assert(
    fc.property(request, (one) => {
      expect(decodeBlobRequest(encodeBlobRequest(one))).toEqual(one);
    }),
  );
  const start = encodeBlobRequest({ cid, range: { offset: 0, length: 1 }, ticket: GOOD });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(start.length), (bytes, keep) => {
      const any = concatBytes(start.subarray(0, keep), bytes);
      BLOBS.cost?.(any);
      try {
        expect(encodeBlobRequest(decodeBlobRequest(any))).toEqual(any);
      } catch (error) {
        if (!(error instanceof CodecError)) throw error;
      }
    }),
  );
});
