// How clinics ask each other for registrations of the same persons: handles with their tokens, and which of them meet a
// token of the asked clinic. Bytes only (PROTOCOL 8.25).
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { HANDLE_BYTES } from '../../consensus/ledger/patients/types.ts';
import { LINK_KINDS, LINK_TOKEN_BYTES, type LinkToken } from '../../identity/patient/link-tokens.ts';
import type { ProtocolOptions } from '../../p2p/ports.ts';

/** Patients in one request. */
export const MAX_ASKED = 32;
/** Registrations in one answer; more would be a token that says nothing. */
export const MAX_MATCHES = 255;

const ENTRY_BYTES = HANDLE_BYTES + 1 + LINK_KINDS.length * (1 + LINK_TOKEN_BYTES);
const MATCH_BYTES = 1 + HANDLE_BYTES + 1;
const ALL_KINDS = 2 ** LINK_KINDS.length - 1;

export const LINK_TOKENS: ProtocolOptions = {
  protocol: '/wardmesh/link-tokens/1',
  maxRequestBytes: 1 + MAX_ASKED * ENTRY_BYTES,
  maxChunkBytes: 2 + MAX_MATCHES * MATCH_BYTES,
  maxChunks: 1,
  rate: 2,
  burst: 64,
};

/** A patient of the asking clinic. */
export interface AskedPatient {
  readonly handle: Uint8Array;
  readonly tokens: readonly LinkToken[];
}

/** A patient of the asked clinic that meets the one at `index`; `kinds` are bits in the order of LINK_KINDS. */
export interface TokenMatch {
  readonly index: number;
  readonly handle: Uint8Array;
  readonly kinds: number;
}

export interface TokenAnswer {
  /** So many of the asked were looked at; the chain of the asked clinic does not know the next one yet. */
  readonly done: number;
  readonly matches: readonly TokenMatch[];
}

/** `count u8 (1..32) | count x (handle 32 | tokens u8 (1..6) | tokens x (kind u8 | token 16))`, kinds ascending. */
export function encodeAsked(patients: readonly AskedPatient[]): Uint8Array {
  const out = new Writer(1 + patients.length * ENTRY_BYTES).u8(patients.length);
  for (const { handle, tokens } of patients) writeTokens(out.fixed(handle, HANDLE_BYTES), tokens);
  return out.finish();
}

export function decodeAsked(bytes: Uint8Array): AskedPatient[] {
  const reader = new Reader(bytes);
  const count = reader.u8();
  if (count < 1 || count > MAX_ASKED) throw new CodecError({ code: 'codec.range', field: 'asked' });
  const patients = Array.from({ length: count }, () => ({
    handle: reader.fixed(HANDLE_BYTES),
    tokens: readTokens(reader),
  }));
  reader.end();
  return patients;
}

/** `done u8 | count u8 | count x (index u8 | handle 32 | kinds u8)`. */
export function encodeTokenAnswer({ done, matches }: TokenAnswer): Uint8Array {
  const out = new Writer(2 + matches.length * MATCH_BYTES).u8(done).u8(matches.length);
  for (const { index, handle, kinds } of matches) out.u8(index).fixed(handle, HANDLE_BYTES).u8(kinds);
  return out.finish();
}

/** Of so many asked. */
export function decodeTokenAnswer(bytes: Uint8Array, asked: number): TokenAnswer {
  const reader = new Reader(bytes);
  const done = reader.u8();
  if (done > asked) throw new CodecError({ code: 'codec.range', field: 'done' });
  const count = reader.u8();
  const matches = Array.from({ length: count }, () => {
    const match = { index: reader.u8(), handle: reader.fixed(HANDLE_BYTES), kinds: reader.u8() };
    if (match.index >= done) throw new CodecError({ code: 'codec.range', field: 'match.index' });
    if (match.kinds < 1 || match.kinds > ALL_KINDS) throw new CodecError({ code: 'codec.range', field: 'match.kinds' });
    return match;
  });
  reader.end();
  return { done, matches };
}

/** `tokens u8 (1..6) | tokens x (kind u8 | token 16)`, kinds ascending. */
export function writeTokens(out: Writer, tokens: readonly LinkToken[]): Writer {
  out.u8(tokens.length);
  for (const { kind, token } of tokens) out.u8(LINK_KINDS.indexOf(kind) + 1).fixed(token, LINK_TOKEN_BYTES);
  return out;
}

export function readTokens(reader: Reader): LinkToken[] {
  const count = reader.u8();
  if (count < 1 || count > LINK_KINDS.length) throw new CodecError({ code: 'codec.range', field: 'tokens' });
  let last = 0;
  return Array.from({ length: count }, () => {
    const byte = reader.u8();
    const kind = LINK_KINDS[byte - 1];
    if (kind === undefined || byte <= last) throw new CodecError({ code: 'codec.value', field: 'token.kind' });
    last = byte;
    return { kind, token: reader.fixed(LINK_TOKEN_BYTES) };
  });
}

/** Bits in the order of LINK_KINDS. */
export function kindBit(token: LinkToken): number {
  return 1 << LINK_KINDS.indexOf(token.kind);
}
