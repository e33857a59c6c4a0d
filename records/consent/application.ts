// An application of a clinic as custodians know it: an id that names its clinic, so that no other can show it, and the scopes
// that the clinic lets it have. Owns the id and the bytes of both; what they let it do is decide.ts.
import { equalBytes } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { MAX_SCOPE_BYTES, MAX_SCOPES, readScopes, writeScopes } from './actor-codec.ts';

export interface Application {
  /** 32 bytes, from `applicationId`. */
  readonly id: Uint8Array;
  /** SMART v2, as its clinic registered them. */
  readonly scopes: readonly string[];
}

/** Of the key with which it calls. */
export const APPLICATION_KEY_BYTES = 8;
const HASH_BYTES = 22;
/** Id, count, and scopes of full length. */
export const MAX_APPLICATION_BYTES = 33 + MAX_SCOPES * (2 + MAX_SCOPE_BYTES);

/** `clinic u16 | key 8 | hash of both 22`: nothing but an application looks like it. */
export function applicationId(clinic: ClinicNumber, key: Uint8Array): Uint8Array {
  const named = new Writer(32).u16(clinic).fixed(key, APPLICATION_KEY_BYTES).finish();
  return new Writer(32).fixed(named, named.length).fixed(hashOf(named), HASH_BYTES).finish();
}

/** The clinic that an application calls at; undefined for what is no application's id. */
export function clinicOfApplication(id: Uint8Array): ClinicNumber | undefined {
  const named = id.subarray(0, 2 + APPLICATION_KEY_BYTES);
  if (id.length !== 32 || !equalBytes(id.subarray(named.length), hashOf(named))) return undefined;
  return new Reader(named.subarray(0, 2)).u16();
}

export function writeApplication(out: Writer, { id, scopes }: Application): Writer {
  return writeScopes(out.fixed(id, 32), scopes);
}

/** Throws CodecError. */
export function readApplication(input: Reader): Application {
  const id = input.fixed(32);
  if (clinicOfApplication(id) === undefined) throw new CodecError({ code: 'codec.value', field: 'application' });
  return { id, scopes: readScopes(input) };
}

function hashOf(named: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/application/1', named).subarray(0, HASH_BYTES);
}
