// Peers that we neither dial nor let in for a while. Local and forgotten at a restart; membership is not touched.
import type { Clock } from '../common/clock.ts';
import { BoundedMap } from '../common/collections/bounded-map.ts';
import { MAX_QUARANTINED } from './limits.ts';

export interface QuarantineModules {
  readonly clock: Clock;
}

/** Peer id to the monotonic time at which it is free again. The oldest entry makes room for a new one. */
export class Quarantine {
  private readonly clock: Clock;
  private readonly until = new BoundedMap<string, number>({ maxEntries: MAX_QUARANTINED });

  constructor(modules: QuarantineModules) {
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

  has(peerId: string): boolean {
    const end = this.until.get(peerId);
    if (end === undefined) return false;
    if (end > this.clock.monotonic()) return true;
    this.until.delete(peerId);
    return false;
  }
}
