// What decisions are told in: actions, levels, rules and factors, once for the gateway and the doors. Owns no meaning of
// a level or a factor: decision.ts, score.ts; and no byte on disk: gateway/log/entry.ts.

/** `limit`: 429 with Retry-After; `refuse`: 403 with a reference; `challenge`: the CAPTCHA page. */
export const ACTIONS = ['allow', 'challenge', 'limit', 'refuse'] as const;

export const LEVELS = ['allow', 'challenge', 'block', 'auto-block'] as const;

/** Why the action is what it is, beyond the score. */
export const RULES = [
  'score',
  /** Pin, own organisation, two foreign domains: gateway/blocklist.ts. */
  'blocklist',
  'pin',
  /** Blocked here since an earlier request of it reached REPORT_FROM. */
  'auto-block',
  'limit',
  'captcha-failures',
  'coordinated',
  /** Lowered: a valid session or a clearance is not challenged. */
  'signed-in',
  'clearance',
  'never-block',
  'circuit-breaker',
] as const;

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
  'repeats',
] as const;

/** What a challenge may come of: a factor, the one that weighs most; or a rule that challenges whatever the score is made of. */
export const DETECTORS = [...FACTORS, 'coordinated', 'blocklist', 'never-block', 'circuit-breaker'] as const;
export type Detector = (typeof DETECTORS)[number];

/**
 * `refusals`: visitors are challenged instead of refused; `list`: changes of the list wait;
 * `signatures`: some of the chain do not count.
 */
export const BREAKERS = ['refusals', 'list', 'signatures'] as const;

export const BREAKER_CAUSES = [
  /** More than a fifth of the requests, and of the clients, of one minute would have been refused. */
  'refused-share',
  /** The change would refuse many of those who were signed in within seven days. */
  'known-addresses',
  /** The change would refuse many of those who are signed in now. */
  'current-sessions',
  /** The list grows faster than attacks do. */
  'pace',
  /** Requests of people match a signature of the chain. */
  'ordinary-requests',
] as const;
