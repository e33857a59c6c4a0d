// A signature of the chain as this clinic holds it: the row, what its bytes mean, and where it stands.
import { toHex } from '../../../common/bytes.ts';
import { CodecError } from '../../../common/codec/errors.ts';
import { isOver, SHADOW } from '../../../consensus/ledger/threats/signatures/quorum.ts';
import type { SignatureRow } from '../../../consensus/ledger/threats/signatures/rows.ts';
import type { Signature, SignatureDefinition } from '../../../gateway/signatures/signature.ts';
import { decodeSignature } from '../../../gateway/signatures/signature-codec.ts';

/** `over`: not confirmed in time; `shadow`: confirmed within the hour, matched without effect. */
export type SignatureState = 'proposed' | 'over' | 'shadow' | 'in-force' | 'retired';

export interface HeldSignature {
  /** The object id, 32 bytes. */
  readonly id: Uint8Array;
  readonly row: SignatureRow;
  /** Undefined when the bytes are no definition (PROTOCOL 7.10.46): such a signature is in force nowhere. */
  readonly definition: SignatureDefinition | undefined;
}

export function heldSignature(id: Uint8Array, row: SignatureRow): HeldSignature {
  try {
    return { id, row, definition: decodeSignature(row.definition) };
  } catch (error) {
    if (error instanceof CodecError) return { id, row, definition: undefined };
    throw error;
  }
}

export function stateOf({ row }: HeldSignature, now: number): SignatureState {
  if (!row.live) return 'retired';
  if (row.confirmed === 0) return isOver(row, now) ? 'over' : 'proposed';
  return now < effectiveFrom(row) ? 'shadow' : 'in-force';
}

/** ms since 1970 (PROTOCOL 7.10.45). */
export function effectiveFrom({ confirmed }: SignatureRow): number {
  return confirmed + SHADOW;
}

/** What the matcher takes: undefined for what is not confirmed or not readable. */
export function matchable({ id, row, definition }: HeldSignature): Signature | undefined {
  if (definition === undefined || row.confirmed === 0) return undefined;
  return { ...definition, id: toHex(id), effectiveFrom: effectiveFrom(row) };
}
