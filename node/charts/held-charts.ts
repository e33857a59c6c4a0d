// Charts of which one custodian takes nothing yet, since the chain as it knows it does not have their patient here: what waits
// of them is passed over, so that the rest of the queue goes on, and is tried again later and later. Owns when; in memory only.

/** Between tries, ms. */
export const RETRY_MS = 5_000;
/** Beyond this the queue of that clinic stands still until the next try. */
export const MAX_HELD_CHARTS = 4_096;
/** Tries of what is held grow apart up to this, ms. */
export const MAX_RETRY_MS = 600_000;

export class HeldCharts {
  /** Of the queue, what comes after this was not tried yet. */
  position: Uint8Array | undefined;
  private held = new Set<string>();
  private before: ReadonlySet<string> = new Set();
  private delayMs = RETRY_MS;
  private retryAt = 0;

  /** Of charts by their hex. */
  has(chart: string): boolean {
    return this.held.has(chart);
  }

  get isFull(): boolean {
    return this.held.size >= MAX_HELD_CHARTS;
  }

  /** Before the queue is read: from its start once it is time to try what is held. */
  begin(now: number): void {
    if (this.held.size > 0 && now < this.retryAt) return;
    this.before = this.held;
    this.held = new Set();
    this.position = undefined;
    this.delayMs = Math.min(2 * this.delayMs, MAX_RETRY_MS);
    this.retryAt = now + this.delayMs;
  }

  hold(chart: string, now: number): void {
    this.held.add(chart);
    if (this.before.has(chart)) return;
    // Mostly a block that is under way, which must not wait for those that have waited long.
    this.delayMs = RETRY_MS;
    this.retryAt = now + RETRY_MS;
  }

  /** Everything is tried again at once. */
  release(): void {
    this.retryAt = 0;
  }
}
