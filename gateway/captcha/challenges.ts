// Proofs of work by ALTCHA (PBKDF2, its second version): made for one prefix, good for five minutes, checked without doing
// the work again. Owns no memory: who took an answer is asked of used-answers.ts.
import { createChallenge, verifySolution } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import type { Challenge, Payload } from 'altcha-lib/types';
import { equalSecret } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import type { RequestFacts } from '../judge/facts.ts';
import { type GatewayKeys, prefixKey, tagOf } from './secrets.ts';

export const CHALLENGE_MS = 5 * 60_000;
/** Characters of an answer as it is sent; a right one has about 900. */
export const MAX_ANSWER_CHARS = 4_096;
/** Iterations of PBKDF2 for one try, and tries until the answer: about a second on an old telephone's browser. */
const COST = 1_000;
const FEWEST_TRIES = 300;
const MOST_TRIES = 1_200;

export interface ChallengesOptions {
  readonly keys: GatewayKeys;
  /** Of each derivation and between the tries; tests make it less work. */
  readonly cost?: number;
}

export interface ChallengesModules {
  random(length: number): Uint8Array;
}

/** `id`: under which the answer is taken; `until`: ms since 1970, when it can no longer come back. */
export type AnswerCheck =
  | { readonly result: 'right'; readonly id: string; readonly until: number }
  /** `unknown`: of no challenge that was made here. */
  | { readonly result: 'wrong' | 'expired' | 'unknown' };

export class Challenges {
  private readonly keys: GatewayKeys;
  private readonly cost: number;
  private readonly modules: ChallengesModules;

  constructor({ keys, cost = COST }: ChallengesOptions, modules: ChallengesModules) {
    this.keys = keys;
    this.cost = cost;
    this.modules = modules;
  }

  /** Costs one derivation, on a thread of the pool. */
  async make(facts: RequestFacts): Promise<Challenge> {
    const [a, b] = this.modules.random(2);
    return createChallenge({
      algorithm: 'PBKDF2/SHA-256',
      cost: this.cost,
      counter: FEWEST_TRIES + (((a << 8) | b) % (MOST_TRIES - FEWEST_TRIES)),
      deriveKey,
      // The library's own expiry asks the machine's clock; this one is asked of the gateway's, and signed like it.
      data: { until: facts.at + CHALLENGE_MS, for: this.binding(facts) },
      hmacSignatureSecret: this.keys.challenge,
      hmacKeySignatureSecret: this.keys.solution,
    });
  }

  /** Never throws for what was sent. */
  async check(facts: RequestFacts, answer: string): Promise<AnswerCheck> {
    const payload = decode(answer);
    if (payload === undefined) return { result: 'unknown' };
    const { challenge, solution } = payload;
    const id = challenge.signature;
    // Without the signature of the derived key the library would do the work again for whoever asks.
    if (typeof id !== 'string' || typeof challenge.parameters?.keySignature !== 'string') return { result: 'unknown' };
    try {
      const { verified, invalidSignature } = await verifySolution({
        challenge,
        solution,
        deriveKey,
        hmacSignatureSecret: this.keys.challenge,
        hmacKeySignatureSecret: this.keys.solution,
      });
      if (invalidSignature !== false) return { result: 'unknown' };
      const data = challenge.parameters.data;
      if (!verified || typeof data?.until !== 'number' || !this.isFor(facts, data.for)) return { result: 'wrong' };
      return data.until > facts.at ? { result: 'right', id, until: data.until } : { result: 'expired' };
    } catch {
      return { result: 'unknown' };
    }
  }

  private binding({ client }: RequestFacts): string {
    return toHex(tagOf(this.keys.binding, [prefixKey(client)]));
  }

  private isFor(facts: RequestFacts, binding: unknown): boolean {
    const encoder = new TextEncoder();
    return typeof binding === 'string' && equalSecret(encoder.encode(binding), encoder.encode(this.binding(facts)));
  }
}

function decode(answer: string): Payload | undefined {
  if (answer.length === 0 || answer.length > MAX_ANSWER_CHARS) return undefined;
  try {
    const value = JSON.parse(atob(answer)) as Payload | null;
    const whole = typeof value?.challenge === 'object' && typeof value.solution === 'object';
    return whole && value.challenge !== null && value.solution !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
