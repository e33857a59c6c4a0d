// Circuit relay v2 for clinics that cannot be dialled (behind NAT): who serves one, who listens through one, and how such
// a member is named in a dial. Members alone get so far: the gater stands before every connection, relayed ones too.
import {
  type CircuitRelayService,
  circuitRelayServer,
  circuitRelayTransport,
  RELAY_V2_HOP_CODEC,
} from '@libp2p/circuit-relay-v2';
import type { Connection } from '@libp2p/interface';
import * as limits from './limits.ts';

export type { CircuitRelayService };

/** off: neither. serve: other members may be reached through this node. use: this node is reached through others. */
export type RelayMode = 'off' | 'serve' | 'use';

/** Every node can dial through a relay; listening through one is asked for by address. */
export function relayTransport(): ReturnType<typeof circuitRelayTransport> {
  return circuitRelayTransport({
    reservationCompletionTimeout: limits.REQUEST_TIMEOUT_MS,
    maxInboundStopStreams: limits.RELAYED_CONNECTIONS,
  });
}

/** Slots are bounded, what flows through one is not: members relay for members, as much as gossip and sync need. */
export function relayServer(): ReturnType<typeof circuitRelayServer> {
  return circuitRelayServer({
    reservations: { maxReservations: limits.RELAY_RESERVATIONS, applyDefaultLimit: false },
    hopTimeout: limits.DIAL_TIMEOUT_MS,
    maxInboundHopStreams: limits.RELAYED_CONNECTIONS,
    maxOutboundStopStreams: limits.RELAYED_CONNECTIONS,
  });
}

/** What a node that uses relays listens on: any member that serves one, so many at a time. */
export function relayListen(): string[] {
  return Array.from({ length: limits.RELAYS_USED }, () => '/p2p-circuit');
}

/** Whether a peer of these protocols relays for others. */
export function servesRelay(protocols: readonly string[]): boolean {
  return protocols.includes(RELAY_V2_HOP_CODEC);
}

/** The way to `peerId` over a relay that this node is connected to. */
export function relayedAddress(relay: string, peerId: string): string {
  return `/p2p/${relay}/p2p-circuit/p2p/${peerId}`;
}

export function isRelayed({ remoteAddr }: Connection): boolean {
  return remoteAddr.toString().includes('/p2p-circuit');
}
