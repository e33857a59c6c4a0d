// The CAPTCHA as the gateway sees it: who has shown lately that a browser was at work, who failed too often, and what comes of
// an answer. Owns no page and no score; a solved challenge changes nothing but the challenge.
import type { Challenge } from 'altcha-lib/types';
import type { Clock } from '../../common/clock.ts';
import { Gcra } from '../../common/gcra.ts';
import type { Network } from '../address.ts';
import type { CaptchaState } from '../gateway.ts';
import type { RequestFacts } from '../judge/facts.ts';
import { networkKey } from '../network-key.ts';
import { Challenges } from './challenges.ts';
import { Clearances } from './clearance.ts';
import { CaptchaFailures } from './failures.ts';
import type { GatewayKeys } from './secrets.ts';
import { UsedAnswers } from './used-answers.ts';
import { WaitingTickets } from './waiting.ts';

export interface CaptchaOptions {
  readonly keys: GatewayKeys;
  /** Iterations of PBKDF2 for one try. */
  readonly cost?: number;
  /** Answers, and as many tickets, that are remembered as taken. */
  readonly maxAnswers?: number;
}

export interface CaptchaModules {
  readonly clock: Pick<Clock, 'monotonic'>;
  random(length: number): Uint8Array;
}

/** `early`: ms that are still to be waited. */
export type AnswerOutcome =
  | { readonly outcome: 'cleared' }
  | { readonly outcome: 'wrong' | 'expired' | 'blocked' }
  | { readonly outcome: 'early'; readonly wait: number };

/** Each costs a derivation. */
const CHALLENGES = { rate: 1, burst: 30 };
/** Waiting costs a program nothing. */
const TICKETS = { rate: 1 / 30, burst: 4 };
export const MAX_CHALLENGED_CLIENTS = 50_000;

export class Captcha implements CaptchaState {
  private readonly clearances: Clearances;
  private readonly challenges: Challenges;
  private readonly tickets: WaitingTickets;
  private readonly failures = new CaptchaFailures();
  private readonly usedAnswers: UsedAnswers;
  /** Their own: tickets cost nothing, and must not leave answers without room. */
  private readonly usedTickets: UsedAnswers;
  private readonly challengeBudget: Gcra;
  private readonly ticketBudget: Gcra;

  constructor(options: CaptchaOptions, modules: CaptchaModules) {
    this.clearances = new Clearances(options.keys.clearance);
    this.challenges = new Challenges(options, modules);
    this.usedAnswers = new UsedAnswers(options);
    this.usedTickets = new UsedAnswers(options);
    this.tickets = new WaitingTickets(options.keys.waiting, modules);
    this.challengeBudget = new Gcra({ ...CHALLENGES, maxKeys: MAX_CHALLENGED_CLIENTS }, modules);
    this.ticketBudget = new Gcra({ ...TICKETS, maxKeys: MAX_CHALLENGED_CLIENTS }, modules);
  }

  hasClearance(facts: RequestFacts): boolean {
    return facts.clearances !== undefined && this.clearances.holds(facts);
  }

  blockedUntil(client: Network, at: number): number {
    return this.failures.blockedUntil(client, at);
  }

  /** Undefined when the client asked for too many. */
  async challenge(facts: RequestFacts): Promise<Challenge | undefined> {
    return this.challengeBudget.take(networkKey(facts.client)).ok ? this.challenges.make(facts) : undefined;
  }

  /** A ticket of the way without a script; undefined when the client asked for too many. */
  ticket(facts: RequestFacts): string | undefined {
    return this.ticketBudget.take(networkKey(facts.client)).ok ? this.tickets.make(facts) : undefined;
  }

  /** `cleared` at most once for each challenge. */
  async answer(facts: RequestFacts, answer: string): Promise<AnswerOutcome> {
    if (this.blockedUntil(facts.client, facts.at) !== 0) return { outcome: 'blocked' };
    const checked = await this.challenges.check(facts, answer);
    if (checked.result === 'right') return this.take(facts, checked, this.usedAnswers);
    if (checked.result === 'expired') return { outcome: 'expired' };
    // Anybody can make up an answer in the name of everybody behind one address: only challenges of ours can be failed.
    return checked.result === 'unknown' ? { outcome: 'wrong' } : this.fail(facts);
  }

  /** As `answer`, of a ticket; one that comes early is no failure. */
  waited(facts: RequestFacts, ticket: string): AnswerOutcome {
    if (this.blockedUntil(facts.client, facts.at) !== 0) return { outcome: 'blocked' };
    const checked = this.tickets.check(facts, ticket);
    if (checked.result === 'early') return { outcome: 'early', wait: checked.wait };
    if (checked.result === 'ripe') return this.take(facts, checked, this.usedTickets);
    return { outcome: checked.result === 'expired' ? 'expired' : 'wrong' };
  }

  /** ms until the ticket is ripe, 0 when it is; undefined when it is no ticket of this client. Takes nothing. */
  ripeness(facts: RequestFacts, ticket: string): number | undefined {
    const checked = this.tickets.check(facts, ticket);
    if (checked.result === 'early') return checked.wait;
    return checked.result === 'ripe' && !this.usedTickets.has(checked.id) ? 0 : undefined;
  }

  /** The Set-Cookie header of a client that is cleared. */
  clearance(facts: RequestFacts, secure: boolean): string {
    return this.clearances.grant(facts, secure);
  }

  private take(facts: RequestFacts, { id, until }: { id: string; until: number }, used: UsedAnswers): AnswerOutcome {
    const taken = used.take(id, until, facts.at);
    if (taken === 'again') return this.fail(facts);
    return { outcome: taken === 'full' ? 'expired' : 'cleared' };
  }

  private fail({ client, at }: RequestFacts): AnswerOutcome {
    this.failures.fail(client, at);
    return { outcome: this.blockedUntil(client, at) === 0 ? 'wrong' : 'blocked' };
  }
}
