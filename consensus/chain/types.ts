// Shapes of headers and blocks (PROTOCOL 5). Owns no rule.
import type { ClinicNumber, SealedTransaction } from '../ledger/types.ts';

/** 232 bytes. Roots other than txRoot stand for the state after the parent. */
export interface Header {
  readonly version: number;
  readonly height: number;
  readonly parent: Uint8Array;
  readonly txRoot: Uint8Array;
  readonly outcomeRoot: Uint8Array;
  readonly stateRoot: Uint8Array;
  /** Merkle mountain range over the ids of all earlier headers, genesis included. */
  readonly historyRoot: Uint8Array;
  readonly memberSet: number;
  readonly signer: ClinicNumber;
  /** ms since 1970. */
  readonly timestamp: number;
  readonly target: bigint;
  readonly extraNonce: bigint;
  readonly nonce: bigint;
}

export interface SignedHeader {
  readonly header: Header;
  /** By the signer's node key over the id, outside the id; 64 bytes. */
  readonly signature: Uint8Array;
}

export interface Block extends SignedHeader {
  /** Encoded finality certificate (PROTOCOL 5.13); empty when the block has none. */
  readonly certificate: Uint8Array;
  readonly transactions: readonly SealedTransaction[];
}

/** Roots that a child of an executed block must carry. */
export interface ChildRoots {
  readonly outcomeRoot: Uint8Array;
  readonly stateRoot: Uint8Array;
  readonly historyRoot: Uint8Array;
}
