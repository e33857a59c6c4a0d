// Networks that hold many addresses, in typed arrays sorted by their first address. Networks nest or are apart: the last
// one that begins at or before an address is in it, or one of those around it is. Fixed once built.
import type { Family, Network } from '../address.ts';
import { PrefixMarks } from './prefix-marks.ts';
import type { Until } from './until.ts';

export interface RangeEntry {
  readonly network: Network;
  readonly until: Readonly<Until>;
}

export class RangeTable {
  private readonly entries: readonly RangeEntry[];
  /** First and last upper 64 bits of each, as two words. */
  private readonly firstHigh: Uint32Array;
  private readonly firstLow: Uint32Array;
  private readonly lastHigh: Uint32Array;
  private readonly lastLow: Uint32Array;
  /** The next network around it; -1: none. */
  private readonly around: Int32Array;
  private readonly marks: PrefixMarks;
  /** By the upper 16 bits of an address: the first network that begins with them or later. For IPv6 they tell nothing. */
  private readonly starts: Uint32Array | undefined;

  /** Takes those of its family, each network once. */
  constructor(family: Family, entries: readonly RangeEntry[]) {
    const sorted = entries
      .filter(({ network }) => network.family === family)
      .sort(({ network: a }, { network: b }) => a.high - b.high || a.low - b.low || a.prefix - b.prefix);
    const { length } = sorted;
    this.marks = new PrefixMarks(family);
    this.starts = family === 4 ? startsOf(sorted) : undefined;
    this.entries = sorted;
    this.firstHigh = new Uint32Array(length);
    this.firstLow = new Uint32Array(length);
    this.lastHigh = new Uint32Array(length);
    this.lastLow = new Uint32Array(length);
    this.around = new Int32Array(length);
    for (let i = 0; i < length; i++) {
      const { prefix, high, low } = sorted[i].network;
      this.marks.add(sorted[i].network);
      this.firstHigh[i] = high;
      this.firstLow[i] = low;
      this.lastHigh[i] = high | hostBits(prefix);
      this.lastLow[i] = family === 4 ? 0 : low | hostBits(prefix - 32);
      let outer = i - 1;
      while (outer !== -1 && !this.reaches(outer, high, low)) outer = this.around[outer];
      this.around[i] = outer;
    }
  }

  get size(): number {
    return this.entries.length;
  }

  /** Index of the narrowest network that holds the address; -1: none. */
  narrowest(high: number, low: number): number {
    if (!this.marks.mayHold(high)) return -1;
    let i = this.lastFrom(high, low);
    while (i !== -1 && !this.reaches(i, high, low)) i = this.around[i];
    return i;
  }

  entry(i: number): RangeEntry {
    return this.entries[i];
  }

  /** The next network around it, which holds all that it holds; -1: none. */
  outer(i: number): number {
    return this.around[i];
  }

  /** The last network that begins at or before the address; -1: none. */
  private lastFrom(high: number, low: number): number {
    const { starts } = this;
    let from = starts === undefined ? 0 : starts[high >>> 16];
    let to = starts === undefined ? this.entries.length : starts[(high >>> 16) + 1];
    while (from < to) {
      const middle = (from + to) >>> 1;
      const first = this.firstHigh[middle];
      if (first < high || (first === high && this.firstLow[middle] <= low)) from = middle + 1;
      else to = middle;
    }
    return from - 1;
  }

  private reaches(i: number, high: number, low: number): boolean {
    return this.lastHigh[i] > high || (this.lastHigh[i] === high && this.lastLow[i] >= low);
  }
}

/** Ones behind the first `prefix` bits of a word. */
function hostBits(prefix: number): number {
  if (prefix <= 0) return 0xffffffff;
  return prefix >= 32 ? 0 : 0xffffffff >>> prefix;
}

function startsOf(sorted: readonly RangeEntry[]): Uint32Array {
  const starts = new Uint32Array(65_537).fill(sorted.length);
  for (let i = sorted.length - 1; i >= 0; i--) starts[sorted[i].network.high >>> 16] = i;
  for (let part = 65_535; part >= 0; part--) starts[part] = Math.min(starts[part], starts[part + 1]);
  return starts;
}
