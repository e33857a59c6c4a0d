// The gateway's core: one decision for each request, from plain facts and memory of fixed size, in the order
// pin, block, limit, score. Every way in asks it; it owns no socket, no file and no list.
import type { SignatureCategory } from '../common/threat-names.ts';
import type { Network } from './address.ts';
import type { Judgement } from './blocklist.ts';
import type { BreakerName, Breakers, OpenBreaker } from './breakers.ts';
import { hashText } from './hash.ts';
import { MAX_TRACKED_CLIENTS } from './judge/client-table.ts';
import { ClientTracker, type RequestTraits } from './judge/client-tracker.ts';
import { type CoordinatedAttack, CoordinatedAttacks } from './judge/coordinated.ts';
import type { Action, Decision, Rule } from './judge/decision.ts';
import { BLOCK_FROM, CHALLENGE_FROM, REPORT_FROM } from './judge/decision.ts';
import { endpointOf } from './judge/endpoint.ts';
import type { AnswerFacts, RequestFacts } from './judge/facts.ts';
import { Neighbourhoods } from './judge/neighbourhoods.ts';
import { References } from './judge/reference.ts';
import { RefusalBreaker } from './judge/refusal-breaker.ts';
import { levelOf, type Score, scoreOf } from './judge/score.ts';
import { SignatureBreaker } from './judge/signature-breaker.ts';
import { SignedInAddresses } from './judge/signed-in-addresses.ts';
import { targetOf } from './judge/target.ts';
import { UserAgents } from './judge/user-agent.ts';
import type { SignatureMatch } from './signatures/matcher.ts';

/** An address of the own organisation is blocked for so long once a request of it reaches REPORT_FROM. */
export const AUTO_BLOCK_MS = 24 * 3_600_000;

const NOTHING: readonly SignatureMatch[] = [];
const NO_SIGNATURES: readonly string[] = [];

/** `observe` decides and logs everything, and lets everything pass: nothing is blocked or reported. */
export type GatewayMode = 'observe' | 'enforce';

export interface Listed extends Judgement {
  /** An administrator of the own organisation blocked it, where the reasons do not tell. */
  readonly byHand?: boolean;
}

export interface BlockLookup {
  /** Asked for every request: under a microsecond. */
  verdictFor(network: Network, at: number): Listed;
}

/** What the limiter said of the request before it came here. */
export interface LimitOutcome {
  readonly allowed: boolean;
  /** ms until the next request may pass. */
  readonly retryAfter: number;
}

export interface CaptchaState {
  /** The client solved a challenge lately. */
  hasClearance(facts: RequestFacts): boolean;
  /** Until when the client is refused because it failed too often, ms since 1970; 0: it is not. */
  blockedUntil(client: Network, at: number): number;
}

export interface GatewayOptions {
  readonly mode: GatewayMode;
  readonly maxClients?: number;
}

export interface GatewayModules {
  readonly lookup: BlockLookup;
  /** Replaced as a whole when the set changes: asked anew for every request. */
  readonly signatures: () => { match(facts: RequestFacts): readonly SignatureMatch[] };
  readonly captcha: CaptchaState;
  /** Asked before an address is blocked by itself. */
  readonly neverBlock: { setOf(network: Network): string | undefined };
  /** Whom nothing that is decided here stops: judged and logged, and let in all the same. */
  spares?(facts: RequestFacts): boolean;
  random(length: number): Uint8Array;
  /** Every decision, once, in order. */
  onDecision(decision: Decision): void;
  /** Once for each block that the gateway makes by itself. `matched`: kinds of the signatures in force that the request matches. */
  onReport(decision: Decision, matched: readonly SignatureCategory[]): void;
  /** A coordinated attack was found, in either mode; `samples`: some of its requests. */
  onAttack?(attack: CoordinatedAttack, samples: readonly RequestFacts[]): void;
}

interface Verdict {
  readonly action: Action;
  readonly rule: Rule;
}

/** How it stands with a client at one moment, whatever it asks for. */
export interface Standing {
  readonly listed: Listed;
  /** What holds whatever the request looks like. */
  readonly blocked: Verdict | undefined;
}

export class Gateway implements Breakers {
  private readonly modules: GatewayModules;
  private readonly seed: number;
  private readonly tracker: ClientTracker;
  private readonly agents: UserAgents;
  private readonly references: References;
  private readonly coordinated: CoordinatedAttacks;
  /** Who was signed in from where: what a change of the list is weighed against (lookup/delta-breaker.ts). */
  readonly signedIn = new SignedInAddresses();
  private readonly neighbourhoods = new Neighbourhoods();
  private readonly breaker: RefusalBreaker;
  private readonly signatureBreaker = new SignatureBreaker();
  /** May be changed while it runs. */
  mode: GatewayMode;

  constructor(options: GatewayOptions, modules: GatewayModules) {
    const [a, b, c, d] = modules.random(4);
    this.seed = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
    this.mode = options.mode;
    this.modules = modules;
    this.tracker = new ClientTracker({ maxClients: options.maxClients ?? MAX_TRACKED_CLIENTS, seed: this.seed });
    this.agents = new UserAgents({ seed: this.seed });
    this.breaker = new RefusalBreaker({ seed: this.seed });
    this.coordinated = new CoordinatedAttacks({ seed: this.seed }, modules);
    this.references = new References(modules);
  }

  /** Clients tracked now. */
  get trackedClients(): number {
    return this.tracker.size;
  }

  /** While refusals are softened to challenges because too much was refused, and while signatures do not count here: why. */
  openBreakers(at: number): readonly OpenBreaker[] {
    return [this.breaker.open(at), this.signatureBreaker.open(at)].filter((open) => open !== undefined);
  }

  releaseBreaker(breaker: BreakerName, at: number): boolean {
    if (breaker === 'refusals') return this.breaker.release(at);
    return breaker === 'signatures' && this.signatureBreaker.release(at);
  }

  /** Good for as long as nothing else runs. */
  standingOf(client: Network, at: number): Standing {
    const listed = this.modules.lookup.verdictFor(client, at);
    return { listed, blocked: this.blockOf(client, at, listed) };
  }

  /** Whether the client is refused whatever else its request shows. */
  refusesOutright(client: Network, at: number, { listed, blocked }: Standing): boolean {
    if (this.mode === 'observe' || blocked?.action !== 'refuse') return false;
    if (blocked.rule === 'pin' || isByHand(listed)) return true;
    return !this.breaker.isOpen(at) && !this.signedIn.protects(client, at);
  }

  /**
   * Decides on the request and counts it. `limit`: what the limiter said of it, which is asked first, so that refused
   * requests use up the limit too; left out where no limit holds. `standing`: where the caller just asked for it.
   */
  judge(facts: RequestFacts, limit?: LimitOutcome, standing = this.standingOf(facts.client, facts.at)): Decision {
    const { at, client } = facts;
    const { listed, blocked } = standing;
    const endpoint = endpointOf(facts.path);
    const agent = this.agents.traitsOf(facts.userAgent);
    // Who is blocked anyway costs as little as can be.
    const matches = blocked?.action === 'refuse' ? NOTHING : this.matchesOf(facts);
    let signaturePoints = 0;
    let signatureBits = 0;
    for (const { id, points, shadow } of matches) {
      if (shadow) continue;
      signaturePoints += points;
      signatureBits |= 1 << (hashText(id, this.seed) & 31);
    }
    const traits: RequestTraits = {
      endpoint,
      target: targetOf(facts, this.seed),
      agent: agent.hash,
      oddness: agent.oddness,
      signaturePoints,
      signatureBits,
      reported: listed.verdict === 'challenge',
      coordinated: this.coordinated.isFlagged(facts, endpoint, agent.family),
    };
    const scored = scoreOf(this.tracker.features(facts, traits));
    const judged = this.soften(facts, listed, blocked ?? this.verdictOf(facts, scored, traits, limit));
    const action = this.mode === 'observe' ? 'allow' : judged.action;
    const decision: Decision = {
      reference: this.references.next(),
      at,
      client,
      action,
      judged: judged.action,
      rule: judged.rule,
      score: scored.score,
      level: levelOf(scored.score),
      factors: scored.factors,
      signatures: matches.length === 0 ? NO_SIGNATURES : matches.map(({ id }) => id),
      endpoint,
      retryAfter: judged.action === 'limit' ? limit?.retryAfter : undefined,
    };
    this.count(facts, traits, action, limit);
    if (action === 'allow' && (facts.session === 'valid' || this.signedIn.protects(client, at)))
      this.signatureBreaker.note(client, decision.signatures, at);
    this.modules.onDecision(decision);
    if (judged.rule === 'score' && scored.score >= REPORT_FROM) this.blockAndReport(facts, decision, matches);
    return decision;
  }

  /** Tells what the application answered to a request that reached it. Answers of our own change nothing. */
  answered(decision: Decision, facts: RequestFacts, answer: AnswerFacts): void {
    if (decision.action !== 'allow') return;
    this.tracker.answered(facts, answer);
    if (answer.signedIn) this.signedIn.note(facts.client, facts.staff === true, answer.at);
    const family = this.agents.traitsOf(facts.userAgent).family;
    this.coordinated.observe(facts, decision.endpoint, family, answer);
  }

  /** A limit behind the gateway refused something of a request that reached the application. */
  limited(facts: RequestFacts): void {
    // What it reads was counted when it was judged.
    this.tracker.violated(facts);
  }

  /** The network was unblocked, here or anywhere: its clients start from nothing. */
  reset(network: Network): void {
    this.tracker.reset(network);
    this.neighbourhoods.reset(network);
  }

  /** One that people's requests match as well is as on trial. */
  private matchesOf(facts: RequestFacts): readonly SignatureMatch[] {
    const matches = this.modules.signatures().match(facts);
    if (matches.length === 0) return matches;
    return matches.map((match) =>
      this.signatureBreaker.holds(match.id, facts.at) ? { ...match, shadow: true } : match,
    );
  }

  private blockOf(client: Network, at: number, listed: Listed): Verdict | undefined {
    if (listed.reasons[0]?.rule === 'pin')
      return { action: listed.verdict === 'allow' ? 'allow' : 'refuse', rule: 'pin' };
    if (listed.verdict === 'block') return { action: 'refuse', rule: 'blocklist' };
    if (this.tracker.blockedUntil(client) > at || this.neighbourhoods.isBlocked(client, at))
      return { action: 'refuse', rule: 'auto-block' };
    if (this.modules.captcha.blockedUntil(client, at) > at) return { action: 'refuse', rule: 'captcha-failures' };
    return undefined;
  }

  private verdictOf(
    facts: RequestFacts,
    { score, factors }: Score,
    traits: RequestTraits,
    limit: LimitOutcome | undefined,
  ): Verdict {
    const level = levelOf(score);
    // Many who poll one address from behind one look like one who reads it over and over: not refused once they solved a challenge.
    const repeats = factors.find(({ name }) => name === 'repeats')?.points ?? 0;
    const ofCrowd = level === 'block' && score - repeats < BLOCK_FROM && this.modules.captcha.hasClearance(facts);
    if (!ofCrowd && (level === 'block' || level === 'auto-block')) return { action: 'refuse', rule: 'score' };
    if (limit !== undefined && !limit.allowed) return { action: 'limit', rule: 'limit' };
    if (score < CHALLENGE_FROM) return { action: 'allow', rule: 'score' };
    if (facts.session === 'valid') return { action: 'allow', rule: 'signed-in' };
    if (this.modules.captcha.hasClearance(facts)) return { action: 'allow', rule: 'clearance' };
    return { action: 'challenge', rule: traits.coordinated ? 'coordinated' : traits.reported ? 'blocklist' : 'score' };
  }

  /**
   * Failing towards those who come: an address from which somebody was signed in lately is not refused for what others
   * reported, and nobody is refused while the breaker is open. An administrator's decision stands.
   */
  private soften(facts: RequestFacts, listed: Listed, verdict: Verdict): Verdict {
    const { at, client } = facts;
    if (verdict.action !== 'allow' && this.modules.spares?.(facts) === true)
      return { action: 'allow', rule: 'never-block' };
    const refused = verdict.action === 'refuse' && verdict.rule !== 'pin' && !isByHand(listed);
    const open = this.breaker.isOpen(at);
    this.breaker.note(client, verdict.action === 'refuse', at);
    if (!refused) return verdict;
    const rule: Rule | undefined = open
      ? 'circuit-breaker'
      : verdict.rule !== 'score' && this.signedIn.protects(client, at)
        ? 'never-block'
        : undefined;
    if (rule === undefined) return verdict;
    const passes = facts.session === 'valid' || this.modules.captcha.hasClearance(facts);
    return { action: passes ? 'allow' : 'challenge', rule };
  }

  /** What is refused counts for nothing but its limit; see ClientTracker. */
  private count(facts: RequestFacts, traits: RequestTraits, action: Action, limit: LimitOutcome | undefined): void {
    if (limit?.allowed === false) this.tracker.violated(facts, traits);
    if (action === 'challenge') this.tracker.challenged(facts, traits);
    if (action === 'refuse' && traits.signatureBits !== 0) this.tracker.persisted(facts, traits);
    if (action !== 'allow') return;
    this.tracker.admitted(facts, traits);
    if (facts.session === 'valid') this.signedIn.note(facts.client, facts.staff === true, facts.at);
  }

  /** Not for an address behind which somebody is signed in: there are others behind it too. */
  private blockAndReport(facts: RequestFacts, decision: Decision, matches: readonly SignatureMatch[]): void {
    const { at, client } = facts;
    if (decision.action !== 'refuse' || facts.session === 'valid') return;
    if (this.modules.neverBlock.setOf(client) !== undefined || this.signedIn.protects(client, at)) return;
    if (!this.tracker.block(client, at, at + AUTO_BLOCK_MS)) return;
    this.neighbourhoods.note(client, at, at + AUTO_BLOCK_MS);
    const inForce = matches.filter(({ shadow }) => !shadow);
    this.modules.onReport(
      decision,
      inForce.map(({ category }) => category),
    );
  }
}

/** An administrator of the own organisation decided. */
function isByHand({ byHand, reasons }: Listed): boolean {
  if (byHand !== undefined) return byHand;
  return reasons.some((reason) => reason.rule === 'own-organisation' && reason.report.entry.mode === 'manual');
}
