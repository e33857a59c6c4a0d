// How many of something one client has at the same time: connections, requests, upgrades. Owns no policy: who asks says what
// happens to the one too many.

export interface AtOnceOptions {
  readonly perKey: number;
  /** Of all keys together: bounds what is remembered. */
  readonly inAll: number;
}

export class AtOnce {
  private readonly options: AtOnceOptions;
  private readonly counts = new Map<number | string, number>();
  private total = 0;

  constructor(options: AtOnceOptions) {
    this.options = options;
  }

  /** Takes a place, or says that there is none. The place is to be given back once. */
  enter(key: number | string): boolean {
    const count = this.counts.get(key) ?? 0;
    if (count >= this.options.perKey || this.total >= this.options.inAll) return false;
    this.counts.set(key, count + 1);
    this.total += 1;
    return true;
  }

  leave(key: number | string): void {
    const count = this.counts.get(key);
    if (count === undefined) return;
    this.total -= 1;
    if (count === 1) this.counts.delete(key);
    else this.counts.set(key, count - 1);
  }
}
