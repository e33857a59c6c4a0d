// What a clinic says of itself, the same in genesis, in changes of the members and in state rows (PROTOCOL 7.1.1).
// Owns the layout and its bounds.
import { CodecError } from '../../../common/codec/errors.ts';
import type { Reader } from '../../../common/codec/reader.ts';
import type { Writer } from '../../../common/codec/writer.ts';

export interface ClinicRecord {
  readonly name: string;
  /** Ed25519 public keys, 32 bytes each. */
  readonly governanceKey: Uint8Array;
  readonly nodeKey: Uint8Array;
  readonly gatewayKey: Uint8Array;
  readonly voteKey: Uint8Array;
  /** X25519 public key, 32 bytes. */
  readonly encryptionKey: Uint8Array;
  /** Multiaddresses without the peer id. */
  readonly addresses: readonly string[];
  /** The clinic's own networks in CIDR form: never blocked. */
  readonly networks: readonly string[];
}

/** In the order of their layout; all but the last are signing keys. */
export const CLINIC_KEYS = ['governanceKey', 'nodeKey', 'gatewayKey', 'voteKey', 'encryptionKey'] as const;
export type ClinicKey = (typeof CLINIC_KEYS)[number];

export const MAX_MEMBER_NAME_BYTES = 200;
export const MAX_MEMBER_ADDRESS_BYTES = 200;
export const MAX_MEMBER_ADDRESSES = 16;
export const MAX_MEMBER_NETWORKS = 64;

export function writeClinicRecord(out: Writer, record: ClinicRecord): Writer {
  out.text16(record.name, MAX_MEMBER_NAME_BYTES);
  for (const key of CLINIC_KEYS) out.fixed(record[key], 32);
  writeTexts(out, record.addresses, MAX_MEMBER_ADDRESSES);
  return writeTexts(out, record.networks, MAX_MEMBER_NETWORKS);
}

export function readClinicRecord(input: Reader): ClinicRecord {
  return {
    name: input.text16(MAX_MEMBER_NAME_BYTES),
    governanceKey: input.fixed(32),
    nodeKey: input.fixed(32),
    gatewayKey: input.fixed(32),
    voteKey: input.fixed(32),
    encryptionKey: input.fixed(32),
    addresses: readTexts(input, MAX_MEMBER_ADDRESSES),
    networks: readTexts(input, MAX_MEMBER_NETWORKS),
  };
}

/** `u8 count | count x t16`. */
export function writeTexts(out: Writer, texts: readonly string[], most: number): Writer {
  checkCount(texts.length, most);
  out.u8(texts.length);
  for (const text of texts) out.text16(text, MAX_MEMBER_ADDRESS_BYTES);
  return out;
}

export function readTexts(input: Reader, most: number): string[] {
  const count = input.u8();
  checkCount(count, most);
  const texts: string[] = [];
  for (let i = 0; i < count; i++) texts.push(input.text16(MAX_MEMBER_ADDRESS_BYTES));
  return texts;
}

function checkCount(length: number, limit: number): void {
  if (length > limit) throw new CodecError({ code: 'codec.length', field: 'clinic.texts', length, limit });
}
