// The addresses that stood out most, and how many of those that a detector had challenged showed that people were there. Order: highest score, then requests that were not let through, then all requests, then
// the latest, then the address as text: no two are alike. Owns no entry and no period.
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import { formatNetwork, type Network } from '../address.ts';
import { type Action, CHALLENGE_FROM, type FactorName, type Rule } from '../judge/decision.ts';
import { DETECTORS, type Detector } from '../judge/names.ts';
import type { LoggedRequest } from './entry.ts';

export interface Threat {
  readonly client: Network;
  readonly score: number;
  /** Entries of this address that are threats. */
  readonly requests: number;
  /** Those that were not let through. */
  readonly stopped: number;
  /** ms since 1970. */
  readonly last: number;
  /** Of the request with the highest score, the earliest of several. */
  readonly action: Action;
  readonly rule: Rule;
  /** The factor with most points there; undefined when none had any. */
  readonly factor: FactorName | undefined;
}

/** Of one detector: a high share that passed says that it troubles people. */
export interface Challenged {
  readonly by: Detector;
  /** Addresses that it challenged first. */
  readonly addresses: number;
  /** Those of them that came on with a solved challenge, or signed in. */
  readonly passed: number;
}

/** Addresses that one ranking tells apart; whoever ranks says when there were more. */
export const MAX_RANKED = 200_000;

/** Whether an entry counts: not let through, or a score that asks for a challenge. */
export function isThreat({ decision: { action, judged, score } }: LoggedRequest): boolean {
  return action !== 'allow' || judged !== 'allow' || score >= CHALLENGE_FROM;
}

interface Seen {
  readonly threat: { -readonly [F in keyof Threat]: Threat[F] };
  challengedBy: Detector | undefined;
  passed: boolean;
}

const RULES: ReadonlySet<string> = new Set(DETECTORS.slice(DETECTORS.indexOf('coordinated')));

export class Ranking {
  private readonly threats = new BoundedMap<string, Seen>({
    maxEntries: MAX_RANKED,
    whenFull: 'refuse',
  });
  private more = false;

  /** False when there were more addresses than are told apart. */
  get complete(): boolean {
    return !this.more;
  }

  /** In the order of judgement. */
  add(entry: LoggedRequest): void {
    if (!isThreat(entry)) return;
    const { client, score, action, rule, at, factors } = entry.decision;
    const key = formatNetwork(client);
    const stopped = action === 'allow' ? 0 : 1;
    const known = this.threats.get(key);
    if (known === undefined) {
      const threat = { client, score, requests: 1, stopped, last: at, action, rule, factor: factors.at(0)?.name };
      if (!this.threats.set(key, { threat, challengedBy: detectorOf(entry), passed: false })) this.more = true;
      return;
    }
    const { threat } = known;
    threat.requests++;
    threat.stopped += stopped;
    threat.last = Math.max(threat.last, at);
    if (score > threat.score) Object.assign(threat, { score, action, rule, factor: factors.at(0)?.name });
    if (known.challengedBy === undefined) known.challengedBy = detectorOf(entry);
    else if (rule === 'clearance' || rule === 'signed-in') known.passed = true;
  }

  /** In the order of DETECTORS, those alone that challenged somebody. */
  challenged(): Challenged[] {
    const all = [...this.threats].map(([, seen]) => seen);
    return DETECTORS.map((by) => {
      const its = all.filter(({ challengedBy }) => challengedBy === by);
      return { by, addresses: its.length, passed: its.filter(({ passed }) => passed).length };
    }).filter(({ addresses }) => addresses > 0);
  }

  top(count: number): Threat[] {
    const best: (readonly [string, Threat])[] = [];
    for (const [name, { threat }] of this.threats) {
      const candidate = [name, threat] as const;
      if (best.length === count && order(candidate, best[best.length - 1]) > 0) continue;
      const place = best.findIndex((other) => order(candidate, other) < 0);
      best.splice(place === -1 ? best.length : place, 0, candidate);
      if (best.length > count) best.pop();
    }
    return best.map(([, threat]) => threat);
  }
}

/** Undefined for what was not challenged, or would not have been where the gateway only observes. */
function detectorOf({ decision: { judged, rule, factors } }: LoggedRequest): Detector | undefined {
  if (judged !== 'challenge') return undefined;
  return RULES.has(rule) ? (rule as Detector) : factors.at(0)?.name;
}

/** Negative when the first ranks higher. */
function order([a, one]: readonly [string, Threat], [b, other]: readonly [string, Threat]): number {
  return (
    other.score - one.score ||
    other.stopped - one.stopped ||
    other.requests - one.requests ||
    other.last - one.last ||
    (a < b ? -1 : 1)
  );
}
