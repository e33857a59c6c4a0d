// What makes a client signed in at the application behind the gateway. Each application says it in one of these ways; a cookie
// that nobody checked is no session.
import { sha256 } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import type { SessionClaim } from './session-claim.ts';
import type { Visit } from './visit.ts';

export interface SessionSource {
  claimOf(visit: Visit): SessionClaim | Promise<SessionClaim>;
  /** What is known already, where that is all: for visits that are refused before anybody is asked. */
  atHand?(visit: Visit): SessionClaim;
  /** Tells the source what the application answered; a source that learns from answers overrides it. */
  answered?(visit: Visit, headers: Readonly<Record<string, string | string[] | number | undefined>>): void;
  /** Headers of answers that are meant for the gateway alone, lower case. */
  readonly inward?: readonly string[];
}

export const NO_SESSION: SessionClaim = { state: 'none', subject: undefined };
export const FORGED_SESSION: SessionClaim = { state: 'forged', subject: undefined };

/** An application without sign-in, or one that nobody told the gateway about. */
export const noSessions: SessionSource = { claimOf: () => NO_SESSION };

/** Answers about credentials that were asked for lately. */
export const MAX_REMEMBERED_SESSIONS = 50_000;

/** Claims by credential for a while; keeps a hash of the credential only. */
export class RememberedClaims {
  private readonly clock: Pick<Clock, 'monotonic'>;
  private readonly lifeMs: number;
  private readonly claims = new BoundedMap<string, { claim: SessionClaim; until: number }>({
    maxEntries: MAX_REMEMBERED_SESSIONS,
  });

  constructor(lifeMs: number, { clock }: { readonly clock: Pick<Clock, 'monotonic'> }) {
    this.lifeMs = lifeMs;
    this.clock = clock;
  }

  get(credential: string): SessionClaim | undefined {
    const known = this.claims.get(keyOf(credential));
    return known !== undefined && known.until > this.clock.monotonic() ? known.claim : undefined;
  }

  set(credential: string, claim: SessionClaim): void {
    this.claims.set(keyOf(credential), { claim, until: this.clock.monotonic() + this.lifeMs });
  }

  delete(credential: string): void {
    this.claims.delete(keyOf(credential));
  }
}

/** Opaque and short, for a subject or a key. */
export function keyOf(text: string): string {
  return toHex(sha256(new TextEncoder().encode(text)).subarray(0, 16));
}

/** The value of the one cookie of that name; undefined when there is none or several. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  if (header === undefined || !header.includes(name)) return undefined;
  const own = header.split(';').filter((pair) => pair.trimStart().startsWith(`${name}=`));
  return own.length === 1 ? own[0].slice(own[0].indexOf('=') + 1).trim() || undefined : undefined;
}
