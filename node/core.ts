// The parts of a node that keep it on the chain with the others, and how they are joined: chain, mempool, intake, sync,
// gossip, outbox, producer. The node adds the doors and the services; the simulation runs these parts alone.
import { equalBytes } from '../common/bytes.ts';
import type { Clock } from '../common/clock.ts';
import { Reader } from '../common/codec/reader.ts';
import type { Logger } from '../common/logger.ts';
import type { Registry } from '../common/metrics.ts';
import { type Genesis, genesisId as idOfGenesis } from '../consensus/genesis.ts';
import { senderKey } from '../consensus/ledger/tables.ts';
import type { ClinicNumber, SealedTransaction } from '../consensus/ledger/types.ts';
import type { SenderRole } from '../consensus/member-set.ts';
import type { Network } from '../p2p/ports.ts';
import { Chain } from './chain/chain.ts';
import { Verifier } from './chain/verifier.ts';
import { ClinicAuthor } from './clinic-author.ts';
import { CompactRelay } from './compact/relay.ts';
import { NodeGossip } from './gossip.ts';
import { Intake } from './intake.ts';
import { MemberSets } from './members/member-sets.ts';
import { followMempool } from './mempool/follow.ts';
import { Mempool } from './mempool/mempool.ts';
import { Outbox, type OutboxKey } from './outbox/outbox.ts';
import type { OutboxStore } from './outbox/outbox-store.ts';
import { PeerBlames } from './peers/blame.ts';
import { Producer, type TemplateMiner } from './producer.ts';
import type { AttachmentDatabase } from './store/attachment-database.ts';
import type { ChainStore } from './store/ports.ts';
import { serveSync } from './sync/protocols.ts';
import { Sync, type SyncOptions } from './sync/sync.ts';
import { Accuser } from './voter/accuser.ts';
import { assembleVoting, type Voting } from './voter/assemble.ts';
import type { VoteFile } from './voter/vote-file.ts';

export interface CoreOptions {
  readonly genesis: Genesis;
  readonly clinic: ClinicNumber;
  readonly keys: Readonly<Record<SenderRole, OutboxKey>>;
  /** Seeds of the vote keys that this clinic has, that in use first. */
  readonly voteSeeds: readonly Uint8Array[];
  readonly sync?: Pick<SyncOptions, 'mode' | 'keep'>;
}

export interface CoreModules {
  readonly network: Network;
  readonly store: ChainStore;
  readonly outboxStore: OutboxStore;
  readonly attachments: Pick<AttachmentDatabase, 'get'>;
  readonly miner: TemplateMiner;
  readonly voteFile: VoteFile;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry?: Registry;
  /** While true nothing is mined. */
  paused?(): boolean;
}

export interface Core {
  readonly members: MemberSets;
  readonly chain: Chain;
  readonly mempool: Mempool;
  readonly intake: Intake;
  readonly blames: PeerBlames;
  readonly sync: Sync;
  readonly gossip: NodeGossip;
  readonly outbox: Outbox;
  readonly author: ClinicAuthor;
  readonly voting: Voting;
  readonly producer: Producer;
}

/** Nothing runs yet: who made it starts the parts in the order chain, mempool, outbox, network, sync, producer. */
export function assembleCore(options: CoreOptions, modules: CoreModules): Core {
  const { genesis, clinic, keys, voteSeeds } = options;
  const { network, store, outboxStore, attachments, miner, voteFile, clock, logger, registry, paused } = modules;
  const genesisId = idOfGenesis(genesis);
  const members = new MemberSets({ genesis }, { states: (rows) => store.states(rows) });
  const verifier = new Verifier({ genesisId }, { registry });
  const chain = new Chain({ genesis, genesisId }, { store, members, verifier, clock, logger, registry });
  const nextSequence = async (sender: Uint8Array): Promise<number> => {
    const [row] = await store.states([senderKey(sender)]);
    return row === undefined ? 0 : new Reader(row).u64();
  };
  const mempool = new Mempool({}, { members, nextSequence, registry });
  const intake = new Intake({ genesisId }, { mempool, verifier });
  const blames = new PeerBlames({ network, clock, logger, registry });
  const sync = new Sync(
    { genesis, genesisId, ...options.sync },
    { chain, store, members, network, intake, mempool, blames, clock, logger },
  );
  const blocks = new CompactRelay(
    { genesis, genesisId },
    {
      ...{ network, chain, members, mempool, store, clock, logger, registry },
      onOrphan: (from, orphan) => void sync.onOrphan(from, orphan).catch((error) => sync.blame(from, error)),
      blame: (from, error) => void blames.blame(from, error),
    },
  );
  const gossip = new NodeGossip({ network, blocks, intake, sync, logger });
  const outbox = new Outbox(
    { genesisId, keys },
    {
      ...{ store: outboxStore, chain, chainStore: store, mempool, intake, clock, logger },
      announce: (received, role) => gossip.announceTransaction(received, role),
    },
  );
  const voting = assembleVoting(
    { genesis, clinic, voteSeeds },
    {
      ...{ chain, store, members, network, file: voteFile, clock, logger, registry },
      behind: () => sync.behind,
      blame: (from, error) => void sync.blame(from, error),
    },
  );
  const { finality } = voting;
  const isRenamed = (): boolean => {
    const own = members.current.clinic(clinic);
    return own !== undefined && !equalBytes(own.nodeKey, keys.node.publicKey);
  };
  const producer = new Producer(
    { genesis, genesisId, clinic, sign: keys.node.sign },
    {
      ...{ chain, mempool, miner, finality, clock, logger },
      // A block whose time is wrong is of no use, and the clock of whoever makes it is the one that is wrong.
      // Nor is one that another node key than ours would have to sign: the members have changed it.
      paused: () => paused?.() === true || sync.clock.tooFar || isRenamed(),
      announce: (block, bytes) => gossip.announceBlock(block, bytes),
    },
  );
  // The order matters: the outbox says first which undone transactions are its own, then they go back to the mempool.
  // One by one, so that what fails in one (a full disk) leaves the others in step with the chain.
  chain.onChange((change) => outbox.follow(change));
  chain.onChange((change) => {
    const lost = (sealed: SealedTransaction): void => outbox.lost(sealed);
    return followMempool(change, { genesisId, mempool, intake, height: chain.tip.header.height, lost });
  });
  chain.onReplaced(() => mempool.rewound(chain.tip.header.height));
  const author = new ClinicAuthor({ genesisId, clinic }, { clock });
  const accuser = new Accuser({ members, outbox, author, logger });
  finality.onEvidence((evidence) => {
    // An observer has nothing to say on the chain.
    if (members.current.clinic(clinic) !== undefined) accuser.accuse(evidence);
  });
  gossip.subscribe();
  serveSync({
    ...{ network, store, attachments, mempool },
    status: () => sync.status(),
    onStatus: (peerId, status) => sync.onStatus(peerId, status),
  });
  return { members, chain, mempool, intake, blames, sync, gossip, outbox, author, voting, producer };
}
