// The circuit breakers of all gateways of this clinic, as administrators see and close them: those of the node's own doors,
// and of gateways elsewhere, which say what is open with what they bring. Owns no breaker.
import type { Clock } from '../../common/clock.ts';
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import type { BreakerName, Breakers, OpenBreaker } from '../../gateway/breakers.ts';
import { SecurityError } from './errors.ts';
import { MAX_GATEWAYS } from './security-log.ts';

/** A gateway that says nothing for so long is gone, or has nothing open. */
export const BREAKER_NEWS_MS = 180_000;

export interface BreakerBoardModules {
  readonly clock: Pick<Clock, 'now'>;
}

export interface ListedBreaker extends OpenBreaker {
  /** Undefined for this node's own doors. */
  readonly gateway: string | undefined;
  /** An administrator closed it; the gateway has not taken that up. */
  readonly releasing: boolean;
}

interface Elsewhere {
  readonly at: number;
  readonly open: readonly OpenBreaker[];
  /** What an administrator closed, and of when it was: one that opens again waits for another word. */
  readonly releasing: ReadonlyMap<BreakerName, number>;
}

export class BreakerBoard {
  private readonly modules: BreakerBoardModules;
  private readonly own: Breakers[] = [];
  private readonly elsewhere = new BoundedMap<string, Elsewhere>({ maxEntries: MAX_GATEWAYS });

  constructor(modules: BreakerBoardModules) {
    this.modules = modules;
  }

  /** A gateway of this node. */
  attach(breakers: Breakers): void {
    this.own.push(breakers);
  }

  /** What is open at a gateway elsewhere, in place of what it said before. Returns what it is to close. */
  told(gateway: string, open: readonly OpenBreaker[]): readonly BreakerName[] {
    const asked = this.elsewhere.get(gateway)?.releasing;
    const closed = open.filter(({ breaker, since }) => asked?.get(breaker) === since);
    const releasing = new Map(closed.map(({ breaker, since }) => [breaker, since]));
    if (open.length === 0) this.elsewhere.delete(gateway);
    else {
      const told = { at: this.modules.clock.now(), open, releasing };
      this.elsewhere.touch(gateway);
      this.elsewhere.set(gateway, told);
    }
    return [...releasing.keys()];
  }

  /** Open now, longest first. */
  list(): readonly ListedBreaker[] {
    const now = this.modules.clock.now();
    const own = this.own.flatMap((breakers) =>
      breakers.openBreakers(now).map((open) => ({ ...open, gateway: undefined, releasing: false })),
    );
    const elsewhere = [...this.elsewhere]
      .filter(([, { at }]) => at > now - BREAKER_NEWS_MS)
      .flatMap(([gateway, { open, releasing }]) =>
        open.map((one) => ({ ...one, gateway, releasing: releasing.get(one.breaker) === one.since })),
      );
    return [...own, ...elsewhere].sort((a, b) => a.since - b.since);
  }

  /**
   * Closes a breaker of this node at once, of a gateway elsewhere when it next says what is open. Throws SecurityError
   * `threat.breaker-closed`.
   */
  release(gateway: string | undefined, breaker: BreakerName): ListedBreaker {
    const now = this.modules.clock.now();
    const found = this.list().find((one) => one.gateway === gateway && one.breaker === breaker);
    if (found === undefined) throw new SecurityError({ code: 'threat.breaker-closed' });
    if (gateway === undefined) {
      for (const breakers of this.own) breakers.releaseBreaker(breaker, now);
      return found;
    }
    const told = this.elsewhere.get(gateway);
    if (told !== undefined) {
      this.elsewhere.set(gateway, { ...told, releasing: new Map(told.releasing).set(breaker, found.since) });
    }
    return { ...found, releasing: true };
  }
}
