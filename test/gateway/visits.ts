// Requests, answers and a gateway for tests: plain values that a test changes where it makes a claim.
import { type Network, parseAddress } from '../../gateway/address.ts';
import type { Judgement } from '../../gateway/blocklist.ts';
import { Gateway, type GatewayModules, type GatewayOptions, type LimitOutcome } from '../../gateway/gateway.ts';
import type { Decision } from '../../gateway/judge/decision.ts';
import type { AnswerFacts, RequestFacts } from '../../gateway/judge/facts.ts';

export const START = 1_760_000_000_000;
export const BROWSER =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36';
export const NOTHING: Judgement = { verdict: 'allow', reasons: [] };

export function requestOf(fields: Partial<RequestFacts> = {}): RequestFacts {
  return {
    at: START,
    client: parseAddress('203.0.113.7'),
    forwarding: 'direct',
    method: 'GET',
    path: '/',
    query: '',
    userAgent: BROWSER,
    referer: '',
    cookie: '',
    headerOrder: 'host,user-agent,accept',
    body: '',
    session: 'none',
    subject: undefined,
    ...fields,
  };
}

export function answerOf(fields: Partial<AnswerFacts> = {}): AnswerFacts {
  return { at: START, status: 200, signInFailed: false, signedIn: false, ...fields };
}

/** A made-up address of its own /24 for every number. */
export function addressOf(number: number): Network {
  return { family: 4, prefix: 32, high: (0x0b000000 + ((number & 0xffff) << 8) + (number >>> 16) + 1) >>> 0, low: 0 };
}

export interface TestGateway {
  readonly gateway: Gateway;
  readonly decisions: Decision[];
  readonly reports: Decision[];
  /** Judges and, when it is let through, answers. */
  visit(request?: Partial<RequestFacts>, answer?: Partial<AnswerFacts>, limit?: LimitOutcome): Decision;
}

export function gatewayOf(modules: Partial<GatewayModules> = {}, options: Partial<GatewayOptions> = {}): TestGateway {
  const decisions: Decision[] = [];
  const reports: Decision[] = [];
  let random = 1;
  const gateway = new Gateway(
    { mode: 'enforce', maxClients: 1_000, ...options },
    {
      lookup: { verdictFor: () => NOTHING },
      signatures: () => ({ match: () => [] }),
      captcha: { hasClearance: () => false, blockedUntil: () => 0 },
      neverBlock: { setOf: () => undefined },
      random: (length) =>
        Uint8Array.from({ length }, () => {
          random = (random * 48_271) % 0x7fffffff;
          return random & 255;
        }),
      onDecision: (decision) => decisions.push(decision),
      onReport: (decision) => reports.push(decision),
      ...modules,
    },
  );
  return {
    gateway,
    decisions,
    reports,
    visit(request, answer, limit) {
      const facts = requestOf(request);
      const decision = gateway.judge(facts, limit);
      if (decision.action === 'allow') gateway.answered(decision, facts, answerOf({ at: facts.at, ...answer }));
      return decision;
    },
  };
}
