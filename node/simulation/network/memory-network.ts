// The Network port of one simulated clinic: gossip that floods, requests that come back, peers that come and go. No
// framing, no rates: what libp2p and its limits do is tested where they are.

import type { Clock } from '../../../common/clock.ts';
import { CodecError } from '../../../common/codec/errors.ts';
import { GOODBYE } from '../../../p2p/goodbye.ts';
import type {
  Behaviour,
  GossipHandler,
  Network,
  PeerAddress,
  PeerInfo,
  ProtocolOptions,
  RequestHandler,
  Standing,
  TopicOptions,
  Verdict,
} from '../../../p2p/ports.ts';
import { ProtocolError, RequestError } from '../../../p2p/reqresp/errors.ts';
import { Standings } from '../../../p2p/standing.ts';
import { type EventResult, QUIET } from '../world.ts';
import type { Hub, Message, Station } from './hub.ts';

/** A request whose answer does not come ends after this, ms. */
const REQUEST_TIMEOUT = 10_000;

/** As in p2p/network.ts for one that is of no use. */
const QUARANTINE_MS = 60_000;

type PeerListener = (event: 'connected' | 'disconnected', peerId: string) => void;

interface Pending {
  readonly peerId: string;
  fail(code: 'p2p.timeout' | 'p2p.aborted'): void;
}

export interface MemoryNetworkOptions {
  readonly peerId: string;
  /** What it serves in place of its own answers. */
  tamper?(options: ProtocolOptions, handler: RequestHandler): RequestHandler;
}

export class MemoryNetwork implements Network, Station {
  readonly peerId: string;
  private readonly hub: Hub;
  private readonly tamper: NonNullable<MemoryNetworkOptions['tamper']>;
  private readonly topics = new Map<string, GossipHandler>();
  private readonly protocols = new Map<string, RequestHandler>();
  private readonly listeners = new Set<PeerListener>();
  private readonly peersNow = new Map<string, number>();
  private readonly quarantine = new Map<string, number>();
  private readonly pending = new Set<Pending>();
  private readonly standings: Standings;
  private members = new Set<string>();
  private banned: ReadonlySet<string> = new Set();
  private order: readonly string[] = [];
  private running = false;

  constructor(options: MemoryNetworkOptions, modules: { hub: Hub; clock: Clock }) {
    this.peerId = options.peerId;
    this.tamper = options.tamper ?? ((_protocol, handler) => handler);
    this.hub = modules.hub;
    this.standings = new Standings({
      clock: modules.clock,
      onFallen: (peerId) => void this.disconnect(peerId, GOODBYE.error, QUARANTINE_MS),
    });
  }

  async start(): Promise<void> {
    if (this.running) return;
    this.running = true;
    this.hub.attach(this);
  }

  async stop(): Promise<void> {
    this.crash();
  }

  /** No last word, no listener is told. */
  crash(): void {
    if (!this.running) return;
    this.running = false;
    this.listeners.clear();
    this.hub.detach(this);
    for (const peerId of [...this.peersNow.keys()]) {
      this.peersNow.delete(peerId);
      this.hub.network(peerId)?.disconnected(this.peerId);
    }
  }

  setMembers(members: readonly PeerAddress[]): void {
    this.members = new Set(members.map(({ peerId }) => peerId));
    this.order = [];
    if (this.running) this.hub.review();
  }

  peers(): readonly PeerInfo[] {
    return [...this.peersNow].map(([peerId, since]) => ({
      peerId,
      address: '/memory',
      direction: 'outbound',
      relayed: false,
      since,
      gossip: true,
      latencyMs: undefined,
      score: 0,
      standing: this.standings.of(peerId),
    }));
  }

  addresses(): readonly string[] {
    return [];
  }

  subscribe({ topic }: TopicOptions, handler: GossipHandler): void {
    this.topics.set(topic, handler);
  }

  async publish(topic: string, data: Uint8Array): Promise<number> {
    const message = { topic, data, seenBy: new Set([this.peerId]) };
    const peers = [...this.peersNow.keys()];
    for (const peerId of peers) this.send(peerId, message);
    return peers.length;
  }

  serve(options: ProtocolOptions, handler: RequestHandler): void {
    this.protocols.set(options.protocol, this.tamper(options, handler));
  }

  async *request(
    peerId: string,
    protocol: string,
    request: Uint8Array,
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    signal?.throwIfAborted();
    if (!this.isConnected(peerId)) throw new RequestError({ code: 'p2p.not-connected', protocol });
    yield* await this.ask(peerId, protocol, request, signal);
  }

  onPeer(listener: PeerListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  standing(peerId: string): Standing {
    return this.standings.of(peerId);
  }

  observe(peerId: string, behaviour: Behaviour): void {
    this.standings.observe(peerId, behaviour);
  }

  /** Rates are not simulated. */
  throttle(): void {}

  setBanned(peerIds: ReadonlySet<string>): void {
    this.banned = peerIds;
    if (this.running) this.hub.review();
  }

  async disconnect(peerId: string, _reason: number, quarantineMs: number): Promise<void> {
    if (quarantineMs > 0) {
      this.quarantine.set(peerId, this.hub.world.time + quarantineMs);
      this.hub.world.after(quarantineMs + 1, () => this.hub.review());
    }
    this.disconnected(peerId);
    this.hub.network(peerId)?.disconnected(this.peerId);
    if (quarantineMs === 0) this.hub.review();
  }

  isConnected(peerId: string): boolean {
    return this.peersNow.has(peerId);
  }

  allows(peerId: string): boolean {
    return (
      this.members.has(peerId) && !this.banned.has(peerId) && (this.quarantine.get(peerId) ?? 0) <= this.hub.world.time
    );
  }

  /** Whom it prefers to dial; computed once for each list of members. */
  dialOrder(compute: (self: string, members: Iterable<string>) => string[]): readonly string[] {
    if (this.order.length === 0) this.order = compute(this.peerId, this.members);
    return this.order;
  }

  connected(peerId: string): void {
    this.peersNow.set(peerId, this.hub.world.time);
    for (const listener of this.listeners) listener('connected', peerId);
  }

  disconnected(peerId: string): void {
    if (!this.peersNow.delete(peerId)) return;
    for (const waiting of [...this.pending]) if (waiting.peerId === peerId) waiting.fail('p2p.aborted');
    for (const listener of this.listeners) listener('disconnected', peerId);
  }

  private send(peerId: string, message: Message): void {
    const copies = this.hub.lost() ? 0 : this.hub.random.uniform() < this.hub.weather.duplicates ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      this.hub.carry(this.peerId, peerId, (receiver) => receiver.receive(this.peerId, message));
    }
  }

  receive(from: string, message: Message): EventResult {
    if (message.seenBy.has(this.peerId)) return QUIET;
    message.seenBy.add(this.peerId);
    const handler = this.topics.get(message.topic);
    if (handler === undefined) return QUIET;
    handler(from, message.data)
      .catch((): Verdict => 'ignore')
      .then((verdict) => {
        if (verdict === 'reject') this.standings.observe(from, 'invalid');
        if (verdict !== 'accept' || !this.running) return;
        for (const peerId of this.peersNow.keys()) if (peerId !== from) this.send(peerId, message);
      });
  }

  private ask(peerId: string, protocol: string, request: Uint8Array, signal?: AbortSignal): Promise<Uint8Array[]> {
    return new Promise((resolve, reject) => {
      const { world } = this.hub;
      const finish = (): void => {
        world.cancel(timeout);
        signal?.removeEventListener('abort', onAbort);
        this.pending.delete(waiting);
      };
      const fail = (code: 'p2p.timeout' | 'p2p.aborted'): void => {
        finish();
        reject(new RequestError(code === 'p2p.timeout' ? { code, protocol, chunks: 0 } : { code, protocol }));
      };
      const waiting: Pending = { peerId, fail };
      const onAbort = (): void => fail('p2p.aborted');
      const timeout = world.after(REQUEST_TIMEOUT, () => fail('p2p.timeout'));
      this.pending.add(waiting);
      signal?.addEventListener('abort', onAbort, { once: true });
      if (this.hub.lost()) return;
      this.hub.carry(this.peerId, peerId, (server) => {
        void server.answer(this.peerId, protocol, request).then((answer) => {
          this.hub.carry(peerId, this.peerId, () => {
            if (!this.pending.has(waiting)) return QUIET;
            finish();
            if (answer instanceof Error) reject(answer);
            else resolve(answer);
          });
        });
      });
    });
  }

  async answer(from: string, protocol: string, request: Uint8Array): Promise<Uint8Array[] | RequestError> {
    const handler = this.protocols.get(protocol);
    if (handler === undefined) return new RequestError({ code: 'p2p.unsupported', protocol });
    const chunks: Uint8Array[] = [];
    try {
      for await (const chunk of handler(from, request)) chunks.push(chunk);
      return chunks;
    } catch (error) {
      if (error instanceof ProtocolError) {
        return new RequestError({ code: error.code, protocol, reason: error.type.reason });
      }
      if (error instanceof CodecError)
        return new RequestError({ code: 'p2p.bad-request', protocol, reason: error.code });
      return new RequestError({ code: 'p2p.server-error', protocol, reason: '' });
    }
  }
}
