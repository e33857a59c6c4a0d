// What every way in does with a visit, in this order: who it is, whether it is signed in, what limit it uses up, what the
// gateway decides, and the page of a decision that lets nothing pass. Owns no socket and no server.
import type { Clock } from '../../common/clock.ts';
import type { AddressTruth, TrueAddress } from '../address-truth.ts';
import type { Captcha } from '../captcha/captcha.ts';
import type { Gateway, Standing } from '../gateway.ts';
import type { Decision } from '../judge/decision.ts';
import type { RequestFacts } from '../judge/facts.ts';
import { type Fields, limitFields, retryAfterSeconds } from '../limits/fields.ts';
import type { Counted, RequestLimits } from '../limits/request-limits.ts';
import { challengePage } from '../pages/challenge-page.ts';
import type { Page, PageOwner } from '../pages/page.ts';
import { problemOf, wantsPage } from '../pages/problem.ts';
import { limitPage, refusalPage, unavailablePage } from '../pages/refusal-page.ts';
import { localPath } from './own-pages.ts';
import type { SessionClaim } from './session-claim.ts';
import { NO_SESSION, type SessionSource } from './session-source.ts';
import { answerFacts, SIGN_IN_HEADER, type SignInOptions } from './sign-in.ts';
import { factsOf, isTooLong, type Visit } from './visit.ts';

export interface FrontDoorOptions {
  readonly owner: PageOwner;
  readonly signIn: SignInOptions;
}

export interface FrontDoorModules {
  readonly clock: Pick<Clock, 'now'>;
  readonly gateway: Gateway;
  /** Undefined: what stands behind counts by itself, and says so with `limited`. */
  readonly limits: RequestLimits | undefined;
  readonly captcha: Captcha;
  readonly sessions: SessionSource;
  readonly proxies: AddressTruth;
  /** For the log: what the application answered to a request that passed. */
  onAnswered?(decision: Decision, status: number): void;
}

/** A visit that goes on to the application. */
export interface Passage {
  readonly visit: Visit;
  readonly facts: RequestFacts;
  readonly decision: Decision;
  /** For the answer. */
  readonly fields: Fields;
}

/** `page` is what the visitor gets instead. */
export type Admission = { readonly passage: Passage } | { readonly page: Page };

/** Headers of the application's answer as Node has them: lower case. */
export type AnswerHeaders = Readonly<Record<string, string | string[] | number | undefined>>;

/** Of a socket that is closed already. */
const GONE = '0.0.0.0';

export class FrontDoor {
  /** Of answers, lower case: meant for the gateway, never passed on. */
  readonly inward: ReadonlySet<string>;
  private readonly options: FrontDoorOptions;
  private readonly modules: FrontDoorModules;

  constructor(options: FrontDoorOptions, modules: FrontDoorModules) {
    this.options = options;
    this.modules = modules;
    this.inward = new Set([SIGN_IN_HEADER, ...(modules.sessions.inward ?? [])]);
  }

  /** Not a promise where nobody has to be asked. `cost`: of the route, where the way in knows it. */
  admit(visit: Visit, cost?: number): Admission | Promise<Admission> {
    const { clock, gateway, sessions } = this.modules;
    const address = this.addressOf(visit);
    const at = clock.now();
    const standing = gateway.standingOf(address.client, at);
    // First what costs nothing: of who is refused whatever the rest says, nobody is asked and nothing is read.
    if (gateway.refusesOutright(address.client, at, standing)) {
      const claim = sessions.atHand?.(visit) ?? NO_SESSION;
      return this.count(visit, factsOf(visit, at, address, claim), cost, standing);
    }
    const claim = sessions.claimOf(visit);
    const body = visit.body?.() ?? '';
    if (claim instanceof Promise || body instanceof Promise) return this.admitLate(visit, address, claim, body, cost);
    return this.count(visit, factsOf(visit, at, address, claim, body), cost, standing);
  }

  /** The answer to an address of which only a part would be judged; undefined where it is read whole, or nothing is enforced. */
  tooLong(visit: Visit): Page | undefined {
    if (this.modules.gateway.mode === 'observe' || !isTooLong(visit)) return undefined;
    return problemOf({ status: 414, headers: {}, body: '' }, 'The address is too long');
  }

  /** Who the visitor is; the gateway's own pages ask it too. */
  factsOf(visit: Visit): RequestFacts | Promise<RequestFacts> {
    const { clock, sessions } = this.modules;
    const address = this.addressOf(visit);
    const made = (claim: SessionClaim) => factsOf(visit, clock.now(), address, claim);
    const claim = sessions.claimOf(visit);
    return claim instanceof Promise ? claim.then(made) : made(claim);
  }

  /** The application answered a visit that passed. */
  answered({ visit, facts, decision }: Passage, status: number, headers: AnswerHeaders): void {
    const { clock, gateway, sessions } = this.modules;
    const told = headers[SIGN_IN_HEADER];
    sessions.answered?.(visit, headers);
    const answer = { at: clock.now(), status, told: typeof told === 'string' ? told : undefined };
    this.modules.onAnswered?.(decision, status);
    gateway.answered(decision, facts, answerFacts(this.options.signIn, facts, answer));
  }

  /** A limit behind the gateway refused something of a visit that passed. */
  limited({ facts }: Passage): void {
    this.modules.gateway.limited(facts);
  }

  /** The application cannot be reached, or not in time. */
  unavailable({ headers }: Visit, status: 502 | 504): Page {
    const page = unavailablePage(this.options.owner, status);
    return wantsPage(headers.accept) ? page : problemOf(page, 'The application does not answer');
  }

  private addressOf({ headers, peer }: Visit): TrueAddress {
    const forwarded = headers['x-forwarded-for'];
    return this.modules.proxies.of(peer ?? GONE, Array.isArray(forwarded) ? forwarded.join(',') : forwarded);
  }

  private async admitLate(
    visit: Visit,
    address: TrueAddress,
    claim: SessionClaim | Promise<SessionClaim>,
    body: string | Promise<string>,
    cost?: number,
  ): Promise<Admission> {
    const [known, shown] = await Promise.all([claim, body]);
    return this.count(visit, factsOf(visit, this.modules.clock.now(), address, known, shown), cost);
  }

  private count(
    visit: Visit,
    facts: RequestFacts,
    cost: number | undefined,
    standing?: Standing,
  ): Admission | Promise<Admission> {
    const counted = this.modules.limits?.take(facts, cost);
    // While shared counters are asked, the list may change.
    if (counted instanceof Promise) return counted.then((late) => this.judge(visit, facts, late));
    return this.judge(visit, facts, counted, standing);
  }

  private judge(
    visit: Visit,
    facts: RequestFacts,
    counted: Counted | undefined,
    standing?: Standing,
  ): Admission | Promise<Admission> {
    const decision = this.modules.gateway.judge(facts, counted?.result, standing);
    const fields = counted === undefined ? {} : limitFields(counted.limit, counted.result);
    if (decision.action === 'allow') return { passage: { visit, facts, decision, fields } };
    return this.answer(visit, facts, decision, fields);
  }

  private async answer(visit: Visit, facts: RequestFacts, decision: Decision, fields: Fields): Promise<Admission> {
    const page = await this.pageOf(visit, facts, decision);
    return { page: { ...page, headers: { ...fields, ...page.headers } } };
  }

  private async pageOf(visit: Visit, facts: RequestFacts, decision: Decision): Promise<Page> {
    const { owner } = this.options;
    const { reference } = decision;
    const people = wantsPage(visit.headers.accept);
    if (decision.action === 'refuse') {
      const page = refusalPage(owner, reference);
      return people ? page : problemOf(page, 'Refused');
    }
    if (decision.action === 'limit') {
      const page = limitPage(owner, reference, retryAfterSeconds(decision.retryAfter ?? 0));
      return people ? page : problemOf(page, 'Too many requests');
    }
    // A program cannot answer a challenge that it does not show: none is made for it.
    if (!people) return problemOf(challengeHead(reference), 'Open the site in a browser first');
    const challenge = await this.modules.captcha.challenge(facts);
    if (challenge === undefined) return limitPage(owner, reference, '30');
    const look = facts.method === 'GET' || facts.method === 'HEAD';
    const to = look ? localPath(visit.url) : '/';
    return challengePage(owner, { challenge, to, lost: !look, reference });
  }
}

function challengeHead(reference: string): Page {
  return { status: 403, headers: { 'x-wardmesh-action': 'challenge', 'x-wardmesh-reference': reference }, body: '' };
}
