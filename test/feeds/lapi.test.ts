// What CrowdSec's bouncers are answered, over a real door: their contract, and that a list loses and repeats nothing.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatNetwork, parseCidr } from '../../gateway/address.ts';
import { goDuration } from '../../gateway/lists/crowdsec.ts';
import { bouncer, HOUR, openFeeds } from './door.ts';

interface Decision {
  readonly value: string;
  readonly duration: string;
  readonly scope: string;
}

const FIREWALL = 'crowdsec-firewall-bouncer/v0.0.25-debian';
const values = (decisions: readonly Decision[]) => decisions.map(({ value }) => value).sort();

async function opened(userAgent?: string, scopes = ['feed:read']) {
  const world = await openFeeds();
  const key = world.apiKeys.make(scopes);
  return { ...world, key, ...bouncer(world.door, key, userAgent) };
}

describe('the stream of decisions', () => {
  it('is closed with 403 and the words that bouncers know, without a key, with a wrong one and with one for something else', async () => {
    const { door, apiKeys } = await openFeeds();
    const wrong = `wmk_${'0'.repeat(16)}_${'x'.repeat(43)}`;
    for (const key of [undefined, wrong, apiKeys.make(['node:read'])]) {
      const headers = key === undefined ? undefined : { 'x-api-key': key };
      const { status, json } = await door.get('/v1/decisions/stream?startup=true', headers);
      expect([status, json]).toEqual([403, { message: 'access forbidden' }]);
    }
    expect((await door.get('/health')).status).toBe(200);
  });

  it('gives all at the start, then what changed, and each place belongs to its key', async () => {
    const { block, unblock, stream, apiKeys, door } = await opened();
    const first = block('192.0.2.1');
    block('192.0.2.64/26');
    block('2001:db8:0:1::/64', 1_000);
    const all = await stream('startup=true');
    expect(all.deleted).toEqual([]);
    expect(all.new.map((decision: Decision) => [decision.value, decision.scope, decision.duration])).toEqual([
      ['192.0.2.1', 'Ip', '1h0m0s'],
      ['192.0.2.64/26', 'Range', '1h0m0s'],
      ['2001:db8:0:1::/64', 'Range', '1s'],
    ]);
    for (const decision of all.new) {
      expect(decision).toMatchObject({
        origin: 'wardmesh',
        type: 'ban',
        scenario: 'wardmesh/flood',
        id: expect.any(Number),
      });
    }
    expect(await stream('')).toEqual({ deleted: [], new: [] });
    block('192.0.2.2');
    unblock(first);
    const other = bouncer(door, apiKeys.make(['feed:read']));
    expect(values((await other.stream('startup=false')).new)).toEqual([
      '192.0.2.2',
      '192.0.2.64/26',
      '2001:db8:0:1::/64',
    ]);
    const delta = await stream('startup=false&unknown=1');
    expect([values(delta.new), values(delta.deleted)]).toEqual([['192.0.2.2'], ['192.0.2.1']]);
    expect(delta.deleted[0].duration).toBe('-1s');
  });

  it('says an extension as a deletion and a new decision in one answer', async () => {
    const { block, stream } = await opened();
    block('192.0.2.1', HOUR);
    await stream('startup=true');
    block('192.0.2.1', 2 * HOUR);
    const { new: added, deleted } = await stream();
    expect([values(deleted), added.map(({ duration }: Decision) => duration)]).toEqual([['192.0.2.1'], ['2h0m0s']]);
  });

  it('deletes what ended, also by time, and says so again for two seconds', async () => {
    const { block, stream, clock } = await opened();
    block('192.0.2.1', 5_000);
    await stream('startup=true');
    clock.advance(6_000);
    expect(values((await stream()).deleted)).toEqual(['192.0.2.1']);
    expect(values((await stream()).deleted)).toEqual(['192.0.2.1']);
    clock.advance(3_000);
    expect(await stream()).toEqual({ deleted: [], new: [] });
  });

  it('does not move on for HEAD, nor when the other end left before the answer', async () => {
    const { block, stream, head } = await opened();
    await stream('startup=true');
    block('192.0.2.1');
    await head('/v1/decisions/stream');
    expect(values((await stream()).new)).toEqual(['192.0.2.1']);
  });

  it('gives bouncers that cut ranges single addresses, deletes none that another entry still blocks, and ranges to a key that says so', async () => {
    const { block, unblock, stream, door, apiKeys } = await opened(FIREWALL);
    const range = block('192.0.2.4/30');
    block('192.0.2.5', 2 * HOUR);
    block('2001:db8:0:1::/64');
    const all = await stream('startup=true');
    expect(values(all.new)).toEqual(['192.0.2.4', '192.0.2.5', '192.0.2.6', '192.0.2.7']);
    expect(all.new.find(({ value }: Decision) => value === '192.0.2.5').duration).toBe('2h0m0s');
    unblock(range);
    const { deleted, new: added } = await stream();
    expect(values(deleted).filter((value) => !values(added).includes(value))).toEqual([
      '192.0.2.4',
      '192.0.2.6',
      '192.0.2.7',
    ]);
    const native = bouncer(door, apiKeys.make(['feed:read', 'feed:ranges']), FIREWALL);
    block('192.0.2.8/30');
    expect(values((await native.stream('startup=true')).new)).toEqual([
      '192.0.2.5',
      '192.0.2.8/30',
      '2001:db8:0:1::/64',
    ]);
  });

  it('names no challenge, no address that is allowed here, and a pin', async () => {
    const { block, blocklist, stream, clock } = await opened();
    block('192.0.2.1', HOUR, { organisation: 2 });
    block('192.0.2.4/30');
    const pin = { by: 'operator', at: clock.now(), until: undefined };
    blocklist.pin({ ...pin, action: 'allow', network: parseCidr('192.0.2.5') });
    blocklist.pin({ ...pin, action: 'block', network: parseCidr('192.0.2.9') });
    expect(values((await stream('startup=true')).new)).toEqual(['192.0.2.4', '192.0.2.6/31', '192.0.2.9']);
  });

  it('keeps to what was asked of scopes, origins and scenarios', async () => {
    const { block, stream } = await opened();
    block('192.0.2.1');
    block('192.0.2.4/30', HOUR, { category: 'scan' });
    const asked = async (query: string) => values((await stream(`startup=true&${query}`)).new);
    expect(await asked('scopes=ip')).toEqual(['192.0.2.1']);
    expect(await asked('scopes=Ip,Range&origins=wardmesh')).toHaveLength(2);
    expect(await asked('origins=CAPI')).toEqual([]);
    expect(await asked('scenarios_containing=scan')).toEqual(['192.0.2.4/30']);
    expect(await asked('scenarios_not_containing=scan')).toEqual(['192.0.2.1']);
  });

  it('keeps a follower equal to the list, whatever is asked when', { timeout: 60_000 }, async () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({
          kind: fc.constant('block' as const),
          host: fc.nat(7),
          prefix: fc.constantFrom(30, 31, 32),
          life: fc.integer({ min: 1_000, max: 100_000 }),
        }),
        fc.record({ kind: fc.constant('unblock' as const), nth: fc.nat(10) }),
        fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 30_000 }) }),
        fc.record({ kind: fc.constant('poll' as const) }),
      ),
      { maxLength: 12 },
    );
    for (const [userAgent, ranges] of [
      [FIREWALL, false],
      ['lua-bouncer/v1', true],
    ] as const) {
      await fc.assert(
        fc.asyncProperty(steps, async (played) => {
          const { block, unblock, stream, clock, door, feed } = await opened(userAgent);
          const held = new Map<string, string>();
          const poll = async (query = '') => {
            const { deleted, new: added } = await stream(query);
            for (const { value } of deleted) held.delete(value);
            for (const { value, duration } of added) {
              // Bouncers skip what they have.
              expect(held.has(value)).toBe(false);
              held.set(value, duration);
            }
            expect(new Set(values(added)).size).toBe(added.length);
          };
          await poll('startup=true');
          for (const step of played) {
            if (step.kind === 'block')
              block(`192.0.2.${step.host & -(2 ** (32 - step.prefix))}/${step.prefix}`, step.life);
            else if (step.kind === 'unblock') unblock(step.nth);
            else if (step.kind === 'wait') clock.advance(step.ms);
            else await poll();
          }
          clock.advance(1_000);
          await poll();
          const listed = feed.listed().map(({ text }) => text);
          const single = listed.flatMap((text) => {
            const network = parseCidr(text);
            return Array.from({ length: 2 ** (32 - network.prefix) }, (_, offset) =>
              formatNetwork({ ...network, prefix: 32, high: network.high + offset }),
            );
          });
          expect([...held.keys()].sort()).toEqual([...new Set(ranges ? listed : single)].sort());
          await door.server.stop();
        }),
        { numRuns: 12 },
      );
    }
  });
});

describe('decisions about one address', () => {
  it('are those whose network holds it; null when there are none, and 422 for what is no address', async () => {
    const { block, ask } = await opened();
    block('192.0.2.4/30');
    const about = async (query: string) => (await ask(`/v1/decisions?${query}`)).json;
    expect(values(await about('ip=192.0.2.5'))).toEqual(['192.0.2.4/30']);
    expect(await about('ip=192.0.2.9')).toBeNull();
    expect(values(await about('range=192.0.2.6/31'))).toEqual(['192.0.2.4/30']);
    expect(await about('scope=Ip&value=192.0.2.5')).toBeNull();
    expect(values(await about('scope=Range&value=192.0.2.4/30'))).toEqual(['192.0.2.4/30']);
    expect(await about('ip=192.0.2.5&type=captcha')).toBeNull();
    expect((await ask('/v1/decisions?ip=1.2.3')).status).toBe(422);
  });

  it('takes figures of bouncers and keeps none', async () => {
    const { door, key } = await opened();
    const headers = { 'x-api-key': key, 'content-type': 'application/json' };
    const { status } = await door.send(
      'POST',
      '/v1/usage-metrics',
      headers,
      JSON.stringify({ remediation_components: [] }),
    );
    expect(status).toBe(201);
  });
});

describe('durations', () => {
  it('are whole seconds as Go writes them', () => {
    expect([1, 59, 60, 3_600, 86_399, 604_800].map(goDuration)).toEqual([
      '1s',
      '59s',
      '1m0s',
      '1h0m0s',
      '23h59m59s',
      '168h0m0s',
    ]);
  });
});
