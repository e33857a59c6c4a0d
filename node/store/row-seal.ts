// Sealing of the values of a local database: each under the database's key and bound to the key of its row, so that no row
// can stand in for another. Owns no row.
import { aeadOpen, aeadSeal, hkdfSha256, hmacSha256, randomBytes } from '#crypto';
import { concatBytes } from '../../common/bytes.ts';
import { Writer } from '../../common/codec/writer.ts';
import { plain } from './kv.ts';

const NONCE_BYTES = 12;
const SALT = new TextEncoder().encode('wardmesh/local/1');
const SEAL_INFO = new TextEncoder().encode('seal');
const BLIND_INFO = new TextEncoder().encode('blind');

export class RowSeal {
  private readonly key: Uint8Array;
  private readonly blind: Uint8Array;

  /** `key`: 32 bytes, from the keystore. */
  constructor(key: Uint8Array) {
    this.key = hkdfSha256(key, SALT, SEAL_INFO, 32);
    this.blind = hkdfSha256(key, SALT, BLIND_INFO, 32);
  }

  /** Fresh nonces for `count` rows, asked for together: thousands of rows are written at once. */
  nonces(count: number): () => Uint8Array {
    const all = randomBytes(NONCE_BYTES * count);
    let used = 0;
    return () => {
      used += NONCE_BYTES;
      return all.subarray(used - NONCE_BYTES, used);
    };
  }

  seal(row: Uint8Array, value: Uint8Array, nonce: Uint8Array = randomBytes(NONCE_BYTES)): Uint8Array {
    return concatBytes(nonce, aeadSeal(this.key, nonce, value, row));
  }

  /** Undefined for bytes that were not sealed for this row under this key. */
  open(row: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    const bytes = plain(sealed);
    try {
      return aeadOpen(this.key, bytes.subarray(0, NONCE_BYTES), bytes.subarray(NONCE_BYTES), row);
    } catch {
      return undefined;
    }
  }

  /** 32 bytes that say nothing without the key. Equal parts give equal names. */
  name(...parts: readonly Uint8Array[]): Uint8Array {
    const framed = parts.flatMap((part) => [new Writer(4).u32(part.length).finish(), part]);
    return hmacSha256(this.blind, concatBytes(...framed));
  }
}
