// Joins this clinic's own keys to a node: which parts tell them what, and whom they ask. Owns no rule; see own-keys.ts.
import { equalBytes } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import { type Genesis, genesisId as idOfGenesis } from '../../consensus/genesis.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network } from '../../p2p/ports.ts';
import type { Chain } from '../chain/chain.ts';
import { askForGenesis } from '../joining/join.ts';
import type { Finality } from '../voter/finality.ts';
import type { MemberSets } from './member-sets.ts';
import { type KeyKeeper, OwnKeys } from './own-keys.ts';

/** For members to answer who asks by its next node key, ms. */
const ASK_MS = 15_000;

export interface FollowOwnKeysModules {
  readonly keystore: KeyKeeper;
  readonly members: MemberSets;
  readonly chain: Chain;
  readonly finality: Finality;
  readonly network: Network;
  readonly clock: Clock;
  readonly logger: Logger;
  behind(): boolean;
}

export interface FollowedKeys {
  /** Resolves when other keys are in use; with a seed, when the members know this clinic by that node key already. */
  readonly changed: Promise<Uint8Array | undefined>;
  start(): void;
  stop(): Promise<void>;
}

export function followOwnKeys(
  { genesis, clinic }: { readonly genesis: Genesis; readonly clinic: ClinicNumber },
  { keystore, members, chain, finality, network, clock, logger, behind }: FollowOwnKeysModules,
): FollowedKeys {
  const { promise: changed, resolve } = Promise.withResolvers<Uint8Array | undefined>();
  const { keyGrace, blockInterval } = genesis.params;

  const knownBy = async (seed: Uint8Array, signal: AbortSignal): Promise<boolean> => {
    const others = members.peers.filter(({ number }) => number !== clinic);
    const peers = others.map(({ nodeKey, addresses }) => ({ peerId: peerIdOf(nodeKey), addresses }));
    const limit = AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]);
    const given = await askForGenesis(peers, seed, limit, { logger, clock });
    return given !== undefined && equalBytes(idOfGenesis(given), idOfGenesis(genesis));
  };

  const keys = new OwnKeys(
    { clinic, keyGrace, blockInterval },
    {
      ...{ keystore, members, clock, logger, behind, knownBy },
      inTransition: () => chain.view.set.previous !== undefined,
      alone: () => network.peers().length === 0 && members.current.size > 1,
      onChanged: () => resolve(undefined),
      onRenamed: resolve,
    },
  );
  finality.onChange(() => keys.look());
  return { changed, start: () => keys.start(), stop: () => keys.stop() };
}
