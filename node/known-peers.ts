// Whom a node may connect to: who invited it, whom it invited, and the members. Of who is named twice the last counts.
import { peerIdOf } from '../p2p/peer-id.ts';
import type { PeerAddress } from '../p2p/ports.ts';

export interface NamedPeer {
  readonly nodeKey: Uint8Array;
  readonly addresses: readonly string[];
}

/** Without those of `own`, PeerIds of this node: it may be known by more than one. */
export function knownPeers(named: readonly NamedPeer[], own: readonly string[]): PeerAddress[] {
  const peers = new Map<string, PeerAddress>();
  for (const { nodeKey, addresses } of named) {
    const peerId = peerIdOf(nodeKey);
    if (!own.includes(peerId)) peers.set(peerId, { peerId, addresses });
  }
  return [...peers.values()];
}
