// What the chain is told of who acts for a patient (PROTOCOL 7.4.16): nothing to whoever does not know the PID.
import { Writer } from '../../common/codec/writer.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { type Pid, pidBytes } from './pid.ts';

/** A parent or legal guardian; an adult whom the patient chose. In the order of their bytes, from 1. */
export const REPRESENTATIVE_KINDS = ['guardian', 'delegate'] as const;
export type RepresentativeKind = (typeof REPRESENTATIVE_KINDS)[number];

export interface Representation {
  readonly account: Uint8Array;
  readonly kind: RepresentativeKind;
  /** ms; the first moment at which it is over. */
  readonly ends: number;
}

/** 32 bytes. Throws IdentifierError `identifier.pid`. */
export function representativeCommitment(pid: Pid, { account, kind, ends }: Representation): Uint8Array {
  const terms = new Writer(9).u8(REPRESENTATIVE_KINDS.indexOf(kind) + 1).u64(ends);
  return taggedHash('wardmesh/patient-representative/1', pidBytes(pid), account, terms.finish());
}

/** What stands on the chain for an end: the year after it, so that no birthday does. */
export function publicEnd(ends: number): number {
  return Date.UTC(new Date(ends - 1).getUTCFullYear() + 1, 0, 1);
}
