// What a clinic that keeps a chart of another one releases on a ticket that holds, as far as the chain decides it.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomBytes } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { createLogger } from '../../common/logger.ts';
import { encodeAddendumRow } from '../../consensus/ledger/records/rows.ts';
import { addendumKey } from '../../consensus/ledger/tables.ts';
import { ChartStore, dropPacket, putChart, putPacket, putRow } from '../../node/charts/chart-store.ts';
import { KeyServer } from '../../node/charts/key-server.ts';
import { decodeKeyAnswer } from '../../node/charts/key-wire.ts';
import { MemberSets } from '../../node/members/member-sets.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { RequestHandler } from '../../p2p/ports.ts';
import { type KeyRow, makeKeyRow, rewrapKeyRow } from '../../records/chart/key-row.ts';
import { makePacket } from '../../records/chart/packet.ts';
import { encodeTicket, signTicket, TICKET_TTL_MS, type TicketAction } from '../../records/ticket.ts';
import { eraseOnChain, recordOnChain, type StateRows } from '../helpers/erased-chain.ts';
import { founders } from '../helpers/founders.ts';
import { memoryRows } from '../helpers/memory-rows.ts';
import { manifest } from '../records/chart/generators.ts';

const NOW = 1_900_000_000_000;
const { secrets, genesis, genesisId } = founders(3);
const members = new MemberSets({ genesis }, { states: async () => [] });

const FIRST_KEY = randomBytes(32);

/** Clinic 2 keeps a chart of clinic 1 of which every consent permits all to clinic 3; clinic 1 is not there. */
async function custodian(permit = true) {
  const chain: StateRows = new Map();
  const store = new ChartStore({ database: memoryRows() });
  const ref = { clinic: 1, chart: randomBytes(32), handle: randomBytes(32) };
  await store.batch([putChart(ref.handle, ref)]);
  const served: RequestHandler[] = [];
  const logged: string[] = [];
  const server = new KeyServer(
    { genesisId, clinic: 2 },
    {
      ...{ store, members, clock: { now: () => NOW } as never, logger: createLogger({ level: 'silent' }) },
      judge: { about: async () => () => ({ permit, reason: permit ? 'consent' : 'no-consent' }) } as never,
      chain: { states: async (keys) => keys.map((key) => chain.get(toHex(key))) },
      network: { serve: (_: unknown, handler: RequestHandler) => void served.push(handler) } as never,
      freshness: { isFresh: async () => true },
      log: { append: async ({ outcome }: { outcome: string }) => void logged.push(outcome) } as never,
      blobs: { has: async () => false } as never,
      roles: async () => [{ role: 'doctor' }],
    },
  );
  const node = members.current.clinic(3)?.nodeKey as Uint8Array;
  const ticket = (action: TicketAction, records: readonly Uint8Array[], handle = ref.handle) =>
    encodeTicket(
      signTicket(
        {
          ...{ action, account: randomBytes(32), role: 'doctor', application: undefined, clinic: 3 },
          ...{ handle, writer: 1, records, purpose: 1, grant: randomBytes(32), serving: 2, peer: node },
          ...{ nonce: randomBytes(16), ends: NOW + TICKET_TTL_MS },
        },
        genesisId,
        secrets[2].seeds.node,
      ),
    );
  /** The epochs of what is released: of rows, then of packets. */
  const epochs = async (action: 'list' | 'read', records: readonly Uint8Array[] = []): Promise<number[][]> => {
    const got: number[][] = [[], []];
    for await (const bytes of served[0](peerIdOf(node), ticket(action, records))) {
      const answer = decodeKeyAnswer(bytes);
      if (answer.type === 'rows') got[0].push(...answer.rows.map(({ epoch }) => epoch));
      if (answer.type === 'packets') got[1].push(...answer.packets.map(({ epoch }) => epoch));
    }
    return got.map((some) => some.sort());
  };
  /** Records that are released; what is said where it is refused. */
  const ask = async (
    action: 'list' | 'read',
    records: readonly Uint8Array[] = [],
    handle = ref.handle,
  ): Promise<string[] | string> => {
    const got: string[] = [];
    for await (const bytes of served[0](peerIdOf(node), ticket(action, records, handle))) {
      const answer = decodeKeyAnswer(bytes);
      if (answer.type === 'refused') return answer.here ? answer.reason : `${answer.reason}, as far as it knows`;
      if (answer.type === 'rows') got.push(...answer.rows.map(({ record }) => toHex(record)));
    }
    return got.sort();
  };
  const write = async (written: number): Promise<KeyRow> => {
    const made = { manifest: fc.sample(manifest, 1)[0], salt: randomBytes(32), dataKey: randomBytes(32) };
    const name = { ...ref, category: 'labs' as const, epoch: 1, record: randomBytes(32), version: 1, revision: 1 };
    const signer = { genesisId, seed: secrets[0].seeds.node };
    const row = makeKeyRow({ ...name, written, cid: `of-${written}`, size: 1 }, FIRST_KEY, made, signer);
    await store.batch([putRow(row)]);
    return row;
  };
  /** The next key: packets first, then the rows one after another, at last the old packets go. */
  const rekey = async (from: number, key: Uint8Array, rows: readonly KeyRow[]): Promise<KeyRow[]> => {
    const signer = { genesisId, seed: secrets[0].seeds.node };
    const [next, granteeKey] = [randomBytes(32), members.current.clinic(3)?.encryptionKey as Uint8Array];
    const about = { ...ref, category: 'labs' as const, grantee: 3, granteeKey, grant: randomBytes(32), purpose: 1 };
    const ends = NOW + TICKET_TTL_MS;
    const packet = await makePacket({ ...about, epoch: from + 1, ends }, next, signer, undefined);
    const old = await store.packets(ref, 'labs');
    await store.batch([putPacket(packet)]);
    const moved = rows.map((row) => rewrapKeyRow(row, key, { epoch: from + 1, categoryKey: next }, signer));
    for (const row of moved) await store.batch([putRow(row)]);
    await store.batch(old.map(dropPacket));
    keys.push(next);
    return moved;
  };
  const keys = [FIRST_KEY];
  const fetches = ({ record, cid }: KeyRow, handle = ref.handle) =>
    server.authorise(peerIdOf(node), ticket('blob', [record], handle), cid);
  return { chain, store, ref, ask, epochs, write, rekey, keys, fetches, logged };
}

test('after the approval of an erasure a custodian that nobody told of it serves nothing of before, and what came after', async () => {
  const { chain, ask, write, fetches, logged } = await custodian();
  const [early, late] = [await write(10), await write(20)];
  const subject = recordOnChain(chain, 1, [early.record, late.record]);
  const both = [early, late].map(({ record }) => toHex(record)).sort();
  expect(await ask('read', [early.record, late.record])).toEqual(both);
  expect(await fetches(early)).toBe(true);
  eraseOnChain(chain, 1, subject, 10);
  expect(await ask('list')).toEqual([toHex(late.record)]);
  expect(await ask('read', [early.record])).toBe('no-record');
  expect(await fetches(early)).toBe(false);
  expect(await ask('read', [late.record])).toEqual([toHex(late.record)]);
  expect(await fetches(late)).toBe(true);
  expect(logged).toEqual(['permitted', 'permitted', 'permitted', 'refused', 'refused', 'permitted', 'permitted']);
});

test('what was added to an erased record goes with it, and no erasure reaches into the chart of another clinic', async () => {
  const { chain, ask, write } = await custodian();
  const [original, addendum] = [await write(10), await write(11)];
  const subject = recordOnChain(chain, 1, [original.record]);
  const object = { created: randomBytes(32), latest: randomBytes(32), version: 1, live: true };
  const added = { ...object, clinic: 1, commitment: randomBytes(32), reason: randomBytes(32), account: undefined };
  chain.set(toHex(addendumKey(addendum.record)), encodeAddendumRow({ ...added, record: original.record }));
  eraseOnChain(chain, 3, subject, 50);
  expect(await ask('read', [addendum.record])).toEqual([toHex(addendum.record)]);
  eraseOnChain(chain, 1, subject, 50);
  expect(await ask('read', [addendum.record])).toBe('no-record');
  expect(await ask('list')).toEqual([]);
});

test('who keeps no row of a chart any more leaves it to others whether somebody reads it', async () => {
  const { chain, ask, write } = await custodian(false);
  expect(await ask('list')).toBe('no-consent, as far as it knows');
  const { record } = await write(10);
  recordOnChain(chain, 1, [record]);
  expect(await ask('list')).toBe('no-consent');
});

test('a chart that its clinic announces under an invented patient too is read under that one by nobody', async () => {
  const { chain, store, ref, ask, write, fetches } = await custodian();
  const invented = randomBytes(32);
  await store.batch([putChart(invented, ref)]);
  const row = await write(10);
  recordOnChain(chain, 1, [row.record]);
  expect(await ask('read', [row.record], invented)).toBe('no-record');
  expect(await ask('list', [], invented)).toEqual([]);
  expect(await fetches(row, invented)).toBe(false);
  expect(await ask('read', [row.record])).toEqual([toHex(row.record)]);
  expect(await fetches(row)).toBe(true);
});

test('rows that come under the next key while a reader is served go out with what opens them then, each time', async () => {
  const { chain, store, epochs, write, rekey, keys } = await custodian();
  const rows = [await write(10), await write(11)];
  recordOnChain(
    chain,
    1,
    rows.map(({ record }) => record),
  );
  let held = await rekey(1, FIRST_KEY, rows);
  const both = rows.map(({ record }) => record);
  expect(await epochs('read', both)).toEqual([[2, 2], [2]]);
  const packets = store.packets.bind(store);
  // Twice between the rows and their packets, then no more.
  let changes = 0;
  const changing: typeof store.packets = async (...about) => {
    if (changes < 2) {
      store.packets = packets;
      held = await rekey(held[0].epoch, keys[keys.length - 1], held);
      store.packets = changing;
      changes++;
    }
    return packets(...about);
  };
  store.packets = changing;
  expect(await epochs('read', both)).toEqual([[4, 4], [4]]);
  changes = 1;
  expect(await epochs('list')).toEqual([[5, 5], [5]]);
});

test('what opens for a clinic no more goes out without a key, as it is', async () => {
  const { chain, store, epochs, write, rekey, ref } = await custodian();
  const row = await write(10);
  recordOnChain(chain, 1, [row.record]);
  await rekey(1, FIRST_KEY, [row]);
  await store.batch((await store.packets(ref, 'labs')).map(dropPacket));
  expect(await epochs('read', [row.record])).toEqual([[2], []]);
});
