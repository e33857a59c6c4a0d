// Payloads of the threat key's epochs (PROTOCOL 7.10.20): which key, by its hash alone, and a report under another key.
import type { Reader } from '../../../../common/codec/reader.ts';
import { Writer } from '../../../../common/codec/writer.ts';
import { taggedHash } from '../../../../common/crypto/tagged-hash.ts';
import { THREATS_KEY } from '../../kinds.ts';
import { childId, NO_OBJECT } from '../../objects.ts';
import { TAG_BYTES } from '../types.ts';

/** Of the key that genesis commits to. */
export const FIRST_THREAT_EPOCH = 1;
const HASH_BYTES = 32;

/** `threats.key`: the key of an epoch, 32 bytes of its hash. */
export interface KeyPayload {
  readonly epoch: number;
  readonly hash: Uint8Array;
}

/** `threats.retag`: the same report under the key of a later epoch. */
export interface RetagPayload {
  readonly keyEpoch: number;
  readonly tag: Uint8Array;
}

/** What the chain says of a threat key. */
export function threatKeyHash(key: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/threat-key/1', key);
}

/** An epoch is one object, whoever makes its key. */
export function keyObject(epoch: number): Uint8Array {
  return childId(NO_OBJECT, THREATS_KEY, new Writer(4).u32(epoch).finish());
}

export function encodeKey({ epoch, hash }: KeyPayload): Uint8Array {
  return new Writer(36).u32(epoch).fixed(hash, HASH_BYTES).finish();
}

export function readKey(input: Reader): KeyPayload {
  return { epoch: input.u32(), hash: input.fixed(HASH_BYTES) };
}

export function encodeRetag({ keyEpoch, tag }: RetagPayload): Uint8Array {
  return new Writer(20).u32(keyEpoch).fixed(tag, TAG_BYTES).finish();
}

export function readRetag(input: Reader): RetagPayload {
  return { keyEpoch: input.u32(), tag: input.fixed(TAG_BYTES) };
}
