// What the gateway remembers of its visitors: slots and counters together, and which key a request counts under. Requests
// that pass or are challenged feed it; a refusal feeds nothing but violations, of limits and by signatures that the refused
// request itself matches: otherwise one refusal would bring about the next.
import { isRange, type Network } from '../address.ts';
import { hashText } from '../hash.ts';
import { ClientCounters } from './client-counters.ts';
import { ClientTable, SESSION } from './client-table.ts';
import type { AnswerFacts, RequestFacts } from './facts.ts';
import { isOfPage } from './of-page.ts';
import type { Features } from './score.ts';

export interface ClientTrackerOptions {
  readonly maxClients: number;
  /** u32, secret. */
  readonly seed: number;
}

/** What of a request the counters do not know. */
export interface RequestTraits {
  readonly endpoint: string;
  /** What exactly is read, hashed, u32; 0 where nothing is, or only a part of it. */
  readonly target: number;
  /** u32. */
  readonly agent: number;
  readonly oddness: number;
  /** Points of the signatures that match this request. */
  readonly signaturePoints: number;
  /** A bit for each of those signatures, u32; some share one. */
  readonly signatureBits: number;
  readonly reported: boolean;
  readonly coordinated: boolean;
}

/** Bursts closer than this are one. */
const BURST_MS = 1_000;
/** Of one refused burst. */
const VIOLATION_POINTS = 5;
/** Of a refused request that matches another signature than the client did before, and of a burst that matches the same. */
const OTHER_MATCH_POINTS = 12;
const SAME_MATCH_POINTS = 6;
/** A success takes back so many failures: a mistyped password, not a list of stolen ones. */
const FORGIVEN_FAILURES = 1;

export class ClientTracker {
  private readonly seed: number;
  private readonly counters: ClientCounters;
  private readonly table: ClientTable;

  constructor(options: ClientTrackerOptions) {
    this.seed = options.seed;
    const counters = new ClientCounters(options);
    this.counters = counters;
    this.table = new ClientTable(options, {
      held: (slot, at) => counters.blockedUntil(slot) > at,
      clear: (slot) => counters.clear(slot),
    });
  }

  /** Clients tracked now. */
  get size(): number {
    return this.table.size;
  }

  /** Of all structures at their ceiling. */
  get bytes(): number {
    return this.table.bytes + this.counters.bytes;
  }

  /** What is known of the client with this request, which is not counted yet. */
  features(facts: RequestFacts, traits: RequestTraits): Features {
    const { at } = facts;
    const slot = this.slotOf(facts);
    const known = slot !== -1;
    const { counters } = this;
    const answered = known ? counters.answers(slot, at) : { answers: 0, errors: 0 };
    const endpoint = this.endpointId(traits.endpoint);
    const pattern = known ? counters.pattern(slot, endpoint) : { recent: 1, distinct: 1 };
    return {
      requests: known ? counters.requests(slot, at) + 1 : 1,
      challenged: known ? counters.challenged(slot, at) : 0,
      recent: pattern.recent,
      distinct: pattern.distinct,
      session: facts.session,
      oddness: traits.oddness,
      agentChanges: known ? counters.level(slot, 'agentChanges', at) : 0,
      repeats: known ? counters.level(slot, 'repeats', at) + (counters.isRepeat(slot, traits.target) ? 1 : 0) : 0,
      routeRepeats: known
        ? counters.level(slot, 'routeRepeats', at) + (this.isRouteRepeat(slot, facts, traits.target, endpoint) ? 1 : 0)
        : 0,
      wandered: known && counters.hasWandered(slot),
      signInFailures: known ? counters.level(slot, 'signInFailures', at) : 0,
      answers: answered.answers,
      errors: answered.errors,
      signaturePoints: traits.signaturePoints + (known ? counters.level(slot, 'signatures', at) : 0),
      reported: traits.reported,
      violationPoints: known ? counters.level(slot, 'violations', at) : 0,
      malformed: facts.forwarding === 'malformed',
      coordinated: traits.coordinated,
    };
  }

  /** The request goes on to the application. */
  admitted(facts: RequestFacts, traits: RequestTraits): void {
    const slot = this.came(facts, traits);
    if (slot !== -1) this.counters.addRequest(slot, facts.at);
  }

  /** The request was answered with a challenge: who ignores challenges is known by how often it comes, and gets no rate. */
  challenged(facts: RequestFacts, traits: RequestTraits): void {
    const slot = this.came(facts, traits);
    if (slot !== -1) this.counters.addChallenge(slot, facts.at);
  }

  /**
   * The request was refused and matches signatures. The first says no more than the refusal did; whoever goes on, with
   * others at once or with the same for seconds, is no visitor whom a refusal stopped.
   */
  persisted(facts: RequestFacts, { signatureBits }: RequestTraits): void {
    const slot = this.claim(facts);
    if (slot === -1) return;
    const matched = this.counters.noteSignatures(slot, signatureBits, facts.at);
    const isBurst = this.counters.noteViolation(slot, facts.at, BURST_MS);
    const points = matched === 'others' ? OTHER_MATCH_POINTS : matched === 'same' && isBurst ? SAME_MATCH_POINTS : 0;
    this.counters.add(slot, 'violations', points, facts.at);
  }

  /** What the application answered. Its own faults (5xx) and its own limits (429) say nothing of the client. */
  answered(facts: RequestFacts, { at, status, signInFailed, signedIn }: AnswerFacts): void {
    const slot = this.slotOf(facts);
    if (slot === -1) return;
    this.counters.addAnswer(slot, status >= 400 && status < 500 && status !== 429, at);
    if (signInFailed) this.counters.add(slot, 'signInFailures', 1, at);
    else if (signedIn) this.counters.add(slot, 'signInFailures', -FORGIVEN_FAILURES, at);
  }

  /**
   * A limit refused the request. That it reads the same again stays known: who goes on with that far above its limit is no
   * visitor whom a refusal stopped. `traits`: left out where they are counted already.
   */
  violated(facts: RequestFacts, traits?: Pick<RequestTraits, 'target' | 'endpoint'>): void {
    const slot = this.claim(facts);
    if (slot === -1) return;
    if (traits !== undefined) this.repeated(slot, facts, traits.target, this.endpointId(traits.endpoint));
    if (this.counters.noteViolation(slot, facts.at, BURST_MS))
      this.counters.add(slot, 'violations', VIOLATION_POINTS, facts.at);
  }

  /** Until when the address is blocked here by its own doing, ms since 1970; 0: it is not. */
  blockedUntil(client: Network): number {
    const slot = this.table.find(client.family, client.high, client.low);
    return slot === -1 ? 0 : this.counters.blockedUntil(slot);
  }

  /** False when there is no room to remember it. */
  block(client: Network, at: number, until: number): boolean {
    const slot = this.table.take(client.family, client.high, client.low, at);
    if (slot !== -1) this.counters.block(slot, until);
    return slot !== -1;
  }

  /** Forgets all that is known of the clients in the network: they start from nothing. */
  reset(network: Network): void {
    const { family, prefix, high, low } = network;
    if (!isRange(network)) {
      const slot = this.table.find(family, high, low);
      if (slot !== -1) this.table.forget(slot);
      return;
    }
    const behind = (bits: number): number => (bits >= 32 ? 0 : bits <= 0 ? 32 : 32 - bits);
    const [shiftA, shiftB] = [behind(prefix), behind(prefix - 32)];
    const same = (x: number, y: number, shift: number): boolean => shift === 32 || x >>> shift === y >>> shift;
    const inside = [...this.table.slots(family, (a, b) => same(a, high, shiftA) && same(b, low, shiftB))];
    for (const slot of inside) this.table.forget(slot);
  }

  private matched(slot: number, { at }: RequestFacts, { signaturePoints, signatureBits }: RequestTraits): void {
    if (signatureBits === 0) return;
    this.counters.noteSignatures(slot, signatureBits, at);
    this.counters.add(slot, 'signatures', signaturePoints, at);
  }

  /** Before the endpoint is added. */
  private repeated(slot: number, facts: RequestFacts, target: number, endpoint: number): void {
    const { counters } = this;
    if (counters.isRepeat(slot, target)) counters.add(slot, 'repeats', 1, facts.at);
    if (this.isRouteRepeat(slot, facts, target, endpoint)) counters.add(slot, 'routeRepeats', 1, facts.at);
    counters.noteTarget(slot, target);
  }

  /** Not what a page brings; but a page is something that a visitor loaded, so one that never asked for anything else has none. */
  private isRouteRepeat(slot: number, facts: RequestFacts, target: number, endpoint: number): boolean {
    const { counters } = this;
    return counters.isRouteRepeat(slot, target, endpoint) && !(counters.hasWandered(slot) && isOfPage(facts));
  }

  /** Where it went and what it carried. Gives the client's slot, -1 for none. */
  private came(facts: RequestFacts, traits: RequestTraits): number {
    const slot = this.claim(facts);
    if (slot === -1) return -1;
    const endpoint = this.endpointId(traits.endpoint);
    this.repeated(slot, facts, traits.target, endpoint);
    this.counters.addEndpoint(slot, endpoint);
    if (this.counters.changeAgent(slot, traits.agent)) this.counters.add(slot, 'agentChanges', 1, facts.at);
    this.matched(slot, facts, traits);
    return slot;
  }

  private slotOf(facts: RequestFacts): number {
    const { client } = facts;
    const subject = subjectOf(facts);
    if (subject === undefined) return this.table.find(client.family, client.high, client.low);
    return this.table.find(SESSION, hashText(subject, this.seed), hashText(subject, ~this.seed));
  }

  private claim(facts: RequestFacts): number {
    const { client, at } = facts;
    const subject = subjectOf(facts);
    if (subject === undefined) return this.table.take(client.family, client.high, client.low, at);
    return this.table.take(SESSION, hashText(subject, this.seed), hashText(subject, ~this.seed), at);
  }

  /** u16. */
  private endpointId(endpoint: string): number {
    return hashText(endpoint, this.seed) >>> 16;
  }
}

/** A valid session counts by itself: many patients share the address of one clinic's or one provider's network. */
function subjectOf({ session, subject }: RequestFacts): string | undefined {
  return session === 'valid' ? subject : undefined;
}
