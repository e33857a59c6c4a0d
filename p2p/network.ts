// The Network of ports.ts: one libp2p node with its gater, gossip, requests, supervisor and goodbyes. Moves bytes; what
// they mean, and who is to blame for their content, is decided above.
import { privateKeyFromRaw } from '@libp2p/crypto/keys';
import { type Connection, setMaxListeners } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr';
import { signingKeyPair } from '#crypto';
import { concatBytes } from '../common/bytes.ts';
import type { Clock } from '../common/clock.ts';
import { Gcra } from '../common/gcra.ts';
import type { Logger } from '../common/logger.ts';
import type { Registry } from '../common/metrics.ts';
import { Serial } from '../common/serial.ts';
import { NetworkError } from './errors.ts';
import { Gater } from './gater.ts';
import { GOODBYE, GOODBYE_PROTOCOL, Goodbyes, goodbyeOptions } from './goodbye.ts';
import { Gossip } from './gossip.ts';
import { GossipInflow } from './gossip-inflow.ts';
import { GossipQueue } from './gossip-queue.ts';
import { createHost, type Host } from './host.ts';
import * as limits from './limits.ts';
import { createP2pMetrics, type P2pMetrics } from './metrics.ts';
import { peerIdOf } from './peer-id.ts';
import { answerPings, PING_PROTOCOL } from './ping.ts';
import type {
  GossipHandler,
  Network,
  PeerAddress,
  PeerInfo,
  ProtocolOptions,
  RequestHandler,
  TopicOptions,
} from './ports.ts';
import { isRelayed, type RelayMode, relayedAddress, servesRelay } from './relay.ts';
import { RequestClient } from './reqresp/client.ts';
import { startDeadline, within } from './reqresp/deadline.ts';
import { type FramingViolation, RequestError } from './reqresp/errors.ts';
import { RequestServer } from './reqresp/server.ts';
import { type Behaviour, type Standing, Standings } from './standing.ts';
import { Supervisor } from './supervisor.ts';
import { TimedPeers } from './timed-peers.ts';
import { STANDARD_TOPOLOGY, type Topology } from './topology.ts';

export interface NetworkOptions {
  /** 32-byte seed of the Ed25519 node key; the PeerId derives from it. */
  readonly privateSeed: Uint8Array;
  /** Multiaddresses, e.g. `/ip4/0.0.0.0/tcp/9640`. */
  readonly listen: readonly string[];
  /** What others are told instead, behind NAT or a proxy. */
  readonly announce?: readonly string[];
  /** Whether it is a relay for members that cannot be dialled, or is one of them (default off). */
  readonly relay?: RelayMode;
  /** Whom it dials in a network of many (default STANDARD_TOPOLOGY). */
  readonly topology?: Topology;
  /** Protocols that this node asks others for without serving them itself; served ones are known by `serve`. */
  readonly protocols?: readonly ProtocolOptions[];
}

export interface NetworkModules {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly registry?: Registry;
  /** In [0, 1); spreads redials. */
  readonly random?: () => number;
}

export function createNetwork(options: NetworkOptions, modules: NetworkModules): Network {
  return new Libp2pNetwork(options, modules);
}

type PeerListener = (event: 'connected' | 'disconnected', peerId: string) => void;

class Libp2pNetwork implements Network {
  readonly peerId: string;
  private readonly options: NetworkOptions;
  private readonly modules: NetworkModules;
  private readonly metrics: P2pMetrics;
  private readonly quarantine: TimedPeers;
  private readonly throttled: TimedPeers;
  private readonly standings: Standings;
  private readonly refusals: Gcra;
  private readonly gater: Gater;
  private readonly queue: GossipQueue;
  private readonly gossip: Gossip;
  private readonly client: RequestClient;
  private readonly supervisor: Supervisor;
  private readonly goodbyes: Goodbyes;
  private readonly protocols = new Map<string, ProtocolOptions>();
  private readonly servers: { options: ProtocolOptions; server: RequestServer }[] = [];
  private readonly listeners = new Set<PeerListener>();
  private readonly lifecycle = new Serial();
  private addressBook: ReadonlyMap<string, readonly Multiaddr[]> = new Map();
  /** Connected members that relay for others. */
  private readonly relays = new Set<string>();
  private host: Host | undefined;

  constructor(options: NetworkOptions, modules: NetworkModules) {
    const { clock, logger } = modules;
    this.options = options;
    this.modules = modules;
    this.peerId = peerIdOf(signingKeyPair(options.privateSeed).publicKey);
    this.quarantine = new TimedPeers({ clock });
    this.throttled = new TimedPeers({ clock });
    this.standings = new Standings({ clock, onFallen: (peerId) => this.onFallen(peerId) });
    this.refusals = new Gcra({ ...limits.REFUSALS, maxKeys: limits.MAX_RATE_KEYS }, { clock });
    this.metrics = createP2pMetrics(modules.registry, {
      peers: () => this.peers().length,
      gossipPeers: () => this.peers().filter((peer) => peer.gossip).length,
      quarantined: () => this.quarantine.size,
      throttled: () => this.throttled.size,
      gossipWaiting: () => this.queue.size,
    });
    const { metrics } = this;
    this.gater = new Gater({
      quarantine: this.quarantine,
      onDenied: (direction, reason) => metrics.denied.inc({ direction, reason }),
    });
    this.queue = new GossipQueue({
      clock,
      onHandlerError: (topic, error) => logger.error({ err: error, topic }, 'gossip handler failed'),
    });
    this.gossip = new Gossip({
      queue: this.queue,
      inflow: new GossipInflow({ clock, onViolation: this.onViolation }),
      metrics,
      isThrottled: (peerId) => this.throttled.has(peerId),
      observe: (peerId, behaviour) => this.standings.observe(peerId, behaviour),
    });
    this.client = new RequestClient({
      clock,
      metrics,
      connection: (peerId) => this.connections(peerId)[0],
      onViolation: this.onViolation,
      onOutcome: (peerId, protocol, outcome) => this.onOutcome(peerId, protocol, outcome),
    });
    this.supervisor = new Supervisor(
      { self: this.peerId, topology: options.topology ?? STANDARD_TOPOLOGY },
      {
        clock,
        logger,
        metrics,
        random: modules.random ?? Math.random,
        host: {
          isConnected: (peerId) => this.connections(peerId).length > 0,
          isGossiping: (peerId) => this.isGossiping(peerId),
          mayDial: (peerId) => this.gater.allows(peerId) && this.waysTo(peerId).length > 0,
          dial: (member) => this.dial(member),
          closeConnections: (peerId) => this.closeConnections(peerId),
        },
      },
    );
    this.goodbyes = new Goodbyes({
      clock,
      logger,
      metrics,
      client: this.client,
      onReceived: (peerId, code) => {
        if (code !== GOODBYE.shutdown) this.supervisor.pause(peerId, limits.GOODBYE_PAUSE_MS);
      },
    });
    for (const protocol of options.protocols ?? []) this.learn(protocol);
    this.serve(goodbyeOptions, this.goodbyes.handler);
  }

  start(): Promise<void> {
    return this.lifecycle.run(async () => {
      if (this.host !== undefined) return;
      const { privateSeed, listen, announce = [], relay = 'off' } = this.options;
      const privateKey = privateKeyFromRaw(concatBytes(privateSeed, signingKeyPair(privateSeed).publicKey));
      const host = await createHost(
        { privateKey, listen, announce, relay },
        { gater: this.gater.connectionGater(), pubsub: this.gossip.service() },
      );
      this.gossip.attach(host.services.pubsub);
      host.addEventListener('peer:connect', (event) => this.onConnect(event.detail.toString()));
      host.addEventListener('peer:disconnect', (event) => {
        this.relays.delete(event.detail.toString());
        this.emit('disconnected', event.detail.toString());
      });
      host.addEventListener('peer:identify', ({ detail: { peerId, protocols, connection } }) => {
        if (servesRelay(protocols) && !isRelayed(connection)) this.relays.add(peerId.toString());
      });
      for (const { options, server } of this.servers) {
        await host.handle(options.protocol, server.onStream, {
          maxInboundStreams: limits.INBOUND_STREAMS_PER_PROTOCOL,
          maxOutboundStreams: limits.INBOUND_STREAMS_PER_PROTOCOL,
        });
      }
      await host.handle(PING_PROTOCOL, answerPings({ clock: this.modules.clock, onViolation: this.onViolation }), {
        maxInboundStreams: limits.INBOUND_STREAMS_PER_PROTOCOL,
      });
      try {
        await host.start();
      } catch (error) {
        this.gossip.detach();
        await host.stop();
        const reason = (error as Error).message;
        throw new NetworkError({ code: 'p2p.listen', addresses: listen.join(' '), reason }, undefined, {
          cause: error,
        });
      }
      this.gossip.join();
      this.host = host;
      this.supervisor.start();
    });
  }

  stop(): Promise<void> {
    return this.lifecycle.run(async () => {
      const { host } = this;
      if (host === undefined) return;
      this.supervisor.stop();
      await Promise.all(this.peers().map((peer) => this.sayGoodbye(peer.peerId, GOODBYE.shutdown)));
      this.host = undefined;
      this.gossip.detach();
      await host.stop();
    });
  }

  setMembers(members: readonly PeerAddress[]): void {
    const others = members.filter((member) => member.peerId !== this.peerId);
    const ids = new Set(others.map((member) => member.peerId));
    this.gater.setMembers(ids);
    this.addressBook = new Map(others.map((member) => [member.peerId, dialable(member)]));
    this.supervisor.setMembers(others);
    for (const peerId of this.connectedIds()) if (!ids.has(peerId)) void this.disconnect(peerId, GOODBYE.notAMember, 0);
  }

  peers(): readonly PeerInfo[] {
    return this.connectedIds().map((peerId) => {
      const connection = this.connections(peerId)[0];
      return {
        peerId,
        address: connection.remoteAddr.toString(),
        direction: connection.direction,
        relayed: isRelayed(connection),
        since: connection.timeline.open,
        gossip: this.isGossiping(peerId) && this.gossip.isSubscribed(peerId),
        latencyMs: connection.rtt,
        score: this.gossip.score(peerId),
        standing: this.standings.of(peerId),
      };
    });
  }

  addresses(): readonly string[] {
    return this.host?.getMultiaddrs().map(String) ?? [];
  }

  subscribe(options: TopicOptions, handler: GossipHandler): void {
    this.gossip.subscribe(options, handler);
  }

  publish(topic: string, data: Uint8Array): Promise<number> {
    return this.gossip.publish(topic, data);
  }

  serve(options: ProtocolOptions, handler: RequestHandler): void {
    if (this.host !== undefined) throw new NetworkError({ code: 'p2p.started' });
    this.learn(options);
    if (this.servers.some((known) => known.options.protocol === options.protocol)) {
      throw new NetworkError({ code: 'p2p.options', field: options.protocol });
    }
    const { clock, logger } = this.modules;
    const server = new RequestServer(options, handler, {
      clock,
      logger,
      metrics: this.metrics,
      throttledMs: (peerId) => this.throttled.left(peerId),
      onRefused: (peerId) => this.onRefused(peerId),
      onViolation: this.onViolation,
    });
    this.servers.push({ options, server });
  }

  request(peerId: string, protocol: string, request: Uint8Array, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    const options = this.protocols.get(protocol);
    if (options === undefined) throw new RequestError({ code: 'p2p.unknown-protocol', protocol });
    return this.client.request(peerId, options, request, signal);
  }

  onPeer(listener: PeerListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async disconnect(peerId: string, reason: number, quarantineMs: number): Promise<void> {
    this.quarantine.add(peerId, quarantineMs);
    await this.sayGoodbye(peerId, reason);
    await this.closeConnections(peerId);
  }

  standing(peerId: string): Standing {
    return this.standings.of(peerId);
  }

  observe(peerId: string, behaviour: Behaviour): void {
    this.standings.observe(peerId, behaviour);
  }

  throttle(peerId: string, ms: number): void {
    this.throttled.add(peerId, ms);
  }

  setBanned(peerIds: ReadonlySet<string>): void {
    this.gater.setBanned(peerIds);
    for (const peerId of this.connectedIds()) if (peerIds.has(peerId)) void this.disconnect(peerId, GOODBYE.banned, 0);
  }

  private onFallen(peerId: string): void {
    this.modules.logger.warn({ peerId, ...this.standings.of(peerId).counts }, 'peer is of no use, disconnecting');
    void this.disconnect(peerId, GOODBYE.scoreTooLow, limits.STANDING_PAUSE_MS);
  }

  /** Who asks above its rate is told when to ask again; who does not listen is put off for all that it asks. */
  private onRefused(peerId: string): void {
    this.standings.observe(peerId, 'throttled');
    if (!this.refusals.take(peerId).ok) this.throttled.add(peerId, limits.REFUSED_THROTTLE_MS);
  }

  private onOutcome(peerId: string, protocol: string, outcome: string): void {
    if (protocol === GOODBYE_PROTOCOL) return;
    if (outcome === 'ok') this.standings.observe(peerId, 'useful');
    if (outcome === 'p2p.timeout' || outcome === 'p2p.truncated') this.standings.observe(peerId, 'timeout');
    if (outcome === 'p2p.violation') this.standings.observe(peerId, 'invalid');
  }

  private learn(options: ProtocolOptions): void {
    if (options.maxRequestBytes > limits.MAX_FRAME_BYTES || options.maxChunkBytes > limits.MAX_FRAME_BYTES) {
      throw new NetworkError({ code: 'p2p.options', field: options.protocol });
    }
    this.protocols.set(options.protocol, options);
  }

  private connections(peerId: string): Connection[] {
    const open = this.host?.getConnections(peerIdFromString(peerId)) ?? [];
    return open.filter((connection) => connection.status === 'open');
  }

  private connectedIds(): string[] {
    const ids = this.host?.getConnections().filter((connection) => connection.status === 'open');
    return [...new Set(ids?.map((connection) => connection.remotePeer.toString()))];
  }

  private isGossiping(peerId: string): boolean {
    return this.gossip.isAlive(peerId, this.connections(peerId));
  }

  private async dial(member: PeerAddress): Promise<void> {
    const { host } = this;
    if (host === undefined) return;
    const addresses = this.waysTo(member.peerId);
    await within(
      this.modules.clock,
      limits.DIAL_TIMEOUT_MS,
      undefined,
      (signal) => {
        setMaxListeners(Number.POSITIVE_INFINITY, signal);
        return host.dial(addresses, { signal });
      },
      () => new NetworkError({ code: 'p2p.dial-timeout', peerId: member.peerId }),
    );
  }

  /** Its own addresses, then through the relays at hand. */
  private waysTo(peerId: string): Multiaddr[] {
    const relays = [...this.relays].filter((relay) => relay !== peerId && this.connections(relay).length > 0);
    const relayed = relays.slice(0, limits.RELAYS_TRIED).map((relay) => multiaddr(relayedAddress(relay, peerId)));
    return [...(this.addressBook.get(peerId) ?? []), ...relayed];
  }

  private async closeConnections(peerId: string): Promise<void> {
    await Promise.all(this.connections(peerId).map((connection) => this.closeConnection(connection)));
  }

  private async closeConnection(connection: Connection): Promise<void> {
    const limit = startDeadline(this.modules.clock, limits.CLOSE_TIMEOUT_MS);
    try {
      await connection.close({ signal: limit.signal });
    } catch (error) {
      connection.abort(error as Error);
    } finally {
      limit.dispose();
    }
  }

  private onConnect(peerId: string): void {
    // The member list may have changed while the connection was made.
    if (this.gater.allows(peerId)) this.emit('connected', peerId);
    else void this.closeConnections(peerId);
  }

  private emit(event: 'connected' | 'disconnected', peerId: string): void {
    for (const listener of this.listeners) {
      try {
        listener(event, peerId);
      } catch (error) {
        this.modules.logger.error({ err: error, event }, 'peer listener failed');
      }
    }
  }

  private readonly onViolation = (peerId: string, violation: FramingViolation): void => {
    this.metrics.violations.inc({ reason: violation.reason });
    this.modules.logger.warn({ peerId, reason: violation.reason }, 'peer broke the framing, disconnecting');
    this.quarantine.add(peerId, limits.VIOLATION_QUARANTINE_MS);
    for (const connection of this.connections(peerId)) connection.abort(violation);
  };

  private async sayGoodbye(peerId: string, code: number): Promise<void> {
    if (this.connections(peerId).length > 0) await this.goodbyes.send(peerId, code);
  }
}

/** Addresses come from other clinics' records: one that does not parse must not hide the others. */
function dialable(member: PeerAddress): Multiaddr[] {
  return member.addresses.slice(0, limits.MAX_ADDRESSES).flatMap((address) => {
    try {
      return [multiaddr(`${address}/p2p/${member.peerId}`)];
    } catch {
      return [];
    }
  });
}
