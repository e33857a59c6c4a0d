// The chain file (PROTOCOL 10.5): every header of a chain with its signature and certificate, behind a light chain that
// says who the members were. Owns bytes; verify-chain.ts judges them. Read piece by piece: chains are longer than memory.

import { equalBytes } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { tagPrefix } from '../../common/crypto/tagged-hash.ts';
import { MAX_CERTIFICATE_BYTES } from '../chain/finality/certificate.ts';
import { decodeSignedHeader, SIGNED_HEADER_BYTES } from '../chain/header.ts';
import type { SignedHeader } from '../chain/types.ts';
import { HASH_BYTES } from '../limits.ts';
import { MAX_LIGHT_CHAIN_BYTES } from './light-chain.ts';

export interface ChainItem {
  readonly signed: SignedHeader;
  /** Of the block's body; empty when it has none. */
  readonly certificate: Uint8Array;
}

const MAGIC = tagPrefix('wardmesh/chain/1');
const HEAD_BYTES = MAGIC.length + HASH_BYTES + 4;

/** `magic | G 32 | length u32 | light chain`; items follow, from height 1 on, to the end of the file. */
export function encodeChainFileStart(genesisId: Uint8Array, lightChain: Uint8Array): Uint8Array {
  const out = new Writer(HEAD_BYTES + lightChain.length).fixed(MAGIC, MAGIC.length).fixed(genesisId, HASH_BYTES);
  return out.u32(lightChain.length).fixed(lightChain, lightChain.length).finish();
}

export function isChainFile(bytes: Uint8Array): boolean {
  return equalBytes(bytes.subarray(0, MAGIC.length), MAGIC);
}

export interface ChainFileStart {
  readonly genesisId: Uint8Array;
  readonly lightChain: Uint8Array;
}

/** Takes a chain file in pieces of any size and gives what is whole so far. */
export class ChainFileReader {
  private start: ChainFileStart | undefined;
  private rest: Uint8Array = new Uint8Array(0);

  /** Undefined until the file's start is whole. */
  get head(): ChainFileStart | undefined {
    return this.start;
  }

  /** Throws CodecError. */
  take(piece: Uint8Array): ChainItem[] {
    const bytes = new Uint8Array(this.rest.length + piece.length);
    bytes.set(this.rest);
    bytes.set(piece, this.rest.length);
    let at = 0;
    if (this.start === undefined) {
      const length = startLength(bytes);
      if (length === undefined || bytes.length < length) {
        this.rest = bytes;
        return [];
      }
      this.start = {
        genesisId: bytes.slice(MAGIC.length, MAGIC.length + HASH_BYTES),
        lightChain: bytes.slice(HEAD_BYTES, length),
      };
      at = length;
    }
    const items: ChainItem[] = [];
    for (let length = itemLength(bytes, at); length !== undefined; length = itemLength(bytes, at)) {
      items.push(decodeChainItem(bytes.subarray(at, at + length)));
      at += length;
    }
    this.rest = bytes.slice(at);
    return items;
  }

  /** Throws CodecError when the file ends inside of something. */
  end(): void {
    if (this.start === undefined || this.rest.length > 0) {
      throw new CodecError({ code: 'codec.short', wanted: 1, left: this.rest.length });
    }
  }
}

/** `header 232 | signature 64 | certificate b16`. Throws CodecError. */
export function decodeChainItem(bytes: Uint8Array): ChainItem {
  const input = new Reader(bytes);
  const signed = decodeSignedHeader(input.shared(SIGNED_HEADER_BYTES));
  const certificate = input.bytes16(MAX_CERTIFICATE_BYTES);
  input.end();
  return { signed, certificate };
}

function startLength(bytes: Uint8Array): number | undefined {
  if (bytes.length < HEAD_BYTES) return undefined;
  if (!isChainFile(bytes)) throw new CodecError({ code: 'codec.value', field: 'magic' });
  const length = new Reader(bytes.subarray(HEAD_BYTES - 4, HEAD_BYTES)).u32();
  if (length > MAX_LIGHT_CHAIN_BYTES) {
    throw new CodecError({ code: 'codec.length', field: 'light chain', length, limit: MAX_LIGHT_CHAIN_BYTES });
  }
  return HEAD_BYTES + length;
}

function itemLength(bytes: Uint8Array, at: number): number | undefined {
  const fixed = SIGNED_HEADER_BYTES + 2;
  if (bytes.length - at < fixed) return undefined;
  const length = fixed + new Reader(bytes.subarray(at + SIGNED_HEADER_BYTES, at + fixed)).u16();
  return bytes.length - at < length ? undefined : length;
}
