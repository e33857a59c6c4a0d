// Joins the parts of voting to a node: the tracker follows the chain, the voter both, blame goes to the one table. The
// order of a start: chain, `prepare`, network, `start`.
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { Registry } from '../../common/metrics.ts';
import type { GovernanceCertificate } from '../../consensus/chain/finality/types.ts';
import { type Genesis, genesisId as idOfGenesis } from '../../consensus/genesis.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network } from '../../p2p/ports.ts';
import type { Chain } from '../chain/chain.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { ChainStore } from '../store/ports.ts';
import { Finality } from './finality.ts';
import { VoteExchange } from './vote-exchange.ts';
import type { VoteFile } from './vote-file.ts';
import { Voter } from './voter.ts';

export interface VotingOptions {
  readonly genesis: Genesis;
  readonly clinic: ClinicNumber;
  /** Seeds of the vote keys that this clinic has, that in use first. */
  readonly voteSeeds: readonly Uint8Array[];
}

export interface VotingModules {
  readonly chain: Chain;
  readonly store: ChainStore;
  readonly members: MemberSets;
  readonly network: Network;
  readonly file: VoteFile;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry?: Registry;
  /** Whether better chains are known than the one that is executed here. */
  behind(): boolean;
  blame(peerId: string, error: unknown): void;
}

export interface Voting {
  readonly finality: Finality;
  readonly voter: Voter;
  /** After the chain has started, before the network does. */
  prepare(): Promise<void>;
  start(): void;
  /** Takes a checkpoint file and keeps it over restarts. Throws CheckpointError. */
  install(certificate: GovernanceCertificate): Promise<void>;
  stop(): Promise<void>;
}

export function assembleVoting(options: VotingOptions, modules: VotingModules): Voting {
  const { genesis, clinic, voteSeeds } = options;
  const { chain, store, members, network, file, clock, logger, registry, behind, blame } = modules;
  const genesisId = idOfGenesis(genesis);
  const { blockInterval } = genesis.params;
  const peers = new Map<string, ClinicNumber>();
  const nameMembers = (): void => {
    peers.clear();
    for (const { nodeKey, number } of members.peers) peers.set(peerIdOf(nodeKey), number);
  };
  nameMembers();
  members.onChange(nameMembers);
  const clinicOf = (peerId: string): ClinicNumber | undefined => peers.get(peerId);

  const finality = new Finality({ genesis, genesisId }, { chain, store, members, logger, registry });
  const exchange: VoteExchange = new VoteExchange({
    ...{ network, finality, logger, clinicOf, blame },
    remembers: () => voter.remembers,
  });
  const voter: Voter = new Voter(
    { genesisId, clinic, seeds: voteSeeds, blockInterval },
    { ...{ chain, store, members, finality, exchange, network, file, clock, logger, clinicOf, behind } },
  );
  const follow = (): void => {
    finality.follow();
    voter.consider();
  };
  chain.onChange(follow);
  chain.onReplaced(follow);
  finality.onChange(() => voter.consider());
  exchange.subscribe();
  return {
    finality,
    voter,
    prepare: async () => {
      const { certificates } = await voter.load();
      await finality.start(certificates);
    },
    start: () => voter.start(),
    install: async (certificate) => {
      await finality.install(certificate);
      await voter.keep();
    },
    stop: async () => {
      await voter.stop();
      await finality.stop();
    },
  };
}
