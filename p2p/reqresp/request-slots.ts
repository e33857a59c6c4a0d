// At most two requests of ours in flight per peer and protocol; the next ones wait in a bounded line.
import { OUTBOUND_REQUESTS_PER_PROTOCOL, WAITING_REQUESTS_PER_PROTOCOL } from '../limits.ts';

interface Line {
  running: number;
  readonly waiting: (() => void)[];
}

/** Keys are peer and protocol; a line exists only while something runs or waits in it. */
export class RequestSlots {
  private readonly lines = new Map<string, Line>();

  /** The releaser (idempotent), or undefined when too many wait. Rejects with the signal's reason. */
  async acquire(key: string, signal: AbortSignal | undefined): Promise<(() => void) | undefined> {
    const line = this.lines.get(key) ?? { running: 0, waiting: [] };
    if (line.running < OUTBOUND_REQUESTS_PER_PROTOCOL) {
      line.running++;
      this.lines.set(key, line);
    } else {
      if (line.waiting.length >= WAITING_REQUESTS_PER_PROTOCOL) return undefined;
      await this.wait(line, signal);
    }
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.release(key, line);
    };
  }

  private wait(line: Line, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = (): void => {
        line.waiting.splice(line.waiting.indexOf(go), 1);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      line.waiting.push(go);
    });
  }

  /** The slot passes to the longest waiting; `running` counts it on. */
  private release(key: string, line: Line): void {
    const next = line.waiting.shift();
    if (next !== undefined) next();
    else if (--line.running === 0) this.lines.delete(key);
  }
}
