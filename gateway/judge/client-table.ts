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

/** Words of a row, and where in it kind and sight are. */
const ROW = 4;
const KIND = 2;
const SEEN = 3;

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
  /** By slot, what is asked of it together: the two words of the key, its kind, 1 when it was seen since the hand came by. */
  private readonly rows: Uint32Array;
  /** Slot + 1 by hash; 0 is empty. At most half full. */
  private readonly index: Int32Array;
  private readonly mask: number;
  private readonly slotCount: number;
  private used = 0;
  private hand = 0;
  private readonly free: number[] = [];

  constructor(options: ClientTableOptions, modules: ClientTableModules) {
    const { maxClients } = options;
    this.modules = modules;
    this.seed = options.seed;
    this.slotCount = maxClients;
    this.rows = new Uint32Array(ROW * maxClients);
    this.index = new Int32Array(2 ** Math.ceil(Math.log2(2 * maxClients)));
    this.mask = this.index.length - 1;
  }

  get size(): number {
    return this.used - this.free.length;
  }

  /** Of all arrays, whether filled or not. */
  get bytes(): number {
    return this.rows.byteLength + this.index.byteLength;
  }

  /** -1 when the client is not known. */
  find(kind: KeyKind, a: number, b: number): number {
    const { rows, index, mask } = this;
    for (let at = this.home(a, b); ; at = (at + 1) & mask) {
      const slot = index[at] - 1;
      if (slot === -1) return -1;
      const row = ROW * slot;
      if (rows[row] === a && rows[row + 1] === b && rows[row + KIND] === kind) return slot;
    }
  }

  /** The client's slot, a new one when need be; -1 when every slot that the hand looked at is held. */
  take(kind: KeyKind, a: number, b: number, at: number): number {
    const known = this.find(kind, a, b);
    if (known !== -1) {
      this.rows[ROW * known + SEEN] = 1;
      return known;
    }
    const slot = this.free.pop() ?? (this.used < this.slotCount ? this.used++ : this.evict(at));
    if (slot === -1) return -1;
    const row = ROW * slot;
    this.rows[row] = a;
    this.rows[row + 1] = b;
    this.rows[row + KIND] = kind;
    this.rows[row + SEEN] = 0;
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
      const row = ROW * slot;
      if (this.rows[row + KIND] === kind && fits(this.rows[row], this.rows[row + 1])) yield slot;
    }
  }

  private evict(at: number): number {
    for (let step = 0; step < HAND_STEPS; step++) {
      const slot = this.hand;
      this.hand = (this.hand + 1) % this.slotCount;
      if (this.modules.held(slot, at)) continue;
      if (this.rows[ROW * slot + SEEN] === 1 && step < HAND_STEPS / 2) {
        this.rows[ROW * slot + SEEN] = 0;
        continue;
      }
      this.unlink(slot);
      return slot;
    }
    return -1;
  }

  /** Empties the slot's place and moves up what had to stand behind it. */
  private unlink(slot: number): void {
    let hole = this.homeOf(slot);
    while (this.index[hole] !== slot + 1) hole = (hole + 1) & this.mask;
    for (let at = (hole + 1) & this.mask; this.index[at] !== 0; at = (at + 1) & this.mask) {
      const other = this.index[at] - 1;
      const home = this.homeOf(other);
      if (((at - home) & this.mask) < ((at - hole) & this.mask)) continue;
      this.index[hole] = other + 1;
      hole = at;
    }
    this.index[hole] = 0;
    this.rows[ROW * slot + KIND] = 0;
  }

  private homeOf(slot: number): number {
    return this.home(this.rows[ROW * slot], this.rows[ROW * slot + 1]);
  }

  private home(a: number, b: number): number {
    return hashWords(a, b, this.seed) & this.mask;
  }
}
