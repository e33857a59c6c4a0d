// Sessions that an address of the application vouches for: it is asked with the client's one credential, and 2xx means valid.
// When it does not answer, the client counts as not signed in: limits and challenges go on.
import type { Clock } from '../../common/clock.ts';
import type { SessionClaim } from './session-claim.ts';
import { cookieOf, keyOf, NO_SESSION, RememberedClaims, type SessionSource } from './session-source.ts';
import type { Visit } from './visit.ts';

/** The value of the one cookie of that name, or the Authorization header. */
export type Credential = { readonly cookie: string } | 'authorization';

export interface UrlSessionsOptions {
  readonly url: string;
  readonly credential: Credential;
}

export interface UrlSessionsModules {
  readonly clock: Clock;
}

const REMEMBERED_MS = 10_000;
const ANSWER_MS = 2_000;
/** Of a token in one spelling: what applications decode, they decode alike with and without padding. */
const AUTHORIZATION = /^([a-z][a-z0-9-]*) +([a-z0-9._~+/-]+)(={0,2}) *$/i;
/** Questions at once; further clients count as not signed in meanwhile. */
export const MAX_SESSION_QUESTIONS = 256;

export class UrlSessions implements SessionSource {
  private readonly url: string;
  private readonly credential: Credential;
  private readonly known: RememberedClaims;
  private readonly asked = new Map<string, Promise<SessionClaim>>();

  constructor({ url, credential }: UrlSessionsOptions, modules: UrlSessionsModules) {
    this.url = url;
    this.credential = credential;
    this.known = new RememberedClaims(REMEMBERED_MS, modules);
  }

  claimOf(visit: Visit): SessionClaim | Promise<SessionClaim> {
    const asked = this.askedOf(visit);
    if (asked === undefined) return NO_SESSION;
    const { key, headers } = asked;
    const known = this.known.get(key) ?? this.asked.get(key);
    if (known !== undefined) return known;
    if (this.asked.size >= MAX_SESSION_QUESTIONS) return NO_SESSION;
    const asking = this.ask(key, headers).finally(() => this.asked.delete(key));
    this.asked.set(key, asking);
    return asking;
  }

  /** Nothing but the credential is sent and nothing else is in its key: what stands beside it would be a limit of its own. */
  private askedOf({ headers }: Visit): { key: string; headers: Record<string, string> } | undefined {
    if (this.credential === 'authorization') {
      const [, scheme, token, padding] = AUTHORIZATION.exec(headers.authorization ?? '') ?? [];
      if (token === undefined) return undefined;
      const key = `${scheme.toLowerCase()} ${token}`;
      return { key, headers: { authorization: `${scheme} ${token}${padding}` } };
    }
    const value = cookieOf(headers.cookie, this.credential.cookie);
    if (value === undefined) return undefined;
    return { key: decoded(value), headers: { cookie: `${this.credential.cookie}=${value}` } };
  }

  private async ask(key: string, headers: Record<string, string>): Promise<SessionClaim> {
    try {
      const signal = AbortSignal.timeout(ANSWER_MS);
      const answer = await fetch(this.url, { headers, redirect: 'manual', signal });
      await answer.body?.cancel();
      const claim: SessionClaim = answer.ok
        ? { state: 'valid', subject: keyOf(answer.headers.get('x-wardmesh-subject') ?? key) }
        : NO_SESSION;
      if (answer.status < 500) this.known.set(key, claim);
      return claim;
    } catch {
      return NO_SESSION;
    }
  }
}

/** Applications decode cookies: other spellings of a value are the same credential. */
function decoded(value: string): string {
  const [, inner = value] = /^"(.*)"$/.exec(value) ?? [];
  try {
    return decodeURIComponent(inner);
  } catch {
    return inner;
  }
}
