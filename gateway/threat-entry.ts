// One report as the blocklist knows it, with everything that a person may ask about it; and its bytes for the local cache.

import { CodecError } from '../common/codec/errors.ts';
import { Reader } from '../common/codec/reader.ts';
import { Writer } from '../common/codec/writer.ts';
import {
  STANDINGS,
  type Standing,
  THREAT_CATEGORIES,
  THREAT_MODES,
  type ThreatCategory,
  type ThreatMode,
} from '../common/threat-names.ts';
import type { Network } from './address.ts';
import { readNetwork, writeNetwork } from './network-codec.ts';

export interface ThreatEntry {
  /** The report's object id, 32 bytes. */
  readonly reportId: Uint8Array;
  readonly network: Network;
  readonly organisation: number;
  readonly clinic: number;
  readonly category: ThreatCategory;
  readonly mode: ThreatMode;
  /** 0-100. */
  readonly severity: number;
  readonly standing: Standing;
  /** The address as the chain knows it; `tag`: 16 bytes. */
  readonly keyEpoch: number;
  readonly tag: Uint8Array;
  /** When the statement was issued, ms since 1970, exact. */
  readonly issuedAt: number;
  /** ms since 1970. */
  readonly expires: number;
  /** Of the sealed attachment, 32 bytes. */
  readonly commitment: Uint8Array;
  /** The transaction that brought it, 32 bytes. */
  readonly transaction: Uint8Array;
  /** True once a block holds it. */
  readonly confirmed: boolean;
  /** When this clinic first had it, ms since 1970: an unconfirmed effect is counted from here. */
  readonly receivedAt: number;
}

/** Fixed fields in the order of the interface. */
export function encodeThreatEntry(entry: ThreatEntry): Uint8Array {
  if (entry.severity > 100) throw new CodecError({ code: 'codec.range', field: 'severity' });
  return writeNetwork(new Writer(160).fixed(entry.reportId, 32), entry.network)
    .u16(entry.organisation)
    .u16(entry.clinic)
    .u8(THREAT_CATEGORIES.indexOf(entry.category) + 1)
    .u8(THREAT_MODES.indexOf(entry.mode) + 1)
    .u8(entry.severity)
    .u8(STANDINGS.indexOf(entry.standing) + 1)
    .u32(entry.keyEpoch)
    .fixed(entry.tag, 16)
    .u64(entry.issuedAt)
    .u64(entry.expires)
    .fixed(entry.commitment, 32)
    .fixed(entry.transaction, 32)
    .u8(entry.confirmed ? 1 : 0)
    .u64(entry.receivedAt)
    .finish();
}

/** As `encodeThreatEntry` writes it. Throws CodecError for anything else. */
export function decodeThreatEntry(bytes: Uint8Array): ThreatEntry {
  const reader = new Reader(bytes);
  const reportId = reader.fixed(32);
  const network = readNetwork(reader);
  const organisation = reader.u16();
  const clinic = reader.u16();
  const category = named(THREAT_CATEGORIES, reader.u8(), 'category');
  const mode = named(THREAT_MODES, reader.u8(), 'mode');
  const severity = reader.u8();
  if (severity > 100) throw new CodecError({ code: 'codec.range', field: 'severity' });
  const standing = named(STANDINGS, reader.u8(), 'standing');
  const keyEpoch = reader.u32();
  const tag = reader.fixed(16);
  const issuedAt = reader.u64();
  const expires = reader.u64();
  const commitment = reader.fixed(32);
  const transaction = reader.fixed(32);
  const confirmed = reader.u8();
  if (confirmed > 1) throw new CodecError({ code: 'codec.value', field: 'confirmed' });
  const receivedAt = reader.u64();
  reader.end();
  return {
    ...{
      reportId,
      network,
      organisation,
      clinic,
      category,
      mode,
      severity,
      standing,
      keyEpoch,
      tag,
      issuedAt,
      expires,
      commitment,
      transaction,
    },
    ...{ confirmed: confirmed === 1, receivedAt },
  };
}

function named<T>(names: readonly T[], number: number, field: string): T {
  const name = names[number - 1];
  if (name === undefined) throw new CodecError({ code: 'codec.value', field });
  return name;
}
