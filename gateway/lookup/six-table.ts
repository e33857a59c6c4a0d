// Single IPv6 clients (/64) by hash in one typed array, and until when each is blocked, blocked by hand, or reported. Fixed
// once built; built for the number of entries that it gets.
import { hashWords } from '../hash.ts';
import type { Until } from './until.ts';

/** A place is key and times together, so that a question reads one piece of memory: eight words, of which five are used. */
const WORDS = 3;
const TIMES = 2;

export class SixTable {
  private readonly places: Uint32Array;
  private readonly mask: number;
  private readonly seed: number;
  private count = 0;

  /** `seed`: u32, secret, against addresses chosen to collide. */
  constructor(entries: number, seed: number) {
    const places = 2 ** Math.ceil(Math.log2(Math.max(4, 2 * entries)));
    this.seed = seed;
    this.places = new Uint32Array(places << WORDS);
    this.mask = (places << WORDS) - 1;
  }

  get size(): number {
    return this.count;
  }

  /** Joins what is known with `until`, the later of each; at most as many different keys as it was built for. */
  add(high: number, low: number, until: Readonly<Until>): void {
    const { places } = this;
    const at = this.place(high, low);
    const times = at + TIMES;
    if ((places[times] | places[times + 1] | places[times + 2]) === 0) {
      if ((2 * this.count) << WORDS > this.mask) throw new RangeError('more entries than the table was built for');
      places[at] = high;
      places[at + 1] = low;
      this.count++;
    }
    places[times] = Math.max(places[times], until.block);
    places[times + 1] = Math.max(places[times + 1], until.byHand);
    places[times + 2] = Math.max(places[times + 2], until.challenge);
  }

  /** Writes what is known of the key over `into`, where it is later. */
  read(high: number, low: number, into: Until): void {
    const { places } = this;
    const times = this.place(high, low) + TIMES;
    if (places[times] > into.block) into.block = places[times];
    if (places[times + 1] > into.byHand) into.byHand = places[times + 1];
    if (places[times + 2] > into.challenge) into.challenge = places[times + 2];
  }

  /** Where in the array the key stands, or the empty place where it would. */
  private place(high: number, low: number): number {
    const { places, mask } = this;
    let at = (hashWords(high, low, this.seed) << WORDS) & mask;
    while (
      (places[at] !== high || places[at + 1] !== low) &&
      (places[at + TIMES] | places[at + TIMES + 1] | places[at + TIMES + 2]) !== 0
    ) {
      at = (at + 2 ** WORDS) & mask;
    }
    return at;
  }
}
