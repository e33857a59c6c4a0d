// One API key as it stands on disk: with the hash of its secret, never the secret. Owns the layout only.
import { CodecError } from '../../../common/codec/errors.ts';
import { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import { taggedHash } from '../../../common/crypto/tagged-hash.ts';

export interface ApiKeyRecord {
  /** 8 bytes, hex. */
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  /** CIDR; empty: from anywhere. */
  readonly addresses: readonly string[];
  readonly made: number;
  readonly madeBy: string | null;
  readonly until: number;
  readonly revoked: boolean;
  readonly hash: Uint8Array;
  /** Of the secret before, and until when it is good. */
  readonly old: { readonly hash: Uint8Array; readonly until: number } | undefined;
  readonly lastUsed: number | null;
  readonly lastAddress: string | null;
}

const VERSION = 1;
const MAX_TEXT_BYTES = 512;
const MAX_LIST = 64;

/** Secrets have 256 bits of randomness: a fast hash keeps them as well as a slow one would. */
export function secretHash(secret: string): Uint8Array {
  return taggedHash('wardmesh/api-key/1', new TextEncoder().encode(secret));
}

export function encodeApiKey(record: ApiKeyRecord): Uint8Array {
  const out = new Writer(512).u8(VERSION).text16(record.id, MAX_TEXT_BYTES).text16(record.name, MAX_TEXT_BYTES);
  for (const list of [record.scopes, record.addresses]) {
    out.u8(list.length);
    for (const text of list) out.text16(text, MAX_TEXT_BYTES);
  }
  out
    .u64(record.made)
    .text16(record.madeBy ?? '', MAX_TEXT_BYTES)
    .u64(record.until)
    .u8(record.revoked ? 1 : 0);
  out.fixed(record.hash, 32).u8(record.old === undefined ? 0 : 1);
  if (record.old !== undefined) out.fixed(record.old.hash, 32).u64(record.old.until);
  return out
    .u64(record.lastUsed ?? 0)
    .text16(record.lastAddress ?? '', MAX_TEXT_BYTES)
    .finish();
}

/** Throws CodecError. */
export function decodeApiKey(bytes: Uint8Array): ApiKeyRecord {
  const input = new Reader(bytes);
  if (input.u8() !== VERSION) throw new CodecError({ code: 'codec.value', field: 'API key version' });
  const text = (): string => input.text16(MAX_TEXT_BYTES);
  const list = (): string[] => {
    const length = input.u8();
    if (length > MAX_LIST) throw new CodecError({ code: 'codec.value', field: 'API key list' });
    return Array.from({ length }, text);
  };
  const [id, name, scopes, addresses] = [text(), text(), list(), list()];
  const [made, madeBy, until] = [input.u64(), text(), input.u64()];
  const revoked = input.u8() === 1;
  const hash = input.fixed(32);
  const old = input.u8() === 1 ? { hash: input.fixed(32), until: input.u64() } : undefined;
  const [lastUsed, lastAddress] = [input.u64(), text()];
  input.end();
  return {
    ...{ id, name, scopes, addresses, made, until, revoked, hash, old },
    madeBy: madeBy === '' ? null : madeBy,
    lastUsed: lastUsed === 0 ? null : lastUsed,
    lastAddress: lastAddress === '' ? null : lastAddress,
  };
}
