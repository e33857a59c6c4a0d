// A gateway put together for tests: everything real, the lists and the clock as the test says.

import type { Clock } from '../../../common/clock.ts';
import { formatNetwork } from '../../../gateway/address.ts';
import { AddressTruth } from '../../../gateway/address-truth.ts';
import type { Judgement } from '../../../gateway/blocklist.ts';
import { Captcha } from '../../../gateway/captcha/captcha.ts';
import { gatewayKeys } from '../../../gateway/captcha/secrets.ts';
import { Gateway, type GatewayMode } from '../../../gateway/gateway.ts';
import type { Decision } from '../../../gateway/judge/decision.ts';
import type { RequestFacts } from '../../../gateway/judge/facts.ts';
import type { Limit, Limiter } from '../../../gateway/limits/limiter.ts';
import { MemoryLimiter } from '../../../gateway/limits/memory-limiter.ts';
import { RequestLimits } from '../../../gateway/limits/request-limits.ts';
import { type Route, RouteTable } from '../../../gateway/limits/route-table.ts';
import type { SignatureMatch } from '../../../gateway/signatures/matcher.ts';
import { FrontDoor } from '../../../gateway/ways-in/front-door.ts';
import { OwnPages } from '../../../gateway/ways-in/own-pages.ts';
import { noSessions, type SessionSource } from '../../../gateway/ways-in/session-source.ts';
import { SIGN_IN } from '../../../gateway/ways-in/sign-in.ts';

export interface PartsOptions {
  readonly clock: Clock;
  readonly mode?: GatewayMode;
  readonly maxClients?: number;
  readonly sessions?: SessionSource;
  readonly trusted?: readonly string[];
  readonly limiter?: Limiter;
  readonly anonymous?: Limit;
  readonly signedIn?: Limit;
  readonly routes?: readonly Route[];
  match?(facts: RequestFacts): readonly SignatureMatch[];
}

const OWNER = { name: 'Clinic at the Harbour', phone: '+49 30 5550 100', email: 'help@clinic.example' };
const PLENTY: Limit = { name: 'anonymous', rate: 1_000, burst: 100_000 };

export function gatewayParts(options: PartsOptions) {
  const { clock } = options;
  const verdicts = new Map<string, Judgement['verdict']>();
  const decisions: Decision[] = [];
  let seed = 0;
  const random = (length: number) => {
    seed += 1;
    return new Uint8Array(length).map((_, i) => (i === 0 ? 0 : (seed * 37 + i * 11) & 255));
  };
  const captcha = new Captcha({ keys: gatewayKeys(new Uint8Array(32).fill(9)), cost: 1 }, { clock, random });
  const gateway = new Gateway(
    { mode: options.mode ?? 'enforce', maxClients: options.maxClients ?? 256 },
    {
      lookup: { verdictFor: (network) => ({ verdict: verdicts.get(formatNetwork(network)) ?? 'allow', reasons: [] }) },
      signatures: () => ({ match: options.match ?? (() => []) }),
      captcha,
      neverBlock: { setOf: () => undefined },
      random,
      onDecision: (decision) => decisions.push(decision),
      onReport: () => undefined,
    },
  );
  const limits = new RequestLimits(
    { anonymous: options.anonymous ?? PLENTY, signedIn: options.signedIn ?? { ...PLENTY, name: 'signed-in' } },
    { limiter: options.limiter ?? new MemoryLimiter({}, { clock }), routes: new RouteTable(options.routes ?? []) },
  );
  const proxies = new AddressTruth({ trustedProxies: options.trusted ?? [] });
  const sessions = options.sessions ?? noSessions;
  const door = new FrontDoor({ owner: OWNER, signIn: SIGN_IN }, { clock, gateway, limits, captcha, sessions, proxies });
  const own = new OwnPages({ owner: OWNER }, { captcha, limits });
  return { gateway, captcha, limits, proxies, door, own, verdicts, decisions, owner: OWNER };
}
