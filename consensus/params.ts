// Chain parameters as a value: part of genesis, passed in, never a module constant chosen by the environment (PROTOCOL 3.2).

export interface Params {
  /** T, the target block interval in ms. Times of the mechanics are multiples of it. */
  readonly blockInterval: number;
  /** Target of block 1, and the bounds: a hash is a solution when hash <= target (256 bit). */
  readonly startTarget: bigint;
  readonly easiestTarget: bigint;
  readonly hardestTarget: bigint;
  /** A statement is refused when issued longer ago than this before its block, ms (30 days). */
  readonly statementMaxAge: number;
  /** A rotated-out device key stays good this long for what it signed before, ms (30 days). */
  readonly keyGrace: number;
  /** Longest life of a threat report, ms (7 days). */
  readonly threatMaxLife: number;
  /** How long the devices of an account can stop its recovery, ms (72 h). */
  readonly recoveryDelay: number;
  /** From when every clinic that holds a patient has acknowledged a take-over until it can be finished, ms (72 h). */
  readonly takeOverDelay: number;
  /** The longest that a take-over waits for acknowledgements, ms (14 days). */
  readonly takeOverLongest: number;
  /** How long an emergency is open, ms (2 h). */
  readonly emergencyOpen: number;
  /** When its review is due, ms after it was opened (72 h). */
  readonly emergencyReview: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** The law of networks whose genesis does not say them (PROTOCOL 3.1). */
export const RECOVERY_DELAY = 3 * DAY;
export const TAKE_OVER_DELAY = 3 * DAY;
export const TAKE_OVER_LONGEST = 14 * DAY;
export const EMERGENCY_OPEN = 2 * HOUR;
export const EMERGENCY_REVIEW = 72 * HOUR;
/** Long enough to watch and to stop, short enough to try. */
const DEVELOPMENT_RECOVERY_DELAY = 60_000;
const DEVELOPMENT_TAKE_OVER = { takeOverDelay: 60_000, takeOverLongest: 300_000 };
const ALL = 1n << 256n;

/** The target that takes `hashes` tries on average. */
export function targetFor(hashes: bigint): bigint {
  return ALL / hashes - 1n;
}

const LAW = {
  statementMaxAge: 30 * DAY,
  keyGrace: 30 * DAY,
  threatMaxLife: 7 * DAY,
  recoveryDelay: RECOVERY_DELAY,
  takeOverDelay: TAKE_OVER_DELAY,
  takeOverLongest: TAKE_OVER_LONGEST,
  emergencyOpen: EMERGENCY_OPEN,
  emergencyReview: EMERGENCY_REVIEW,
};

/** T = 30 s; EASIEST is T/4 of one throttled JavaScript thread (0.18 MH/s). */
export const PRODUCTION: Params = {
  blockInterval: 30_000,
  startTarget: targetFor(1_400_000n),
  easiestTarget: targetFor(1_400_000n),
  hardestTarget: targetFor(1n << 34n),
  ...LAW,
};

/** T = 2 s, from about 1.1 M hashes: an easier bound makes a fork storm. */
export const DEVELOPMENT: Params = {
  blockInterval: 2_000,
  startTarget: targetFor(1_100_000n),
  easiestTarget: targetFor(1_100_000n),
  hardestTarget: targetFor(1n << 34n),
  ...LAW,
  recoveryDelay: DEVELOPMENT_RECOVERY_DELAY,
  ...DEVELOPMENT_TAKE_OVER,
};
