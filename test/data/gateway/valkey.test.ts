// Counters that several gateways share, at a real server.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../common/clock.ts';
import type { Limit, LimitResult } from '../../../gateway/limits/limiter.ts';
import { MemoryLimiter } from '../../../gateway/limits/memory-limiter.ts';
import { ValkeyLimiter } from '../../../gateway/limits/valkey-limiter.ts';
import { ValkeyStore } from '../../../gateway/limits/valkey-store.ts';
import { waitFor } from '../../helpers/wait-for.ts';
import { RedisServer } from './redis.ts';

const clock = systemClock;
const secret = new Uint8Array(32).fill(7);
let server: RedisServer;
const stores: ValkeyStore[] = [];

function gateway(onStanding: (up: boolean) => void = () => undefined): { limiter: ValkeyLimiter; store: ValkeyStore } {
  const store = new ValkeyStore({ url: server.url, secret }, { onStanding });
  stores.push(store);
  store.start();
  return { store, limiter: new ValkeyLimiter({ clock, memory: new MemoryLimiter({}, { clock }), store }) };
}

beforeAll(async () => {
  server = await RedisServer.start();
});

afterAll(async () => {
  for (const store of stores) store.stop();
  await server.kill();
});

describe('limits of several gateways with a real server', () => {
  it('property 36: signed-in limit, also when several gateways share counters', async () => {
    const gateways = [gateway(), gateway(), gateway()];
    await waitFor(() => gateways.every(({ store }) => store.ready));
    let run = 0;
    const limit: Limit = { name: 'signed-in', rate: 50, burst: 20 };
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ at: fc.nat(2), cost: fc.integer({ min: 1, max: 4 }) }), { minLength: 30, maxLength: 80 }),
        async (acts) => {
          run += 1;
          const key = `run ${run}`;
          const from = performance.now();
          const results = await Promise.all(
            acts.map(async ({ at, cost }) => ({ cost, ...(await gateways[at].limiter.take(key, limit, cost)) })),
          );
          const seconds = (performance.now() - from) / 1000;
          const taken = results.filter(({ allowed }) => allowed).reduce((sum, { cost }) => sum + cost, 0);
          const asked = acts.reduce((sum, { cost }) => sum + cost, 0);
          expect(taken).toBeLessThanOrEqual(limit.burst + limit.rate * seconds);
          // And not less than it may have, but for what costs are too large for.
          if (asked > limit.burst + 4) expect(taken).toBeGreaterThan(limit.burst - 4);
        },
      ),
      { numRuns: 40 },
    );
    expect(gateways.map(({ limiter }) => limiter.alone)).toEqual([0, 0, 0]);
  });

  it('a gateway that comes later finds what the others counted, and waits as told', async () => {
    const limit: Limit = { name: 'anonymous', rate: 10, burst: 3 };
    const [one, two] = [gateway(), gateway()];
    await waitFor(() => one.store.ready && two.store.ready);
    for (let i = 0; i < 3; i++) expect((await one.limiter.take('later', limit, 1)).allowed).toBe(true);
    const refused = await two.limiter.take('later', limit, 1);
    expect(refused).toMatchObject({ allowed: false, remaining: 0 });
    expect(refused.retryAfter).toBeGreaterThan(0);
    expect(refused.retryAfter).toBeLessThanOrEqual(100);
    await new Promise((resolve) => clock.setTimeout(() => resolve(undefined), refused.retryAfter + 1));
    expect((await two.limiter.take('later', limit, 1)).allowed).toBe(true);
  });

  it('property 34: fault tolerance: a server that hangs, is killed and comes back empty', async () => {
    const limit: Limit = { name: 'anonymous', rate: 0.01, burst: 4 };
    const standings: boolean[] = [];
    const { limiter, store } = gateway((up) => standings.push(up));
    await waitFor(() => store.ready);
    const four = async (key: string): Promise<number> => {
      const results: LimitResult[] = [];
      for (let i = 0; i < 8; i++) results.push(await limiter.take(key, limit, 1));
      return results.filter(({ allowed }) => allowed).length;
    };
    expect(await four('a')).toBe(4);

    server.signal('SIGSTOP');
    const from = performance.now();
    expect(await four('b')).toBe(4);
    // One request waits for the server, the others do not.
    expect(performance.now() - from).toBeLessThan(1_000);
    expect(limiter.alone).toBe(4);
    server.signal('SIGCONT');

    await server.kill();
    await waitFor(() => !store.ready);
    expect(await four('c')).toBe(4);
    // Each try to connect again fails, and only the first is told.
    await new Promise((resolve) => clock.setTimeout(() => resolve(undefined), 1_000));
    await server.start();
    await waitFor(() => store.ready);
    expect(standings).toEqual([true, false, true]);
    let probes = 0;
    const countsThere = async (): Promise<boolean> => {
      const before = limiter.alone;
      probes += 1;
      await limiter.take(`probe ${probes}`, limit, 1);
      return limiter.alone === before;
    };
    await waitFor(countsThere);
    // What was counted here holds although the server forgot it.
    expect(await four('a')).toBe(0);
    expect(await four('e')).toBe(4);
    const other = gateway();
    await waitFor(() => other.store.ready);
    expect((await other.limiter.take('e', limit, 1)).allowed).toBe(false);
  });
});
