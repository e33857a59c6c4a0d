// The last minute of one pattern: how many addresses, how many networks, how many requests and how many of them signed in.
// Addresses and networks are exact up to MAX_WINDOW_ADDRESSES and never counted above it.

export const PATTERN_WINDOW_MS = 60_000;
/** Twice what is needed; the longest unseen goes first. */
export const MAX_WINDOW_ADDRESSES = 128;
const SLICES = 6;
const SLICE_MS = PATTERN_WINDOW_MS / SLICES;

export class PatternWindow {
  /** When it was last seen and its prefix, by address; longest unseen first. */
  private readonly seen = new Map<number, { at: number; readonly prefix: number }>();
  /** How many of the addresses each prefix has. */
  private readonly perPrefix = new Map<number, number>();
  private readonly requestSlices = new Uint32Array(SLICES);
  private readonly sessionSlices = new Uint32Array(SLICES);
  private lastSlice = 0;
  /** ms since 1970 of the newest request. */
  last = 0;
  /** ms since 1970: when whoever keeps it last said that it is in use. */
  touched = 0;

  get addresses(): number {
    return this.seen.size;
  }

  get prefixes(): number {
    return this.perPrefix.size;
  }

  get requests(): number {
    return sum(this.requestSlices);
  }

  get sessions(): number {
    return sum(this.sessionSlices);
  }

  add(address: number, prefix: number, hasSession: boolean, at: number): void {
    if (at > this.last) this.last = at;
    const slice = Math.max(this.lastSlice, Math.floor(at / SLICE_MS));
    for (let step = Math.max(this.lastSlice + 1, slice - SLICES + 1); step <= slice; step++) {
      this.requestSlices[step % SLICES] = 0;
      this.sessionSlices[step % SLICES] = 0;
    }
    this.lastSlice = slice;
    this.requestSlices[slice % SLICES]++;
    if (hasSession) this.sessionSlices[slice % SLICES]++;
    this.drop(address);
    for (const [oldest, { at: seenAt }] of this.seen) {
      if (this.seen.size < MAX_WINDOW_ADDRESSES && seenAt > at - PATTERN_WINDOW_MS) break;
      this.drop(oldest);
    }
    this.seen.set(address, { at, prefix });
    this.perPrefix.set(prefix, (this.perPrefix.get(prefix) ?? 0) + 1);
  }

  private drop(address: number): void {
    const known = this.seen.get(address);
    if (known === undefined) return;
    this.seen.delete(address);
    const left = this.perPrefix.get(known.prefix)! - 1;
    if (left === 0) this.perPrefix.delete(known.prefix);
    else this.perPrefix.set(known.prefix, left);
  }
}

function sum(slices: Uint32Array): number {
  let all = 0;
  for (let i = 0; i < slices.length; i++) all += slices[i];
  return all;
}
