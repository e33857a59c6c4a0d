// node_*, key_list: this node, its peers, its configuration, its keys.
import { toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import type { Genesis } from '../../consensus/genesis.ts';
import type { Member } from '../../consensus/member-set.ts';
import type { Network } from '../../p2p/ports.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { Result } from '../../rpc/schema/methods.ts';
import type { CatchUp } from '../catch-up.ts';
import type { Shares } from '../ceremony/shares.ts';
import type { Chain } from '../chain/chain.ts';
import { claimsOf } from '../claims.ts';
import type { Config } from '../config/options.ts';
import type { DiskSpace } from '../disk-space.ts';
import type { Doors } from '../doors.ts';
import type { EventLoop } from '../event-loop.ts';
import type { FeatureWatch } from '../feature-watch.ts';
import type { Mempool } from '../mempool/mempool.ts';
import type { Miner } from '../miner/miner.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Sync } from '../sync/sync.ts';
import type { ThreatKeyEpochs } from '../threats/key-epochs/key-epochs.ts';
import { VERSION } from '../version.ts';
import { type FinalSource, finalRef } from './final-ref.ts';
import { outboxCounts } from './outbox-counts.ts';
import { Readiness } from './readiness.ts';

export type NodeHandlers = Pick<Handlers, 'node_health' | 'node_status' | 'node_config' | 'key_list'>;

export interface NodeServiceOptions {
  readonly genesis: Genesis;
  readonly genesisId: Uint8Array;
  readonly clinic: Member;
  readonly config: Config;
}

export interface NodeServiceModules {
  readonly chain: Chain;
  readonly finality: FinalSource;
  readonly network: Network;
  readonly sync: Sync;
  readonly eventLoop: EventLoop;
  readonly mempool: Mempool;
  readonly outbox: Outbox;
  readonly miner: Miner;
  readonly disk: DiskSpace;
  readonly catchUp: Pick<CatchUp, 'active'>;
  readonly featureWatch: Pick<FeatureWatch, 'warnings'>;
  readonly doors: Pick<Doors, 'certificate'>;
  readonly clock: Clock;
  readonly threatKeys: Pick<ThreatKeyEpochs, 'state'>;
  /** Keys that the members hold together. */
  readonly shares: Pick<Shares, 'current'>;
}

export function nodeService(options: NodeServiceOptions, modules: NodeServiceModules): NodeHandlers {
  const { genesis, genesisId, clinic, config } = options;
  const {
    chain,
    finality,
    network,
    sync,
    eventLoop,
    mempool,
    outbox,
    miner,
    disk,
    catchUp,
    doors,
    featureWatch,
    clock,
  } = modules;
  const startedAt = clock.now();
  const startedTick = clock.monotonic();

  const identifierKey = () => modules.shares.current('identifier')?.publicKey ?? genesis.identifierKey;
  const clinicRef = { number: clinic.number, name: clinic.name, organisation: clinic.organisation };
  const readiness = new Readiness({
    network,
    sync,
    disk,
    catchUp,
    clock,
    members: () => chain.members.size,
    isMember: () => chain.members.clinic(clinic.number) !== undefined,
  });
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
        final: finalRef(finality.finalised),
        peers: network.peers().length,
        members: chain.members.size,
        claims: [...featureWatch.warnings, ...claimsOf(chain.members, modules.shares.current('identifier'))],
        sync: sync.state,
      };
    },

    node_status: async () => {
      const stats = miner.stats();
      const reasons = readiness.reasons();
      const organisation = chain.members.organisations.find(({ number }) => number === clinic.organisation);
      return {
        clinic: { ...clinicRef, organisationName: organisation?.name ?? '' },
        network: genesis.network,
        genesis: toHex(genesisId),
        version: VERSION,
        ready: reasons.length === 0,
        reasons,
        head: { ...headRef(), stateRoot: toHex(chain.roots.stateRoot), work: chain.tip.work.toString() },
        final: finalRef(finality.finalised),
        peers: network.peers().length,
        members: chain.members.size,
        claims: [...featureWatch.warnings, ...claimsOf(chain.members, modules.shares.current('identifier'))],
        syncing: sync.behind,
        sync: sync.state,
        clock: { offsetMs: sync.clock.offsetMs, alarm: sync.clock.alarm },
        disk: { free: Number.isFinite(disk.free) ? disk.free : null, low: disk.low },
        eventLoop: { p99Ms: eventLoop.p99, late: eventLoop.late },
        mempool: { transactions: mempool.size, bytes: mempool.bytes },
        outbox: outboxCounts(outbox),
        mining: { enabled: stats.threads > 0, hashesPerSecond: stats.hashRate },
        peerId: network.peerId,
        threatKey: threatKeyOf(modules.threatKeys),
        certificate: certificateOf(doors),
        addresses: [...network.addresses()],
        now: clock.now(),
        startedAt,
        uptimeMs: Math.round(clock.monotonic() - startedTick),
        blockInterval: genesis.params.blockInterval,
        memoryBytes: process.memoryUsage.rss(),
        defaults: { country: genesis.country, idType: genesis.idType },
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
        { role: 'identifier (network)', type: 'ristretto255', publicKey: toHex(identifierKey()) },
      ],
    }),
  };
}

function threatKeyOf(threatKeys: Pick<ThreatKeyEpochs, 'state'>): Result<'node_status'>['threatKey'] {
  const state = threatKeys.state();
  if (state === undefined) return null;
  return { ...state, sealing: state.sealing ?? null, missing: [...state.missing] };
}

function certificateOf({ certificate }: Pick<Doors, 'certificate'>): Result<'node_status'>['certificate'] {
  if (certificate === undefined) return null;
  const { fingerprint, selfSigned, from, until } = certificate;
  return { fingerprint, selfSigned, from, until };
}
