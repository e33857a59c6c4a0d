// Who a request comes from and whether it may come in at all: Host, Origin, token, rate. Decides nothing about methods.
import type { Clock } from '../../common/clock.ts';
import { Gcra } from '../../common/gcra.ts';
import { OPEN, OPERATOR, type Principal } from '../access/principal.ts';
import { doorError } from '../errors.ts';
import type { ClientFacts } from '../ports.ts';
import { sameToken } from '../token.ts';
import { addressKey } from './address.ts';
import type { RpcLimits } from './options.ts';

export interface AdmissionOptions {
  readonly token: string;
  readonly hosts: readonly string[];
  readonly origins: readonly string[];
  readonly limits: RpcLimits;
}

/** The parts of a request that admission looks at. */
export interface RequestFacts {
  readonly address: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly authorization: string | undefined;
  /** Sec-WebSocket-Protocol: browsers cannot send a token otherwise. */
  readonly protocols: string | undefined;
  readonly userAgent: string | undefined;
  readonly secure: boolean;
}

export interface Admitted {
  readonly principal: Principal;
  readonly client: ClientFacts;
  /** Under which the address is counted. */
  readonly key: string;
  /** ms to wait, 0 when the units were there. */
  charge(units: number): number;
}

export const SOCKET_PROTOCOL = 'wardmesh.rpc';
export const TOKEN_PROTOCOL = 'wardmesh.token.';
const OPERATOR_KEY = 'operator';

export class Admission {
  private readonly options: AdmissionOptions;
  private readonly open: Gcra;
  private readonly operator: Gcra;

  constructor(options: AdmissionOptions, modules: { readonly clock: Clock }) {
    const { open, operator, maxAddresses } = options.limits;
    this.options = options;
    this.open = new Gcra({ ...open, maxKeys: maxAddresses }, modules);
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

  /** Programs send no Origin; pages must be the node's own or listed. Throws RpcError. */
  checkOrigin(origin: string | undefined, host: string | undefined): void {
    if (origin === undefined || this.options.origins.includes(origin)) return;
    const own = /^https?:\/\/(.+)$/.exec(origin.toLowerCase())?.[1];
    if (own === undefined || own !== host?.toLowerCase()) throw doorError('rpc.origin');
  }

  /** Throws RpcError for a wrong token; without one the caller is open. */
  identify(facts: RequestFacts): Admitted {
    const key = addressKey(facts.address);
    const token = tokenOf(facts);
    const { address, userAgent, secure, host = '', origin } = facts;
    const client: ClientFacts = { address, userAgent, secure, host, origin, device: undefined };
    if (token === undefined) return { principal: OPEN, client, key, charge: (units) => take(this.open, key, units) };
    if (!sameToken(token, this.options.token)) {
      const wait = take(this.open, key, this.options.limits.wrongTokenCost);
      throw wait > 0 ? doorError('rpc.rate-limited', { retryAfterMs: wait }) : doorError('rpc.bad-token');
    }
    return { principal: OPERATOR, client, key, charge: (units) => take(this.operator, OPERATOR_KEY, units) };
  }
}

function take(limiter: Gcra, key: string, units: number): number {
  const taken = limiter.take(key, units);
  return taken.ok ? 0 : Math.min(3_600_000, Math.max(1, Math.ceil(taken.retryAfterMs)));
}

function tokenOf({ authorization, protocols }: RequestFacts): string | undefined {
  if (authorization !== undefined) return /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '';
  const offered = protocols?.split(',').map((protocol) => protocol.trim());
  return offered?.find((protocol) => protocol.startsWith(TOKEN_PROTOCOL))?.slice(TOKEN_PROTOCOL.length);
}
