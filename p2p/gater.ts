// Who may connect: members that are neither banned nor in quarantine, in both directions, and nobody else.
// Consulted only while a connection is made; removing a member later is the network's hang-up.
import type { ConnectionGater, PeerId } from '@libp2p/interface';
import type { TimedPeers } from './timed-peers.ts';

export interface GaterModules {
  readonly quarantine: TimedPeers;
  /** The only place that sees a denial. */
  onDenied(direction: 'inbound' | 'outbound', reason: 'outsider' | 'banned' | 'quarantine'): void;
}

export class Gater {
  private readonly modules: GaterModules;
  private members: ReadonlySet<string> = new Set();
  private banned: ReadonlySet<string> = new Set();

  constructor(modules: GaterModules) {
    this.modules = modules;
  }

  setMembers(members: ReadonlySet<string>): void {
    this.members = members;
  }

  setBanned(banned: ReadonlySet<string>): void {
    this.banned = banned;
  }

  allows(peerId: string): boolean {
    return this.members.has(peerId) && !this.banned.has(peerId) && !this.modules.quarantine.has(peerId);
  }

  connectionGater(): ConnectionGater {
    const inbound = (peer: PeerId): boolean => this.denies(peer.toString(), 'inbound');
    const outbound = (peer: PeerId): boolean => this.denies(peer.toString(), 'outbound');
    return {
      // The library refuses private addresses in browsers by default; a clinic's addresses are often private.
      denyDialMultiaddr: () => false,
      denyDialPeer: outbound,
      denyInboundEncryptedConnection: inbound,
      denyOutboundEncryptedConnection: outbound,
      // Again after multiplexing: the member may have been removed meanwhile.
      denyInboundUpgradedConnection: inbound,
      denyOutboundUpgradedConnection: outbound,
      // A place at this relay, a way through it, and a way to us through another: for members alone.
      denyInboundRelayReservation: inbound,
      denyOutboundRelayedConnection: (source, target) => inbound(source) || outbound(target),
      denyInboundRelayedConnection: (_relay, remote) => inbound(remote),
    };
  }

  private denies(peerId: string, direction: 'inbound' | 'outbound'): boolean {
    if (this.allows(peerId)) return false;
    this.modules.onDenied(direction, this.reason(peerId));
    return true;
  }

  private reason(peerId: string): 'outsider' | 'banned' | 'quarantine' {
    if (!this.members.has(peerId)) return 'outsider';
    return this.banned.has(peerId) ? 'banned' : 'quarantine';
  }
}
