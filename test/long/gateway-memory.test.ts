// Memory of the gateway as the process has it, not as its structures say: bytes of a tracked client, and five million
// distinct sources. The meter is shown to see what it is there for: arrays that are filled, and requests that are kept.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { Network } from '../../gateway/address.ts';
import { Gateway } from '../../gateway/gateway.ts';
import { MAX_TRACKED_CLIENTS } from '../../gateway/judge/client-table.ts';
import { ClientTracker } from '../../gateway/judge/client-tracker.ts';
import type { RequestFacts } from '../../gateway/judge/facts.ts';
import { MemoryLimiter } from '../../gateway/limits/memory-limiter.ts';
import { ANONYMOUS, RequestLimits, SIGNED_IN } from '../../gateway/limits/request-limits.ts';
import { RouteTable } from '../../gateway/limits/route-table.ts';
import { SignatureMatcher } from '../../gateway/signatures/matcher.ts';
import { STARTER_SET } from '../../gateway/signatures/starter-set.ts';
import { BROWSER, NOTHING, requestOf, START } from '../gateway/visits.ts';

const SOURCES = 5_000_000;
/** Every structure is at its ceiling after so many. */
const FILLED = 1_000_000;
const GROWTH = 16 * 2 ** 20;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes that are still referred to, in and outside the heap. */
function held(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Another source for every number: IPv4, IPv6, sessions; every fourth has a User-Agent and a path of its own. */
function sourceOf(i: number, at: number): RequestFacts {
  const mixed = Math.imul(i + 1, 0x9e3779b1) >>> 0;
  const client: Network =
    i % 5 === 0
      ? { family: 6, prefix: 64, high: 0x20010db8, low: mixed }
      : { family: 4, prefix: 32, high: mixed, low: 0 };
  const own = i % 4 === 0 ? { userAgent: `${BROWSER} ${i}`, path: `/made-up-${i}x/` } : {};
  const session = i % 2 === 0 ? ({ session: 'valid', subject: `patient ${i}` } as const) : {};
  return requestOf({ at, client, ...own, ...session });
}

describe('memory of the gateway', () => {
  it('is at most 256 bytes for each of 200,000 clients, all that is known of them together', () => {
    const before = held();
    const tracker = new ClientTracker({ maxClients: MAX_TRACKED_CLIENTS, seed: 3 });
    for (let i = 0; i < MAX_TRACKED_CLIENTS; i++) {
      const facts = sourceOf(i, START);
      const traits = {
        endpoint: '/',
        agent: i,
        oddness: 0,
        target: 0,
        signaturePoints: 5,
        signatureBits: 1,
        reported: false,
        coordinated: false,
      };
      tracker.admitted(facts, traits);
      tracker.challenged(facts, traits);
      tracker.violated(facts, traits);
      tracker.answered(facts, { at: START, status: 404, signInFailed: true, signedIn: false });
      tracker.block(facts.client, START, START + 1_000);
    }
    const bytes = (held() - before) / MAX_TRACKED_CLIENTS;
    expect(tracker.size).toBe(MAX_TRACKED_CLIENTS);
    expect(bytes).toBeLessThanOrEqual(256);
    // What the arrays take is seen, so that nothing beside them would be missed.
    expect(bytes).toBeGreaterThan((0.9 * tracker.bytes) / MAX_TRACKED_CLIENTS);
  });

  it(`does not grow under ${SOURCES} distinct sources, limits and sessions among them`, () => {
    let now = START;
    const clock = { monotonic: () => now };
    const limits = new RequestLimits(
      { anonymous: ANONYMOUS, signedIn: SIGNED_IN },
      { limiter: new MemoryLimiter({}, { clock }), routes: new RouteTable([]) },
    );
    const matcher = new SignatureMatcher(STARTER_SET);
    const gateway = new Gateway(
      { mode: 'enforce' },
      {
        lookup: { verdictFor: () => NOTHING },
        signatures: () => matcher,
        captcha: { hasClearance: () => false, blockedUntil: () => 0 },
        neverBlock: { setOf: () => undefined },
        random: (length) => new Uint8Array(length).fill(7),
        onDecision: () => {},
        onReport: () => {},
      },
    );
    const visit = (i: number): RequestFacts => {
      now = START + i / 10;
      const facts = sourceOf(i, now);
      const counted = limits.take(facts);
      if (counted instanceof Promise) throw new Error('counters in memory answer at once');
      const decision = gateway.judge(facts, counted.result);
      gateway.answered(decision, facts, { at: now, status: 200, signInFailed: false, signedIn: i % 2 === 0 });
      return facts;
    };
    for (let i = 0; i < FILLED; i++) visit(i);
    const filled = held();
    let most = 0;
    for (let i = FILLED; i < SOURCES; i++) {
      visit(i);
      if (i % 500_000 === 0) most = Math.max(most, held());
    }
    most = Math.max(most, held());
    expect(gateway.trackedClients).toBe(MAX_TRACKED_CLIENTS);
    expect(most - filled).toBeLessThan(GROWTH);
    // The same flood is seen when a few of its requests are let go by nobody.
    const leak = Array.from({ length: 200_000 }, (_, i) => visit(SOURCES + i));
    expect(held() - filled).toBeGreaterThan(GROWTH);
    expect(leak).toHaveLength(200_000);
  });
});
