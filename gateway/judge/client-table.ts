// Which slot a client has: a hash table with open addressing over typed arrays, of fixed size. When it is full, the clock
// hand takes the slot of a client that was not seen since its last round; a client that is held keeps its slot.
// Owns no counters: client-counters.ts has them by slot.
import { hashWords } from '../hash.ts';

/** What a key is of: an IPv4 address, an IPv6 /64, or a session by the hash of its subject. 0 is a free slot. */
type KeyKind = 4 | 6 | typeof SESSION;
export const SESSION = 1;

export const MAX_TRACKED_CLIENTS = 200_000;
/** Slots that the hand looks at for one newcomer: twice round a neighbourhood of clients that are all in use. */
const HAND_STEPS = 512;

export interface ClientTableOptions {
  readonly maxClients: number;
  /** u32, secret. */
  readonly seed: number;
}

export interface ClientTableModules {
  /** True for a client that must not be forgotten now. */
  held(slot: number, at: number): boolean;
  /** The slot gets a new owner. */
  clear(slot: number): void;
}

export class ClientTable {
  private readonly modules: ClientTableModules;
  private readonly seed: number;
  private readonly kinds: Uint8Array;
  private readonly words: Uint32Array;
  private readonly seen: Uint8Array;
  /** Slot + 1 by hash; 0 is empty. At most half full. */
  private readonly index: Int32Array;
  private readonly mask: number;
  private used = 0;
  private hand = 0;
  private readonly free: number[] = [];

  constructor(options: ClientTableOptions, modules: ClientTableModules) {
    const { maxClients } = options;
    this.modules = modules;
    this.seed = options.seed;
    this.kinds = new Uint8Array(maxClients);
    this.words = new Uint32Array(2 * maxClients);
    this.seen = new Uint8Array(maxClients);
    this.index = new Int32Array(2 ** Math.ceil(Math.log2(2 * maxClients)));
    this.mask = this.index.length - 1;
  }

  get size(): number {
    return this.used - this.free.length;
  }

  /** Of all arrays, whether filled or not. */
  get bytes(): number {
    return [this.kinds, this.words, this.seen, this.index].reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** -1 when the client is not known. */
  find(kind: KeyKind, a: number, b: number): number {
    for (let at = this.home(a, b); ; at = (at + 1) & this.mask) {
      const slot = this.index[at] - 1;
      if (slot === -1) return -1;
      if (this.kinds[slot] === kind && this.words[2 * slot] === a && this.words[2 * slot + 1] === b) return slot;
    }
  }

  /** The client's slot, a new one when need be; -1 when every slot that the hand looked at is held. */
  take(kind: KeyKind, a: number, b: number, at: number): number {
    const known = this.find(kind, a, b);
    if (known !== -1) {
      this.seen[known] = 1;
      return known;
    }
    const slot = this.free.pop() ?? (this.used < this.kinds.length ? this.used++ : this.evict(at));
    if (slot === -1) return -1;
    this.kinds[slot] = kind;
    this.words[2 * slot] = a;
    this.words[2 * slot + 1] = b;
    this.seen[slot] = 0;
    this.modules.clear(slot);
    let place = this.home(a, b);
    while (this.index[place] !== 0) place = (place + 1) & this.mask;
    this.index[place] = slot + 1;
    return slot;
  }

  forget(slot: number): void {
    this.unlink(slot);
    this.free.push(slot);
  }

  /** Slots of that kind whose key fits, for a network wider than one client. */
  *slots(kind: KeyKind, fits: (a: number, b: number) => boolean): IterableIterator<number> {
    for (let slot = 0; slot < this.used; slot++) {
      if (this.kinds[slot] === kind && fits(this.words[2 * slot], this.words[2 * slot + 1])) yield slot;
    }
  }

  private evict(at: number): number {
    for (let step = 0; step < HAND_STEPS; step++) {
      const slot = this.hand;
      this.hand = (this.hand + 1) % this.kinds.length;
      if (this.modules.held(slot, at)) continue;
      if (this.seen[slot] === 1 && step < HAND_STEPS / 2) {
        this.seen[slot] = 0;
        continue;
      }
      this.unlink(slot);
      return slot;
    }
    return -1;
  }

  /** Empties the slot's place and moves up what had to stand behind it. */
  private unlink(slot: number): void {
    let hole = this.home(this.words[2 * slot], this.words[2 * slot + 1]);
    while (this.index[hole] !== slot + 1) hole = (hole + 1) & this.mask;
    for (let at = (hole + 1) & this.mask; this.index[at] !== 0; at = (at + 1) & this.mask) {
      const other = this.index[at] - 1;
      const home = this.home(this.words[2 * other], this.words[2 * other + 1]);
      if (((at - home) & this.mask) < ((at - hole) & this.mask)) continue;
      this.index[hole] = other + 1;
      hole = at;
    }
    this.index[hole] = 0;
    this.kinds[slot] = 0;
  }

  private home(a: number, b: number): number {
    return hashWords(a, b, this.seed) & this.mask;
  }
}
