// What is decided of one request, with everything that explains it. The security log keeps it whole.
import type { Network } from '../address.ts';
import type { ACTIONS, FACTORS, LEVELS, RULES } from './names.ts';

export type Action = (typeof ACTIONS)[number];
export type Level = (typeof LEVELS)[number];
export type Rule = (typeof RULES)[number];
export type FactorName = (typeof FACTORS)[number];

/** Scores: from CHALLENGE_FROM a challenge, from BLOCK_FROM a refusal, from REPORT_FROM a report to the network. */
export const CHALLENGE_FROM = 40;
export const BLOCK_FROM = 60;
export const REPORT_FROM = 80;

export interface Factor {
  readonly name: FactorName;
  /** 0 to the factor's weight. */
  readonly points: number;
  /** What was measured: requests a minute, distinct of 20, a ratio in percent. A number or short text, nothing personal. */
  readonly measured: string;
}

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
