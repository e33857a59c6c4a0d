// Joins the threat key's epochs to a node: what tells them to look, whom they ask, what follows when a key comes. Owns no
// rule; see key-epochs.ts.
import { randomBytes } from '#crypto';
import type { Clock } from '../../../common/clock.ts';
import type { Logger } from '../../../common/logger.ts';
import type { Genesis } from '../../../consensus/genesis.ts';
import type { ClinicNumber } from '../../../consensus/ledger/types.ts';
import type { Network } from '../../../p2p/ports.ts';
import type { Core } from '../../core.ts';
import type { KeyKeeper } from '../../members/own-keys.ts';
import type { ChainStore } from '../../store/ports.ts';
import { askForKeys } from './ask.ts';
import { ThreatKeyEpochs } from './key-epochs.ts';

export interface AssembleKeyEpochsModules {
  readonly core: Pick<Core, 'chain' | 'members' | 'outbox' | 'author' | 'sync' | 'voting'>;
  readonly store: Pick<ChainStore, 'states'>;
  readonly network: Network;
  readonly keystore: KeyKeeper;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function assembleKeyEpochs(
  options: { readonly genesis: Genesis; readonly clinic: ClinicNumber },
  { core, store, network, keystore, clock, logger }: AssembleKeyEpochsModules,
): ThreatKeyEpochs {
  const { members, outbox, author, sync, chain, voting } = core;
  const states = (keys: readonly Uint8Array[]) => store.states(keys);
  const epochs = new ThreatKeyEpochs(options, {
    ...{ keystore, outbox, author, clock, logger, randomBytes },
    chain: {
      states,
      final: () => voting.finality.finalHeight,
      members: () => members.current,
      behind: () => sync.behind,
    },
    ask: askForKeys(options, { network, keystore, states, logger, members: () => members.current }),
  });
  const look = () => epochs.look();
  chain.onChange(look);
  chain.onReplaced(look);
  voting.finality.onChange(look);
  network.onPeer((event) => event === 'connected' && epochs.met());
  return epochs;
}
