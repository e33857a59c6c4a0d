// Sessions of an application that signs JSON Web Tokens, in the Authorization header or in a cookie. A token with a wrong
// signature, of another issuer or over its time is forged.
import { importJWK, importSPKI, type JWTPayload, jwtVerify } from 'jose';
import type { Clock } from '../../common/clock.ts';
import type { SessionClaim } from './session-claim.ts';
import { cookieOf, FORGED_SESSION, keyOf, NO_SESSION, RememberedClaims, type SessionSource } from './session-source.ts';
import type { Visit } from './visit.ts';

export interface JwtSessionsOptions {
  /** One only: an attacker does not choose it. */
  readonly algorithm: 'HS256' | 'RS256' | 'ES256' | 'EdDSA';
  /** HS256: the secret as text, at least 32 bytes. Else a public key as PEM (SPKI) or as a JWK in JSON. */
  readonly key: string;
  /** Looked at when there is no bearer token. */
  readonly cookie: string | undefined;
  readonly issuer: string | undefined;
  readonly audience: string | undefined;
}

const LONGEST_TOKEN = 8_192;
/** A token that ends, or a session that is ended, counts on for at most so long. */
const REMEMBERED_MS = 10_000;

export class JwtSessions implements SessionSource {
  private readonly options: JwtSessionsOptions;
  private readonly key: Awaited<ReturnType<typeof keyFrom>>;
  private readonly known: RememberedClaims;
  private readonly clock: Clock;

  private constructor(options: JwtSessionsOptions, key: Awaited<ReturnType<typeof keyFrom>>, clock: Clock) {
    this.options = options;
    this.key = key;
    this.clock = clock;
    this.known = new RememberedClaims(REMEMBERED_MS, { clock });
  }

  /** Rejects when the key is none of the algorithm. */
  static async create(options: JwtSessionsOptions, { clock }: { readonly clock: Clock }): Promise<JwtSessions> {
    return new JwtSessions(options, await keyFrom(options), clock);
  }

  claimOf({ headers }: Visit): SessionClaim | Promise<SessionClaim> {
    const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
    const { cookie } = this.options;
    const token = bearer ?? (cookie === undefined ? undefined : cookieOf(headers.cookie, cookie));
    if (token === undefined) return NO_SESSION;
    if (token.length > LONGEST_TOKEN) return FORGED_SESSION;
    return this.known.get(token) ?? this.check(token);
  }

  private async check(token: string): Promise<SessionClaim> {
    const claim = await this.verify(token);
    this.known.set(token, claim);
    return claim;
  }

  private async verify(token: string): Promise<SessionClaim> {
    const { algorithm, issuer, audience } = this.options;
    try {
      const { payload } = await jwtVerify(token, this.key, {
        algorithms: [algorithm],
        currentDate: new Date(this.clock.now()),
        requiredClaims: ['exp', 'sub'],
        ...(issuer === undefined ? {} : { issuer }),
        ...(audience === undefined ? {} : { audience }),
      });
      return { state: 'valid', subject: subjectOf(payload) };
    } catch {
      return FORGED_SESSION;
    }
  }
}

function subjectOf({ iss = '', sub = '' }: JWTPayload): string {
  return keyOf(`${iss} ${sub}`);
}

function keyFrom({ algorithm, key }: JwtSessionsOptions) {
  if (algorithm !== 'HS256') {
    return key.trimStart().startsWith('{') ? importJWK(JSON.parse(key), algorithm) : importSPKI(key, algorithm);
  }
  const secret = new TextEncoder().encode(key);
  if (secret.length < 32) throw new RangeError('a secret of at least 32 bytes');
  return Promise.resolve(secret);
}
