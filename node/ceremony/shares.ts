// The threshold keys of the network as the rest of the node sees them: who holds a share of what, and this clinic's own.
// How a key comes to be is the ceremony's business.
import type { Genesis } from '../../consensus/genesis.ts';
import { GENESIS_GENERATION, type Purpose } from '../../consensus/ledger/ceremony/purpose.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';

export interface ShareHolder {
  readonly clinic: ClinicNumber;
  /** Where its share lies on the polynomial: never 0, never that of another. */
  readonly index: number;
  /** Public half of its share, 32 bytes (ristretto255). */
  readonly verificationShare: Uint8Array;
}

export interface KeyGeneration {
  readonly purpose: Purpose;
  /** Counts up with every key generation and resharing; 0 is the identifier key of genesis. */
  readonly generation: number;
  /** Of the whole key, 32 bytes. Resharing keeps it. */
  readonly publicKey: Uint8Array;
  /** How many shares make the key. */
  readonly threshold: number;
  /** In the order of their indices. */
  readonly holders: readonly ShareHolder[];
  /** How few shares ever made this key: below `threshold`, what was copied from an earlier generation may suffice. */
  readonly origin: number;
}

export interface Shares {
  /** The newest generation that is final. */
  current(purpose: Purpose): KeyGeneration | undefined;
  /** The newest and, while others may not have seen the switch, the one before it. */
  at(purpose: Purpose, generation: number): KeyGeneration | undefined;
  /** This clinic's share, a secret scalar of 32 bytes; undefined where it holds none. */
  own(purpose: Purpose, generation: number): Uint8Array | undefined;
  /** Runs when a generation was added or ended. Returns the unsubscriber. */
  onChange(listener: () => void): () => void;
}

/** Generation 0: the key of genesis, of which every member holds the whole. */
export function genesisGeneration(genesis: Genesis, clinics: readonly ClinicNumber[]): KeyGeneration {
  const publicKey = genesis.identifierKey;
  return {
    purpose: 'identifier',
    generation: GENESIS_GENERATION,
    publicKey,
    threshold: 1,
    holders: clinics.map((clinic) => ({ clinic, index: clinic, verificationShare: publicKey })),
    origin: 1,
  };
}
