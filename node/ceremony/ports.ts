// What a ceremony needs of the rest of the node.
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { MemberSet } from '../../consensus/member-set.ts';
import type { Network } from '../../p2p/ports.ts';
import type { ClinicStatement } from '../clinic-author.ts';
import type { KeyKeeper } from '../members/own-keys.ts';

export interface CeremonyChain {
  /** Of the tip, and of the last block that is final. */
  position(): { readonly height: number; readonly final: number };
  members(): MemberSet;
  /** State rows at the tip. */
  states(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]>;
  /** Whether the network has registered a patient. */
  hasPatients(): Promise<boolean>;
  /** Whether others may be ahead. */
  behind(): boolean;
}

export interface CeremonyModules {
  readonly chain: CeremonyChain;
  readonly network: Pick<Network, 'serve' | 'request'>;
  readonly keystore: KeyKeeper;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly randomBytes: (length: number) => Uint8Array;
  /** On disk when it resolves. Said once: what waits or was applied is not said again. */
  say(statement: ClinicStatement): Promise<void>;
}

export interface CeremonyOptions {
  readonly genesis: import('../../consensus/genesis.ts').Genesis;
  readonly genesisId: Uint8Array;
  readonly clinic: ClinicNumber;
}
