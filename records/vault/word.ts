// The patient's word: what she, or who acts for her, decides about her records at one clinic, signed by a device key of the
// account, kept by the clinic as the proof of what it does on it. Owns bytes and signature.
import { signEd25519, verifyEd25519 } from '#crypto';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { CATEGORIES, type Category, categoryByte, categoryOfByte } from '../category.ts';
import { readActor, writeActor } from '../consent/actor-codec.ts';
import { type Actor, PURPOSES, type PurposeCode } from '../consent/terms.ts';

/**
 * Allowing or refusing a request, sharing without one, stopping what was shared, letting somebody act for her, keeping branches
 * from reading by being branches, letting them again; shutting somebody out, letting them again, ending that somebody acts, asking
 * to be erased. In the order of their bytes, from 1.
 */
export const PATIENT_ACTS = [
  ...(['allow', 'refuse', 'share', 'stop', 'delegate', 'branches-off', 'branches-on'] as const),
  ...(['deny', 'lift', 'end-acting', 'erase'] as const),
] as const;
export type PatientAct = (typeof PATIENT_ACTS)[number];

/** Whom, what, why, and until when, ms. */
export interface SharedTerms {
  readonly actor: Actor;
  readonly categories: readonly Category[];
  readonly purposes: readonly PurposeCode[];
  readonly until: number;
}

export interface PatientWord {
  readonly act: PatientAct;
  /** At which the records are. */
  readonly clinic: ClinicNumber;
  readonly account: Uint8Array;
  /** The request, the share, the representative, `delegateOf` whom she chose, `wishHash` of a text; zeros for what is of her own accord. */
  readonly about: Uint8Array;
  /** Of `allow`, `share` and `deny`, as she was shown them. */
  readonly terms: SharedTerms | undefined;
  /** ms, by the device. */
  readonly at: number;
  /** The patient's handle, where the account is of somebody who acts for her. */
  readonly patient?: Uint8Array | undefined;
  /** The take-over of that patient whose key signs, 32 bytes; undefined: a device key of the account does. */
  readonly takeOver?: Uint8Array | undefined;
}

/** Room for an application with every scope that it may have, of usual length; a consent names them once more. */
export const MAX_WORD_BYTES = 1_536;
export const NOTHING_ASKED: Uint8Array = new Uint8Array(32);

/** Throws CodecError for terms that are too long. */
export function encodeWord({ act, clinic, account, about, terms, at, ...by }: PatientWord): Uint8Array {
  const out = new Writer(160).u8(PATIENT_ACTS.indexOf(act) + 1).u16(clinic);
  out.fixed(account, 32).fixed(about, 32).u64(at);
  if (terms === undefined) return endWord(out.u8(0), by);
  writeActor(out.u8(1), terms.actor);
  const categories = [...new Set(terms.categories.map(categoryByte))].sort((a, b) => a - b);
  const purposes = [...new Set(terms.purposes.map((code) => PURPOSES.indexOf(code) + 1))].sort((a, b) => a - b);
  for (const list of [categories, purposes]) {
    out.u8(list.length);
    for (const byte of list) out.u8(byte);
  }
  return endWord(out.u64(terms.until), by);
}

function endWord(out: Writer, { patient, takeOver }: Pick<PatientWord, 'patient' | 'takeOver'>): Uint8Array {
  if (patient !== undefined) out.fixed(patient, 32);
  else if (takeOver !== undefined) throw wrong('take-over');
  const word = (takeOver === undefined ? out : out.fixed(takeOver, 32)).finish();
  if (word.length > MAX_WORD_BYTES) throw tooLong(word.length);
  return word;
}

/** Throws CodecError. */
export function decodeWord(bytes: Uint8Array): PatientWord {
  if (bytes.length > MAX_WORD_BYTES) throw tooLong(bytes.length);
  const input = new Reader(bytes);
  const act = PATIENT_ACTS[input.u8() - 1];
  if (act === undefined) throw wrong('act');
  const word = { act, clinic: input.u16(), account: input.fixed(32), about: input.fixed(32), at: input.u64() };
  const flag = input.u8();
  if (flag > 1) throw wrong('terms');
  const terms = flag === 0 ? undefined : readTerms(input);
  const patient = input.left === 0 ? undefined : input.fixed(32);
  const takeOver = input.left === 0 ? undefined : input.fixed(32);
  input.end();
  return { ...word, terms, patient, takeOver };
}

/** Whom she lets act for her, by the name that one signs in with, and until when: 32 bytes. */
export function delegateOf(user: string, until: number): Uint8Array {
  const name = new TextEncoder().encode(user.normalize('NFC'));
  return taggedHash('wardmesh/patient-delegate/1', new Writer(8).u64(until).finish(), name);
}

/** What she says as she asks to be erased, 32 bytes. */
export function wishHash(text: string): Uint8Array {
  return taggedHash('wardmesh/patient-wish/1', new TextEncoder().encode(text.normalize('NFC')));
}

/** Names what one word gave, 32 bytes. */
export function shareOf(word: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/patient-share/1', word);
}

export function signWord(word: Uint8Array, genesisId: Uint8Array, seed: Uint8Array): Uint8Array {
  return signEd25519(seed, messageOf(word, genesisId));
}

export function verifyWord(
  word: Uint8Array,
  genesisId: Uint8Array,
  key: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  return verifyEd25519(key, messageOf(word, genesisId), signature);
}

function readTerms(input: Reader): SharedTerms {
  const actor = readActor(input);
  const categories = ascending(input, CATEGORIES.length, 'category').map((byte) => categoryOfByte(byte) as Category);
  const purposes = ascending(input, PURPOSES.length, 'purpose').map((byte) => PURPOSES[byte - 1] as PurposeCode);
  return { actor, categories, purposes, until: input.u64() };
}

function ascending(input: Reader, highest: number, field: string): number[] {
  const length = input.u8();
  if (length > highest) throw wrong(field);
  const found: number[] = [];
  for (let i = 0; i < length; i++) {
    const byte = input.u8();
    if (byte <= (found.at(-1) ?? 0) || byte > highest) throw wrong(field);
    found.push(byte);
  }
  return found;
}

function messageOf(word: Uint8Array, genesisId: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/patient-word/1', genesisId, word);
}

function wrong(field: string): CodecError {
  return new CodecError({ code: 'codec.value', field: `word.${field}` });
}

function tooLong(length: number): CodecError {
  return new CodecError({ code: 'codec.length', field: 'word', length, limit: MAX_WORD_BYTES });
}
