// The libp2p node: TCP, Noise, Yamux, identify, gossipsub, circuit relay, with our bounds instead of the library's defaults.
// Owns the configuration only; the network (network.ts) owns its life.
import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import type { GossipSub, gossipsub } from '@libp2p/gossipsub';
import { type Identify, identify } from '@libp2p/identify';
import type { ConnectionGater, Libp2p, PrivateKey } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { createLibp2p } from 'libp2p';
import * as limits from './limits.ts';
import { type CircuitRelayService, type RelayMode, relayListen, relayServer, relayTransport } from './relay.ts';

export interface HostOptions {
  readonly privateKey: PrivateKey;
  readonly listen: readonly string[];
  readonly announce: readonly string[];
  readonly relay: RelayMode;
}

export interface HostModules {
  readonly gater: ConnectionGater;
  readonly pubsub: ReturnType<typeof gossipsub>;
}

type Services = { identify: Identify; pubsub: GossipSub; relay?: CircuitRelayService };
export type Host = Libp2p<Services>;

/** Not started. */
export function createHost(options: HostOptions, modules: HostModules): Promise<Host> {
  const { relay } = options;
  const listen = relay === 'use' ? [...options.listen, ...relayListen()] : [...options.listen];
  return createLibp2p<Services>({
    start: false,
    privateKey: options.privateKey,
    nodeInfo: { name: 'wardmesh', version: '1', userAgent: 'wardmesh/1' },
    addresses: { listen, announce: [...options.announce] },
    transports: [tcp({ maxConnections: limits.MAX_CONNECTIONS }), relayTransport()],
    connectionEncrypters: [noise()],
    streamMuxers: [
      yamux({
        maxInboundStreams: limits.MAX_INBOUND_STREAMS,
        // A member may open them as soon as its own side is ready; the library's 10 would cut it off.
        maxEarlyStreams: limits.MAX_INBOUND_STREAMS,
        streamOptions: {
          maxStreamWindowSize: limits.STREAM_WINDOW_BYTES,
          maxReadBufferLength: limits.STREAM_BUFFER_BYTES,
        },
      }),
    ],
    connectionGater: modules.gater,
    connectionManager: {
      maxConnections: limits.MAX_CONNECTIONS,
      inboundConnectionThreshold: limits.INBOUND_CONNECTIONS_PER_SECOND,
      maxIncomingPendingConnections: limits.MAX_PENDING_INBOUND,
      inboundUpgradeTimeout: limits.UPGRADE_TIMEOUT_MS,
      dialTimeout: limits.DIAL_TIMEOUT_MS,
      // The supervisor redials; two redialers would fight.
      reconnectRetries: 0,
    },
    connectionMonitor: {
      pingInterval: limits.PING_INTERVAL_MS,
      pingTimeout: { minTimeout: limits.PING_TIMEOUT_MS },
    },
    services: {
      identify: identify(),
      pubsub: modules.pubsub,
      ...(relay === 'serve' ? { relay: relayServer() } : {}),
    },
  });
}
