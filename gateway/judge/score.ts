// The score: a pure function of what was counted about a client and seen in its request. Each factor has a weight that it
// never exceeds, and more of what it measures never gives fewer points. Owns no counting and no decision.
import type { Level } from './decision.ts';
import { BLOCK_FROM, CHALLENGE_FROM, type Factor, type FactorName, REPORT_FROM } from './decision.ts';
import type { SessionState } from './facts.ts';
import { FACTORS } from './names.ts';

/** What was counted of a client, this request with it. */
export interface Features {
  /** Requests of the last minute that passed. */
  readonly requests: number;
  /** Those of the same minute that were answered with a challenge. */
  readonly challenged: number;
  /** Of the last ENDPOINTS requests: how many there were, and how many different endpoints they had. */
  readonly recent: number;
  readonly distinct: number;
  readonly session: SessionState;
  /** 0 to 100, gateway/judge/user-agent.ts. */
  readonly oddness: number;
  /** Changes of the User-Agent, one forgotten every two minutes. */
  readonly agentChanges: number;
  /** How often it read the very same address again, one forgotten every half second. */
  readonly repeats: number;
  /** How often it read at the same endpoint again, whatever there, with no page to bring that; one forgotten every quarter second. */
  readonly routeRepeats: number;
  /** It asked for more than one endpoint since it is known. */
  readonly wandered: boolean;
  /** Failed sign-ins, one forgotten every two minutes. */
  readonly signInFailures: number;
  /** Answers 4xx of the application among its last ANSWERS, while they are fresh. */
  readonly errors: number;
  readonly answers: number;
  /** Points of signatures: of this request, and what is remembered of earlier ones. */
  readonly signaturePoints: number;
  /** One foreign organisation reports the address. */
  readonly reported: boolean;
  /** Points of refused bursts and of signatures that refused requests match, fading. */
  readonly violationPoints: number;
  /** Forwarding headers that make no sense. */
  readonly malformed: boolean;
  /** The request has the pattern of a coordinated attack. */
  readonly coordinated: boolean;
}

/** The endpoints that the pattern is computed from, and the answers that the error ratio is. */
export const ENDPOINTS = 20;
export const ANSWERS = 20;

/**
 * The most points that each factor gives. What a crowd behind one address shows without a session (rate, many endpoints,
 * limits) stays below REPORT_FROM; a flood of one endpoint that goes on into its limit reaches it. Nothing but a flood, with
 * rate, pattern and repeats, is refused at most.
 */
export const WEIGHTS: Readonly<Record<FactorName, number>> = {
  rate: 24,
  pattern: 15,
  session: 25,
  'user-agent': 15,
  'sign-in-failures': 40,
  errors: 40,
  signatures: 50,
  reports: 25,
  'limit-violations': 40,
  forwarding: 5,
  repeats: 50,
};

/** A forged session gives the whole weight. */
const NO_SESSION = 10;
/** With the rate below BLOCK_FROM: who is signed in waits, and is not refused for being quick. */
const SESSION_VIOLATIONS = 30;
/** Humans on a page that reports every movement make up to 136 requests a minute. */
const RATE_FROM = 60;
const RATE_FULL = 200;
/** Of the last answers; below FEWEST_ANSWERS a ratio says nothing. */
const FEWEST_ANSWERS = 8;
const ERRORS_FROM = 10;
const ERRORS_FULL = 60;
/** Different endpoints: many are a search for weak spots, one or two over and over a flood. */
const SPREAD_FROM = 4;
const SPREAD_FULL = 12;
const FOCUS_BELOW = 3;
const FAILURES_FREE = 2;
const POINTS_PER_FAILURE = 6;
/** What one visitor's browser and one feed reader repeat at once stays below; who reads on at five a second comes over it. */
const REPEATS_FROM = 4;
const REPEATS_FULL = 12;
/** A script that pages as quickly as it can is challenged at its 15th page; of 1,262 visitors of two sites the quickest came to 4. */
const ROUTE_FROM = 8;
const ROUTE_FULL = 18;
/** More for who asked for something else: programs that show no page load a list, and then a picture for each of its rows. */
const ROUTE_OF_LIST = 30;
const CHANGES_FREE = 1;
const POINTS_PER_CHANGE = 3;

export interface Score {
  /** 0 to 100. */
  readonly score: number;
  /** Those with points, highest first. */
  readonly factors: readonly Factor[];
}

/**
 * The sum of all factors, clamped to 100. What only others say (a foreign report, a coordinated pattern) lifts to a
 * challenge and never over the next boundary: nobody abroad can have a visitor refused here. Who was challenged for its
 * rate and comes on as often without solving stays at a challenge, and never above by that: people may not have seen it.
 */
export function scoreOf(features: Features): Score {
  const points = pointsOf(features);
  const own = ownOf(points);
  let score = own;
  if (points.reports > 0 || features.coordinated) {
    const ceiling = own < BLOCK_FROM ? BLOCK_FROM - 1 : own < REPORT_FROM ? REPORT_FROM - 1 : 100;
    score = Math.min(ceiling, Math.max(CHALLENGE_FROM, own + points.reports));
  }
  if (score < CHALLENGE_FROM && features.challenged > 0) {
    const all = { ...features, requests: features.requests + features.challenged };
    const held = pointsOf(all);
    if (ownOf(held) >= CHALLENGE_FROM) return { score: CHALLENGE_FROM, factors: factorsOf(held, all) };
  }
  return { score, factors: factorsOf(points, features) };
}

function ownOf(points: Record<FactorName, number>): number {
  let own = 0;
  for (const name of FACTORS) if (name !== 'reports') own += points[name];
  return Math.min(100, own);
}

export function levelOf(score: number): Level {
  if (score >= REPORT_FROM) return 'auto-block';
  if (score >= BLOCK_FROM) return 'block';
  return score >= CHALLENGE_FROM ? 'challenge' : 'allow';
}

/** Whole points of each factor, 0 to its weight. */
export function pointsOf(features: Features): Record<FactorName, number> {
  const rate = share(features.requests, RATE_FROM, RATE_FULL, WEIGHTS.rate);
  const pattern = patternPoints(features);
  return {
    rate,
    pattern,
    repeats: repeatPoints(features, rate + pattern),
    session: features.session === 'valid' ? 0 : features.session === 'none' ? NO_SESSION : WEIGHTS.session,
    'user-agent': Math.min(
      WEIGHTS['user-agent'],
      Math.round((features.oddness / 100) * WEIGHTS['user-agent']) +
        whole(Math.max(0, features.agentChanges - CHANGES_FREE) * POINTS_PER_CHANGE),
    ),
    'sign-in-failures': Math.min(
      WEIGHTS['sign-in-failures'],
      whole(Math.max(0, features.signInFailures - FAILURES_FREE) * POINTS_PER_FAILURE),
    ),
    errors:
      features.answers < FEWEST_ANSWERS ? 0 : share(errorPercent(features), ERRORS_FROM, ERRORS_FULL, WEIGHTS.errors),
    signatures: Math.min(WEIGHTS.signatures, whole(features.signaturePoints)),
    reports: features.reported ? WEIGHTS.reports : 0,
    'limit-violations': Math.min(
      features.session === 'valid' ? SESSION_VIOLATIONS : WEIGHTS['limit-violations'],
      whole(features.violationPoints),
    ),
    forwarding: features.malformed ? WEIGHTS.forwarding : 0,
  };
}

/** Counts only without a session, or with errors; a valid session with few errors browses as it likes. */
function patternPoints(features: Features): number {
  const failing = features.answers >= FEWEST_ANSWERS && errorPercent(features) > ERRORS_FROM;
  if (features.session === 'valid' && !failing) return 0;
  // A page that polls shows few endpoints too: alone it counts half, with a minute's flood in full.
  const focused = features.recent === ENDPOINTS && features.distinct < FOCUS_BELOW;
  const focus = focused ? share(features.requests, RATE_FROM, RATE_FULL, WEIGHTS.pattern) : 0;
  const spread = share(features.distinct, SPREAD_FROM, SPREAD_FULL, WEIGHTS.pattern);
  return Math.max(focus, failing ? spread : whole(spread / 3));
}

/** A flood is one thing, however it shows: what rate and pattern gave for it is not given again. */
function repeatPoints(features: Features, given: number): number {
  if (features.session === 'valid') return 0;
  const same = share(features.repeats, REPEATS_FROM, REPEATS_FULL, WEIGHTS.repeats);
  const points = Math.max(same, routePoints(features));
  return Math.max(0, Math.min(points, WEIGHTS.repeats - given));
}

function routePoints({ routeRepeats, wandered }: Features): number {
  const free = wandered ? ROUTE_OF_LIST : 0;
  return share(routeRepeats - free, ROUTE_FROM, ROUTE_FULL, WEIGHTS.repeats);
}

function errorPercent({ errors, answers }: Features): number {
  return answers === 0 ? 0 : (100 * errors) / answers;
}

/** Linear between the two, in whole points. */
function share(value: number, from: number, full: number, weight: number): number {
  return whole(Math.min(1, Math.max(0, (value - from) / (full - from))) * weight);
}

/** Down: a factor gives a point when it is earned in full. The small addend undoes what binary fractions lose. */
function whole(points: number): number {
  return Math.floor(points + 1e-9);
}

function factorsOf(points: Record<FactorName, number>, features: Features): Factor[] {
  const factors: Factor[] = [];
  for (const name of FACTORS) {
    if (points[name] > 0) factors.push({ name, points: points[name], measured: measuredOf(name, features) });
  }
  return factors.sort((a, b) => b.points - a.points);
}

function measuredOf(name: FactorName, features: Features): string {
  switch (name) {
    case 'rate':
      return `${features.requests} a minute`;
    case 'pattern':
      return `${features.distinct} endpoints in ${features.recent}`;
    case 'session':
      return features.session;
    case 'user-agent':
      return `odd ${features.oddness} %, ${whole(features.agentChanges)} changes`;
    case 'sign-in-failures':
      return `${whole(features.signInFailures)}`;
    case 'errors':
      return `${whole(errorPercent(features))} % of ${features.answers}`;
    case 'signatures':
      return `${whole(features.signaturePoints)} points`;
    case 'reports':
      return 'one foreign organisation';
    case 'limit-violations':
      return `${whole(features.violationPoints)} points`;
    case 'forwarding':
      return 'malformed';
    case 'repeats':
      return share(features.repeats, REPEATS_FROM, REPEATS_FULL, WEIGHTS.repeats) < routePoints(features)
        ? `${whole(features.routeRepeats)} times one route`
        : `${whole(features.repeats)} times the same`;
  }
}
