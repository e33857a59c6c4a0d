// What a rate limit is and what it answered. Owns no counter: memory-limiter.ts and valkey-limiter.ts count.

export interface Limit {
  /** In the fields of answers and in the keys of shared counters: lower case letters and hyphens. */
  readonly name: string;
  /** Units a second in the long run. */
  readonly rate: number;
  /** Units at once after a pause. */
  readonly burst: number;
}

export interface LimitResult {
  readonly allowed: boolean;
  /** ms until this cost may pass; 0 when it did, Infinity when it is above the burst. */
  readonly retryAfter: number;
  /** Whole units that are left now. */
  readonly remaining: number;
  /** ms until the whole burst is there again. */
  readonly reset: number;
}

export interface Limiter {
  /** Takes `cost` units of the key or none. In any span of w seconds a key gets at most `rate * w + burst`. */
  take(key: number | string, limit: Limit, cost: number): LimitResult | Promise<LimitResult>;
}

/** A key of any limit counts here for at most burst / rate seconds; above it nothing is remembered longer. */
export const MAX_LIMIT_KEYS = 200_000;
/** Limits that one gateway has by name. */
export const MAX_LIMITS = 64;
