// Sessions that an address of the application vouches for: it is asked with the client's own credentials, and 2xx means valid.
// When it does not answer, the client counts as not signed in: limits and challenges go on.
import type { Clock } from '../../common/clock.ts';
import type { SessionClaim } from './session-claim.ts';
import { keyOf, NO_SESSION, RememberedClaims, type SessionSource } from './session-source.ts';
import type { Visit } from './visit.ts';

export interface UrlSessionsOptions {
  readonly url: string;
}

export interface UrlSessionsModules {
  readonly clock: Clock;
}

const REMEMBERED_MS = 10_000;
const ANSWER_MS = 2_000;
/** Questions at once; further clients count as not signed in meanwhile. */
export const MAX_SESSION_QUESTIONS = 256;

export class UrlSessions implements SessionSource {
  private readonly url: string;
  private readonly known: RememberedClaims;
  private readonly asked = new Map<string, Promise<SessionClaim>>();

  constructor({ url }: UrlSessionsOptions, modules: UrlSessionsModules) {
    this.url = url;
    this.known = new RememberedClaims(REMEMBERED_MS, modules);
  }

  claimOf({ headers }: Visit): SessionClaim | Promise<SessionClaim> {
    const { cookie = '', authorization = '' } = headers;
    if (cookie === '' && authorization === '') return NO_SESSION;
    const credential = JSON.stringify([cookie, authorization]);
    const known = this.known.get(credential) ?? this.asked.get(credential);
    if (known !== undefined) return known;
    if (this.asked.size >= MAX_SESSION_QUESTIONS) return NO_SESSION;
    const asking = this.ask(credential, cookie, authorization).finally(() => this.asked.delete(credential));
    this.asked.set(credential, asking);
    return asking;
  }

  private async ask(credential: string, cookie: string, authorization: string): Promise<SessionClaim> {
    const headers = { ...(cookie === '' ? {} : { cookie }), ...(authorization === '' ? {} : { authorization }) };
    try {
      const signal = AbortSignal.timeout(ANSWER_MS);
      const answer = await fetch(this.url, { headers, redirect: 'manual', signal });
      await answer.body?.cancel();
      const claim: SessionClaim = answer.ok
        ? { state: 'valid', subject: keyOf(answer.headers.get('x-wardmesh-subject') ?? credential) }
        : NO_SESSION;
      if (answer.status < 500) this.known.set(credential, claim);
      return claim;
    } catch {
      return NO_SESSION;
    }
  }
}
