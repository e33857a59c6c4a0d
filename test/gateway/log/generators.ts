// Judged requests for the tests of the security log: few clients, so that they meet.
import fc from 'fast-check';
import type { Network } from '../../../gateway/address.ts';
import type { Action, Decision } from '../../../gateway/judge/decision.ts';
import { FACTORS } from '../../../gateway/judge/names.ts';
import type { LoggedRequest } from '../../../gateway/log/entry.ts';

export const START = 1_760_000_000_000;

const action = fc.constantFrom<Action>('allow', 'challenge', 'limit', 'refuse');
const words = fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) =>
  text
    .toWellFormed()
    .replace(/\p{Cc}/gu, ' ')
    .normalize('NFC'),
);
const base32 = fc.string({
  unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz234567'),
  minLength: 12,
  maxLength: 12,
});

export const client: fc.Arbitrary<Network> = fc.oneof(
  fc.nat(20).map((host): Network => ({ family: 4, prefix: 32, high: 0xc0000200 + host, low: 0 })),
  fc.nat(5).map((low): Network => ({ family: 6, prefix: 64, high: 0x20010db8, low })),
);

export const decision: fc.Arbitrary<Decision> = fc
  .record({
    reference: base32,
    at: fc.nat(10 * 60_000).map((ms) => START + ms),
    client,
    action,
    judged: action,
    rule: fc.constantFrom('score', 'blocklist', 'limit', 'signed-in', 'circuit-breaker'),
    score: fc.nat(100),
    level: fc.constantFrom('allow', 'challenge', 'block', 'auto-block'),
    factors: fc.array(
      fc.record({
        name: fc.constantFrom(...FACTORS),
        points: fc.nat(6_000).map((hundredths) => hundredths / 100),
        measured: words,
      }),
      { maxLength: FACTORS.length },
    ),
    signatures: fc.array(base32, { maxLength: 3 }),
    endpoint: words,
    retryAfter: fc.option(fc.nat(3_600_000), { nil: undefined }),
  })
  .map((made) => made as Decision);

export const logged: fc.Arbitrary<LoggedRequest> = fc.record({
  decision,
  status: fc.option(fc.integer({ min: 100, max: 599 }), { nil: undefined }),
});

export function plainDecision(fields: Partial<Decision> = {}): Decision {
  return {
    reference: 'aaaaaaaaaaaa',
    at: START,
    client: { family: 4, prefix: 32, high: 0xc0000207, low: 0 },
    action: 'allow',
    judged: 'allow',
    rule: 'score',
    score: 0,
    level: 'allow',
    factors: [],
    signatures: [],
    endpoint: '/',
    retryAfter: undefined,
    ...fields,
  };
}
