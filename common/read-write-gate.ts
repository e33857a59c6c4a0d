// Many readers or one writer, in the order in which they came. Owns no data: whoever holds it keeps to it.

interface Waiting {
  readonly writes: boolean;
  start(): void;
}

export class ReadWriteGate {
  private readers = 0;
  private writing = false;
  private readonly waiting: Waiting[] = [];

  read<T>(work: () => Promise<T>): Promise<T> {
    return this.enter(false, work);
  }

  write<T>(work: () => Promise<T>): Promise<T> {
    return this.enter(true, work);
  }

  private async enter<T>(writes: boolean, work: () => Promise<T>): Promise<T> {
    if (this.waiting.length > 0 || !this.free(writes)) {
      await new Promise<void>((start) => this.waiting.push({ writes, start }));
    } else this.hold(writes);
    try {
      return await work();
    } finally {
      if (writes) this.writing = false;
      else this.readers--;
      this.next();
    }
  }

  private free(writes: boolean): boolean {
    return !this.writing && (!writes || this.readers === 0);
  }

  private hold(writes: boolean): void {
    if (writes) this.writing = true;
    else this.readers++;
  }

  /** Whoever is let in holds the gate before anybody else can ask. */
  private next(): void {
    for (let first = this.waiting[0]; first !== undefined && this.free(first.writes); first = this.waiting[0]) {
      this.waiting.shift();
      this.hold(first.writes);
      first.start();
    }
  }
}
