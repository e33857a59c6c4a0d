// What waits for custodians, over rows in memory and with nobody connected.
import { expect, test } from 'vitest';
import { randomBytes } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { createLogger } from '../../common/logger.ts';
import { MAX_RETRY_MS } from '../../node/charts/held-charts.ts';
import { queuePrefix } from '../../node/charts/layout.ts';
import { Outgoing } from '../../node/charts/outgoing.ts';
import { decodeRowItem, decodeRowsMessage, encodeRowsAnswer, type RowItem } from '../../node/charts/rows-wire.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import { memoryRows } from '../helpers/memory-rows.ts';

test('what is queued anew for a clinic waits once, behind what takes something away', async () => {
  const database = memoryRows();
  const outgoing = new Outgoing({ genesisId: randomBytes(32), clinic: 1, nodeSeed: randomBytes(32) }, {
    database,
    network: { onPeer: () => () => undefined },
  } as never);
  const chart = randomBytes(32);
  const terms = { clinic: 1, chart, object: randomBytes(32), epoch: 1, sealed: randomBytes(64) };
  const items: RowItem[] = [
    { type: 'terms', terms },
    { type: 'drop-rows', chart, category: 'labs' },
  ];
  await database.batch(outgoing.queue([2, 3], items));
  const again = () => outgoing.anew(2, () => database.batch(outgoing.queue([2], items.slice(0, 1))));
  await again();
  await again();
  const waiting = async (target: number) => {
    const found: string[] = [];
    for await (const [, value] of database.range({ prefix: queuePrefix(target) }))
      found.push(decodeRowItem(value).type);
    return found;
  };
  expect(await waiting(2)).toEqual(['drop-rows', 'terms']);
  expect(await waiting(3)).toEqual(['terms', 'drop-rows']);
});

/** Clinic 2 takes all but what is of `waits`. */
function custodian(database: ReturnType<typeof memoryRows>) {
  const sent: string[][] = [];
  const waits = new Set<string>();
  const clock = { at: 1_900_000_000_000 };
  const nodeKey = randomBytes(32);
  const outgoing = new Outgoing({ genesisId: randomBytes(32), clinic: 1, nodeSeed: randomBytes(32) }, {
    database,
    members: { current: { clinics: [{ number: 2, nodeKey }] } },
    blobs: { has: async () => false },
    clock: { now: () => clock.at, setTimeout: () => undefined, clearTimeout: () => undefined },
    logger: createLogger({ level: 'silent' }),
    network: {
      onPeer: () => () => undefined,
      peers: () => [{ peerId: peerIdOf(nodeKey) }],
      async *request(_: string, __: string, message: Uint8Array) {
        const { items } = decodeRowsMessage(message);
        sent.push(items.map((item) => `${item.type} ${item.type === 'terms' ? item.terms.epoch : ''}`.trim()));
        const waiting = items.flatMap((item, index) =>
          item.type === 'chart' && waits.has(toHex(item.chart)) ? [index] : [],
        );
        yield encodeRowsAnswer(waiting);
      },
    },
  } as never);
  const queue = async (...items: RowItem[]) => database.batch(outgoing.queue([2], items));
  /** What was sent now, message by message. */
  const send = async () => {
    sent.length = 0;
    outgoing.wake();
    await Promise.all([...(outgoing as unknown as { sending: Map<number, Promise<void>> }).sending.values()]);
    return sent.map((items) => items.join(', '));
  };
  return { outgoing, waits, clock, queue, send };
}

test('what waits for one patient stops nothing of another, goes out later in its order, and is tried less and less', async () => {
  const database = memoryRows();
  const { waits, clock, queue, send } = custodian(database);
  const [detached, other] = [randomBytes(32), randomBytes(32)];
  const chart = (one: Uint8Array): RowItem => ({ type: 'chart', chart: one, handle: randomBytes(32), vault: false });
  const terms = (one: Uint8Array, epoch: number): RowItem => ({
    type: 'terms',
    terms: { clinic: 1, chart: one, object: randomBytes(32), epoch, sealed: randomBytes(64) },
  });
  const drop = (one: Uint8Array): RowItem => ({ type: 'drop-rows', chart: one, category: 'labs' });
  waits.add(toHex(detached));
  await queue(chart(detached), terms(detached, 1), ...Array.from({ length: 400 }, () => terms(other, 2)));
  expect((await send()).map((one) => one.split(', ').length)).toEqual([255, 147]);
  await queue(terms(detached, 3), drop(detached), terms(other, 4));
  expect(await send()).toEqual(['drop-rows, terms 4']);
  expect(await send()).toEqual([]);
  const tries: number[] = [];
  for (let second = 0; second < 3_600; second++) {
    clock.at += 1_000;
    if ((await send()).length > 0) tries.push(second);
  }
  expect(tries.length).toBeGreaterThan(5);
  expect(tries.length).toBeLessThan(15);
  waits.clear();
  clock.at += MAX_RETRY_MS;
  expect(await send()).toEqual(['chart, terms 1, terms 3, drop-rows']);
  clock.at += MAX_RETRY_MS;
  expect(await send()).toEqual([]);
});
