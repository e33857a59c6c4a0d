// Coordinated attacks: many addresses of many networks that send the same within a minute, far above what the pattern is
// used to, with hardly anybody signed in. What is found lifts requests of the pattern to a challenge, never above.
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import type { Network } from '../address.ts';
import { hashText, hashWords } from '../hash.ts';
import type { AnswerFacts, RequestFacts } from './facts.ts';
import { PatternBaselines } from './pattern-baselines.ts';
import { PATTERN_WINDOW_MS, PatternWindow } from './pattern-window.ts';

/** What is needed within PATTERN_WINDOW_MS (pattern-window.ts). */
export const COORDINATED_ADDRESSES = 50;
export const COORDINATED_PREFIXES = 20;
/** Times the pattern's own baseline. */
const ABOVE_BASELINE = 5;
/** From this share of signed-in requests on it is a rush, not an attack. */
const RUSH_PERCENT = 30;
/** A pattern stays flagged for so long after the last time that it was found. */
const FLAGGED_MS = 300_000;
/** Patterns seen within so long of each other count as equally old when one has to go. */
const SAME_AGE_MS = 1_000;
export const MAX_PATTERNS = 512;
export const MAX_FLAGGED = 256;
/** Patterns on their way to being found, of which a few requests are kept; each from another network. */
export const MAX_SAMPLED_PATTERNS = 32;
export const MAX_SAMPLES = 6;
const SAMPLED_FROM = COORDINATED_ADDRESSES / 2;

/** Told once each time that a pattern is found while it was not flagged. */
export interface CoordinatedAttack {
  readonly at: number;
  readonly method: string;
  readonly endpoint: string;
  /** 2 to 5: the first digit of the answers. */
  readonly statusClass: number;
  /** Whether the User-Agents are of one family, or rotate. */
  readonly oneAgent: boolean;
  readonly addresses: number;
  readonly prefixes: number;
  /** Requests of the last minute. */
  readonly requests: number;
}

export interface CoordinatedAttacksOptions {
  /** u32, secret. */
  readonly seed: number;
}

export interface CoordinatedAttacksModules {
  /** `samples`: some of its requests, of different networks, the one that completed it last. */
  onAttack?(attack: CoordinatedAttack, samples: readonly RequestFacts[]): void;
}

interface Samples {
  /** ms since 1970: when it last was said to be in use. */
  touched: number;
  readonly requests: RequestFacts[];
}

export class CoordinatedAttacks {
  private readonly seed: number;
  private readonly modules: CoordinatedAttacksModules;
  private readonly windows = new BoundedMap<number, PatternWindow>({ maxEntries: MAX_PATTERNS });
  private readonly samples = new BoundedMap<number, Samples>({ maxEntries: MAX_SAMPLED_PATTERNS });
  private readonly baselines = new PatternBaselines();
  /** By the part of a pattern that a request shows before it is answered: until when, ms. */
  private readonly flagged = new BoundedMap<number, number>({ maxEntries: MAX_FLAGGED });

  constructor(options: CoordinatedAttacksOptions, modules: CoordinatedAttacksModules = {}) {
    this.seed = options.seed;
    this.modules = modules;
  }

  isFlagged(facts: RequestFacts, endpoint: string, agentFamily: number): boolean {
    if (this.flagged.size === 0) return false;
    const wide = this.pattern(facts, endpoint);
    return this.isOn(wide, facts.at) || this.isOn(this.join(wide, agentFamily), facts.at);
  }

  /** An answer of the application. Counted with and without the User-Agent: one that rotates must not hide the rest. */
  observe(facts: RequestFacts, endpoint: string, agentFamily: number, answer: AnswerFacts): void {
    const statusClass = Math.floor(answer.status / 100);
    const wide = this.pattern(facts, endpoint);
    this.count(wide, facts, endpoint, statusClass, false);
    this.count(this.join(wide, agentFamily), facts, endpoint, statusClass, true);
  }

  private count(shown: number, facts: RequestFacts, endpoint: string, statusClass: number, oneAgent: boolean): void {
    const { at, client, method } = facts;
    const fingerprint = this.join(shown, statusClass);
    let window = this.windows.get(fingerprint);
    if (window === undefined) {
      window = new PatternWindow();
      window.touched = at;
      this.windows.set(fingerprint, window);
    } else if (at - window.touched > SAME_AGE_MS) {
      window.touched = at;
      this.windows.touch(fingerprint);
    }
    window.add(this.join(client.high, client.low), prefixOf(client), facts.session === 'valid', at);
    const isOn = this.isOn(shown, at);
    const { addresses, requests } = window;
    const isRush = window.sessions * 100 >= requests * RUSH_PERCENT;
    const found =
      addresses >= COORDINATED_ADDRESSES &&
      !isRush &&
      requests > ABOVE_BASELINE * this.baselines.of(fingerprint, at) &&
      window.prefixes >= COORDINATED_PREFIXES;
    // What an attack does must not become what the pattern is used to.
    if (!found && !isOn) this.baselines.learn(fingerprint, requests, at);
    if (!isOn && !isRush && addresses >= SAMPLED_FROM) this.sample(fingerprint, facts);
    if (!found) return;
    this.flagged.set(shown, at + FLAGGED_MS);
    if (isOn) return;
    const samples = this.samples.get(fingerprint)?.requests ?? [facts];
    this.samples.delete(fingerprint);
    const { prefixes } = window;
    this.modules.onAttack?.({ at, method, endpoint, statusClass, oneAgent, addresses, prefixes, requests }, samples);
  }

  /** The latest of each network, and of the pattern those seen last. */
  private sample(fingerprint: number, facts: RequestFacts): void {
    const sampled = this.samples.get(fingerprint);
    if (sampled === undefined) {
      this.samples.set(fingerprint, { touched: facts.at, requests: [facts] });
      return;
    }
    if (facts.at - sampled.touched > SAME_AGE_MS) {
      sampled.touched = facts.at;
      this.samples.touch(fingerprint);
    }
    const kept = sampled.requests;
    const prefix = prefixOf(facts.client);
    let to = 0;
    for (const one of kept) {
      if (one.at > facts.at - PATTERN_WINDOW_MS && prefixOf(one.client) !== prefix) kept[to++] = one;
    }
    kept.length = to;
    if (to === MAX_SAMPLES) kept.shift();
    kept.push(facts);
  }

  private isOn(shown: number, at: number): boolean {
    return (this.flagged.get(shown) ?? 0) > at;
  }

  private pattern({ method, headerOrder }: RequestFacts, endpoint: string): number {
    return this.join(hashText(endpoint, hashText(method, this.seed)), hashText(headerOrder, this.seed));
  }

  /** Signed: a key of maps that most unsigned words would be an object for. */
  private join(a: number, b: number): number {
    return hashWords(a, b, this.seed) | 0;
  }
}

/** The /24 of an IPv4 address, the /64 of an IPv6 one. */
function prefixOf({ family, high, low }: Network): number {
  return family === 4 ? high >>> 8 : hashWords(high, low, 6) | 0;
}
