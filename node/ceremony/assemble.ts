// Ceremonies at this clinic: the shares that others ask for, the driver that makes the moves, and beginning one. Joins
// these parts to the chain; owns no rule.
import { randomBytes } from '#crypto';
import { EMPTY_BYTES } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import { TABLES } from '../../consensus/ledger/tables.ts';
import { EPOCH_BLOCKS } from '../../consensus/limits.ts';
import type { Network } from '../../p2p/ports.ts';
import type { Core } from '../core.ts';
import type { KeyKeeper } from '../members/own-keys.ts';
import type { ChainStore } from '../store/ports.ts';
import { ChainShares } from './chain-shares.ts';
import { CeremonyDriver } from './driver.ts';
import type { CeremonyChain, CeremonyOptions } from './ports.ts';
import { sayOnce } from './say.ts';

export interface AssembleCeremoniesModules {
  readonly core: Pick<Core, 'chain' | 'members' | 'outbox' | 'author' | 'sync'>;
  readonly store: Pick<ChainStore, 'states' | 'stateRange'>;
  readonly network: Network;
  readonly keystore: KeyKeeper;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Ceremonies {
  readonly shares: ChainShares;
  readonly chain: CeremonyChain;
  /** After the chain: reads what stands there. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function assembleCeremonies(
  options: CeremonyOptions,
  { core, store, network, keystore, clock, logger }: AssembleCeremoniesModules,
): Ceremonies {
  const { members, sync, outbox, author } = core;
  const chain: CeremonyChain = {
    position: () => ({
      height: core.chain.tip.header.height,
      final: EPOCH_BLOCKS * core.chain.view.finalised.epoch,
    }),
    members: () => members.current,
    states: (keys) => store.states(keys),
    hasPatients: async () => (await store.stateRange(TABLES.patient, EMPTY_BYTES, undefined, 1)).length > 0,
    behind: () => sync.behind,
  };
  const shares = new ChainShares(options, { chain, keystore, logger });
  const say = sayOnce({ outbox, author });
  const driver = new CeremonyDriver(options, { chain, network, keystore, clock, logger, randomBytes, say, shares });
  core.chain.onChange(({ connected, disconnected }) => {
    const told = disconnected.length > 0 || connected.some(({ families }) => families.includes('ceremony'));
    // nobody waits for it: a block is not held up by what other clinics take to answer
    if (told || shares.unsettled) void driver.look();
  });
  core.chain.onReplaced(() => void driver.look());
  return { shares, chain, start: () => shares.follow(), stop: () => driver.stop() };
}
