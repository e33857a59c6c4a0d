// Single addresses by hash in typed arrays: one IPv4 address or one IPv6 /64, and until when it is blocked, blocked by
// hand, or reported. Fixed once built; built for the number of entries that it gets.
import { hashWords } from '../hash.ts';
import type { Until } from './until.ts';

const FIELDS = 3;

export class AddressTable {
  private readonly keys: Uint32Array;
  private readonly untils: Uint32Array;
  private readonly mask: number;
  private readonly words: 1 | 2;
  private readonly seed: number;
  private count = 0;

  /** `words`: of a key, 1 for IPv4 and 2 for IPv6. `seed`: u32, secret, against addresses chosen to collide. */
  constructor(entries: number, words: 1 | 2, seed: number) {
    const places = 2 ** Math.ceil(Math.log2(Math.max(4, 2 * entries)));
    this.words = words;
    this.seed = seed;
    this.keys = new Uint32Array(words * places);
    this.untils = new Uint32Array(FIELDS * places);
    this.mask = places - 1;
  }

  get size(): number {
    return this.count;
  }

  get bytes(): number {
    return this.keys.byteLength + this.untils.byteLength;
  }

  /** Joins what is known with `until`, the later of each; at most as many different keys as it was built for. */
  add(high: number, low: number, until: Readonly<Until>): void {
    const { untils } = this;
    const field = FIELDS * this.place(high, low);
    if (untils[field] + untils[field + 1] + untils[field + 2] === 0) {
      if (2 * this.count > this.mask) throw new RangeError('more entries than the table was built for');
      const place = field / FIELDS;
      this.keys[this.words * place] = high;
      if (this.words === 2) this.keys[2 * place + 1] = low;
      this.count++;
    }
    untils[field] = Math.max(untils[field], until.block);
    untils[field + 1] = Math.max(untils[field + 1], until.byHand);
    untils[field + 2] = Math.max(untils[field + 2], until.challenge);
  }

  /** Writes what is known of the key over `into`, where it is later. */
  read(high: number, low: number, into: Until): void {
    const { untils } = this;
    const field = FIELDS * this.place(high, low);
    if (untils[field] > into.block) into.block = untils[field];
    if (untils[field + 1] > into.byHand) into.byHand = untils[field + 1];
    if (untils[field + 2] > into.challenge) into.challenge = untils[field + 2];
  }

  /** Where the key stands, or the empty place where it would. */
  private place(high: number, low: number): number {
    const { keys, untils, mask } = this;
    if (this.words === 1) {
      let at = hashWords(high, 0, this.seed) & mask;
      while (keys[at] !== high && untils[FIELDS * at] + untils[FIELDS * at + 1] + untils[FIELDS * at + 2] !== 0) {
        at = (at + 1) & mask;
      }
      return at;
    }
    let at = hashWords(high, low, this.seed) & mask;
    while (
      (keys[2 * at] !== high || keys[2 * at + 1] !== low) &&
      untils[FIELDS * at] + untils[FIELDS * at + 1] + untils[FIELDS * at + 2] !== 0
    ) {
      at = (at + 1) & mask;
    }
    return at;
  }
}
