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
  /** Who waits for which statement: a block moves thousands, and each has few waiters. */
  private readonly waiters = new Map<string, Set<() => void>>();

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
    if (this.listeners.size + this.waiters.size === 0) return;
    for (const { results } of change.connected) {
      for (const { statements } of results) for (const { id } of statements) this.emit(toHex(id));
    }
  }

  /** More became final: what was in a block already may be settled now. `ids` names it, for subscribers alone. */
  async finalised(ids: () => Promise<readonly string[]>): Promise<void> {
    const waiting = new Set([...this.waiters.values()].flatMap((waiters) => [...waiters]));
    for (const waiter of waiting) waiter();
    if (this.listeners.size === 0) return;
    for (const id of await ids()) for (const listener of this.listeners) listener(id);
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
    const forget = this.await([...ids], () => {
      moved = true;
      wake();
    });
    const timer = clock.setTimeout(end, timeoutMs);
    // A signal that has ended already tells nobody any more.
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
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
      forget();
      clock.clearTimeout(timer);
      signal.removeEventListener('abort', end);
    }
  }

  private await(ids: readonly string[], waiter: () => void): () => void {
    for (const id of ids) {
      const known = this.waiters.get(id);
      if (known === undefined) this.waiters.set(id, new Set([waiter]));
      else known.add(waiter);
    }
    return () => {
      for (const id of ids) {
        const known = this.waiters.get(id);
        known?.delete(waiter);
        if (known?.size === 0) this.waiters.delete(id);
      }
    };
  }

  private emit(id: string): void {
    for (const listener of this.listeners) listener(id);
    for (const waiter of this.waiters.get(id) ?? []) waiter();
  }
}
