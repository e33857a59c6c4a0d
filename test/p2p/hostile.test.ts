import { connect as connectTcp } from 'node:net';
import type { Connection, Stream } from '@libp2p/interface';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GossipInflow } from '../../p2p/gossip-inflow.ts';
import { GOSSIP_FRAMES_IN } from '../../p2p/limits.ts';
import { ByteChannel } from '../../p2p/reqresp/byte-channel.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { waitFor } from '../helpers/wait-for.ts';
import {
  addressOf,
  BLOCKS,
  collect,
  dialRaw,
  ended,
  gossips,
  idOf,
  startNode,
  startRaw,
  type TestNode,
  type TestNodeOptions,
  text,
} from './nodes.ts';

const MIB = 1024 * 1024;
const STREAM_BYTES = 2 * 1024 * MIB;

/** A serving node, a hostile member 2 connected to it, and an honest member 3. */
async function besieged(options: Partial<TestNodeOptions> = {}) {
  const victim = await startNode({
    number: 1,
    setUp: (network) =>
      network.serve(BLOCKS, async function* (_, request) {
        if (request[0] === 0x2a) await new Promise(() => {});
        yield text('answer');
      }),
    ...options,
  });
  const honest = await startNode({ number: 3, protocols: [BLOCKS] });
  victim.network.setMembers([idOf(2), idOf(3)].map((peerId) => ({ peerId, addresses: [] })));
  honest.network.setMembers([addressOf(victim.network)]);
  await waitFor(() => gossips(honest.network, idOf(1)));
  const raw = await startRaw(2);
  return { victim, honest, raw, connection: await dialRaw(raw, victim.network) };
}

async function expectStillServing({ honest }: { honest: TestNode }): Promise<void> {
  expect(await collect(honest.network.request(idOf(1), BLOCKS.protocol, text('x')))).toEqual([text('answer')]);
}

/** Sends `first` and then the same block over and over, up to `total` bytes; returns how many left. */
async function pump(stream: Stream, first: Uint8Array, block: Uint8Array, total: number): Promise<number> {
  const channel = new ByteChannel(stream);
  const signal = AbortSignal.timeout(60_000);
  let sent = 0;
  try {
    await channel.write([first], signal);
    for (; sent < total; sent += block.length) await channel.write([block], signal);
  } catch {
    // Cut off, as it should be.
  }
  expect(signal.aborted).toBe(false);
  return sent;
}

const isOpen = (stream: Stream | undefined): boolean => stream?.status === 'open';

/** Three times what one protocol may have, at once, each with a request that is never answered; most are reset. */
async function openTwelve(connection: Connection): Promise<(Stream | undefined)[]> {
  // One may be reset while it is opened.
  const opened = () => connection.newStream(BLOCKS.protocol).catch(() => undefined);
  const streams = await Promise.all(Array.from({ length: 12 }, opened));
  for (const stream of streams) if (stream?.status === 'open') stream.send(Uint8Array.of(0, 0, 0, 1, 0x2a));
  await waitFor(() => streams.filter((stream) => !isOpen(stream)).length >= 8, { what: 'resets' });
  return streams;
}

const hasPeer = (node: TestNode, peerId: string): boolean =>
  node.network.peers().some((peer) => peer.peerId === peerId);

describe('a stream of 2 GB to a served protocol', () => {
  it.each([
    ['that announces its size', Uint8Array.of(0x80, 0, 0, 0)],
    ['behind a request of no bytes', Uint8Array.of(0, 0, 0, 0)],
    ['of bytes that look random', Uint8Array.of(0x9d, 0x3c, 0x11, 0xf0)],
  ])('%s is cut at the limit, in bounded memory, with the connection', async (_, first) => {
    const scene = await besieged();
    const before = process.memoryUsage().rss;
    const stream = await scene.connection.newStream(BLOCKS.protocol);
    const sent = await pump(stream, first, new Uint8Array(64 * 1024).fill(0x5a), STREAM_BYTES);
    await waitFor(() => !hasPeer(scene.victim, idOf(2)), { what: 'disconnected' });
    expect(sent).toBeLessThan(16 * MIB);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * MIB);
    expect(await scene.victim.metric('wardmesh_p2p_violations_total')).toMatch(
      /reason="(trailing|frame-too-large)"} 1/,
    );
    await expectStillServing(scene);
  });
});

describe('a stream without an end', () => {
  it.each([
    ['gossip frames of nothing', '/meshsub/1.2.0'],
    ['a ping that goes on', '/ipfs/ping/1.0.0'],
  ])('of %s is cut with the connection', async (_, protocol) => {
    const scene = await besieged();
    const before = process.memoryUsage().rss;
    const stream = await scene.connection.newStream(protocol);
    const sent = await pump(stream, new Uint8Array(32), new Uint8Array(64 * 1024), STREAM_BYTES);
    await waitFor(() => !hasPeer(scene.victim, idOf(2)), { what: 'disconnected' });
    expect(sent).toBeLessThan(16 * MIB);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * MIB);
    expect(await scene.victim.metric('wardmesh_p2p_violations_total')).toMatch(
      /reason="(trailing|malformed-frame)"} 1/,
    );
    await expectStillServing(scene);
  });

  it('of good gossip frames waits for its turn, and loses none of them', async () => {
    const clock = new ManualClock();
    const breaches: string[] = [];
    const inflow = new GossipInflow({ clock, onViolation: (peerId) => breaches.push(peerId) });
    const { rate, burst } = GOSSIP_FRAMES_IN;
    const frames = async function* () {
      for (let n = 0; n < burst + rate; n++) yield { byteLength: 1 };
    };
    let taken = 0;
    const reading = (async () => {
      for await (const _ of inflow.steady('p', frames())) taken++;
    })();
    await waitFor(() => clock.pending > 0);
    expect(taken).toBe(burst);
    await waitFor(async () => {
      await clock.advanceAsync(100);
      return taken === burst + rate;
    });
    await reading;
    expect(clock.monotonic()).toBeGreaterThan(900);
    expect(breaches).toEqual([]);
  });
});

describe('bad input', () => {
  it('cuts a request that is never finished, and keeps the connection', async () => {
    const clock = new ManualClock();
    const scene = await besieged({ clock });
    const stream = await scene.connection.newStream(BLOCKS.protocol);
    stream.send(Uint8Array.of(0, 0, 0, 9, 1));
    await waitFor(() => clock.pending > 1, { what: 'the server reads' });
    await waitFor(async () => {
      await clock.advanceAsync(1_000);
      return stream.status !== 'open';
    });
    expect(await ended(stream)).toBe('reset');
    expect(hasPeer(scene.victim, idOf(2))).toBe(true);
    await expectStillServing(scene);
  });

  it('resets the streams beyond the limit of a protocol, and keeps the connection', async () => {
    const scene = await besieged();
    await waitFor(() => hasPeer(scene.victim, idOf(2)));
    const streams = await openTwelve(scene.connection);
    expect(streams.filter(isOpen).length).toBeGreaterThan(0);
    expect(hasPeer(scene.victim, idOf(2))).toBe(true);
    await expectStillServing(scene);
    for (const stream of streams) stream?.abort(new Error('done'));
  });

  it('keeps members that open all their streams before their connection is known here', async () => {
    const { victim } = await besieged();
    const members = [4, 5, 6, 7];
    victim.network.setMembers([2, 3, ...members].map((number) => ({ peerId: idOf(number), addresses: [] })));
    for (const number of members) {
      const streams = await openTwelve(await dialRaw(await startRaw(number), victim.network));
      expect(streams.filter(isOpen).length).toBeGreaterThan(0);
      await waitFor(() => hasPeer(victim, idOf(number)), { what: 'the member stays' });
    }
  });

  it('survives arbitrary bytes on every protocol', { timeout: 300_000 }, async () => {
    const clock = new ManualClock();
    const scene = await besieged({ clock });
    let { connection } = scene;
    const fresh = async (): Promise<Connection> => {
      if (connection.status === 'open' && hasPeer(scene.victim, idOf(2))) return connection;
      clock.advance(120_000);
      // The raw side may not know yet that its connection is dead.
      await waitFor(async () => {
        connection = await dialRaw(scene.raw, scene.victim.network);
        return hasPeer(scene.victim, idOf(2));
      });
      return connection;
    };
    const protocols = [BLOCKS.protocol, '/wardmesh/goodbye/1', '/meshsub/1.2.0', '/ipfs/ping/1.0.0', '/ipfs/id/1.0.0'];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...protocols), fc.uint8Array({ maxLength: 200 }), async (protocol, bytes) => {
        const stream = await (await fresh()).newStream(protocol).catch(() => undefined);
        stream?.addEventListener('message', () => {});
        try {
          if (bytes.length > 0) stream?.send(bytes);
          await stream?.close();
        } catch {
          // The connection may be gone before we are done.
        }
        stream?.abort(new Error('next'));
      }),
      { numRuns: 150 },
    );
    await expectStillServing(scene);
  });

  it('survives arbitrary bytes on the port', async () => {
    const scene = await besieged();
    const port = Number(/tcp\/(\d+)/.exec(scene.victim.network.addresses()[0])?.[1]);
    for (const bytes of fc.sample(fc.uint8Array({ minLength: 1, maxLength: 70_000 }), { numRuns: 10, seed: 7 })) {
      const socket = connectTcp(port, '127.0.0.1');
      const closed = new Promise((resolve) => socket.on('error', () => {}).on('close', resolve));
      socket.resume().end(bytes);
      await closed;
    }
    await expectStillServing(scene);
  });

  it('drops a gossip frame that announces a gigabyte, and recycles the connection whose gossip is dead', async () => {
    const clock = new ManualClock();
    const scene = await besieged({ clock });
    await waitFor(() => gossips(scene.victim.network, idOf(2)));
    const before = process.memoryUsage().rss;
    const stream = await scene.connection.newStream('/meshsub/1.2.0');
    const pumping = pump(stream, Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x04), new Uint8Array(64 * 1024), STREAM_BYTES);
    await waitFor(() => !gossips(scene.victim.network, idOf(2)), { what: 'the router gives the stream up' });
    expect(hasPeer(scene.victim, idOf(2))).toBe(true);
    await waitFor(async () => {
      await clock.advanceAsync(1_000);
      return !hasPeer(scene.victim, idOf(2));
    });
    expect(await pumping).toBeLessThan(16 * MIB);
    expect(await scene.victim.metric('wardmesh_p2p_connections_recycled_total')).toContain(' 1');
    expect(process.memoryUsage().rss - before).toBeLessThan(96 * MIB);
    await expectStillServing(scene);
  });
});
