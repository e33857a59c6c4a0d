// How the branches of one organisation ask each other for patients by name, birth date or handle, and what they answer. Bytes
// only (PROTOCOL 8.28).
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { ROLES, type Role } from '../../consensus/ledger/accounts/types.ts';
import { HANDLE_BYTES } from '../../consensus/ledger/patients/types.ts';
import type { ProtocolOptions } from '../../p2p/ports.ts';
import { type Found, MAX_FOUND } from './directory.ts';
import { MAX_ENTRY_BYTES, readEntry, writeEntry } from './directory-entry.ts';
import type { NameQuery } from './name-query.ts';

/** Bytes of a typed name. */
export const MAX_NAME_BYTES = 256;
const MAX_DATE_BYTES = 10;
const MAX_REQUEST_BYTES = 32 + 1 + 1 + 2 + MAX_NAME_BYTES + 2 + MAX_DATE_BYTES + HANDLE_BYTES;

export const FIND: ProtocolOptions = {
  protocol: '/wardmesh/find/1',
  maxRequestBytes: MAX_REQUEST_BYTES,
  maxChunkBytes: 2 + MAX_FOUND * MAX_ENTRY_BYTES,
  maxChunks: 1,
  rate: 5,
  burst: 50,
};

/** Who looks for whom. */
export interface FindRequest {
  readonly account: Uint8Array;
  readonly role: Role;
  readonly sought: NameQuery | { readonly handle: Uint8Array };
}

/** `account 32 | role u8 | u8 (1 name, 2 handle) | (name t16 | birth date t16) or handle 32`. */
export function encodeFind({ account, role, sought }: FindRequest): Uint8Array {
  const out = new Writer(MAX_REQUEST_BYTES).fixed(account, 32).u8(ROLES.indexOf(role) + 1);
  if ('handle' in sought) return out.u8(2).fixed(sought.handle, HANDLE_BYTES).finish();
  return out.u8(1).text16(sought.name, MAX_NAME_BYTES).text16(sought.birthDate, MAX_DATE_BYTES).finish();
}

/** Throws CodecError. */
export function decodeFind(bytes: Uint8Array): FindRequest {
  const input = new Reader(bytes);
  const account = input.fixed(32);
  const role = ROLES[input.u8() - 1];
  if (role === undefined) throw new CodecError({ code: 'codec.value', field: 'find.role' });
  const sought = readSought(input);
  input.end();
  return { account, role, sought };
}

function readSought(input: Reader): FindRequest['sought'] {
  switch (input.u8()) {
    case 1: {
      const [name, birthDate] = [input.text16(MAX_NAME_BYTES), input.text16(MAX_DATE_BYTES)];
      if (!/^(\d{4}-\d\d-\d\d)?$/.test(birthDate)) throw new CodecError({ code: 'codec.value', field: 'find.birth' });
      return { name, birthDate };
    }
    case 2:
      return { handle: input.fixed(HANDLE_BYTES) };
    default:
      throw new CodecError({ code: 'codec.value', field: 'find.sought' });
  }
}

/** `more u8 | count u8 (<= 20) | count x entry`. */
export function encodeFound({ entries, more }: Found): Uint8Array {
  const out = new Writer(2 + entries.length * MAX_ENTRY_BYTES).u8(Number(more)).u8(entries.length);
  for (const entry of entries) writeEntry(out, entry);
  return out.finish();
}

/** Throws CodecError. */
export function decodeFound(bytes: Uint8Array): Found {
  const input = new Reader(bytes);
  const more = input.u8();
  const count = input.u8();
  if (more > 1) throw new CodecError({ code: 'codec.value', field: 'found.more' });
  if (count > MAX_FOUND) throw new CodecError({ code: 'codec.range', field: 'found.count' });
  const entries = Array.from({ length: count }, () => readEntry(input));
  input.end();
  return { entries, more: more === 1 };
}
