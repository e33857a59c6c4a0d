// peer_*: the other members as this node meets them, and who is kept away from it.
import { toHex } from '../../common/bytes.ts';
import type { Member } from '../../consensus/member-set.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network } from '../../p2p/ports.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { PeerView } from '../../rpc/schema/peer.ts';
import type { Chain } from '../chain/chain.ts';
import type { Bans } from '../peers/bans.ts';
import type { PeerBlames } from '../peers/blame.ts';
import type { Sync } from '../sync/sync.ts';
import type { Equivocations } from '../threats/equivocations.ts';
import { ServiceError } from './errors.ts';

export type PeerHandlers = Pick<Handlers, 'peer_list' | 'peer_ban' | 'peer_unban'>;

export interface PeerServiceModules {
  readonly chain: Chain;
  readonly network: Network;
  readonly sync: Pick<Sync, 'statusOf'>;
  readonly blames: PeerBlames;
  readonly bans: Bans;
  readonly equivocations: Equivocations;
}

export function peerService({ chain, network, sync, blames, bans, equivocations }: PeerServiceModules): PeerHandlers {
  const byPeer = (): Map<string, Member> =>
    new Map(chain.members.clinics.map((member) => [peerIdOf(member.nodeKey), member]));

  return {
    peer_list: async () => {
      const members = byPeer();
      const connected = new Map(network.peers().map((peer) => [peer.peerId, peer]));
      const known = new Set([...members.keys(), ...connected.keys(), ...bans.list().map(({ peerId }) => peerId)]);
      known.delete(network.peerId);
      const peers = [...known].map((peerId): PeerView => {
        const member = members.get(peerId);
        const peer = connected.get(peerId);
        const status = sync.statusOf(peerId);
        const { score, counts } = network.standing(peerId);
        const ban = bans.get(peerId);
        return {
          peerId,
          clinic: member?.number ?? null,
          name: member?.name ?? null,
          connection: peer === undefined ? null : { ...connectionOf(peer) },
          head: status === undefined ? null : { height: status.height, id: toHex(status.head) },
          standing: {
            score: Math.round(score * 10) / 10,
            useful: counts.useful,
            timeouts: counts.timeout,
            throttled: counts.throttled,
            invalid: counts.invalid,
          },
          blames: [...blames.of(peerId)],
          evidence: (member === undefined ? [] : equivocations.of(member.number)).map(({ report, version, at }) => ({
            report: toHex(report),
            version,
            at,
          })),
          banned: ban === undefined ? null : { since: ban.since, reason: ban.reason },
        };
      });
      return { peers: peers.sort((a, b) => (a.clinic ?? Number.MAX_VALUE) - (b.clinic ?? Number.MAX_VALUE)) };
    },

    peer_ban: async ({ peer, reason }) => {
      const found = find(peer);
      if (found.peerId === network.peerId) throw new ServiceError({ code: 'peer.own' });
      if (!(await bans.ban(found.peerId, reason))) throw new ServiceError({ code: 'peer.full' });
      return { ...found, banned: { since: bans.get(found.peerId)?.since ?? 0, reason } };
    },

    peer_unban: async ({ peer }) => {
      const found = find(peer);
      if (!(await bans.unban(found.peerId))) throw new ServiceError({ code: 'peer.not-banned' });
      return found;
    },
  };

  /** A member by number or PeerId, somebody connected, or somebody who is banned already. */
  function find(named: string): { peerId: string; clinic: number | null } {
    for (const [peerId, { number }] of byPeer()) {
      if (peerId === named || String(number) === named) return { peerId, clinic: number };
    }
    const known = bans.get(named) !== undefined || network.peers().some(({ peerId }) => peerId === named);
    if (!known) throw new ServiceError({ code: 'peer.unknown' });
    return { peerId: named, clinic: null };
  }
}

function connectionOf({ address, direction, since, latencyMs, gossip, relayed }: ReturnType<Network['peers']>[number]) {
  return { address, direction, relayed, since, latencyMs: latencyMs ?? null, gossip };
}
