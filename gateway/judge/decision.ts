// What is decided of one request, with everything that explains it. The security log keeps it whole.
import type { Network } from '../address.ts';

/** `limit`: 429 with Retry-After; `refuse`: 403 with a reference; `challenge`: the CAPTCHA page. */
export type Action = 'allow' | 'challenge' | 'limit' | 'refuse';

export type Level = 'allow' | 'challenge' | 'block' | 'auto-block';

/** Scores: from CHALLENGE_FROM a challenge, from BLOCK_FROM a refusal, from REPORT_FROM a report to the network. */
export const CHALLENGE_FROM = 40;
export const BLOCK_FROM = 60;
export const REPORT_FROM = 80;

export const FACTORS = [
  'rate',
  'pattern',
  'session',
  'user-agent',
  'sign-in-failures',
  'errors',
  'signatures',
  'reports',
  'limit-violations',
  'forwarding',
] as const;
export type FactorName = (typeof FACTORS)[number];

export interface Factor {
  readonly name: FactorName;
  /** 0 to the factor's weight. */
  readonly points: number;
  /** What was measured: requests a minute, distinct of 20, a ratio in percent. A number or short text, nothing personal. */
  readonly measured: string;
}

/** Why the action is what it is, beyond the score. */
export type Rule =
  | 'score'
  /** Pin, own organisation, two foreign domains: gateway/blocklist.ts. */
  | 'blocklist'
  | 'pin'
  /** Blocked here since an earlier request of it reached REPORT_FROM. */
  | 'auto-block'
  | 'limit'
  | 'captcha-failures'
  | 'coordinated'
  /** Lowered: a valid session or a clearance is not challenged. */
  | 'signed-in'
  | 'clearance'
  | 'never-block'
  | 'circuit-breaker';

export interface Decision {
  /** Opaque, shown to the visitor and found in the log: 12 characters of base32. */
  readonly reference: string;
  /** ms since 1970. */
  readonly at: number;
  readonly client: Network;
  /** What happens; in the mode `observe` always `allow`, and `judged` says what would have happened. */
  readonly action: Action;
  readonly judged: Action;
  readonly rule: Rule;
  /** 0 to 100. */
  readonly score: number;
  readonly level: Level;
  /** Those with points, highest first. */
  readonly factors: readonly Factor[];
  /** Ids of the signatures that match. */
  readonly signatures: readonly string[];
  /** The templated path that the factors count by. */
  readonly endpoint: string;
  /** For `limit`: ms until the next request may pass. */
  readonly retryAfter: number | undefined;
}
