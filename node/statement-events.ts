// Tells waiters and subscribers that statements moved: through the outbox, into a block, out of one.
// Owns the list of listeners; states are read where they live.

import { toHex } from '../common/bytes.ts';
import type { Clock } from '../common/clock.ts';
import type { TipChange } from './chain/chain.ts';
import type { Outbox } from './outbox/outbox.ts';

export interface WaitOptions {
  /** Hex ids that are waited for; the caller removes what is settled. */
  readonly ids: ReadonlySet<string>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

export class StatementEvents {
  private readonly listeners = new Set<(id: string) => void>();

  constructor(modules: { outbox: Outbox }) {
    modules.outbox.onChange((record) => this.emit(toHex(record.id)));
  }

  /** Called with the hex id of each statement that moved. Returns the unsubscriber. */
  onMoved(listener: (id: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Statements of other clinics move with the chain alone. */
  follow(change: TipChange): void {
    if (this.listeners.size === 0) return;
    for (const { results } of change.connected) {
      for (const { statements } of results) for (const { id } of statements) this.emit(toHex(id));
    }
  }

  /** Runs `check` now and whenever a named statement moved, until `done`, the time is over or the signal ends. */
  async waitUntil(check: () => Promise<void>, done: () => boolean, options: WaitOptions): Promise<void> {
    const { ids, timeoutMs, signal, clock } = options;
    let wake = (): void => {};
    let moved = true;
    let over = false;
    const end = (): void => {
      over = true;
      wake();
    };
    const unsubscribe = this.onMoved((id) => {
      if (!ids.has(id)) return;
      moved = true;
      wake();
    });
    const timer = clock.setTimeout(end, timeoutMs);
    signal.addEventListener('abort', end, { once: true });
    try {
      while (!over || moved) {
        if (moved) {
          moved = false;
          await check();
          if (done()) return;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        if (over && !moved) return;
      }
    } finally {
      unsubscribe();
      clock.clearTimeout(timer);
      signal.removeEventListener('abort', end);
    }
  }

  private emit(id: string): void {
    for (const listener of this.listeners) listener(id);
  }
}
