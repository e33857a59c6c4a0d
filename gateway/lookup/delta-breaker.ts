// The circuit breaker on the list: a change that would refuse many of those who use the application, or that grows faster
// than attacks do, waits for an administrator instead of taking effect. Owns neither list nor what waits.
import type { Network } from '../address.ts';
import type { SignedInAddresses } from '../judge/signed-in-addresses.ts';

export type HoldReason =
  /** Of the addresses with a session of the last seven days. */
  | { readonly rule: 'known-addresses'; readonly hit: number; readonly of: number }
  /** Of the addresses with a session now. */
  | { readonly rule: 'current-sessions'; readonly hit: number; readonly of: number }
  | { readonly rule: 'pace'; readonly entries: number };

const MOST_KNOWN_PERCENT = 2;
const MOST_CURRENT_PERCENT = 1;
/** One or two addresses are protected one by one (SignedInAddresses), and say nothing about the list. */
const FEWEST_HIT = 3;
/** New entries within a minute. */
export const MAX_ENTRIES_PER_MINUTE = 1_000;
const MINUTE_MS = 60_000;

export interface DeltaBreakerModules {
  readonly signedIn: Pick<SignedInAddresses, 'hits'>;
}

export class DeltaBreaker {
  private readonly modules: DeltaBreakerModules;
  /** What was let through within the minute, oldest first; MAX_ENTRIES_PER_MINUTE at most. */
  private recent: { readonly at: number; readonly networks: readonly Network[] }[] = [];

  constructor(modules: DeltaBreakerModules) {
    this.modules = modules;
  }

  /**
   * Why the new entries must wait, or undefined when they may take effect, which counts them. Weighed with what was let through
   * in the same minute: many small changes are one. Not asked for what administrators of the own organisation decide.
   */
  holds(added: readonly Network[], at: number): HoldReason | undefined {
    const all = [...this.lately(at), ...added];
    const { known, knownHit, current, currentHit } = this.modules.signedIn.hits(all, at);
    if (isMany(knownHit, known, MOST_KNOWN_PERCENT)) return { rule: 'known-addresses', hit: knownHit, of: known };
    if (isMany(currentHit, current, MOST_CURRENT_PERCENT)) {
      return { rule: 'current-sessions', hit: currentHit, of: current };
    }
    if (all.length > MAX_ENTRIES_PER_MINUTE) return { rule: 'pace', entries: all.length };
    this.recent.push({ at, networks: added });
    return undefined;
  }

  /** How many entries may still take effect at the moment, for their pace. */
  room(at: number): number {
    return MAX_ENTRIES_PER_MINUTE - this.lately(at).length;
  }

  private lately(at: number): Network[] {
    this.recent = this.recent.filter((each) => each.at > at - MINUTE_MS);
    return this.recent.flatMap(({ networks }) => networks);
  }
}

function isMany(hit: number, of: number, percent: number): boolean {
  return hit >= FEWEST_HIT && hit * 100 > of * percent;
}
