import type { Stream } from '@libp2p/interface';
import { describe, expect, it } from 'vitest';
import { REDIAL_MAX_MS } from '../../p2p/limits.ts';
import { createP2pMetrics } from '../../p2p/metrics.ts';
import { redialDelay, Supervisor } from '../../p2p/supervisor.ts';
import { STANDARD_TOPOLOGY } from '../../p2p/topology.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { addressOf, connect, gossips, idOf, silent, startNode, startRaw, TX, text } from './nodes.ts';

describe('the supervisor on real hosts', () => {
  it('reaches a peer that comes back on its port after hours', async () => {
    const clock = new ManualClock();
    const a = await startNode({ number: 1, clock });
    const first = await startNode({ number: 2 });
    await connect(a.network, first.network);
    const { addresses } = addressOf(first.network);
    await first.network.stop();
    await waitFor(() => a.network.peers().length === 0);
    for (let minute = 0; minute < 120; minute++) await clock.advanceAsync(60_000);
    const failed = Number(/outcome="failed"} (\d+)/.exec(await a.metric('wardmesh_p2p_dials_total'))?.[1]);
    expect(failed).toBeGreaterThan(60);
    expect(failed).toBeLessThan(300);

    const second = await startNode({ number: 2, listen: addresses });
    second.network.setMembers([addressOf(a.network, { dial: false })]);
    const before = clock.monotonic();
    await waitFor(async () => {
      await clock.advanceAsync(1_000);
      return gossips(a.network, idOf(2));
    });
    expect(clock.monotonic() - before).toBeLessThan(1.6 * REDIAL_MAX_MS);
    await waitFor(() => gossips(second.network, idOf(1)));
    expect(await a.network.publish(TX.topic, text('again'))).toBe(1);
    await waitFor(() => second.received.length === 1);
  });

  it.each([
    ['outbound', 'reset', (stream: Stream) => stream.abort(new Error('overflow'))],
    ['inbound', 'reset', (stream: Stream) => stream.abort(new Error('bad frame'))],
    ['outbound', 'closed', (stream: Stream) => stream.close()],
  ] as const)('recycles a connection whose %s gossip stream was %s by the peer', async (direction, _, kill) => {
    const clock = new ManualClock();
    const a = await startNode({ number: 1, clock });
    const raw = await startRaw(2);
    const addresses = raw.getMultiaddrs().map((address) => address.toString().split('/p2p/')[0]);
    a.network.setMembers([{ peerId: idOf(2), addresses }]);
    await waitFor(() => gossips(a.network, idOf(2)));
    const since = a.events.length;
    const streams = raw.getConnections().flatMap((connection) => connection.streams);
    await kill(streams.find((s) => s.direction === direction && s.protocol.startsWith('/meshsub/')) as Stream);
    await waitFor(() => !gossips(a.network, idOf(2)), { what: 'gossip is dead' });
    expect(a.network.peers()).toHaveLength(1);
    await clock.advanceAsync(3_000);
    expect(a.events.slice(since)).toEqual([]);
    await waitFor(async () => {
      await clock.advanceAsync(500);
      return gossips(a.network, idOf(2));
    });
    expect(a.events.slice(since)).toEqual([`disconnected ${idOf(2)}`, `connected ${idOf(2)}`]);
    expect(await a.metric('wardmesh_p2p_connections_recycled_total')).toContain(' 1');
    expect(await a.network.publish(TX.topic, text('alive'))).toBe(1);
  });

  it('recycles a connection whose peer does not read, before our memory fills with what it should have read', async () => {
    const clock = new ManualClock();
    const topic = { ...TX, maxBytes: 1024 * 1024 };
    const a = await startNode({ number: 1, clock, topic });
    const raw = await startRaw(2);
    const addresses = raw.getMultiaddrs().map((address) => address.toString().split('/p2p/')[0]);
    a.network.setMembers([{ peerId: idOf(2), addresses }]);
    await waitFor(() => gossips(a.network, idOf(2)));
    const streams = raw.getConnections().flatMap((connection) => connection.streams);
    streams.find((s) => s.direction === 'inbound' && s.protocol.startsWith('/meshsub/'))?.pause();
    let sent = 0;
    for (let i = 0; i < 40; i++) sent += await a.network.publish(TX.topic, new Uint8Array(topic.maxBytes).fill(i));
    expect(sent).toBeLessThan(24);
    await waitFor(async () => {
      await clock.advanceAsync(500);
      return a.events.length === 3 && gossips(a.network, idOf(2));
    });
    expect(await a.network.publish(TX.topic, text('alive'))).toBe(1);
  });

  it('lives with both sides having dialled at the same time', async () => {
    const clock = new ManualClock();
    const [a, b] = await Promise.all([1, 2].map((number) => startNode({ number, clock })));
    a.network.setMembers([addressOf(b.network)]);
    b.network.setMembers([addressOf(a.network)]);
    await waitFor(() => gossips(a.network, idOf(2)) && gossips(b.network, idOf(1)));
    await clock.advanceAsync(30_000);
    expect(a.events).toEqual([`connected ${idOf(2)}`]);
    expect(b.events).toEqual([`connected ${idOf(1)}`]);
    await a.network.publish(TX.topic, text('once'));
    await waitFor(() => b.received.length === 1);
  });

  it('dials by name, and past addresses that are no addresses', async () => {
    const a = await startNode({ number: 1 });
    const b = await startNode({ number: 2 });
    b.network.setMembers([addressOf(a.network, { dial: false })]);
    const port = /tcp\/(\d+)/.exec(b.network.addresses()[0])?.[1];
    a.network.setMembers([{ peerId: idOf(2), addresses: ['nonsense', '/ip4/1.2.3', `/dns4/localhost/tcp/${port}`] }]);
    await waitFor(() => gossips(a.network, idOf(2)));
  });
});

describe('the supervisor by its clock', () => {
  /** One member in a world made of two flags. */
  function supervise() {
    const clock = new ManualClock();
    const world = { up: false, gossip: false, allowed: true, connected: false, dials: [] as number[], closed: 0 };
    const supervisor = new Supervisor(
      { self: 'self', topology: STANDARD_TOPOLOGY },
      {
        clock,
        logger: silent,
        metrics: createP2pMetrics(undefined, {
          peers: () => 0,
          gossipPeers: () => 0,
          quarantined: () => 0,
          throttled: () => 0,
          gossipWaiting: () => 0,
        }),
        random: () => 0.5,
        host: {
          isConnected: () => world.connected,
          isGossiping: () => world.gossip,
          mayDial: () => world.allowed,
          dial: async () => {
            world.dials.push(clock.monotonic());
            if (!world.up) throw new Error('refused');
            world.connected = true;
          },
          closeConnections: async () => {
            world.closed++;
            world.connected = false;
          },
        },
      },
    );
    supervisor.setMembers([{ peerId: 'p', addresses: ['/ip4/127.0.0.1/tcp/1'] }]);
    supervisor.start();
    return { clock, world, supervisor };
  }

  it('doubles its delay up to a minute, spread by a half either way', () => {
    expect([0, 1, 2, 6, 7, 50].map((failures) => redialDelay(failures, 0.5))).toEqual([
      500, 1_000, 2_000, 32_000, 60_000, 60_000,
    ]);
    expect(redialDelay(7, 0)).toBe(30_000);
    expect(redialDelay(7, 0.999_999)).toBeLessThan(90_000);
  });

  it('dials at once, then with backoff, for ever', async () => {
    const { clock, world } = supervise();
    await clock.advanceAsync(10 * 60_000);
    expect(world.dials.slice(0, 6)).toEqual([0, 500, 1_500, 3_500, 7_500, 15_500]);
    await clock.advanceAsync(24 * 3_600_000);
    const last = world.dials.at(-1) as number;
    expect(clock.monotonic() - last).toBeLessThanOrEqual(60_500);
  });

  it('starts over with short delays only after gossip was alive', async () => {
    const { clock, world } = supervise();
    world.up = true;
    for (let i = 0; i < 5; i++) {
      await clock.advanceAsync(60_000);
      world.connected = false;
    }
    // Connected each time, never gossiping: recycled, and each recycling counts.
    expect(world.closed).toBeGreaterThan(3);
    expect(world.dials.length).toBeLessThan(20);
    world.gossip = true;
    await clock.advanceAsync(120_000);
    const { closed, dials } = { closed: world.closed, dials: world.dials.length };
    await clock.advanceAsync(600_000);
    expect([world.closed, world.dials.length]).toEqual([closed, dials]);
    world.connected = false;
    await clock.advanceAsync(500);
    expect(world.dials.length).toBe(dials + 1);
  });

  it('does not dial who may not be dialled, who asked to be left alone, nor anyone after its stop', async () => {
    const { clock, world, supervisor } = supervise();
    world.allowed = false;
    const before = world.dials.length;
    await clock.advanceAsync(300_000);
    expect(world.dials.length).toBe(before);
    world.allowed = true;
    supervisor.pause('p', 60_000);
    await clock.advanceAsync(59_000);
    expect(world.dials.length).toBe(before);
    await clock.advanceAsync(2_000);
    const dials = world.dials.length;
    expect(dials).toBeGreaterThan(before);
    supervisor.stop();
    await clock.advanceAsync(300_000);
    expect(world.dials.length).toBe(dials);
    expect(clock.pending).toBe(0);
  });
});
