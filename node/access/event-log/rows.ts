// The rows of the event log in its database:
//
// | prefix | key    | value                                                             |
// |--------|--------|-------------------------------------------------------------------|
// | le     | u64    | entry                                                             |
// | ls     | u64    | public key 32, signature 64, over the head after the entry       |
// | lb     |        | first number u64, hash before it 32, bytes of all entries u64     |
import { concatBytes } from '../../../common/bytes.ts';
import { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';

const ENTRY = Uint8Array.of(0x6c, 0x65);
const SIGNATURE = Uint8Array.of(0x6c, 0x73);
export const BEGIN_KEY = Uint8Array.of(0x6c, 0x62);

export const ENTRIES_PREFIX = ENTRY;
export const SIGNATURES_PREFIX = SIGNATURE;

export function entryKey(number: number): Uint8Array {
  return concatBytes(ENTRY, new Writer(8).u64(number).finish());
}

export function signatureKey(number: number): Uint8Array {
  return concatBytes(SIGNATURE, new Writer(8).u64(number).finish());
}

export function numberOfKey(key: Uint8Array): number {
  return new Reader(key.subarray(2)).u64();
}

/** Where the log begins: what came before was cut off. */
export interface Begin {
  readonly first: number;
  /** Hash of the entry before the first. */
  readonly previous: Uint8Array;
  readonly bytes: number;
}

export function encodeBegin({ first, previous, bytes }: Begin): Uint8Array {
  return new Writer(48).u64(first).fixed(previous, 32).u64(bytes).finish();
}

export function decodeBegin(value: Uint8Array): Begin {
  const input = new Reader(value);
  const begin = { first: input.u64(), previous: input.fixed(32), bytes: input.u64() };
  input.end();
  return begin;
}

export interface HeadSignature {
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
}

export function encodeSignature({ publicKey, signature }: HeadSignature): Uint8Array {
  return new Writer(96).fixed(publicKey, 32).fixed(signature, 64).finish();
}

export function decodeSignature(value: Uint8Array): HeadSignature {
  const input = new Reader(value);
  const row = { publicKey: input.fixed(32), signature: input.fixed(64) };
  input.end();
  return row;
}
