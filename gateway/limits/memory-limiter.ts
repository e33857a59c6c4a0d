// Counters of one gateway: a cell rate per limit over common/gcra.ts. Owns no policy: request-limits.ts says who is a key.
import type { Clock } from '../../common/clock.ts';
import { Gcra } from '../../common/gcra.ts';
import { GatewayError } from '../errors.ts';
import { type Limit, type Limiter, type LimitResult, MAX_LIMIT_KEYS, MAX_LIMITS } from './limiter.ts';

export interface MemoryLimiterOptions {
  readonly maxKeys?: number;
}

export interface MemoryLimiterModules {
  readonly clock: Pick<Clock, 'monotonic'>;
}

export class MemoryLimiter implements Limiter {
  private readonly maxKeys: number;
  private readonly clock: Pick<Clock, 'monotonic'>;
  private readonly rates = new Map<string, Gcra>();

  constructor({ maxKeys = MAX_LIMIT_KEYS }: MemoryLimiterOptions, { clock }: MemoryLimiterModules) {
    this.maxKeys = maxKeys;
    this.clock = clock;
  }

  /** Keys counted now, over all limits. */
  get size(): number {
    return [...this.rates.values()].reduce((sum, { size }) => sum + size, 0);
  }

  take(key: number | string, limit: Limit, cost: number): LimitResult {
    const { retryAfterMs: retryAfter, remaining, resetMs: reset } = this.rateOf(limit).takeAndTell(key, cost);
    return { allowed: retryAfter === 0, retryAfter, remaining, reset };
  }

  /** Of units that were taken and that somebody else refused. */
  giveBack(key: number | string, limit: Limit, cost: number): void {
    this.rateOf(limit).giveBack(key, cost);
  }

  private rateOf({ name, rate, burst }: Limit): Gcra {
    const known = this.rates.get(name);
    if (known !== undefined) return known;
    if (this.rates.size >= MAX_LIMITS) throw new GatewayError({ code: 'limits.full', limit: MAX_LIMITS });
    const made = new Gcra({ rate, burst, maxKeys: this.maxKeys }, { clock: this.clock });
    this.rates.set(name, made);
    return made;
  }
}
