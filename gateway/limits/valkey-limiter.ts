// Counters that several gateways share, with counters of its own underneath: a client must pass both. When the server is gone
// or slow the own ones go on alone, and the shared ones are taken up again without help.
import type { Clock } from '../../common/clock.ts';
import type { Limit, Limiter, LimitResult } from './limiter.ts';
import type { MemoryLimiter } from './memory-limiter.ts';
import type { ValkeyStore } from './valkey-store.ts';

export interface ValkeyLimiterModules {
  readonly clock: Clock;
  readonly memory: MemoryLimiter;
  readonly store: Pick<ValkeyStore, 'ready' | 'take'>;
}

/** No request waits longer for a shared counter. */
export const SHARED_ANSWER_MS = 100;
/** After a failure nobody asks for so long: requests do not each wait in vain. */
export const SHARED_PAUSE_MS = 1_000;

export class ValkeyLimiter implements Limiter {
  private readonly modules: ValkeyLimiterModules;
  /** By the monotonic clock. */
  private askAgainAt = 0;
  private failed = 0;

  constructor(modules: ValkeyLimiterModules) {
    this.modules = modules;
  }

  /** Requests that were counted here alone because the server did not answer, since the start. */
  get alone(): number {
    return this.failed;
  }

  take(key: number | string, limit: Limit, cost: number): LimitResult | Promise<LimitResult> {
    const { clock, memory, store } = this.modules;
    const own = memory.take(key, limit, cost);
    // What this gateway refuses already, the server need not hear of: a flood stops here.
    if (!own.allowed) return own;
    if (!store.ready || clock.monotonic() < this.askAgainAt) {
      this.failed += 1;
      return own;
    }
    return this.shared(key, limit, cost, own);
  }

  private async shared(key: number | string, limit: Limit, cost: number, own: LimitResult): Promise<LimitResult> {
    const { clock, memory, store } = this.modules;
    try {
      const shared = await within(clock, SHARED_ANSWER_MS, store.take(key, limit, cost));
      if (!shared.allowed) memory.giveBack(key, limit, cost);
      return shared;
    } catch {
      this.failed += 1;
      this.askAgainAt = clock.monotonic() + SHARED_PAUSE_MS;
      return own;
    }
  }
}

function within<T>(clock: Clock, ms: number, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => reject(new Error('no answer in time')), ms);
    answer.then(resolve, reject).finally(() => clock.clearTimeout(timer));
  });
}
