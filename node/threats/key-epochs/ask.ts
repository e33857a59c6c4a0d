// Asks the members for threat keys that this clinic lacks, those first that made them. Owns no rule; see key-epochs.ts.
import type { Logger } from '../../../common/logger.ts';
import type { Genesis } from '../../../consensus/genesis.ts';
import type { ClinicNumber } from '../../../consensus/ledger/types.ts';
import type { MemberSet } from '../../../consensus/member-set.ts';
import { peerIdOf } from '../../../p2p/peer-id.ts';
import type { Network } from '../../../p2p/ports.ts';
import { askForSharedKeys } from '../../joining/ask-shared-keys.ts';
import type { KeyKeeper } from '../../members/own-keys.ts';
import { epochHashes, type ReadStates } from './epochs.ts';
import type { KeyEpochsModules } from './key-epochs.ts';

export interface AskForKeysModules {
  readonly network: Pick<Network, 'peers' | 'request'>;
  readonly keystore: Pick<KeyKeeper, 'contents'>;
  readonly states: ReadStates;
  readonly members: () => MemberSet;
  readonly logger: Logger;
}

export function askForKeys(
  { genesis, clinic }: { readonly genesis: Genesis; readonly clinic: ClinicNumber },
  { network, keystore, states, members, logger }: AskForKeysModules,
): KeyEpochsModules['ask'] {
  const hashes = (numbers: readonly number[]) => epochHashes(genesis, states, numbers);
  return (makers, lacking, signal) => {
    const first = makers.flatMap((number) => members().clinic(number)?.nodeKey ?? []).map(peerIdOf);
    const encryptionSecret = keystore.contents.seeds.encryption;
    const options = { genesis, clinic, encryptionSecret, first };
    return askForSharedKeys(options, { network, logger, hashes }, signal, lacking);
  };
}
