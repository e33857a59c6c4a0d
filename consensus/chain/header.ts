// Header layout, preimage, id and what the signer signs (PROTOCOL 5.1 to 5.3). Owns no rule about the values.
import { sha256 } from '#crypto';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { taggedHash, tagPrefix } from '../../common/crypto/tagged-hash.ts';
import { HASH_BYTES, SIGNATURE_BYTES } from '../limits.ts';
import type { Header, SignedHeader } from './types.ts';

export const HEADER_VERSION = 1;
export const HEADER_BYTES = 232;
export const SIGNED_HEADER_BYTES = HEADER_BYTES + SIGNATURE_BYTES;

const POW_PREFIX = tagPrefix('wardmesh/pow/1');

/** Prefix and header, 247 bytes; the nonce is the last 8. */
export const PREIMAGE_BYTES = POW_PREFIX.length + HEADER_BYTES;

// Encoding starts in one buffer that is reused: allocating is most of its cost.
const scratch = new Writer(SIGNED_HEADER_BYTES);

export function writeHeader(out: Writer, header: Header): Writer {
  return out
    .u16(header.version)
    .u64(header.height)
    .fixed(header.parent, HASH_BYTES)
    .fixed(header.txRoot, HASH_BYTES)
    .fixed(header.outcomeRoot, HASH_BYTES)
    .fixed(header.stateRoot, HASH_BYTES)
    .fixed(header.historyRoot, HASH_BYTES)
    .u32(header.memberSet)
    .u16(header.signer)
    .u64(header.timestamp)
    .u256(header.target)
    .u64big(header.extraNonce)
    .u64big(header.nonce);
}

export function readHeader(reader: Reader): Header {
  const version = reader.u16();
  if (version !== HEADER_VERSION) throw new CodecError({ code: 'codec.value', field: 'header.version' });
  return {
    version,
    height: reader.u64(),
    parent: reader.fixed(HASH_BYTES),
    txRoot: reader.fixed(HASH_BYTES),
    outcomeRoot: reader.fixed(HASH_BYTES),
    stateRoot: reader.fixed(HASH_BYTES),
    historyRoot: reader.fixed(HASH_BYTES),
    memberSet: reader.u32(),
    signer: reader.u16(),
    timestamp: reader.u64(),
    target: reader.u256(),
    extraNonce: reader.u64big(),
    nonce: reader.u64big(),
  };
}

export function encodeHeader(header: Header): Uint8Array {
  return writeHeader(scratch.reset(), header).finish();
}

export function decodeHeader(bytes: Uint8Array): Header {
  const reader = new Reader(bytes);
  const header = readHeader(reader);
  reader.end();
  return header;
}

/** `header 232 | signature 64`: how a block begins, and how headers travel alone. */
export function encodeSignedHeader(signed: SignedHeader): Uint8Array {
  return writeHeader(scratch.reset(), signed.header).fixed(signed.signature, SIGNATURE_BYTES).finish();
}

export function decodeSignedHeader(bytes: Uint8Array): SignedHeader {
  const reader = new Reader(bytes);
  const header = readHeader(reader);
  const signature = reader.fixed(SIGNATURE_BYTES);
  reader.end();
  return { header, signature };
}

/** What is hashed twice, 247 bytes. */
export function headerPreimage(header: Header): Uint8Array {
  return writeHeader(scratch.reset().fixed(POW_PREFIX, POW_PREFIX.length), header).finish();
}

/** Block id and proof of work in one, 32 bytes. */
export function blockId(header: Header): Uint8Array {
  return sha256(sha256(headerPreimage(header)));
}

/** What the signer's node key signs, 32 bytes. */
export function blockSigningHash(genesisId: Uint8Array, id: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/block/1', genesisId, id);
}
