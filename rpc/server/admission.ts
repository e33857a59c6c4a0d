// Who a request comes from and whether it may come in at all: Host, Origin, token, key, cookie, rate. Decides nothing about
// methods.
import type { Clock } from '../../common/clock.ts';
import { Gcra } from '../../common/gcra.ts';
import { OPEN, OPERATOR, type Principal } from '../access/principal.ts';
import { API_KEY_PREFIX } from '../access/secrets.ts';
import { doorError } from '../errors.ts';
import type { ApiKeys, ClientFacts, CookieJar, Sessions } from '../ports.ts';
import { sameToken } from '../token.ts';
import { addressKey } from './address.ts';
import { cookieJar, cookieNames, readCookie } from './cookies.ts';
import { cookieCounts, type RequestFacts, tokenOf } from './credentials.ts';
import type { RpcLimits } from './options.ts';

export interface AdmissionOptions {
  readonly token: string;
  /** In the names of cookies. */
  readonly clinicId: string;
  readonly hosts: readonly string[];
  readonly origins: readonly string[];
  readonly limits: RpcLimits;
}

export interface AdmissionModules {
  readonly clock: Clock;
  readonly sessions: Sessions | undefined;
  readonly apiKeys: ApiKeys | undefined;
}

export interface Admitted {
  readonly principal: Principal;
  readonly client: ClientFacts;
  /** Undefined on WebSockets: their answers have no headers. */
  readonly cookies: CookieJar | undefined;
  /** Under which the caller is counted: an address, a session or an API key. */
  readonly key: string;
  /** ms to wait, 0 when the units were there. */
  charge(units: number): number;
  /** Who it is now, on a WebSocket that stays open; undefined once the session or key ended. */
  current(): Promise<Principal | undefined>;
}

const OPERATOR_KEY = 'operator';

export class Admission {
  private readonly options: AdmissionOptions;
  private readonly modules: AdmissionModules;
  private readonly open: Gcra;
  private readonly signed: Gcra;
  private readonly operator: Gcra;

  constructor(options: AdmissionOptions, modules: AdmissionModules) {
    const { open, signed, operator, maxAddresses, maxSigned } = options.limits;
    this.options = options;
    this.modules = modules;
    this.open = new Gcra({ ...open, maxKeys: maxAddresses }, modules);
    this.signed = new Gcra({ ...signed, maxKeys: maxSigned }, modules);
    this.operator = new Gcra({ ...operator, maxKeys: 1 }, modules);
  }

  /** Against DNS rebinding: a page of a foreign name that was pointed at this node carries that name. Throws RpcError. */
  checkHost(host: string | undefined): void {
    if (host === undefined || !this.isHost(host)) throw doorError('rpc.host');
  }

  isHost(host: string): boolean {
    const wanted = host.toLowerCase();
    const name = wanted.replace(/:\d+$/, '');
    return this.options.hosts.some((allowed) => allowed === wanted || allowed === name);
  }

  /**
   * Programs send no Origin; pages must be the node's own or listed. What came over TLS is no page's that did not: anybody
   * between may have written that one. Throws RpcError.
   */
  checkOrigin(origin: string | undefined, host: string | undefined, secure: boolean): void {
    if (origin === undefined || this.options.origins.includes(origin)) return;
    const own = (secure ? /^https:\/\/(.+)$/ : /^https?:\/\/(.+)$/).exec(origin.toLowerCase())?.[1];
    if (own === undefined || own !== host?.toLowerCase()) throw doorError('rpc.origin');
  }

  /** What is known of the other end, whoever it is. */
  clientOf(facts: RequestFacts): ClientFacts {
    const { address, userAgent, secure, host = '', origin, cookie, passive } = facts;
    const device = readCookie(cookie, cookieNames(this.options.clinicId, secure).device);
    return { address, userAgent, secure, host, origin, device, passive };
  }

  /** Without any credential the caller is open. `addCookie` puts a Set-Cookie header on the answer. Throws RpcError. */
  async identify(facts: RequestFacts, addCookie: (header: string) => void): Promise<Admitted> {
    const client = this.clientOf(facts);
    const cookies = facts.upgrade ? undefined : this.jar(facts, addCookie);
    const token = tokenOf(facts);
    // Who shows a token means it: a cookie beside it counts for nothing.
    if (token?.startsWith(API_KEY_PREFIX) === true) return { ...(await this.byKey(token, client)), client, cookies };
    if (token !== undefined) return { ...this.byToken(token, client), client, cookies };
    return { ...(await this.byCookie(facts, client, cookies)), client, cookies };
  }

  private jar(facts: RequestFacts, add: (header: string) => void): CookieJar {
    const names = cookieNames(this.options.clinicId, facts.secure);
    return cookieJar(names, facts.secure, { add, now: () => this.modules.clock.now() });
  }

  private byNothing(client: ClientFacts): Found {
    const key = addressKey(client.address);
    return { principal: OPEN, key, charge: (units) => take(this.open, key, units), current: async () => OPEN };
  }

  private byToken(token: string, client: ClientFacts): Found {
    if (!sameToken(token, this.options.token)) throw this.wrongToken(client);
    const charge = (units: number): number => take(this.operator, OPERATOR_KEY, units);
    return { principal: OPERATOR, key: addressKey(client.address), charge, current: async () => OPERATOR };
  }

  private async byKey(secret: string, client: ClientFacts): Promise<Found> {
    const { apiKeys } = this.modules;
    const found = await apiKeys?.find(secret, client);
    if (found === undefined) throw this.wrongToken(client);
    const current = async (): Promise<Principal | undefined> => {
      const key = await apiKeys?.current(found.id, client);
      return key === undefined ? undefined : { kind: 'application', key };
    };
    return this.signedAs({ kind: 'application', key: found }, `key ${found.id}`, current);
  }

  private async byCookie(facts: RequestFacts, client: ClientFacts, cookies: CookieJar | undefined): Promise<Found> {
    const { sessions } = this.modules;
    const secret = readCookie(facts.cookie, cookieNames(this.options.clinicId, facts.secure).session);
    if (sessions === undefined || secret === undefined) return this.byNothing(client);
    const counts = cookieCounts(facts);
    if (counts === 'refused') throw doorError('rpc.csrf');
    const session = counts === 'counts' ? await sessions.find(secret, client) : undefined;
    if (session === undefined) return this.byNothing(client);
    const renewal = cookies === undefined ? undefined : sessions.renewal(session.id);
    if (renewal !== undefined) cookies?.startSession(renewal.secret, renewal.endsAt);
    const current = async (): Promise<Principal | undefined> => {
      const now = await sessions.current(session.id);
      return now === undefined ? undefined : { kind: 'session', session: now };
    };
    return this.signedAs({ kind: 'session', session }, `session ${session.id}`, current);
  }

  private signedAs(principal: Principal, key: string, current: Admitted['current']): Found {
    return { principal, key, charge: (units) => take(this.signed, key, units), current };
  }

  private wrongToken(client: ClientFacts): Error {
    const wait = take(this.open, addressKey(client.address), this.options.limits.wrongTokenCost);
    return wait > 0 ? doorError('rpc.rate-limited', { retryAfterMs: wait }) : doorError('rpc.bad-token');
  }
}

type Found = Pick<Admitted, 'principal' | 'key' | 'charge' | 'current'>;

function take(limiter: Gcra, key: string, units: number): number {
  const taken = limiter.take(key, units);
  return taken.ok ? 0 : Math.min(3_600_000, Math.max(1, Math.ceil(taken.retryAfterMs)));
}
