// One at a time: work on one resource in the order in which it was asked for. Owns no bound; callers that serve the
// network put a bounded queue before it.

export class Serial {
  private tail: Promise<unknown> = Promise.resolve();

  /** Runs `fn` after all earlier work ended, however it ended; gives what `fn` gives or throws. */
  run<T>(fn: () => T | Promise<T>): Promise<T> {
    const result = this.tail.then(fn);
    this.tail = result.catch(() => undefined);
    return result;
  }

  /** Resolves when nothing is left, including what was added meanwhile. */
  async idle(): Promise<void> {
    let seen: Promise<unknown> | undefined;
    while (seen !== this.tail) {
      seen = this.tail;
      await seen;
    }
  }
}
