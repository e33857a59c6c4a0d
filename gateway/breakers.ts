// What a circuit breaker says while it is open: the same of every gateway, for the administrators who look and close it.
// When one opens is judge/refusal-breaker.ts,
// lookup/delta-breaker.ts and judge/signature-breaker.ts.
import type { BREAKER_CAUSES, BREAKERS } from './judge/names.ts';

export type BreakerName = (typeof BREAKERS)[number];
export type BreakerCause = (typeof BREAKER_CAUSES)[number];

export interface OpenBreaker {
  readonly breaker: BreakerName;
  /** ms since 1970. */
  readonly since: number;
  readonly cause: BreakerCause;
  /** Of so many requests, addresses or entries so many: what the cause was measured by. */
  readonly hit: number;
  readonly of: number;
  /** Changes of the list that wait, signatures that do not count; 0 for what softens refusals. */
  readonly waiting: number;
}

/** The breakers of one gateway. */
export interface Breakers {
  openBreakers(at: number): readonly OpenBreaker[];
  /** An administrator closes it. False when it is not open. */
  releaseBreaker(breaker: BreakerName, at: number): boolean;
}
