// Real hosts on loopback for the tests of p2p/: ours, and raw libp2p ones that misbehave.
import { privateKeyFromRaw } from '@libp2p/crypto/keys';
import type { Connection, Stream } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { afterEach } from 'vitest';
import { signingKeyPair } from '#crypto';
import { concatBytes } from '../../common/bytes.ts';
import { systemClock } from '../../common/clock.ts';
import { createLogger } from '../../common/logger.ts';
import { createRegistry } from '../../common/metrics.ts';
import { Gossip } from '../../p2p/gossip.ts';
import { GossipInflow } from '../../p2p/gossip-inflow.ts';
import { GossipQueue } from '../../p2p/gossip-queue.ts';
import { createHost, type Host } from '../../p2p/host.ts';
import { createP2pMetrics } from '../../p2p/metrics.ts';
import { createNetwork, type NetworkModules, type NetworkOptions } from '../../p2p/network.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network, PeerAddress, ProtocolOptions, TopicOptions, Verdict } from '../../p2p/ports.ts';
import { waitFor } from '../helpers/wait-for.ts';

export const ANY_PORT = '/ip4/127.0.0.1/tcp/0';
export const TX: TopicOptions = { topic: 'wardmesh/test/tx', maxBytes: 4_096, priority: 2, queue: 256 };

export const BLOCKS: ProtocolOptions = {
  protocol: '/wardmesh/test-blocks/1',
  maxRequestBytes: 64,
  maxChunkBytes: 256 * 1024,
  maxChunks: 512,
  rate: 1_000,
  burst: 1_000,
};

const running = new Set<{ stop(): Promise<void> | void }>();

afterEach(async () => {
  const nodes = [...running];
  running.clear();
  await Promise.all(nodes.map((node) => node.stop()));
});

export const seedOf = (number: number): Uint8Array => new Uint8Array(32).fill(number);
export const idOf = (number: number): string => peerIdOf(signingKeyPair(seedOf(number)).publicKey);
export const silent = createLogger({ level: 'silent' });

export interface TestNode {
  readonly network: Network;
  readonly received: { from: string; text: string }[];
  readonly events: string[];
  readonly metric: (name: string) => Promise<string>;
}

export interface TestNodeOptions extends Partial<NetworkOptions>, Partial<NetworkModules> {
  readonly number: number;
  readonly topic?: TopicOptions;
  readonly judge?: (text: string) => Verdict;
  readonly setUp?: (network: Network) => void;
}

/** Not started. Judges what starts with `bad` as reject, with `stale` as ignore, and throws on `throw`. */
export function makeNode(options: TestNodeOptions): TestNode {
  const registry = createRegistry();
  const network = createNetwork(
    { privateSeed: seedOf(options.number), listen: [ANY_PORT], ...options },
    { logger: silent, clock: systemClock, registry, ...options },
  );
  running.add(network);
  const received: { from: string; text: string }[] = [];
  const events: string[] = [];
  network.onPeer((event, peerId) => events.push(`${event} ${peerId}`));
  network.subscribe(options.topic ?? TX, async (from, data) => {
    const text = new TextDecoder().decode(data.subarray(0, 64));
    received.push({ from, text });
    if (text.startsWith('throw')) throw new Error(text);
    return text.startsWith('bad') ? 'reject' : text.startsWith('stale') ? 'ignore' : 'accept';
  });
  options.setUp?.(network);
  return { network, received, events, metric: async (name) => registry.getSingleMetricAsString(name) };
}

export async function startNode(options: TestNodeOptions): Promise<TestNode> {
  const node = makeNode(options);
  await node.network.start();
  return node;
}

/** Address book entry of a started node; `dial: false` names it as a member without an address. */
export function addressOf(network: Network, { dial = true } = {}): PeerAddress {
  const addresses = dial ? network.addresses().map((address) => address.split('/p2p/')[0]) : [];
  return { peerId: network.peerId, addresses };
}

export const gossips = (from: Network, to: string): boolean =>
  from.peers().some((peer) => peer.peerId === to && peer.gossip);

/** `a` dials `b`; both know each other as members, and nobody else. */
export async function connect(a: Network, b: Network): Promise<void> {
  b.setMembers([addressOf(a, { dial: false })]);
  a.setMembers([addressOf(b)]);
  await waitFor(() => gossips(a, b.peerId) && gossips(b, a.peerId), { what: 'gossip between the two' });
}

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** A libp2p node without any of our rules, under a member's key. */
export async function startRaw(number: number): Promise<Host> {
  const { publicKey } = signingKeyPair(seedOf(number));
  const metrics = createP2pMetrics(undefined, {
    peers: () => 0,
    gossipPeers: () => 0,
    quarantined: () => 0,
    throttled: () => 0,
    gossipWaiting: () => 0,
  });
  const gossip = new Gossip({
    metrics,
    inflow: new GossipInflow({ clock: systemClock, onViolation: () => {} }),
    queue: new GossipQueue({ clock: systemClock, onHandlerError: () => {} }),
    isThrottled: () => false,
    observe: () => {},
  });
  gossip.subscribe(TX, async () => 'accept');
  const host = await createHost(
    {
      privateKey: privateKeyFromRaw(concatBytes(seedOf(number), publicKey)),
      listen: [ANY_PORT],
      announce: [],
      relay: 'off',
    },
    { gater: { denyDialMultiaddr: () => false }, pubsub: gossip.service() },
  );
  running.add(host);
  await host.start();
  gossip.attach(host.services.pubsub);
  gossip.join();
  return host;
}

export function dialRaw(host: Host, network: Network): Promise<Connection> {
  return host.dial(network.addresses().map((address) => multiaddr(address)));
}

/** Resolves when the stream is over, in whatever way. */
export function ended(stream: Stream): Promise<string> {
  if (stream.status !== 'open') return Promise.resolve(stream.status);
  return new Promise((resolve) => stream.addEventListener('close', () => resolve(stream.status), { once: true }));
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const out: Uint8Array[] = [];
  for await (const chunk of chunks) out.push(chunk);
  return out;
}

export async function codeThrownBy(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return 'nothing thrown';
}
