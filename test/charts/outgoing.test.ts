// What waits for custodians, over rows in memory and with nobody connected.
import { expect, test } from 'vitest';
import { randomBytes } from '#crypto';
import { queuePrefix } from '../../node/charts/layout.ts';
import { Outgoing } from '../../node/charts/outgoing.ts';
import { decodeRowItem, type RowItem } from '../../node/charts/rows-wire.ts';
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
