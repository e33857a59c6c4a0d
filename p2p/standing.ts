// How each peer has behaved lately, by kind of behaviour: what it gave that was of use, and what it cost. Owns the counting;
// what breaks the protocol is dealt with at once elsewhere, and only lasting uselessness ends a connection here.
import type { Clock } from '../common/clock.ts';
import { BoundedMap } from '../common/collections/bounded-map.ts';
import { MAX_STANDINGS, STANDING_HALF_LIFE_MS, STANDING_LEAST, STANDING_MOST } from './limits.ts';

export type Behaviour =
  /** Answered to the end, or gossiped what was new and good. */
  | 'useful'
  /** Did not answer, or not to the end. */
  | 'timeout'
  /** Asked for more than its rate. */
  | 'throttled'
  /** Gossiped what was rejected, or was blamed. */
  | 'invalid';

/** Useful things come by the thousand, so each weighs little. What is rejected, gossip's own score weighs as well. */
const WEIGHTS: Readonly<Record<Behaviour, number>> = { useful: 0.05, timeout: -4, throttled: -0.5, invalid: -2.5 };

export interface Standing {
  /** -100 to 20, halved every ten minutes towards 0. */
  readonly score: number;
  /** Since this node started. */
  readonly counts: Readonly<Record<Behaviour, number>>;
}

interface Kept {
  score: number;
  at: number;
  readonly counts: Record<Behaviour, number>;
}

export interface StandingsModules {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** The score fell to the least that is borne. It starts anew from half of that. */
  onFallen(peerId: string): void;
}

export class Standings {
  private readonly modules: StandingsModules;
  private readonly kept = new BoundedMap<string, Kept>({ maxEntries: MAX_STANDINGS });

  constructor(modules: StandingsModules) {
    this.modules = modules;
  }

  of(peerId: string): Standing {
    const kept = this.kept.get(peerId);
    if (kept === undefined) return { score: 0, counts: none() };
    return { score: this.decayed(kept), counts: { ...kept.counts } };
  }

  observe(peerId: string, behaviour: Behaviour): void {
    const now = this.modules.clock.monotonic();
    let kept = this.kept.get(peerId);
    if (kept === undefined) {
      kept = { score: 0, at: now, counts: none() };
      this.kept.set(peerId, kept);
    }
    kept.counts[behaviour]++;
    kept.score = Math.min(STANDING_MOST, this.decayed(kept) + WEIGHTS[behaviour]);
    kept.at = now;
    if (kept.score > STANDING_LEAST) return;
    kept.score = STANDING_LEAST / 2;
    this.modules.onFallen(peerId);
  }

  private decayed({ score, at }: Kept): number {
    return score * 2 ** ((at - this.modules.clock.monotonic()) / STANDING_HALF_LIFE_MS);
  }
}

function none(): Record<Behaviour, number> {
  return { useful: 0, timeout: 0, throttled: 0, invalid: 0 };
}
