import { privateKeyFromRaw } from '@libp2p/crypto/keys';
import type { Connection, Stream } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signingKeyPair } from '#crypto';
import { concatBytes } from '../../common/bytes.ts';
import { systemClock } from '../../common/clock.ts';
import { Gossip } from '../../p2p/gossip.ts';
import { GossipInflow } from '../../p2p/gossip-inflow.ts';
import { GossipQueue } from '../../p2p/gossip-queue.ts';
import { createHost, type Host } from '../../p2p/host.ts';
import { createP2pMetrics } from '../../p2p/metrics.ts';
import { ByteChannel } from '../../p2p/reqresp/byte-channel.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MIB = 1024 * 1024;
/** What is sent if nobody stops it. */
const STREAM_BYTES = 2 * 1024 * MIB;
/** What may leave before the cut: buffers and windows on both sides. */
const MAX_SENT = 24 * MIB;
const MAX_GROWTH = 192 * MIB;

let net: TestNodes;
beforeAll(async () => {
  net = await TestNodes.found({ clinics: 40 });
  await net.start(1, { 'mining-threads': '0' });
}, 240_000);
afterAll(() => net.remove());

/** A plain libp2p host under the key of a founder: authenticated, and bound by no rule of ours. */
async function hostOf(number: number): Promise<Host> {
  const seed = net.clinic(number).seeds.node;
  const zero = (): number => 0;
  const metrics = createP2pMetrics(undefined, {
    peers: zero,
    gossipPeers: zero,
    quarantined: zero,
    throttled: zero,
    gossipWaiting: zero,
  });
  const gossip = new Gossip({
    metrics,
    queue: new GossipQueue({ clock: systemClock, onHandlerError: () => {} }),
    inflow: new GossipInflow({ clock: systemClock, onViolation: () => {} }),
    isThrottled: () => false,
    observe: () => {},
  });
  const host = await createHost(
    {
      privateKey: privateKeyFromRaw(concatBytes(seed, signingKeyPair(seed).publicKey)),
      listen: [],
      announce: [],
      relay: 'off',
    },
    { gater: { denyDialMultiaddr: () => false }, pubsub: gossip.service() },
  );
  await host.start();
  return host;
}

const connect = (host: Host): Promise<Connection> =>
  host.dial(
    net
      .node(1)
      .network.addresses()
      .map((address) => multiaddr(address)),
  );

/** Sends `first` and then `block` over and over until somebody stops it; how much left. */
async function pump(stream: Stream, first: Uint8Array, block: Uint8Array): Promise<number> {
  const channel = new ByteChannel(stream);
  const signal = AbortSignal.timeout(60_000);
  let sent = 0;
  try {
    await channel.write([first], signal);
    for (; sent < STREAM_BYTES; sent += block.length) await channel.write([block], signal);
  } catch {
    // Cut off, as it should be.
  }
  expect(signal.aborted).toBe(false);
  return sent;
}

async function answers(): Promise<void> {
  expect((await net.client(1).call('node_health')).version).toMatch(/./);
}

describe('two gigabytes from a member inside an authenticated stream', () => {
  it('are cut early on every protocol that a whole node speaks, in bounded memory, and the node goes on', async () => {
    const { number: last } = net.clinic(net.numbers.length);
    const asking = await hostOf(last);
    const { remotePeer } = await connect(asking);
    const protocols = await waitFor(async () => {
      const { protocols: spoken } = await asking.peerStore.get(remotePeer);
      return spoken.length > 8 && spoken;
    });
    await asking.stop();
    expect(protocols).toContain('/wardmesh/block-transactions/1');
    const before = process.memoryUsage().rss;
    let tried = 0;
    for (const [index, protocol] of protocols.entries()) {
      // Each breach keeps its member away for a minute: the next comes under another key.
      const host = await hostOf(2 + (index % (last - 2)));
      try {
        for (const first of [Uint8Array.of(0, 0, 0, 0), Uint8Array.of(0x7f, 0xff, 0xff, 0xff)]) {
          const connection = await connect(host).catch(() => undefined);
          const stream = await connection?.newStream(protocol).catch(() => undefined);
          if (stream === undefined) continue;
          tried++;
          const sent = await pump(stream, first, new Uint8Array(64 * 1024));
          expect(sent, protocol).toBeLessThan(MAX_SENT);
        }
      } finally {
        await host.stop();
      }
      await answers();
    }
    expect(tried).toBeGreaterThanOrEqual(protocols.length);
    expect(process.memoryUsage().rss - before).toBeLessThan(MAX_GROWTH);
  }, 480_000);
});
