// Blocks whose parent, or whose member set, is not here yet (research P 2.3). Bounded in number, bytes, per peer and in age.
import { toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';

export const ORPHAN_LIMIT = 100;
export const ORPHAN_BYTES = 32 * 1024 * 1024;
export const ORPHANS_PER_SOURCE = 8;
export const ORPHAN_TTL_MS = 600_000;

interface Orphan {
  readonly id: string;
  readonly parent: string;
  readonly bytes: Uint8Array;
  readonly source: string;
  readonly received: number;
  /** The member set that has to be known before anybody can say who may sign it. */
  readonly set: number | undefined;
}

export class OrphanPool {
  private readonly clock: Clock;
  private readonly orphans = new Map<string, Orphan>();
  private bytes = 0;

  constructor(modules: { clock: Clock }) {
    this.clock = modules.clock;
  }

  get size(): number {
    return this.orphans.size;
  }

  /** False when a bound refuses it. The oldest orphan gives way to a newer one, never beyond the share of one source. */
  add(id: Uint8Array, parent: Uint8Array, bytes: Uint8Array, source: string, set?: number): boolean {
    this.expire();
    const key = toHex(id);
    if (this.orphans.has(key)) return true;
    let ofSource = 0;
    for (const orphan of this.orphans.values()) if (orphan.source === source) ofSource++;
    if (ofSource >= ORPHANS_PER_SOURCE) return false;
    this.orphans.set(key, { id: key, parent: toHex(parent), bytes, source, received: this.clock.now(), set });
    this.bytes += bytes.length;
    for (const oldest of this.orphans.keys()) {
      if (this.orphans.size <= ORPHAN_LIMIT && this.bytes <= ORPHAN_BYTES) break;
      this.remove(oldest);
    }
    return this.orphans.has(key);
  }

  /** Removes and gives the orphans that wait for this block. */
  takeChildren(parent: Uint8Array): { bytes: Uint8Array; source: string }[] {
    const wanted = toHex(parent);
    return this.take((orphan) => orphan.parent === wanted);
  }

  /** Removes and gives the orphans that wait for a member set up to this one. */
  takeOfSet(set: number): { bytes: Uint8Array; source: string }[] {
    return this.take((orphan) => orphan.set !== undefined && orphan.set <= set);
  }

  private take(wanted: (orphan: Orphan) => boolean): { bytes: Uint8Array; source: string }[] {
    const taken = [...this.orphans.values()].filter(wanted);
    for (const { id } of taken) this.remove(id);
    return taken.map(({ bytes, source }) => ({ bytes, source }));
  }

  private expire(): void {
    const oldest = this.clock.now() - ORPHAN_TTL_MS;
    for (const orphan of this.orphans.values()) if (orphan.received < oldest) this.remove(orphan.id);
  }

  private remove(id: string): void {
    const orphan = this.orphans.get(id);
    if (orphan === undefined) return;
    this.orphans.delete(id);
    this.bytes -= orphan.bytes.length;
  }
}
