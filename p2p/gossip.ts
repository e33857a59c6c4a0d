// Topics over gossipsub: message ids, scoring, admission and validation of what others send, publishing of ours.
// Validation runs in the topic validator, so a message is cached and passed on only after its handler accepted it.

import { type GossipSub, gossipsub, StrictNoSign, TopicValidatorResult } from '@libp2p/gossipsub';
import type { Connection, PeerId, StreamMessageEvent } from '@libp2p/interface';
import { taggedHash } from '../common/crypto/tagged-hash.ts';
import { NetworkError } from './errors.ts';
import type { GossipInflow } from './gossip-inflow.ts';
import type { GossipQueue } from './gossip-queue.ts';
import { scoreParams, scoreThresholds } from './gossip-score.ts';
import * as limits from './limits.ts';
import type { P2pMetrics } from './metrics.ts';
import type { Behaviour, GossipHandler, TopicOptions, Verdict } from './ports.ts';

type Uint8ArrayList = Exclude<StreamMessageEvent['data'], Uint8Array>;

const MESSAGE_ID_BYTES = 20;
/** Of a throttled peer only what is at least as urgent is heard: threats, blocks, votes. */
const THROTTLED_PRIORITY = 1;
const encoder = new TextEncoder();

const RESULT: Record<Verdict, TopicValidatorResult> = {
  accept: TopicValidatorResult.Accept,
  reject: TopicValidatorResult.Reject,
  ignore: TopicValidatorResult.Ignore,
};

/** The same content on two topics is two messages. */
export function messageId(topic: string, data: Uint8Array): Uint8Array {
  const name = encoder.encode(topic);
  const prefix = Uint8Array.of(name.length >> 8, name.length & 0xff);
  return taggedHash('wardmesh/gossip/1', prefix, name, data).subarray(0, MESSAGE_ID_BYTES);
}

/** The router has them, its published type forgets them. */
type ScoredRouter = GossipSub & {
  getScore(peerId: string): number;
  pipePeerReadStream(peerId: PeerId, source: AsyncIterable<Uint8ArrayList>): Promise<void>;
};

export interface GossipModules {
  readonly queue: GossipQueue;
  readonly inflow: GossipInflow;
  readonly metrics: P2pMetrics;
  isThrottled(peerId: string): boolean;
  observe(peerId: string, behaviour: Behaviour): void;
}

export class Gossip {
  private readonly modules: GossipModules;
  private readonly topics = new Map<string, TopicOptions>();
  private router: ScoredRouter | undefined;

  constructor(modules: GossipModules) {
    this.modules = modules;
  }

  /** Before start: the router knows its topics when it is made. */
  subscribe(options: TopicOptions, handler: GossipHandler): void {
    if (this.router !== undefined) throw new NetworkError({ code: 'p2p.started' });
    const { topic, maxBytes } = options;
    // Protobuf field headers and the topic itself share the frame.
    if (this.topics.has(topic) || topic.length > 256) throw new NetworkError({ code: 'p2p.topic', topic });
    if (maxBytes > limits.GOSSIP_FRAME_BYTES - 1024) throw new NetworkError({ code: 'p2p.options', field: 'maxBytes' });
    this.topics.set(topic, options);
    this.modules.queue.addLane(options, handler, options.concurrency ?? limits.GOSSIP_CONCURRENCY);
  }

  get topicNames(): readonly string[] {
    return [...this.topics.keys()];
  }

  /** The libp2p service. */
  service(): ReturnType<typeof gossipsub> {
    return gossipsub({
      globalSignaturePolicy: StrictNoSign,
      msgIdFn: (message) => messageId(message.topic, message.data),
      allowedTopics: [...this.topics.keys()],
      allowPublishToZeroTopicPeers: true,
      ignoreDuplicatePublishError: true,
      fallbackToFloodsub: false,
      emitSelf: false,
      floodPublish: true,
      batchPublish: true,
      seenTTL: limits.GOSSIP_SEEN_MS,
      maxInboundDataLength: limits.GOSSIP_FRAME_BYTES,
      maxOutboundBufferSize: limits.GOSSIP_OUTBOUND_BYTES,
      idontwantMinDataSize: limits.GOSSIP_IDONTWANT_BYTES,
      gossipsubIWantFollowupMs: limits.GOSSIP_IWANT_FOLLOWUP_MS,
      scoreParams: scoreParams([...this.topics.keys()]),
      scoreThresholds,
    });
  }

  /** Takes over a router that is not started yet. */
  attach(router: GossipSub): void {
    const scored = router as ScoredRouter;
    this.router = scored;
    const read = scored.pipePeerReadStream.bind(scored);
    scored.pipePeerReadStream = (peer, source) => read(peer, this.modules.inflow.steady(peer.toString(), source));
    for (const options of this.topics.values()) {
      router.topicValidators.set(
        options.topic,
        async (peer, message) => RESULT[await this.judge(options, peer.toString(), message.data)],
      );
    }
  }

  /** After the router has started. */
  join(): void {
    for (const topic of this.topics.keys()) this.router?.subscribe(topic);
  }

  detach(): void {
    this.router = undefined;
    this.modules.queue.clear();
  }

  /** Never judged by our own handler. Sent to nobody, it is not remembered as seen, so that it can be sent again. */
  async publish(topic: string, data: Uint8Array): Promise<number> {
    const options = this.topics.get(topic);
    if (options === undefined) throw new NetworkError({ code: 'p2p.topic', topic });
    if (data.length > options.maxBytes) {
      throw new NetworkError({ code: 'p2p.message-too-large', topic, bytes: data.length, limit: options.maxBytes });
    }
    if (this.router === undefined || this.router.getSubscribers(topic).length === 0) return 0;
    const { recipients } = await this.router.publish(topic, data);
    this.modules.metrics.gossipPublished.inc({ topic, outcome: recipients.length > 0 ? 'sent' : 'unsent' });
    return recipients.length;
  }

  /** Zero is neutral; rejected messages make it negative until the peer is not listened to. */
  score(peerId: string): number {
    return this.router?.getScore(peerId) ?? 0;
  }

  /** Both streams are usable and the router knows the peer; a dead one is never reopened by the library (P 1.5). */
  isAlive(peerId: string, connections: readonly Connection[]): boolean {
    if (this.router === undefined || !this.router.getPeers().some((peer) => peer.toString() === peerId)) return false;
    const { protocols } = this.router;
    const streams = connections
      .flatMap((connection) => connection.streams)
      .filter(
        (stream) =>
          stream.status === 'open' && stream.writeStatus === 'writable' && protocols.includes(stream.protocol),
      );
    return (
      streams.some((stream) => stream.direction === 'outbound') &&
      streams.some((stream) => stream.direction === 'inbound' && stream.remoteWriteStatus === 'writable')
    );
  }

  /** Publishing reaches it: it has named a topic of ours. */
  isSubscribed(peerId: string): boolean {
    const { router } = this;
    if (router === undefined) return false;
    return this.topicNames.some((topic) => router.getSubscribers(topic).some((peer) => peer.toString() === peerId));
  }

  private async judge(options: TopicOptions, from: string, data: Uint8Array): Promise<Verdict> {
    const { metrics, queue, isThrottled, observe } = this.modules;
    const { topic, maxBytes, priority } = options;
    let verdict: Verdict = 'reject';
    if (priority > THROTTLED_PRIORITY && isThrottled(from)) verdict = 'ignore';
    else if (data.length <= maxBytes) verdict = await queue.push(topic, from, data);
    metrics.gossipReceived.inc({ topic, verdict });
    if (verdict === 'accept') observe(from, 'useful');
    if (verdict === 'reject') observe(from, 'invalid');
    return verdict;
  }
}
