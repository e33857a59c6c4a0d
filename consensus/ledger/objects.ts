// Ids of the objects that statements create (PROTOCOL 4.2). Owns derivation only.
import { concatBytes } from '../../common/bytes.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { authorBytes } from './authors.ts';
import type { Author, ClinicNumber } from './types.ts';

export const SALT_BYTES = 16;
/** The object of lists (PROTOCOL 4.3). */
export const NO_OBJECT: Uint8Array = new Uint8Array(32);

/** Id of what `author` creates with `salt`; nobody else can make the same one. */
export function objectId(kind: number, author: Author, salt: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/object/1', u16(kind), authorBytes(author), salt);
}

/** Id of the one object that `who` (author bytes, a clinic, a key: the family says) has on `parent`. */
export function childId(parent: Uint8Array, kind: number, who: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/child/1', parent, u16(kind), who);
}

/** A clinic as the part of a child id or raw state key that names it. */
export function clinicBytes(clinic: ClinicNumber): Uint8Array {
  return u16(clinic);
}

/** A clinic and a role: who gave what. */
export function clinicRoleBytes(clinic: ClinicNumber, role: number): Uint8Array {
  return concatBytes(u16(clinic), Uint8Array.of(role));
}

/** A clinic and one of the slots that it has. */
export function clinicSlotBytes(clinic: ClinicNumber, slot: number): Uint8Array {
  return concatBytes(u16(clinic), Uint8Array.of(slot));
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}
