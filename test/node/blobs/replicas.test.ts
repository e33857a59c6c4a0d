// Ciphertext between clinics that keep rows of one chart: who is given what, and from whom it comes when one has lost it.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { randomBytes } from '#crypto';
import { equalBytes, toHex } from '../../../common/bytes.ts';
import type { CodedError } from '../../../common/errors.ts';
import { type AssembledBlobs, assembleBlobs } from '../../../node/blobs/assemble.ts';
import { ChartStore, putCustodians, putRow } from '../../../node/charts/chart-store.ts';
import { Replicas } from '../../../node/charts/replicas.ts';
import { MemberSets } from '../../../node/members/member-sets.ts';
import { peerIdOf } from '../../../p2p/peer-id.ts';
import type { Network } from '../../../p2p/ports.ts';
import { type KeyRow, makeKeyRow, rewrapKeyRow, withoutWrap } from '../../../records/chart/key-row.ts';
import { eraseOnChain, recordOnChain, type StateRows } from '../../helpers/erased-chain.ts';
import { founders } from '../../helpers/founders.ts';
import { ManualClock } from '../../helpers/manual-clock.ts';
import { memoryRows } from '../../helpers/memory-rows.ts';
import { allOf, collected, inParts, madeUpBytes } from '../../helpers/streams.ts';
import { silent } from '../../p2p/nodes.ts';
import { manifest } from '../../records/chart/generators.ts';

const { secrets, genesis, genesisId } = founders(4);
const WRITER = 1;
const ref = { clinic: WRITER, chart: randomBytes(32) };
const content = madeUpBytes(1_500_000);
const clock = new ManualClock(1_800_000_000_000);

type Serve = (from: string, request: Uint8Array) => AsyncIterable<Uint8Array>;

interface Place {
  readonly number: number;
  readonly store: ChartStore;
  readonly blobs: AssembledBlobs;
  readonly replicas: Replicas;
}

let root: string;
let served: Map<string, Serve>;
let away: Set<number>;
let places: Place[];
let stated: StateRows;
let row: KeyRow;

const peerOf = (number: number) => peerIdOf(genesis.clinics[number - 1].nodeKey);
const at = (number: number) => places[number - 1];

const chain = { states: async (keys: readonly Uint8Array[]) => keys.map((key) => stated.get(toHex(key))) };

async function open(number: number): Promise<Place> {
  const own = peerOf(number);
  const network = {
    serve: (_: unknown, serve: Serve) => void served.set(own, serve),
    async *request(peerId: string, _: string, request: Uint8Array) {
      const serve = served.get(peerId);
      if (serve === undefined || [...away].some((one) => peerOf(one) === peerId)) throw new Error('not in reach');
      yield* serve(own, request);
    },
  } as unknown as Network;
  const store = new ChartStore({ database: memoryRows() });
  const members = new MemberSets({ genesis }, { states: async () => [] });
  const modules = { network, blames: { blame: async () => {} }, clock, logger: silent, demandRoom: () => {} };
  const blobs = assembleBlobs(
    { path: join(root, `${number}`) },
    {
      ...modules,
      authorise: async (from, ticket, cid) => (await replicas.authorise(from, ticket, cid)) === true,
      duties: { all: () => replicas.all() },
      demandWhole: async () => {},
    },
  );
  await blobs.store.open();
  const replicas: Replicas = new Replicas(
    { genesisId, clinic: number, nodeSeed: secrets[number - 1].seeds.node },
    { store, blobs: blobs.store, bringer: blobs.keeper, members, clock, logger: silent, chain },
  );
  return { number, store, blobs, replicas };
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'replicas-'));
  served = new Map();
  away = new Set();
  stated = new Map();
  places = [await open(1), await open(2), await open(3), await open(4)];
  const { cid, size } = await at(WRITER).blobs.store.put(inParts(content));
  const name = { ...ref, handle: randomBytes(32), category: 'imaging' as const, epoch: 1, record: randomBytes(32) };
  const made = { manifest: fc.sample(manifest, 1)[0], salt: randomBytes(32), dataKey: randomBytes(32) };
  const signer = { genesisId, seed: secrets[0].seeds.node };
  row = makeKeyRow({ ...name, version: 1, revision: 1, written: 1, cid, size }, randomBytes(32), made, signer);
  for (const number of [1, 2, 3]) await at(number).store.batch([putRow(row)]);
  await at(WRITER).store.batch([putCustodians(ref, 'imaging', [2, 3])]);
});

afterEach(async () => {
  for (const { replicas, blobs } of places) {
    await blobs.upkeep.stop();
    await replicas.stop();
  }
  await rm(root, { recursive: true, force: true });
});

const has = (number: number) => at(number).blobs.store.has(row.cid);
const round = (number: number) => at(number).blobs.upkeep.round();

test('a custodian brings it from the clinic of the chart, and from another custodian when that one is away', async () => {
  expect(await round(2)).toEqual({ held: 0, brought: 1, lacking: 0 });
  away.add(WRITER);
  expect(await round(3)).toEqual({ held: 0, brought: 1, lacking: 0 });
  expect(equalBytes(await collected(at(3).blobs.store.get(row.cid)), content)).toBe(true);
  expect(await round(3)).toEqual({ held: 1, brought: 0, lacking: 0 });
});

test('what the chain says was erased is given to no custodian, and to its clinic neither', async () => {
  await round(2);
  const subject = recordOnChain(stated, WRITER, [row.record]);
  eraseOnChain(stated, WRITER, subject, row.written);
  await at(WRITER).blobs.store.delete(row.cid);
  expect(await round(WRITER)).toMatchObject({ brought: 0 });
  expect(await round(3)).toMatchObject({ brought: 0 });
  // Written since: a patient who comes back.
  eraseOnChain(stated, WRITER, subject, row.written - 1);
  expect(await round(3)).toMatchObject({ brought: 1 });
});

test('the clinic of the chart has back from a custodian what it lost', async () => {
  await round(2);
  await at(WRITER).blobs.store.delete(row.cid);
  expect(await round(WRITER)).toEqual({ held: 0, brought: 1, lacking: 0 });
  expect(await has(WRITER)).toBe(true);
});

describe('is given to nobody who does not keep the row', () => {
  const code = (work: Promise<unknown>) =>
    work.then(
      () => 'given',
      (error: CodedError<{ code: string; reason?: string }>) => error.type?.reason ?? error.code,
    );
  const fetched = async (asker: number, from: number, ticket: Uint8Array) =>
    code(collected(at(asker).blobs.client.fetch({ peerId: peerOf(from), cid: row.cid }, () => ticket)));
  const ticketOf = async (number: number, from: number): Promise<Uint8Array> => {
    for await (const wish of at(number).replicas.all()) return wish.ticket(peerOf(from));
    throw new Error('there is no row');
  };

  test('neither by its clinic nor by a custodian: not to a member who has only what a list shows', async () => {
    await round(2);
    await at(4).store.batch([putRow(withoutWrap(row))]);
    for (const from of [WRITER, 2]) expect(await fetched(4, from, await ticketOf(4, from))).toBe('blob.refused');
  });

  test('nor to a clinic that shows the ticket of another one, or at another clinic than it names, or too late', async () => {
    await round(2);
    const ticket = await ticketOf(3, 2);
    expect(await fetched(4, 2, ticket)).toBe('blob.refused');
    expect(await fetched(3, WRITER, ticket)).toBe('blob.refused');
    clock.advance(60_000);
    expect(await fetched(3, 2, ticket)).toBe('blob.refused');
    expect(await fetched(3, 2, await ticketOf(3, 2))).toBe('given');
  });

  test('nor by a custodian to one whose row is of an earlier wrapping; the clinic of the chart still gives it', async () => {
    await round(2);
    const [from, to] = [randomBytes(32), randomBytes(32)];
    const signer = { genesisId, seed: secrets[0].seeds.node };
    const made = { manifest: fc.sample(manifest, 1)[0], salt: randomBytes(32), dataKey: randomBytes(32) };
    const old = makeKeyRow({ ...row }, from, made, signer);
    const fresh = rewrapKeyRow(old, from, { epoch: 2, categoryKey: to }, signer);
    await at(3).store.batch([putRow(old)]);
    for (const number of [1, 2]) await at(number).store.batch([putRow(fresh)]);
    expect(await fetched(3, 2, await ticketOf(3, 2))).toBe('blob.refused');
    expect(await round(3)).toMatchObject({ brought: 1 });
  });
});

test('what is damaged is never given, and comes anew by itself', async () => {
  await round(2);
  const [, leaf] = await allOf(at(2).blobs.store.blocks(row.cid));
  const files = await readdir(join(root, '2'), { recursive: true });
  await writeFile(join(root, '2', files.find((name) => name.endsWith(leaf.cid)) as string), 'damaged');
  await expect(collected(at(2).blobs.store.get(row.cid))).rejects.toThrow();
  expect(at(2).blobs.upkeep.waiting).toBe(1);
  expect(await round(2)).toEqual({ held: 0, brought: 1, lacking: 0 });
  expect(at(2).blobs.upkeep.waiting).toBe(0);
  expect(equalBytes(await collected(at(2).blobs.store.get(row.cid)), content)).toBe(true);
});
