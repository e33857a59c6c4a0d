// Who a request comes from and whether it may come in at all: Host, Origin, token, key, cookie, rate. Decides nothing about
// methods.
import type { Clock } from '../../common/clock.ts';
import { Gcra } from '../../common/gcra.ts';
import { OPEN, OPERATOR, type Principal } from '../access/principal.ts';
import { API_KEY_PREFIX } from '../access/secrets.ts';
import { doorError } from '../errors.ts';
import type { ApiKeys, ClientFacts, CookieJar, Sessions, Shown } from '../ports.ts';
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

/** What the credentials of a request come to. */
export interface Recognised {
  /** Who acts. */
  readonly principal: Principal;
  /** Who looks, for the guard: also a person whose cookie counts for no act here, as on pages. */
  readonly visitor: Shown;
  /** Why it may not come in, whoever it is. */
  readonly refusal: 'rpc.host' | 'rpc.origin' | 'rpc.bad-token' | 'rpc.csrf' | undefined;
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
const NOBODY: Recognised = { principal: OPEN, visitor: OPEN, refusal: undefined };

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

  /**
   * A request by a name or from a page that is not ours. Nobody is asked whose credentials it carries. `named`: false where
   * any name will do.
   */
  foreign({ host, origin, secure }: RequestFacts, named: boolean): Recognised | undefined {
    // Against DNS rebinding: a page of a foreign name that was pointed at this node carries that name.
    if (named && (host === undefined || !this.isHost(host))) return { ...NOBODY, refusal: 'rpc.host' };
    return this.isOwnPage(origin, host, secure) ? undefined : { ...NOBODY, refusal: 'rpc.origin' };
  }

  isHost(host: string): boolean {
    const wanted = host.toLowerCase();
    const name = wanted.replace(/:\d+$/, '');
    return this.options.hosts.some((allowed) => allowed === wanted || allowed === name);
  }

  /**
   * Programs send no Origin; pages must be the node's own or listed. What came over TLS is no page's that did not: anybody
   * between may have written that one.
   */
  private isOwnPage(origin: string | undefined, host: string | undefined, secure: boolean): boolean {
    if (origin === undefined || this.options.origins.includes(origin)) return true;
    const own = (secure ? /^https:\/\/(.+)$/ : /^https?:\/\/(.+)$/).exec(origin.toLowerCase())?.[1];
    return own !== undefined && own === host?.toLowerCase();
  }

  /** What is known of the other end, whoever it is. */
  clientOf(facts: RequestFacts): ClientFacts {
    const { address, userAgent, secure, host = '', origin, cookie, passive } = facts;
    const device = readCookie(cookie, cookieNames(this.options.clinicId, secure).device);
    return { address, userAgent, secure, host, origin, device, passive };
  }

  /** Looks credentials up. Counts nothing and tells nobody. */
  async recognise(facts: RequestFacts): Promise<Recognised> {
    const token = tokenOf(facts);
    // Who shows a token means it: a cookie beside it counts for nothing.
    if (token === undefined) return this.byCookie(facts);
    const principal = token.startsWith(API_KEY_PREFIX)
      ? await this.byKey(token, this.clientOf(facts))
      : sameToken(token, this.options.token) && OPERATOR;
    if (!principal) return { principal: OPEN, visitor: 'forged', refusal: 'rpc.bad-token' };
    return { principal, visitor: principal, refusal: undefined };
  }

  /**
   * Without any credential the caller is open. `addCookie` puts a Set-Cookie header on the answer; `recognised`: of the same
   * request, when it was looked at before. Throws RpcError.
   */
  async identify(facts: RequestFacts, addCookie: (header: string) => void, recognised?: Recognised): Promise<Admitted> {
    const { principal, refusal } = recognised ?? (await this.recognise(facts));
    const client = this.clientOf(facts);
    if (refusal === 'rpc.bad-token') throw this.wrongToken(client);
    if (refusal !== undefined) throw doorError(refusal);
    const cookies = facts.upgrade ? undefined : this.jar(facts, addCookie);
    return { ...this.found(principal, client, cookies), client, cookies };
  }

  private found(principal: Principal, client: ClientFacts, cookies: CookieJar | undefined): Found {
    switch (principal.kind) {
      case 'open':
        return this.byNothing(client);
      case 'operator':
        return this.operatorAt(client);
      case 'application':
        return this.applicationAt(principal, client);
      case 'session':
        return this.sessionAt(principal, cookies);
    }
  }

  private jar(facts: RequestFacts, add: (header: string) => void): CookieJar {
    const names = cookieNames(this.options.clinicId, facts.secure);
    return cookieJar(names, facts.secure, { add, now: () => this.modules.clock.now() });
  }

  private byNothing(client: ClientFacts): Found {
    const key = addressKey(client.address);
    return { principal: OPEN, key, charge: (units) => take(this.open, key, units), current: async () => OPEN };
  }

  private operatorAt(client: ClientFacts): Found {
    const charge = (units: number): number => take(this.operator, OPERATOR_KEY, units);
    return { principal: OPERATOR, key: addressKey(client.address), charge, current: async () => OPERATOR };
  }

  private async byKey(secret: string, client: ClientFacts): Promise<Principal | undefined> {
    const key = await this.modules.apiKeys?.find(secret, client);
    return key === undefined ? undefined : { kind: 'application', key };
  }

  private applicationAt(principal: Extract<Principal, { kind: 'application' }>, client: ClientFacts): Found {
    const { id } = principal.key;
    const current = async (): Promise<Principal | undefined> => {
      const key = await this.modules.apiKeys?.current(id, client);
      return key === undefined ? undefined : { kind: 'application', key };
    };
    return this.signedAs(principal, `key ${id}`, current);
  }

  private async byCookie(facts: RequestFacts): Promise<Recognised> {
    const { sessions } = this.modules;
    const secret = readCookie(facts.cookie, cookieNames(this.options.clinicId, facts.secure).session);
    if (sessions === undefined || secret === undefined) return NOBODY;
    const counts = cookieCounts(facts);
    if (counts === 'refused') return { ...NOBODY, refusal: 'rpc.csrf' };
    const session = await sessions.find(secret, this.clientOf(facts));
    if (session === undefined) return NOBODY;
    const visitor: Principal = { kind: 'session', session };
    return { principal: counts === 'counts' ? visitor : OPEN, visitor, refusal: undefined };
  }

  private sessionAt(principal: Extract<Principal, { kind: 'session' }>, cookies: CookieJar | undefined): Found {
    const { sessions } = this.modules;
    const { id } = principal.session;
    const renewal = cookies === undefined ? undefined : sessions?.renewal(id);
    if (renewal !== undefined) cookies?.startSession(renewal.secret, renewal.endsAt);
    const current = async (): Promise<Principal | undefined> => {
      const now = await sessions?.current(id);
      return now === undefined ? undefined : { kind: 'session', session: now };
    };
    return this.signedAs(principal, `session ${id}`, current);
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
