// The circuit breaker on refusals: when more than a fifth of what comes is refused for a whole minute, and not by one loud
// source, something is wrong with the rules or the list, and visitors are challenged instead of refused.

/** Percent of the requests, and of the clients, of one minute. */
const MOST_REFUSED_PERCENT = 20;
const WINDOW_MS = 60_000;
/** One scanner or a test of a few addresses is no fault of the list. */
const FEWEST_CLIENTS = 20;
/** Bits that clients are counted in: estimates up to about as many clients. */
const BITS = 8_192;

export class RefusalBreaker {
  private windowStart = 0;
  private requests = 0;
  private refused = 0;
  private readonly clients = new BitCount();
  private readonly refusedClients = new BitCount();
  private tripped = false;

  /** True while refusals are softened to challenges. */
  isOpen(at: number): boolean {
    this.turn(at);
    return this.tripped;
  }

  /** `wouldRefuse`: also when the open breaker made a challenge of it. `client`: a hash, u32. */
  note(client: number, wouldRefuse: boolean, at: number): void {
    this.turn(at);
    this.requests++;
    this.clients.add(client);
    if (!wouldRefuse) return;
    this.refused++;
    this.refusedClients.add(client);
  }

  private turn(at: number): void {
    if (at >= this.windowStart && at - this.windowStart < WINDOW_MS) return;
    const share = (part: number, whole: number): boolean => part * 100 > whole * MOST_REFUSED_PERCENT;
    this.tripped =
      at - this.windowStart < 2 * WINDOW_MS &&
      this.refusedClients.count >= FEWEST_CLIENTS &&
      share(this.refused, this.requests) &&
      share(this.refusedClients.count, this.clients.count);
    this.windowStart = at;
    this.requests = 0;
    this.refused = 0;
    this.clients.clear();
    this.refusedClients.clear();
  }
}

/** Counts different hashes: at most one bit for each. */
class BitCount {
  private readonly bits = new Uint32Array(BITS / 32);
  count = 0;

  add(hash: number): void {
    const bit = 1 << (hash & 31);
    const word = (hash >>> 5) % this.bits.length;
    if ((this.bits[word] & bit) !== 0) return;
    this.bits[word] |= bit;
    this.count++;
  }

  clear(): void {
    if (this.count > 0) this.bits.fill(0);
    this.count = 0;
  }
}
