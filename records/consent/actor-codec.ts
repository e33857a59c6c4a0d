// An actor of a consent as bytes (PROTOCOL 7.6).
import { CodecError } from '../../common/codec/errors.ts';
import type { Reader } from '../../common/codec/reader.ts';
import type { Writer } from '../../common/codec/writer.ts';
import { ROLES, roleByte } from '../../consensus/ledger/accounts/types.ts';
import { parseScope } from './smart-scopes.ts';
import type { Actor } from './terms.ts';

export const MAX_SCOPES = 32;
export const MAX_SCOPE_BYTES = 128;
const ACCOUNT_BYTES = 32;
/** Clinics are numbered from 1. */
const ANYWHERE = 0;

export function writeActor(out: Writer, actor: Actor): void {
  if (actor.kind === 'person') out.u8(1).fixed(actor.account, ACCOUNT_BYTES);
  else if (actor.kind === 'role')
    out
      .u8(2)
      .u8(roleByte(actor.role))
      .u16(actor.clinic ?? ANYWHERE);
  else if (actor.kind === 'clinic') out.u8(3).u16(actor.clinic);
  else if (actor.kind === 'organisation') out.u8(4).u16(actor.organisation);
  else writeScopes(out.u8(5).fixed(actor.id, ACCOUNT_BYTES), actor.scopes);
}

/** Each once, in the order of their bytes. */
export function writeScopes(out: Writer, given: readonly string[]): Writer {
  const scopes = [...new Set(given)].sort();
  if (scopes.length > MAX_SCOPES || scopes.some((scope) => parseScope(scope) === undefined)) throw wrong('scopes');
  out.u8(scopes.length);
  for (const scope of scopes) out.text16(scope, MAX_SCOPE_BYTES);
  return out;
}

export function readActor(input: Reader): Actor {
  const kind = input.u8();
  if (kind === 1) return { kind: 'person', account: input.fixed(ACCOUNT_BYTES) };
  if (kind === 2) return readRole(input);
  if (kind === 3) return { kind: 'clinic', clinic: input.u16() };
  if (kind === 4) return { kind: 'organisation', organisation: input.u16() };
  if (kind !== 5) throw wrong('actor');
  return { kind: 'application', id: input.fixed(ACCOUNT_BYTES), scopes: readScopes(input) };
}

function readRole(input: Reader): Actor {
  const role = ROLES[input.u8() - 1];
  if (role === undefined) throw wrong('role');
  const clinic = input.u16();
  return clinic === ANYWHERE ? { kind: 'role', role } : { kind: 'role', role, clinic };
}

/** Throws CodecError. */
export function readScopes(input: Reader): string[] {
  const length = input.u8();
  if (length > MAX_SCOPES) throw wrong('scopes');
  const scopes: string[] = [];
  for (let i = 0; i < length; i++) {
    const scope = input.text16(MAX_SCOPE_BYTES);
    const last = scopes.at(-1);
    if (parseScope(scope) === undefined || (last !== undefined && scope <= last)) throw wrong('scopes');
    scopes.push(scope);
  }
  return scopes;
}

function wrong(field: string): CodecError {
  return new CodecError({ code: 'codec.value', field: `consent.${field}` });
}
