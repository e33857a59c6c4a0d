// node_*, key_list, member_list: this node, its peers, its configuration, the network's members.
import { toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import type { Genesis } from '../../consensus/genesis.ts';
import type { Member } from '../../consensus/member-set.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network } from '../../p2p/ports.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { Chain } from '../chain/chain.ts';
import { claimsOf } from '../claims.ts';
import type { Config } from '../config/options.ts';
import type { DiskSpace } from '../disk-space.ts';
import type { Mempool } from '../mempool/mempool.ts';
import type { Miner } from '../miner/miner.ts';
import type { MiningHistory } from '../mining-history.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Sync } from '../sync/sync.ts';
import { VERSION } from '../version.ts';
import { recordStatus } from './chain-reader.ts';
import { Readiness } from './readiness.ts';

export type NodeHandlers = Pick<
  Handlers,
  'node_health' | 'node_status' | 'node_peers' | 'node_config' | 'key_list' | 'member_list'
>;

export interface NodeServiceOptions {
  readonly genesis: Genesis;
  readonly genesisId: Uint8Array;
  readonly clinic: Member;
  readonly config: Config;
}

export interface NodeServiceModules {
  readonly chain: Chain;
  readonly network: Network;
  readonly sync: Sync;
  readonly mempool: Mempool;
  readonly outbox: Outbox;
  readonly miner: Miner;
  readonly history: MiningHistory;
  readonly disk: DiskSpace;
  readonly clock: Clock;
}

export function nodeService(options: NodeServiceOptions, modules: NodeServiceModules): NodeHandlers {
  const { genesis, genesisId, clinic, config } = options;
  const { chain, network, sync, mempool, outbox, miner, history, disk, clock } = modules;
  const startedAt = clock.now();
  const startedTick = clock.monotonic();
  const byPeer = (): Map<string, Member> =>
    new Map(chain.members.clinics.map((member) => [peerIdOf(member.nodeKey), member]));

  const clinicRef = { number: clinic.number, name: clinic.name, organisation: clinic.organisation };
  const final = { height: 0, id: null };
  const readiness = new Readiness({ network, sync, disk, clock, members: () => chain.members.size });
  const headRef = (): { height: number; id: string; timestamp: number } => {
    const { header, id } = chain.tip;
    return { height: header.height, id: toHex(id), timestamp: header.timestamp };
  };

  return {
    node_health: async () => {
      const reasons = readiness.reasons();
      return {
        ready: reasons.length === 0,
        reasons,
        clinic: clinicRef,
        network: genesis.network,
        genesis: toHex(genesisId),
        version: VERSION,
        now: clock.now(),
        blockInterval: genesis.params.blockInterval,
        head: headRef(),
        final,
        peers: network.peers().length,
        members: chain.members.size,
        claims: claimsOf(chain.members),
      };
    },

    node_status: async () => {
      const counts = { queued: 0, pending: 0, refused: 0 };
      for (const record of outbox.list()) {
        const status = recordStatus(record);
        if (status === 'queued' || status === 'pending' || status === 'refused') counts[status]++;
      }
      const stats = miner.stats();
      const reasons = readiness.reasons();
      return {
        clinic: clinicRef,
        network: genesis.network,
        genesis: toHex(genesisId),
        version: VERSION,
        ready: reasons.length === 0,
        reasons,
        head: { ...headRef(), stateRoot: toHex(chain.roots.stateRoot), work: chain.tip.work.toString() },
        final,
        peers: network.peers().length,
        members: chain.members.size,
        claims: claimsOf(chain.members),
        syncing: sync.behind,
        disk: { free: Number.isFinite(disk.free) ? disk.free : null, low: disk.low },
        mempool: { transactions: mempool.size, bytes: mempool.bytes },
        outbox: counts,
        mining: { enabled: stats.threads > 0, hashesPerSecond: stats.hashRate },
        peerId: network.peerId,
        addresses: [...network.addresses()],
        now: clock.now(),
        startedAt,
        uptimeMs: Math.round(clock.monotonic() - startedTick),
        blockInterval: genesis.params.blockInterval,
        memoryBytes: process.memoryUsage.rss(),
        defaults: { country: genesis.country, idType: genesis.idType },
      };
    },

    node_peers: async () => {
      const members = byPeer();
      return {
        peers: network.peers().map((peer) => {
          const member = members.get(peer.peerId);
          const status = sync.statusOf(peer.peerId);
          return {
            peerId: peer.peerId,
            clinic: member?.number ?? null,
            name: member?.name ?? null,
            address: peer.address,
            direction: peer.direction,
            since: peer.since,
            latencyMs: peer.latencyMs ?? null,
            head: status === undefined ? null : { height: status.height, id: toHex(status.head) },
          };
        }),
      };
    },

    node_config: async () => ({
      config: Object.fromEntries(
        Object.entries(config).map(([key, value]) => [key, Array.isArray(value) ? [...value] : value]),
      ),
    }),

    key_list: async () => ({
      keys: [
        { role: 'governance', type: 'ed25519', publicKey: toHex(clinic.governanceKey) },
        { role: 'node', type: 'ed25519', publicKey: toHex(clinic.nodeKey) },
        { role: 'gateway', type: 'ed25519', publicKey: toHex(clinic.gatewayKey) },
        { role: 'vote', type: 'ed25519', publicKey: toHex(clinic.voteKey) },
        { role: 'encryption', type: 'x25519', publicKey: toHex(clinic.encryptionKey) },
        { role: 'identifier (network)', type: 'ristretto255', publicKey: toHex(genesis.identifierKey) },
      ],
    }),

    member_list: async () => {
      const connected = new Set(network.peers().map(({ peerId }) => peerId));
      return {
        memberSet: chain.members.id,
        organisations: chain.members.organisations.map(({ number, name }) => ({ number, name })),
        members: [...byPeer()].map(([peerId, member]) => ({
          number: member.number,
          name: member.name,
          organisation: member.organisation,
          status: 'active' as const,
          connected: member.number === clinic.number || connected.has(peerId),
          lastBlock: history.of(member.number)?.last ?? null,
          governanceKey: toHex(member.governanceKey),
          nodeKey: toHex(member.nodeKey),
          gatewayKey: toHex(member.gatewayKey),
          voteKey: toHex(member.voteKey),
          encryptionKey: toHex(member.encryptionKey),
        })),
      };
    },
  };
}
