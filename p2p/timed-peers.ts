// Peers that something holds for until a time: kept away, or throttled. Local and forgotten at a restart; membership is not
// touched.
import type { Clock } from '../common/clock.ts';
import { BoundedMap } from '../common/collections/bounded-map.ts';
import { MAX_TIMED_PEERS } from './limits.ts';

export interface TimedPeersModules {
  readonly clock: Clock;
}

/** Peer id to the monotonic time at which it is free again. The oldest entry makes room for a new one. */
export class TimedPeers {
  private readonly clock: Clock;
  private readonly until = new BoundedMap<string, number>({ maxEntries: MAX_TIMED_PEERS });

  constructor(modules: TimedPeersModules) {
    this.clock = modules.clock;
  }

  get size(): number {
    for (const peerId of [...this.until.keys()]) this.has(peerId);
    return this.until.size;
  }

  /** A second sentence never shortens the first. */
  add(peerId: string, ms: number): void {
    if (ms <= 0) return;
    const end = this.clock.monotonic() + ms;
    const known = this.until.get(peerId);
    if (known === undefined || known < end) this.until.set(peerId, end);
  }

  /** ms until it is free, 0 when it is. */
  left(peerId: string): number {
    return this.has(peerId) ? (this.until.get(peerId) as number) - this.clock.monotonic() : 0;
  }

  has(peerId: string): boolean {
    const end = this.until.get(peerId);
    if (end === undefined) return false;
    if (end > this.clock.monotonic()) return true;
    this.until.delete(peerId);
    return false;
  }
}
