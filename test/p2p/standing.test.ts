import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GOODBYE } from '../../p2p/goodbye.ts';
import { STANDING_HALF_LIFE_MS, STANDING_LEAST, STANDING_MOST } from '../../p2p/limits.ts';
import { type Behaviour, Standings } from '../../p2p/standing.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { BLOCKS, codeThrownBy, collect, connect, gossips, idOf, startNode, TX, text } from './nodes.ts';

const behaviours = fc.constantFrom<Behaviour>('useful', 'timeout', 'throttled', 'invalid');

function standings() {
  const clock = new ManualClock();
  const fallen: string[] = [];
  return { clock, fallen, standings: new Standings({ clock, onFallen: (peerId) => fallen.push(peerId) }) };
}

describe('a standing', () => {
  it('stays within its bounds and counts everything, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(behaviours, fc.nat(100_000))), (acts) => {
        const { clock, standings: all } = standings();
        for (const [behaviour, ms] of acts) {
          all.observe('p', behaviour);
          expect(all.of('p').score).toBeLessThanOrEqual(STANDING_MOST);
          expect(all.of('p').score).toBeGreaterThan(STANDING_LEAST);
          clock.advance(ms);
        }
        const { counts } = all.of('p');
        expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(acts.length);
      }),
    );
  });

  it("falls by lasting uselessness, is forgiven with time, and is each peer's own", () => {
    const { clock, fallen, standings: all } = standings();
    for (let i = 0; i < 14; i++) all.observe('p', 'timeout');
    expect(fallen).toEqual([]);
    const before = all.of('p').score;
    clock.advance(STANDING_HALF_LIFE_MS);
    expect(all.of('p').score).toBeCloseTo(before / 2);
    for (let i = 0; i < 10; i++) all.observe('p', 'timeout');
    expect(fallen).toEqual(['p']);
    expect(all.of('q')).toEqual({ score: 0, counts: { useful: 0, timeout: 0, throttled: 0, invalid: 0 } });
  });

  it('of a busy and useful peer survives a timeout now and then', () => {
    const { fallen, standings: all } = standings();
    for (let round = 0; round < 200; round++) {
      for (let i = 0; i < 100; i++) all.observe('p', 'useful');
      all.observe('p', 'timeout');
    }
    expect(fallen).toEqual([]);
  });
});

describe('between two hosts', () => {
  const pair = async () => {
    const [a, b] = await Promise.all([
      startNode({ number: 1, protocols: [BLOCKS] }),
      startNode({
        number: 2,
        setUp: (network) =>
          network.serve(BLOCKS, async function* () {
            yield text('answer');
          }),
      }),
    ]);
    await connect(a.network, b.network);
    return { a, b };
  };

  it('counts answers and gossip that were of use, and what was rejected', async () => {
    const { a, b } = await pair();
    await collect(a.network.request(idOf(2), BLOCKS.protocol, text('x')));
    expect(a.network.standing(idOf(2)).counts.useful).toBe(1);
    for (const message of ['good', 'bad', 'stale']) await a.network.publish(TX.topic, text(message));
    await waitFor(() => b.received.length === 3 && b.network.standing(idOf(1)).counts.invalid === 1);
    expect(b.network.standing(idOf(1)).counts).toEqual({ useful: 1, timeout: 0, throttled: 0, invalid: 1 });
    expect(b.network.peers()[0].standing.counts.invalid).toBe(1);
  });

  it('ends a connection that is of no use, with a goodbye that says so', async () => {
    const { a, b } = await pair();
    for (let i = 0; i < 25; i++) b.network.observe(idOf(1), 'invalid');
    await waitFor(() => b.network.peers().length === 0 && a.network.peers().length === 0);
    expect(await a.metric('wardmesh_p2p_goodbyes_total')).toContain('direction="received",reason="scoreTooLow"} 1');
  });

  it('puts a throttled peer off, and hears only what is urgent from it', async () => {
    const { a, b } = await pair();
    b.network.throttle(idOf(1), 60_000);
    expect(await codeThrownBy(() => collect(a.network.request(idOf(2), BLOCKS.protocol, text('x'))))).toBe(
      'p2p.rate-limited',
    );
    await a.network.publish(TX.topic, text('unheard'));
    await waitFor(async () => (await b.metric('wardmesh_p2p_gossip_received_total')).includes('verdict="ignore"} 1'));
    expect(b.received).toEqual([]);
    expect(gossips(b.network, idOf(1))).toBe(true);
    expect(await b.metric('wardmesh_p2p_throttled_peers')).toContain(' 1');
  });

  it('bans a peer at once, keeps it out, and lets it in when the ban is lifted', async () => {
    const clock = new ManualClock();
    const a = await startNode({ number: 1, clock });
    const b = await startNode({ number: 2, clock });
    await connect(a.network, b.network);
    b.network.setBanned(new Set([idOf(1)]));
    await waitFor(() => a.network.peers().length === 0 && b.network.peers().length === 0);
    expect(await a.metric('wardmesh_p2p_goodbyes_total')).toContain('direction="received",reason="banned"} 1');
    expect(GOODBYE.banned).toBe(251);
    for (let i = 0; i < 130; i++) await clock.advanceAsync(1_000);
    await waitFor(async () => (await b.metric('wardmesh_p2p_connections_denied_total')).includes('reason="banned"'));
    expect(b.network.peers()).toEqual([]);
    b.network.setBanned(new Set());
    await waitFor(async () => {
      await clock.advanceAsync(1_000);
      return gossips(a.network, idOf(2)) && gossips(b.network, idOf(1));
    });
  });
});
