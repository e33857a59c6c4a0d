// How many consents and packets a chart of this clinic may have: fewer than others keep of one (custody-room.ts), so that what
// counts here counts there, a denial before all. Owns the bounds at home; who asks is whoever makes them.
import type { ChartStore } from './chart-store.ts';
import { MAX_KEPT_TERMS } from './custody-room.ts';
import { ChartError } from './errors.ts';
import { type ChartRef, chartPrefix } from './layout.ts';

/** Consents of one chart, with those that ended, beyond which nobody new is let in: the rest of the room is for denials. */
export const MAX_CHART_PERMITS = 3_072;
/** Of all consents of one chart the last ones, which the key of a take-over alone says: no clinic uses up what would shut it out. */
export const HELD_TERMS_RESERVE = 512;
/** Packets of one chart beyond which a consent gives no more: a new epoch makes each of them anew before the old ones go. */
export const MAX_CHART_PACKETS = 3_584;

interface RoomAsked {
  readonly effect: 'permit' | 'deny';
  readonly packets: number;
  readonly held?: boolean;
}

/** `packets`: that it makes. `held`: said by the key of a take-over. Throws ChartError `consent.full`. */
export async function demandRoom(
  store: ChartStore,
  ref: ChartRef,
  { effect, packets, held = false }: RoomAsked,
): Promise<void> {
  const byClinic = effect === 'deny' ? MAX_KEPT_TERMS - HELD_TERMS_RESERVE : MAX_CHART_PERMITS;
  const limit = held ? MAX_KEPT_TERMS : byClinic;
  if ((await countOf(store, 'terms', ref, limit)) >= limit) throw new ChartError({ code: 'consent.full', limit });
  if (packets > 0) await demandPackets(store, ref, packets);
}

/** Throws ChartError `consent.full`. */
export async function demandPackets(
  store: ChartStore,
  ref: ChartRef,
  more: number,
  limit: number = MAX_CHART_PACKETS,
): Promise<void> {
  if (more > 0 && (await countOf(store, 'packet', ref, limit)) + more > limit) {
    throw new ChartError({ code: 'consent.full', limit });
  }
}

/** Whether epochs have left so many packets that the next one is made when the old ones are gone. */
export async function isCrowded(store: ChartStore, ref: ChartRef): Promise<boolean> {
  return (await countOf(store, 'packet', ref, MAX_CHART_PACKETS)) >= MAX_CHART_PACKETS;
}

async function countOf(store: ChartStore, table: 'terms' | 'packet', ref: ChartRef, limit: number): Promise<number> {
  let count = 0;
  for await (const _ of store.database.range({ prefix: chartPrefix(table, ref), limit })) count++;
  return count;
}
