// The last minute of one pattern: how many addresses, how many networks, how many requests and how many of them signed in.
// Addresses and networks are exact up to MAX_WINDOW_ADDRESSES and never counted above it.

export const PATTERN_WINDOW_MS = 60_000;
/** Twice what is needed; the longest unseen goes first. */
export const MAX_WINDOW_ADDRESSES = 128;
/** Most patterns never have more: a search for weak spots makes one for each path. */
const FIRST_ADDRESSES = 8;
const NONE = 0xff;
const SLICES = 6;
const SLICE_MS = PATTERN_WINDOW_MS / SLICES;

/** Addresses are so few that reading all of them is quicker than to keep an index; their ages are a list, linked both ways. */
export class PatternWindow {
  private addressAt = new Int32Array(FIRST_ADDRESSES);
  private prefixAt = new Int32Array(FIRST_ADDRESSES);
  /** ms since 1970; -1 for a place that is free. */
  private seenAt = new Float64Array(FIRST_ADDRESSES);
  /** Neighbours by age; of a free place `younger` is the next free one. */
  private readonly older = new Uint8Array(MAX_WINDOW_ADDRESSES);
  private readonly younger = new Uint8Array(MAX_WINDOW_ADDRESSES);
  private oldest = NONE;
  private youngest = NONE;
  private free = NONE;
  /** Places that were ever taken, and those that are. */
  private used = 0;
  private count = 0;
  private readonly requestSlices = new Uint32Array(SLICES);
  private readonly sessionSlices = new Uint32Array(SLICES);
  private lastSlice = 0;
  /** ms since 1970: when whoever keeps it last said that it is in use. */
  touched = 0;

  get addresses(): number {
    return this.count;
  }

  /** Counts anew: to be asked when all else has been. */
  get prefixes(): number {
    const found = new Set<number>();
    for (let place = 0; place < this.used; place++) if (this.seenAt[place] !== -1) found.add(this.prefixAt[place]);
    return found.size;
  }

  get requests(): number {
    return sum(this.requestSlices);
  }

  get sessions(): number {
    return sum(this.sessionSlices);
  }

  /** `address` and `prefix`: 32 bits, signed. */
  add(address: number, prefix: number, hasSession: boolean, at: number): void {
    const slice = Math.max(this.lastSlice, Math.floor(at / SLICE_MS));
    for (let step = Math.max(this.lastSlice + 1, slice - SLICES + 1); step <= slice; step++) {
      this.requestSlices[step % SLICES] = 0;
      this.sessionSlices[step % SLICES] = 0;
    }
    this.lastSlice = slice;
    this.requestSlices[slice % SLICES]++;
    if (hasSession) this.sessionSlices[slice % SLICES]++;
    const known = this.find(address);
    if (known !== NONE) this.drop(known);
    while (
      this.count === MAX_WINDOW_ADDRESSES ||
      (this.count > 0 && this.seenAt[this.oldest] <= at - PATTERN_WINDOW_MS)
    ) {
      this.drop(this.oldest);
    }
    this.append(address, prefix, at);
  }

  private find(address: number): number {
    const { addressAt, used } = this;
    for (let place = 0; place < used; place++) {
      if (addressAt[place] === address && this.seenAt[place] !== -1) return place;
    }
    return NONE;
  }

  private drop(place: number): void {
    const { older, younger } = this;
    if (older[place] === NONE) this.oldest = younger[place];
    else younger[older[place]] = younger[place];
    if (younger[place] === NONE) this.youngest = older[place];
    else older[younger[place]] = older[place];
    this.seenAt[place] = -1;
    younger[place] = this.free;
    this.free = place;
    this.count--;
  }

  private append(address: number, prefix: number, at: number): void {
    const { older, younger } = this;
    const place = this.free === NONE ? this.used++ : this.free;
    if (this.free !== NONE) this.free = younger[place];
    else if (place === this.addressAt.length) this.grow();
    this.addressAt[place] = address;
    this.prefixAt[place] = prefix;
    this.seenAt[place] = at;
    older[place] = this.youngest;
    younger[place] = NONE;
    if (this.youngest === NONE) this.oldest = place;
    else younger[this.youngest] = place;
    this.youngest = place;
    this.count++;
  }

  private grow(): void {
    const [addresses, prefixes, seen] = [this.addressAt, this.prefixAt, this.seenAt];
    this.addressAt = new Int32Array(2 * addresses.length);
    this.prefixAt = new Int32Array(2 * addresses.length);
    this.seenAt = new Float64Array(2 * addresses.length);
    this.addressAt.set(addresses);
    this.prefixAt.set(prefixes);
    this.seenAt.set(seen);
  }
}

function sum(slices: Uint32Array): number {
  let all = 0;
  for (let i = 0; i < slices.length; i++) all += slices[i];
  return all;
}
