// What the chain is told of who takes over what clinics keep of a patient (PROTOCOL 7.4.8): nothing without the salt.
import { Writer } from '../../common/codec/writer.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';

/** The patient; a parent or legal guardian. In the order of their bytes, from 1. */
const WHO = ['patient', 'guardian'] as const;

export interface TakeOverTerms {
  readonly account: Uint8Array;
  readonly as: (typeof WHO)[number];
  /** ms, the first moment at which it is over; 0 without an end. */
  readonly ends: number;
}

/** 32 bytes; `salt`: 32 that nobody else knows. */
export function takeOverCommitment(salt: Uint8Array, { account, as, ends }: TakeOverTerms): Uint8Array {
  const terms = new Writer(9).u8(WHO.indexOf(as) + 1).u64(ends);
  return taggedHash('wardmesh/take-over-terms/1', salt, account, terms.finish());
}
