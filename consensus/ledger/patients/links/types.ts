// Payload and object of links: two handles that a clinic takes for one patient (PROTOCOL 7.4.5).
import { compareBytes, concatBytes } from '../../../../common/bytes.ts';
import { CodecError } from '../../../../common/codec/errors.ts';
import type { Reader } from '../../../../common/codec/reader.ts';
import { taggedHash } from '../../../../common/crypto/tagged-hash.ts';
import { PATIENTS_LINK } from '../../kinds.ts';
import { childId, clinicBytes } from '../../objects.ts';
import type { ClinicNumber } from '../../types.ts';
import { readHandle } from '../types.ts';

/** In the order of bytes. */
export type HandlePair = readonly [Uint8Array, Uint8Array];

export interface UnlinkPayload {
  readonly handles: HandlePair;
  /** Whose link it is. */
  readonly clinic: ClinicNumber;
}

/** Throws CodecError when both are the same. */
export function pairOf(one: Uint8Array, other: Uint8Array): HandlePair {
  const order = compareBytes(one, other);
  if (order === 0) throw new CodecError({ code: 'codec.value', field: 'link' });
  return order < 0 ? [one, other] : [other, one];
}

export function encodeLink(handles: HandlePair): Uint8Array {
  return concatBytes(...handles);
}

export function readLink(input: Reader): HandlePair {
  const [one, other] = [readHandle(input), readHandle(input)];
  if (compareBytes(one, other) >= 0) throw new CodecError({ code: 'codec.value', field: 'link' });
  return [one, other];
}

export function encodeUnlink({ handles, clinic }: UnlinkPayload): Uint8Array {
  return concatBytes(...handles, clinicBytes(clinic));
}

export function readUnlink(input: Reader): UnlinkPayload {
  return { handles: readLink(input), clinic: input.u16() };
}

/** Object id of a clinic's link. */
export function linkObject([one, other]: HandlePair, clinic: ClinicNumber): Uint8Array {
  const parent = taggedHash('wardmesh/patient-link/1', one, other);
  return childId(parent, PATIENTS_LINK, clinicBytes(clinic));
}
