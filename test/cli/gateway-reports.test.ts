import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { MAX_WAITING_REPORTS, ReportQueue } from '../../cli/gateway/report-queue.ts';
import { createLogger } from '../../common/logger.ts';
import { parseAddress } from '../../gateway/address.ts';
import type { Decision } from '../../gateway/judge/decision.ts';
import { Servers } from '../gateway/ways-in/servers.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { waitFor } from '../helpers/wait-for.ts';

const servers = new Servers();
const logger = createLogger({ level: 'silent' });
afterEach(() => servers.close());

const decided = (at: number, address: string, factor: Decision['factors'][number]['name']): Decision => ({
  reference: 'abcdefghijkl',
  at,
  client: parseAddress(address),
  action: 'refuse',
  judged: 'refuse',
  rule: 'score',
  score: 85,
  level: 'auto-block',
  factors: [{ name: factor, points: 40, measured: '9' }],
  signatures: [],
  endpoint: '/',
  retryAfter: undefined,
});

describe('reports of a gateway by itself', () => {
  it('are sent until the node takes them, for what is left of their day', async () => {
    const clock = new ManualClock();
    const seen: { status: number; body: unknown; key: string | undefined }[] = [];
    let status = 503;
    const port = await servers.listen(async (req, res) => {
      seen.push({ status, body: JSON.parse(await text(req)), key: req.headers.authorization });
      res.statusCode = status;
      res.end();
    });
    const queue = new ReportQueue({ url: `http://127.0.0.1:${port}`, key: 'k' }, { clock, logger, fetch });
    queue.add(decided(clock.now(), '203.0.113.7', 'sign-in-failures'), []);
    await waitFor(() => seen.length === 1 && clock.pending === 1);
    clock.advance(2_000);
    await waitFor(() => seen.length === 2 && clock.pending === 1);
    expect(queue.size).toBe(1);
    status = 201;
    clock.advance(4_000);
    await waitFor(() => queue.size === 0);
    expect(seen.at(-1)).toEqual({
      status: 201,
      key: 'Bearer k',
      body: { address: '203.0.113.7', category: 'bruteforce', seconds: 86_394 },
    });

    // What the node refuses for good is not sent again.
    status = 422;
    queue.add(decided(clock.now(), '203.0.113.8', 'rate'), []);
    await waitFor(() => queue.size === 0);
    expect(clock.pending).toBe(0);
    queue.stop();
  });

  it('property 34: fault tolerance: whenever the node is there or gone, each reaches it once and none is lost', async () => {
    const what = fc.oneof(fc.nat(4), fc.constantFrom('gone' as const, 'busy' as const, 'there' as const));
    await fc.assert(
      fc.asyncProperty(fc.array(what, { maxLength: 12 }), async (steps) => {
        const clock = new ManualClock();
        const [taken, found] = [new Map<string, number>(), new Map<string, number>()];
        let node: 'gone' | 'busy' | 'there' = 'there';
        const door: typeof fetch = async (_, request) => {
          if (node === 'gone') throw new TypeError('unreachable');
          const { address } = JSON.parse(String(request?.body)) as { address: string };
          if (node === 'there') taken.set(address, (taken.get(address) ?? 0) + 1);
          return new Response(null, { status: node === 'there' ? 201 : 503 });
        };
        const queue = new ReportQueue({ url: 'http://node.invalid', key: undefined }, { clock, logger, fetch: door });
        const settle = async () => {
          for (let i = 0; i < 10; i++) await Promise.resolve();
          await new Promise(setImmediate);
        };
        for (const one of steps) {
          if (typeof one === 'string') node = one;
          else {
            // A gateway reports an address once for as long as it blocks it.
            const address = `203.0.113.${one + 1}`;
            if (found.has(address)) continue;
            found.set(address, 1);
            queue.add(decided(clock.now(), address, 'rate'), []);
          }
          await settle();
          clock.advance(1_000);
          await settle();
        }
        node = 'there';
        for (let i = 0; i < 40 && queue.size > 0; i++) {
          clock.advance(60_000);
          await settle();
        }
        expect([...taken].sort()).toEqual([...found].sort());
        queue.stop();
      }),
      { numRuns: 40 },
    );
  });

  it('wait in a bounded queue while the node is gone, one for each address', async () => {
    const clock = new ManualClock();
    const gone: typeof fetch = () => Promise.reject(new TypeError('unreachable'));
    const queue = new ReportQueue({ url: 'http://127.0.0.1:1', key: undefined }, { clock, logger, fetch: gone });
    for (let i = 0; i < MAX_WAITING_REPORTS + 10; i++)
      queue.add(decided(clock.now(), `20.0.${(i >> 8) & 255}.${i & 255}`, 'rate'), []);
    queue.add(decided(clock.now(), '20.0.19.0', 'rate'), []);
    expect(queue.size).toBeLessThanOrEqual(MAX_WAITING_REPORTS);
    queue.stop();
  });
});
