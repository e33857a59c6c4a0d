// The bytes of a keystore file: scrypt parameters in clear, contents under AES-256-GCM. Owns no path and no contents.
//   magic 8 "WMR1KEYS" | version u8 = 1 | log2 N u8 | r u8 | p u8 | salt 32 | nonce 12 | ciphertext and tag b16
// Everything before the ciphertext is authenticated with it.
import { aeadOpen, aeadSeal, randomBytes, scryptKdf } from '#crypto';
import { equalBytes } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';

export interface KdfParams {
  readonly log2N: number;
  readonly r: number;
  readonly p: number;
}

/** What opened a file also seals its next version. */
export interface SealingKey {
  readonly params: KdfParams;
  readonly salt: Uint8Array;
  readonly key: Uint8Array;
}

/** 32 MiB and about a quarter of a second. */
export const STANDARD_KDF: KdfParams = { log2N: 15, r: 8, p: 3 };

/** Longer files are not read. */
export const MAX_KEYSTORE_BYTES = 8192;

const MAGIC = new TextEncoder().encode('WMR1KEYS');
const FILE_VERSION = 1;
const SALT_BYTES = 32;
const NONCE_BYTES = 12;
const KEY_BYTES = 32;
/** A file may not ask for more: 128 MiB. */
const MAX_LOG2_N = 17;
const MAX_R = 8;
const MAX_P = 8;

const encoder = new TextEncoder();

interface SealedFile {
  readonly params: KdfParams;
  readonly salt: Uint8Array;
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
  /** What stands before the ciphertext. */
  readonly head: Uint8Array;
}

export async function newSealingKey(passphrase: string, params: KdfParams): Promise<SealingKey> {
  const salt = randomBytes(SALT_BYTES);
  return { params, salt, key: await deriveKey(passphrase, salt, params) };
}

export function sealFile({ params, salt, key }: SealingKey, plaintext: Uint8Array): Uint8Array {
  // One file is written a few times in its life: random nonces of 96 bits do not meet.
  const nonce = randomBytes(NONCE_BYTES);
  const head = encodeHead(params, salt, nonce);
  const ciphertext = aeadSeal(key, nonce, plaintext, head);
  return new Writer(head.length + ciphertext.length + 2).fixed(head, head.length).bytes16(ciphertext).finish();
}

/** Throws CodecError for what is no such file, CryptoError `crypto.open` for a wrong passphrase or altered bytes. */
export async function openFile(
  passphrase: string,
  bytes: Uint8Array,
): Promise<{ key: SealingKey; plaintext: Uint8Array }> {
  const { params, salt, nonce, ciphertext, head } = decodeFile(bytes);
  const key = await deriveKey(passphrase, salt, params);
  return { key: { params, salt, key }, plaintext: aeadOpen(key, nonce, ciphertext, head) };
}

function encodeHead({ log2N, r, p }: KdfParams, salt: Uint8Array, nonce: Uint8Array): Uint8Array {
  return new Writer(64)
    .fixed(MAGIC, MAGIC.length)
    .u8(FILE_VERSION)
    .u8(log2N)
    .u8(r)
    .u8(p)
    .fixed(salt, SALT_BYTES)
    .fixed(nonce, NONCE_BYTES)
    .finish();
}

function decodeFile(bytes: Uint8Array): SealedFile {
  const reader = new Reader(bytes);
  if (!equalBytes(reader.fixed(MAGIC.length), MAGIC)) throw new CodecError({ code: 'codec.value', field: 'magic' });
  if (reader.u8() !== FILE_VERSION) throw new CodecError({ code: 'codec.value', field: 'version' });
  const params = { log2N: reader.u8(), r: reader.u8(), p: reader.u8() };
  checkKdf(params);
  const salt = reader.fixed(SALT_BYTES);
  const nonce = reader.fixed(NONCE_BYTES);
  const head = bytes.slice(0, reader.offset);
  const ciphertext = reader.bytes16(MAX_KEYSTORE_BYTES);
  reader.end();
  return { params, salt, nonce, ciphertext, head };
}

function checkKdf({ log2N, r, p }: KdfParams): void {
  if (log2N < 1 || log2N > MAX_LOG2_N || r < 1 || r > MAX_R || p < 1 || p > MAX_P) {
    throw new CodecError({ code: 'codec.range', field: 'scrypt' });
  }
}

async function deriveKey(passphrase: string, salt: Uint8Array, { log2N, r, p }: KdfParams): Promise<Uint8Array> {
  // One spelling of a passphrase, whatever keyboard it came from.
  const secret = encoder.encode(passphrase.normalize('NFKC'));
  return scryptKdf(secret, salt, { N: 2 ** log2N, r, p, length: KEY_BYTES });
}
