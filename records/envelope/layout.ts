// Bytes of a WMR1 envelope (PROTOCOL 11.1): prefix with its sealed header, then chunks. One encoding per value: every
// field that suite 1 fixes is checked, also the filling. Owns no streams.
import { aeadOpen, aeadSeal, hkdfSha256, sha256 } from '#crypto';
import { concatBytes, equalBytes } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { CryptoError, checkLength } from '../../common/crypto/errors.ts';
import { EnvelopeError, type LayoutField } from './errors.ts';
import { CHUNK_BYTES, paddedSize } from './padding.ts';

/** What an envelope says of its content to who has its key. */
export interface EnvelopeInfo {
  /** `application/dicom`, at most 120 characters. */
  readonly mediaType: string;
  /** FHIR type or `document`, at most 64 characters. */
  readonly kind: string;
  /** Bytes of the content. */
  readonly size: number;
}

/** AES-256-GCM in chunks, keys by HKDF-SHA256. */
export const SUITE = 1;
export const TAG_BYTES = 16;
export const SALT_BYTES = 32;
export const DATA_KEY_BYTES = 32;
/** Magic to sealed header, at the start of every envelope. */
export const PREFIX_BYTES = 256;
/** GCM is far from its bounds with that much under one key. */
export const MAX_CONTENT_BYTES = 2 ** 44;

const MAGIC = new TextEncoder().encode('WMR1');
const CHUNK_LOG2 = 16;
/** What every envelope of this version begins with. */
export const ENVELOPE_START: Uint8Array = Uint8Array.of(...MAGIC, SUITE, CHUNK_LOG2);
const OPEN_BYTES = MAGIC.length + 1 + 1 + SALT_BYTES + 4;
const SEALED_BYTES = PREFIX_BYTES - OPEN_BYTES;
const HEADER_BYTES = SEALED_BYTES - TAG_BYTES;
const MAX_MEDIA_TYPE = 120;
const MAX_KIND = 64;
/** Each key seals one thing: the header, or chunks whose nonces count. */
const HEADER_NONCE = new Uint8Array(12);
const HEADER_KEY = new TextEncoder().encode('wardmesh/header/1');
const PAYLOAD_KEY = new TextEncoder().encode('wardmesh/payload/1');

/** What sealing and opening the chunks of one envelope takes. */
export interface ChunkKey {
  readonly key: Uint8Array;
  /** Binds every chunk to its prefix. */
  readonly aad: Uint8Array;
}

/** Chunks of a content of that size; an empty one has one too. */
export function chunkCount(size: number): number {
  return Math.ceil(paddedSize(size) / CHUNK_BYTES);
}

/** Bytes of the whole envelope. */
export function envelopeSize(size: number): number {
  return PREFIX_BYTES + paddedSize(size) + chunkCount(size) * TAG_BYTES;
}

/** Whether there is a content whose envelope has that many bytes. */
export function isEnvelopeSize(bytes: number): boolean {
  const sealed = bytes - PREFIX_BYTES;
  const padded = sealed - Math.ceil(sealed / (CHUNK_BYTES + TAG_BYTES)) * TAG_BYTES;
  return Number.isSafeInteger(bytes) && padded > 0 && padded <= MAX_CONTENT_BYTES && envelopeSize(padded) === bytes;
}

/** Throws EnvelopeError `envelope.layout`. */
export function encodePrefix(
  dataKey: Uint8Array,
  salt: Uint8Array,
  info: EnvelopeInfo,
): { readonly prefix: Uint8Array; readonly chunks: ChunkKey } {
  const open = new Writer(OPEN_BYTES)
    .fixed(MAGIC, MAGIC.length)
    .u8(SUITE)
    .u8(CHUNK_LOG2)
    .fixed(salt, SALT_BYTES)
    .u32(SEALED_BYTES)
    .finish();
  const sealed = aeadSeal(derived(dataKey, salt, HEADER_KEY), HEADER_NONCE, encodeInfo(info), open);
  const prefix = concatBytes(open, sealed);
  return { prefix, chunks: chunkKey(dataKey, salt, prefix) };
}

/** From exactly PREFIX_BYTES. Throws EnvelopeError. */
export function decodePrefix(
  dataKey: Uint8Array,
  prefix: Uint8Array,
): { readonly info: EnvelopeInfo; readonly chunks: ChunkKey } {
  if (!equalBytes(prefix.subarray(0, MAGIC.length), MAGIC)) throw new EnvelopeError({ code: 'envelope.magic' });
  const reader = new Reader(prefix.subarray(MAGIC.length));
  const suite = reader.u8();
  if (suite !== SUITE) throw new EnvelopeError({ code: 'envelope.suite', suite });
  if (reader.u8() !== CHUNK_LOG2) throw layout('chunk');
  const salt = reader.fixed(SALT_BYTES);
  if (reader.u32() !== SEALED_BYTES) throw layout('header');
  const open = prefix.subarray(0, OPEN_BYTES);
  const header = opened(derived(dataKey, salt, HEADER_KEY), HEADER_NONCE, prefix.subarray(OPEN_BYTES), open, 'header');
  return { info: decodeInfo(header), chunks: chunkKey(dataKey, salt, prefix) };
}

export function sealChunk(chunks: ChunkKey, index: number, last: boolean, plain: Uint8Array): Uint8Array {
  return aeadSeal(chunks.key, chunkNonce(index, last), plain, chunks.aad);
}

/** Throws EnvelopeError `envelope.open`. */
export function openChunk(chunks: ChunkKey, index: number, last: boolean, sealed: Uint8Array): Uint8Array {
  return opened(chunks.key, chunkNonce(index, last), sealed, chunks.aad, 'content');
}

/** 11 bytes of counter, then 1 for the last chunk. */
function chunkNonce(index: number, last: boolean): Uint8Array {
  const nonce = new Uint8Array(12);
  for (let at = 10, rest = index; rest > 0; at--, rest = Math.floor(rest / 256)) nonce[at] = rest % 256;
  nonce[11] = last ? 1 : 0;
  return nonce;
}

function encodeInfo({ mediaType, kind, size }: EnvelopeInfo): Uint8Array {
  if (size > MAX_CONTENT_BYTES || !Number.isSafeInteger(size) || size < 0) throw layout('size');
  if (!isToken(mediaType, MAX_MEDIA_TYPE)) throw layout('media-type');
  if (!isToken(kind, MAX_KIND)) throw layout('kind');
  const header = new Uint8Array(HEADER_BYTES);
  header.set(new Writer(HEADER_BYTES).u64(size).text16(mediaType, MAX_MEDIA_TYPE).text16(kind, MAX_KIND).finish());
  return header;
}

/** The author sealed it, so this is what a writer with other software can get wrong. */
function decodeInfo(header: Uint8Array): EnvelopeInfo {
  try {
    const reader = new Reader(header);
    const size = reader.u64();
    const mediaType = reader.text16(MAX_MEDIA_TYPE);
    const kind = reader.text16(MAX_KIND);
    if (size > MAX_CONTENT_BYTES) throw layout('size');
    if (!isToken(mediaType, MAX_MEDIA_TYPE)) throw layout('media-type');
    if (!isToken(kind, MAX_KIND)) throw layout('kind');
    if (reader.shared(reader.left).some((byte) => byte !== 0)) throw layout('filling');
    return { mediaType, kind, size };
  } catch (error) {
    if (error instanceof CodecError) throw new EnvelopeError({ code: 'envelope.layout', field: 'header' });
    throw error;
  }
}

/** Visible ASCII: it becomes a header of HTTP. */
function isToken(text: string, limit: number): boolean {
  return text.length > 0 && text.length <= limit && /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(text);
}

function chunkKey(dataKey: Uint8Array, salt: Uint8Array, prefix: Uint8Array): ChunkKey {
  return { key: derived(dataKey, salt, PAYLOAD_KEY), aad: sha256(prefix) };
}

function derived(dataKey: Uint8Array, salt: Uint8Array, info: Uint8Array): Uint8Array {
  checkLength(dataKey, DATA_KEY_BYTES, 'data key');
  return hkdfSha256(dataKey, salt, info, 32);
}

function opened(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  aad: Uint8Array,
  part: 'header' | 'content',
): Uint8Array {
  try {
    return aeadOpen(key, nonce, sealed, aad);
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    throw new EnvelopeError({ code: 'envelope.open', part });
  }
}

function layout(field: LayoutField): EnvelopeError {
  return new EnvelopeError({ code: 'envelope.layout', field });
}
