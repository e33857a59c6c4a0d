import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { equalBytes } from '../../../common/bytes.ts';
import type { BlobClient } from '../../../node/blobs/blob-client.ts';
import { DiskBlobStore } from '../../../node/blobs/disk-blob-store.ts';
import { BlobKeeper, type BlobWish } from '../../../node/blobs/keeper.ts';
import { BlobUpkeep, GRACE_MS } from '../../../node/blobs/upkeep.ts';
import { StoreError } from '../../../node/store/errors.ts';
import { ManualClock } from '../../helpers/manual-clock.ts';
import { allOf, collected, inParts, madeUpBytes } from '../../helpers/streams.ts';
import { waitFor } from '../../helpers/wait-for.ts';
import { silent } from '../../p2p/nodes.ts';

let root: string;
let here: DiskBlobStore;
let others: Map<string, DiskBlobStore>;
let wanted: Map<string, readonly string[]>;
let clock: ManualClock;
let upkeep: BlobUpkeep;
let recovering: boolean;

async function storeAt(name: string): Promise<DiskBlobStore> {
  const store = new DiskBlobStore({ path: join(root, name) }, { demandRoom: () => {} });
  await store.open();
  return store;
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'blobs-'));
  here = await storeAt('here');
  others = new Map([
    ['b', await storeAt('b')],
    ['c', await storeAt('c')],
  ]);
  wanted = new Map();
  recovering = false;
  clock = new ManualClock(Date.now());
  const client = {
    blocks: ({ peerId, cid }: { peerId: string; cid: string }, range: { offset: number; length: number }) =>
      (others.get(peerId) as DiskBlobStore).blocks(cid, range),
  } as unknown as BlobClient;
  const wish = (cid: string, sources: readonly string[]): BlobWish => ({
    cid,
    sources,
    ticket: () => new Uint8Array(),
  });
  upkeep = new BlobUpkeep({
    store: here,
    keeper: new BlobKeeper({ store: here, client, logger: silent }),
    duties: {
      async *all() {
        for (const [cid, sources] of wanted) yield wish(cid, sources);
      },
    },
    demandWhole: async () => {
      if (recovering) throw new StoreError({ code: 'store.recovering' });
    },
    clock,
    logger: silent,
  });
});

afterEach(async () => {
  await upkeep.stop();
  await rm(root, { recursive: true, force: true });
});

const putAt = (name: string, size: number, seed: number) => others.get(name)?.put(inParts(madeUpBytes(size, seed)));

test('a clinic that takes the place of a lost one brings what that one held', async () => {
  const first = await putAt('c', 3_000_000, 1);
  const second = await putAt('c', 10, 2);
  for (const stored of [first, second]) wanted.set(stored?.cid as string, ['b', 'c']);
  expect(await upkeep.round()).toEqual({ held: 0, brought: 2, lacking: 0 });
  expect(await upkeep.round()).toEqual({ held: 2, brought: 0, lacking: 0 });
  expect(equalBytes(await collected(here.get(first?.cid as string)), madeUpBytes(3_000_000, 1))).toBe(true);
  wanted.set((await putAt('b', 5, 3))?.cid as string, ['c']);
  expect(await upkeep.round()).toEqual({ held: 2, brought: 0, lacking: 1 });
});

test('what was found damaged is fetched anew, and stays while nobody else has it', async () => {
  const stored = await putAt('b', 2_500_000, 4);
  const cid = stored?.cid as string;
  wanted.set(cid, ['b']);
  await upkeep.round();
  const [, leaf] = await allOf(here.blocks(cid));
  const file = (await readdir(join(root, 'here'), { recursive: true })).find((name) =>
    name.endsWith(leaf.cid),
  ) as string;
  await writeFile(join(root, 'here', file), 'damaged');
  wanted.set(cid, []);
  upkeep.start();
  upkeep.onDamaged(cid);
  await upkeep.round();
  expect(await here.has(cid)).toBe(true);
  wanted.set(cid, ['b']);
  upkeep.onDamaged(cid);
  clock.advance(1);
  const whole = async () =>
    equalBytes(await collected(here.get(cid)).catch(() => new Uint8Array()), madeUpBytes(2_500_000, 4));
  await waitFor(whole, { what: 'the damaged blob to be whole' });
});

test('what nobody holds to is named by a dry run and goes by a real one, not before its time', async () => {
  const kept = await here.put(inParts(madeUpBytes(10, 5)));
  const doomed = await here.put(inParts(madeUpBytes(2_000_000, 6)));
  wanted.set(kept.cid, []);
  expect((await upkeep.collect({ dryRun: false })).blobs).toEqual([]);
  // The files bear the time of the machine, which goes on too.
  clock.advance(GRACE_MS + 3_600_000);
  expect((await upkeep.collect({ dryRun: true })).blobs).toEqual([doomed]);
  expect(await here.has(doomed.cid)).toBe(true);
  expect((await upkeep.collect({ dryRun: false })).blobs).toEqual([doomed]);
  expect(await here.has(doomed.cid)).toBe(false);
  expect(await here.has(kept.cid)).toBe(true);
  await here.coming(doomed.cid);
  expect((await upkeep.collect({ dryRun: false })).unfinished).toEqual([]);
  clock.advance(8 * 24 * 3_600_000);
  expect((await upkeep.collect({ dryRun: false })).unfinished).toEqual([doomed.cid]);
  expect(await readdir(join(root, 'here', 'coming'))).toEqual([]);
});

test('nothing goes, and nothing is called useless, while rows that name it may be with others alone', async () => {
  const kept = await here.put(inParts(madeUpBytes(20, 7)));
  clock.advance(GRACE_MS + 1000);
  recovering = true;
  for (const dryRun of [true, false]) await expect(upkeep.collect({ dryRun })).rejects.toThrow('store.recovering');
  expect(await here.has(kept.cid)).toBe(true);
  recovering = false;
  expect((await upkeep.collect({ dryRun: false })).blobs).toEqual([kept]);
});
