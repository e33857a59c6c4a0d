// The circuit breaker on refusals: when more than a fifth of what comes is refused for a whole minute, and not by one loud
// source, something is wrong with the rules or the list, and visitors are challenged instead of refused. Sources are counted
// by what somebody must pay for: one line has 65,536 networks of IPv6, and must not open the breaker with them.
import { type Network, widen } from '../address.ts';
import type { OpenBreaker } from '../breakers.ts';
import { hashWords } from '../hash.ts';

/** Percent of the requests, and of the sources, of one minute. */
const MOST_REFUSED_PERCENT = 20;
const WINDOW_MS = 60_000;
/** One scanner or a test of a few addresses is no fault of the list. */
const FEWEST_SOURCES = 20;
/** Bits of one source: what one customer is given. */
const SOURCE = { 4: 24, 6: 48 } as const;
/** Bits of what one provider is given, and how many sources of one count: whoever rents all of it is still one. */
const PROVIDER = { 4: 16, 6: 32 } as const;
const MAX_OF_PROVIDER = 4;
/** Bits that sources are counted in: estimates up to about as many. */
const BITS = 8_192;
/** For so long it stays closed once an administrator closed it: what is refused is an attack. */
const RELEASED_MS = 3_600_000;

export class RefusalBreaker {
  private readonly seed: number;
  private windowStart = 0;
  private requests = 0;
  private refused = 0;
  private readonly sources = new SourceCount();
  private readonly refusedSources = new SourceCount();
  /** What the minute that opened it showed; undefined while it is closed. */
  private tripped: OpenBreaker | undefined;
  private releasedUntil = 0;

  /** `seed`: drawn once, so that nobody finds sources that count as one. */
  constructor(options: { readonly seed: number }) {
    this.seed = options.seed;
  }

  /** True while refusals are softened to challenges. */
  isOpen(at: number): boolean {
    this.turn(at);
    return this.tripped !== undefined;
  }

  /** While it is open: since when, and the refused requests of its last full minute. */
  open(at: number): OpenBreaker | undefined {
    this.turn(at);
    return this.tripped;
  }

  /** Refusals are refusals again, for an hour whatever is refused. False when it is not open. */
  release(at: number): boolean {
    if (!this.isOpen(at)) return false;
    this.tripped = undefined;
    this.releasedUntil = at + RELEASED_MS;
    return true;
  }

  /** `wouldRefuse`: also when the open breaker made a challenge of it. */
  note(client: Network, wouldRefuse: boolean, at: number): void {
    this.turn(at);
    this.requests++;
    const source = this.hash(client, SOURCE);
    const provider = this.hash(client, PROVIDER);
    this.sources.add(source, provider);
    if (!wouldRefuse) return;
    this.refused++;
    this.refusedSources.add(source, provider);
  }

  private hash(client: Network, bits: typeof SOURCE | typeof PROVIDER): number {
    const { high, low } = widen(client, bits[client.family]);
    return hashWords(high, low, this.seed ^ client.family);
  }

  private turn(at: number): void {
    if (at >= this.windowStart && at - this.windowStart < WINDOW_MS) return;
    const share = (part: number, whole: number): boolean => part * 100 > whole * MOST_REFUSED_PERCENT;
    const trips =
      at >= this.releasedUntil &&
      at - this.windowStart < 2 * WINDOW_MS &&
      this.refusedSources.count >= FEWEST_SOURCES &&
      share(this.refused, this.requests) &&
      share(this.refusedSources.count, this.sources.count);
    const since = this.tripped?.since ?? at;
    this.tripped = trips
      ? { breaker: 'refusals', since, cause: 'refused-share', hit: this.refused, of: this.requests, waiting: 0 }
      : undefined;
    this.windowStart = at;
    this.requests = 0;
    this.refused = 0;
    this.sources.clear();
    this.refusedSources.clear();
  }
}

/** Counts different sources by their hashes: at most one bit for each, and so many of one provider. */
class SourceCount {
  private readonly bits = new Uint32Array(BITS / 32);
  private readonly ofProvider = new Uint8Array(BITS);
  count = 0;

  add(source: number, provider: number): void {
    const bit = 1 << (source & 31);
    const word = (source >>> 5) % this.bits.length;
    if ((this.bits[word] & bit) !== 0) return;
    this.bits[word] |= bit;
    const place = provider % BITS;
    if (this.ofProvider[place] >= MAX_OF_PROVIDER) return;
    this.ofProvider[place]++;
    this.count++;
  }

  clear(): void {
    if (this.count === 0) return;
    this.bits.fill(0);
    this.ofProvider.fill(0);
    this.count = 0;
  }
}
