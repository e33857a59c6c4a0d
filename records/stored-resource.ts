// The row of one version of a resource: layout and sealing. Owns no order of versions: resource-store.ts does.
import { aeadOpen, aeadSeal, hkdfSha256, randomBytes } from '#crypto';
import { concatBytes, EMPTY_BYTES } from '../common/bytes.ts';
import { CodecError } from '../common/codec/errors.ts';
import { Reader } from '../common/codec/reader.ts';
import { Writer } from '../common/codec/writer.ts';
import { CryptoError } from '../common/crypto/errors.ts';
import { RecordsError } from './errors.ts';

export interface StoredResource {
  /** FHIR resource type and id. */
  readonly type: string;
  readonly id: string;
  /** From 1, in the order in which this clinic came to know them. */
  readonly version: number;
  /** ms since 1970. */
  readonly storedAt: number;
  /** Exactly the bytes that were imported. */
  readonly bytes: Uint8Array;
}

export const MAX_RESOURCE_BYTES = 4 * 1024 * 1024;
export const MAX_VERSIONS = 1000;

const FORMAT = 1;
const NONCE_BYTES = 12;
const MAX_NAME = 64;
const encoder = new TextEncoder();

/** FHIR R4: a type name, and an id of 1 to 64 letters, digits, `-` and `.`. */
export function checkName(type: string, id: string): void {
  if (!/^[A-Z][A-Za-z]{1,63}$/.test(type) || !/^[A-Za-z0-9.-]{1,64}$/.test(id)) {
    throw new RecordsError({ code: 'records.name' });
  }
}

/** Keys for names and for content, both derived from the storage key of this clinic. */
export function resourceKeys(storageKey: Uint8Array): { readonly names: Uint8Array; readonly content: Uint8Array } {
  const derive = (info: string) => hkdfSha256(storageKey, EMPTY_BYTES, encoder.encode(info), 32);
  return { names: derive('wardmesh/resource-names/1'), content: derive('wardmesh/resource-content/1') };
}

/** `nonce | AES-256-GCM(row)`, bound to its key in the database, so that rows cannot be exchanged. */
export function sealResource(key: Uint8Array, rowKey: Uint8Array, resource: StoredResource): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const head = new Writer(64)
    .u8(FORMAT)
    .text16(resource.type, MAX_NAME)
    .text16(resource.id, MAX_NAME)
    .u32(resource.version)
    .u64(resource.storedAt)
    .u32(resource.bytes.length)
    .finish();
  return concatBytes(nonce, aeadSeal(key, nonce, concatBytes(head, resource.bytes), rowKey));
}

/** Throws `records.damaged`. */
export function openResource(key: Uint8Array, rowKey: Uint8Array, row: Uint8Array): StoredResource {
  try {
    const reader = new Reader(aeadOpen(key, row.subarray(0, NONCE_BYTES), row.subarray(NONCE_BYTES), rowKey));
    if (reader.u8() !== FORMAT) throw new RecordsError({ code: 'records.damaged' });
    const type = reader.text16(MAX_NAME);
    const id = reader.text16(MAX_NAME);
    const version = reader.u32();
    const storedAt = reader.u64();
    const bytes = reader.fixed(reader.u32());
    reader.end();
    return { type, id, version, storedAt, bytes };
  } catch (error) {
    if (!(error instanceof CryptoError || error instanceof CodecError)) throw error;
    throw new RecordsError({ code: 'records.damaged' }, undefined, { cause: error });
  }
}
