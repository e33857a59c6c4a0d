// Sessions that the application tells of in its answers: a header names who the cookie of the request, or the one that the
// answer sets, belongs to. What was not told is no session.
import type { Clock } from '../../common/clock.ts';
import type { SessionClaim } from './session-claim.ts';
import { cookieOf, keyOf, NO_SESSION, RememberedClaims, type SessionSource } from './session-source.ts';
import type { Visit } from './visit.ts';

export interface HeaderSessionsOptions {
  /** Name of the application's session cookie. */
  readonly cookie: string;
}

/** On answers of the application: who is signed in, or empty when somebody just signed out. */
export const SESSION_HEADER = 'x-wardmesh-session';
const LIFE_MS = 30 * 60_000;

export class HeaderSessions implements SessionSource {
  readonly inward = [SESSION_HEADER];
  private readonly cookie: string;
  private readonly told: RememberedClaims;

  constructor({ cookie }: HeaderSessionsOptions, modules: { readonly clock: Pick<Clock, 'monotonic'> }) {
    this.cookie = cookie;
    this.told = new RememberedClaims(LIFE_MS, modules);
  }

  claimOf({ headers }: Visit): SessionClaim {
    const value = cookieOf(headers.cookie, this.cookie);
    return value === undefined ? NO_SESSION : (this.told.get(value) ?? NO_SESSION);
  }

  answered({ headers: asked }: Visit, headers: Readonly<Record<string, string | string[] | number | undefined>>): void {
    const subject = headers[SESSION_HEADER];
    if (typeof subject !== 'string') return;
    const sent = cookieOf(asked.cookie, this.cookie);
    if (subject === '') {
      if (sent !== undefined) this.told.delete(sent);
      return;
    }
    const value = this.setBy(headers['set-cookie']) ?? sent;
    if (value !== undefined) this.told.set(value, { state: 'valid', subject: keyOf(subject) });
  }

  private setBy(lines: string | string[] | number | undefined): string | undefined {
    const all = Array.isArray(lines) ? lines : typeof lines === 'string' ? [lines] : [];
    return all.map((line) => cookieOf(line.split(';', 1)[0], this.cookie)).find((value) => value !== undefined);
  }
}
