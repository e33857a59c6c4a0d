// Which parts of the address space have networks in them at all, a bit for each of 65,536 parts: most addresses are
// answered by a bit that is not set. Marks are never taken back.
import type { Family, Network } from '../address.ts';

const PARTS = 65_536;

export class PrefixMarks {
  private readonly bits = new Uint32Array(PARTS / 32);
  private readonly family: Family;

  constructor(family: Family) {
    this.family = family;
  }

  add({ prefix, high }: Network): void {
    if (this.family === 4) {
      const first = high >>> 16;
      const last = prefix >= 16 ? first : first + 2 ** (16 - prefix) - 1;
      for (let part = first; part <= last; part++) this.mark(part);
    } else if (prefix >= 32) this.mark(partOf(high));
    else this.bits.fill(0xffff_ffff);
  }

  /** False: no network was added that holds an address with this upper word. */
  mayHold(high: number): boolean {
    const part = this.family === 4 ? high >>> 16 : partOf(high);
    return (this.bits[part >>> 5] & (1 << (part & 31))) !== 0;
  }

  private mark(part: number): void {
    this.bits[part >>> 5] |= 1 << (part & 31);
  }
}

/** Providers' IPv6 networks differ in their lower bits, and hardly in the upper ones. */
function partOf(high: number): number {
  return (high ^ (high >>> 16)) & 0xffff;
}
