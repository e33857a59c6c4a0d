// What a clinic refuses to make of its own charts, since others would not keep it.
import { expect, test } from 'vitest';
import { randomBytes } from '#crypto';
import { EMPTY_BYTES, toHex } from '../../common/bytes.ts';
import {
  demandPackets,
  demandRoom,
  HELD_TERMS_RESERVE,
  isCrowded,
  MAX_CHART_PACKETS,
  MAX_CHART_PERMITS,
} from '../../node/charts/chart-room.ts';
import { ChartStore } from '../../node/charts/chart-store.ts';
import { MAX_KEPT_PACKETS, MAX_KEPT_TERMS } from '../../node/charts/custody-room.ts';
import { ChartError } from '../../node/charts/errors.ts';
import { Granting } from '../../node/charts/granting.ts';
import { chartPrefix } from '../../node/charts/layout.ts';
import { memoryRows } from '../helpers/memory-rows.ts';

const NOW = 1_800_000_000_000;
const ref = { clinic: 1, chart: randomBytes(32), handle: randomBytes(32) };

/** A chart that has so many of them. */
function chartWith(table: 'terms' | 'packet', count: number): ChartStore {
  const first = toHex(chartPrefix(table, ref));
  return new ChartStore({
    database: {
      ...memoryRows(),
      async *range({ prefix, limit = count }) {
        const held = toHex(prefix) === first ? Math.min(limit, count) : 0;
        for (let at = 0; at < held; at++) yield [EMPTY_BYTES, EMPTY_BYTES];
      },
    },
  });
}

function refusalOf(store: ChartStore, effect: 'permit' | 'deny', packets: number, held = false): Promise<unknown> {
  return demandRoom(store, ref, { effect, packets, held }).then(
    () => undefined,
    (error: unknown) => (error instanceof ChartError ? error.type.code : error),
  );
}

test('consents that let somebody in leave room for those that shut somebody out, which others keep too', async () => {
  expect(await refusalOf(chartWith('terms', MAX_CHART_PERMITS - 1), 'permit', 1)).toBeUndefined();
  const full = chartWith('terms', MAX_CHART_PERMITS);
  expect(await refusalOf(full, 'permit', 1)).toBe('consent.full');
  expect(await refusalOf(full, 'deny', 0)).toBeUndefined();
  const left = chartWith('terms', MAX_KEPT_TERMS - HELD_TERMS_RESERVE - 1);
  expect(await refusalOf(left, 'deny', 0)).toBeUndefined();
  expect(MAX_KEPT_TERMS - HELD_TERMS_RESERVE - MAX_CHART_PERMITS).toBeGreaterThanOrEqual(512);
});

test('what a clinic lets in and shuts out leaves room for what the key of a take-over says', async () => {
  const full = chartWith('terms', MAX_KEPT_TERMS - HELD_TERMS_RESERVE);
  expect(await refusalOf(full, 'permit', 0)).toBe('consent.full');
  expect(await refusalOf(full, 'deny', 0)).toBe('consent.full');
  expect(await refusalOf(full, 'permit', 0, true)).toBeUndefined();
  expect(await refusalOf(full, 'deny', 0, true)).toBeUndefined();
  expect(await refusalOf(chartWith('terms', MAX_KEPT_TERMS), 'deny', 0, true)).toBe('consent.full');
});

test('no consent gives more packets than others keep, with those of an epoch that is about to go', async () => {
  const store = chartWith('packet', MAX_CHART_PACKETS - 11);
  expect(await refusalOf(store, 'permit', 11)).toBeUndefined();
  expect(await refusalOf(store, 'permit', 12)).toBe('consent.full');
  expect(await refusalOf(store, 'deny', 0)).toBeUndefined();
  await demandPackets(store, ref, 12, 2 * MAX_CHART_PACKETS);
  expect(await isCrowded(store, ref)).toBe(false);
  expect(await isCrowded(chartWith('packet', MAX_CHART_PACKETS), ref)).toBe(true);
  expect(2 * MAX_CHART_PACKETS).toBeLessThan(MAX_KEPT_PACKETS);
});

test('a consent that there is no room for is refused before anything of it is filed', async () => {
  const store = chartWith('packet', MAX_CHART_PACKETS);
  const granting = new Granting({
    store,
    charts: { change: (work: () => Promise<unknown>) => work() },
    members: { current: { clinic: () => ({}) } },
    author: { clinic: 1 },
    takenOver: { of: async () => undefined },
    clock: { now: () => NOW },
  } as never);
  const given = granting.give(ref, {
    ...{ effect: 'permit', actor: { kind: 'clinic', clinic: 2 }, purposes: ['TREAT'], categories: ['labs'] },
    ...{ ends: NOW + 1, mode: 'view', by: undefined },
  });
  await expect(given).rejects.toMatchObject({ type: { code: 'consent.full', limit: MAX_CHART_PACKETS } });
  expect(await store.terms(ref)).toEqual([]);
});
