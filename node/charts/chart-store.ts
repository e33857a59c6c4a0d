// What this clinic has of charts on its disk: key rows, packets and sealed terms of its own charts and of those in its custody,
// category keys of its own. Owns reading and the form of writes; callers put writes of one act into one batch.
import { EMPTY_BYTES, equalBytes } from '../../common/bytes.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { Category } from '../../records/category.ts';
import { decodeKeyRow, encodeKeyRow, type KeyRow } from '../../records/chart/key-row.ts';
import { decodePacket, encodePacket, type Packet } from '../../records/chart/packet.ts';
import { decodeSealedTerms, encodeSealedTerms, type SealedTerms } from '../../records/chart/sealed-terms.ts';
import { encodeVaultKey, type VaultKey } from '../../records/vault/vault-key.ts';
import type { LocalWrite } from '../store/local-database.ts';
import {
  type ChartRef,
  chartOfKey,
  chartPrefix,
  custodyKey,
  givenKey,
  knownKey,
  knownPrefix,
  packetKey,
  packetPrefix,
  recordPrefix,
  rowKey,
  secretKey,
  secretPrefix,
  termsKey,
  vaultKeyKey,
  vaultKeyPrefix,
  vaultOfKey,
  vaultsKey,
  vaultsPrefix,
  wordsKey,
} from './layout.ts';
import type { KeyRowsDatabase } from './ports.ts';

export interface EpochKey {
  readonly epoch: number;
  readonly key: Uint8Array;
}

/** Of a vault: what is sealed opens in the patient's browsers alone. */
export interface SealedEpochKey {
  readonly epoch: number;
  readonly sealed: Uint8Array;
}

/** A consent that this clinic gave. */
export interface GivenConsent {
  readonly object: Uint8Array;
  readonly chart: Uint8Array;
  readonly handle: Uint8Array;
  /** When this clinic took it back, or found it over, ms; 0 while it did not. */
  readonly ended: number;
}

const CLINIC_BYTES = 2;

export class ChartStore {
  readonly database: KeyRowsDatabase;

  constructor(modules: { readonly database: KeyRowsDatabase }) {
    this.database = modules.database;
  }

  batch(writes: readonly LocalWrite[]): Promise<void> {
    return this.database.batch(writes);
  }

  /** The chart of a patient at a clinic, own or in custody. */
  chartOf(handle: Uint8Array, clinic: ClinicNumber): Promise<Uint8Array | undefined> {
    return this.database.get(chartOfKey(handle, clinic));
  }

  /** The vault of a patient's account at a clinic. */
  vaultOf(handle: Uint8Array, clinic: ClinicNumber): Promise<Uint8Array | undefined> {
    return this.database.get(vaultOfKey(handle, clinic));
  }

  /** Whether it is a vault of the patient, of her account now or of an earlier one. */
  async isVault(handle: Uint8Array, ref: ChartRef): Promise<boolean> {
    if ((await this.database.get(vaultsKey(handle, ref))) !== undefined) return true;
    const now = await this.vaultOf(handle, ref.clinic);
    return now !== undefined && equalBytes(now, ref.chart);
  }

  /** Every vault of the patient at a clinic, of her accounts one after another. */
  async vaults(handle: Uint8Array, clinic: ClinicNumber): Promise<ChartRef[]> {
    const prefix = vaultsPrefix(handle, clinic);
    const found: ChartRef[] = [];
    for await (const [key] of this.database.range({ prefix })) found.push({ clinic, chart: key.slice(prefix.length) });
    return found;
  }

  /** Category keys of a vault as the patient sealed them, the oldest epoch first. */
  async vaultKeys(ref: ChartRef, category: Category): Promise<SealedEpochKey[]> {
    const prefix = vaultKeyPrefix(ref, category);
    const found: SealedEpochKey[] = [];
    for await (const [key, sealed] of this.database.range({ prefix })) {
      found.push({ epoch: new Reader(key.subarray(prefix.length)).u32(), sealed });
    }
    return found;
  }

  /** Whether another clinic told of this chart, or something of it came before clinics told. */
  async isKept(ref: ChartRef): Promise<boolean> {
    if ((await this.database.get(chartPrefix('kept', ref))) !== undefined) return true;
    for await (const _ of this.database.range({ prefix: chartPrefix('row', ref), limit: 1 })) return true;
    return false;
  }

  async *rows(ref: ChartRef): AsyncGenerator<KeyRow> {
    for await (const [, bytes] of this.database.range({ prefix: chartPrefix('row', ref) })) yield decodeKeyRow(bytes);
  }

  /** Every version of a record, the first one first. */
  async versions(ref: ChartRef, record: Uint8Array): Promise<KeyRow[]> {
    return this.all(recordPrefix(ref, record), decodeKeyRow);
  }

  async row(ref: ChartRef, record: Uint8Array, version: number): Promise<KeyRow | undefined> {
    const bytes = await this.database.get(rowKey(ref, record, version));
    return bytes === undefined ? undefined : decodeKeyRow(bytes);
  }

  packets(ref: ChartRef, category?: Category): Promise<Packet[]> {
    const prefix = category === undefined ? chartPrefix('packet', ref) : packetPrefix(ref, category);
    return this.all(prefix, decodePacket);
  }

  terms(ref: ChartRef): Promise<SealedTerms[]> {
    return this.all(chartPrefix('terms', ref), decodeSealedTerms);
  }

  async given(object: Uint8Array): Promise<GivenConsent | undefined> {
    const bytes = await this.database.get(givenKey(object));
    if (bytes === undefined) return undefined;
    const input = new Reader(bytes);
    return { object, chart: input.fixed(32), handle: input.fixed(32), ended: input.u64() };
  }

  /** Of an own chart, the oldest epoch first. */
  async secrets(ref: ChartRef, category: Category): Promise<EpochKey[]> {
    const prefix = secretPrefix(ref, category);
    const found: EpochKey[] = [];
    for await (const [key, value] of this.database.range({ prefix })) {
      found.push({ epoch: new Reader(key.subarray(prefix.length)).u32(), key: value });
    }
    return found;
  }

  async secret(ref: ChartRef, category: Category, epoch: number): Promise<Uint8Array | undefined> {
    return this.database.get(secretKey(ref, category, epoch));
  }

  /**
   * A row with what opens it, in an own chart its secret; undefined where nothing does. Rows that are brought under the next key
   * meanwhile lose the key that they were read under: such a row is given as it is then.
   */
  async opening(
    row: KeyRow,
    keyOf: (row: KeyRow) => Promise<Uint8Array | undefined> = (one) => this.secret(one, one.category, one.epoch),
  ): Promise<{ readonly row: KeyRow; readonly key: Uint8Array } | undefined> {
    for (let now = row; ; ) {
      const key = await keyOf(now);
      if (key !== undefined) return { row: now, key };
      const next = await this.row(now, now.record, now.version);
      if (next === undefined || next.epoch === now.epoch) return undefined;
      now = next;
    }
  }

  /** The highest epoch whose key each clinic was ever given, as far as rows under it may still be about. */
  async known(ref: ChartRef, category: Category): Promise<Map<ClinicNumber, number>> {
    const prefix = knownPrefix(ref, category);
    const found = new Map<ClinicNumber, number>();
    for await (const [key, value] of this.database.range({ prefix })) {
      found.set(new Reader(key.subarray(prefix.length)).u16(), new Reader(value).u32());
    }
    return found;
  }

  async custodians(ref: ChartRef, category: Category): Promise<ClinicNumber[]> {
    const bytes = await this.database.get(custodyKey(ref, category));
    if (bytes === undefined) return [];
    const input = new Reader(bytes);
    return Array.from({ length: bytes.length / CLINIC_BYTES }, () => input.u16());
  }

  private async all<T>(prefix: Uint8Array, decode: (bytes: Uint8Array) => T): Promise<T[]> {
    const found: T[] = [];
    for await (const [, bytes] of this.database.range({ prefix })) found.push(decode(bytes));
    return found;
  }
}

export function putChart(handle: Uint8Array, { clinic, chart }: ChartRef): LocalWrite {
  return { type: 'put', key: chartOfKey(handle, clinic), value: chart };
}

/** That something is kept of a chart, and whose it is. */
export function putKept(handle: Uint8Array, ref: ChartRef): LocalWrite {
  return { type: 'put', key: chartPrefix('kept', ref), value: handle };
}

/** The vault of the patient from here on. */
export function putVault(handle: Uint8Array, { clinic, chart }: ChartRef): LocalWrite[] {
  return [
    { type: 'put', key: vaultOfKey(handle, clinic), value: chart },
    { type: 'put', key: vaultsKey(handle, { clinic, chart }), value: EMPTY_BYTES },
  ];
}

export function putVaultKey(ref: ChartRef, category: Category, { epoch, sealed }: SealedEpochKey): LocalWrite {
  return { type: 'put', key: vaultKeyKey(ref, category, epoch), value: sealed };
}

/** Of another clinic's vault, with that one's signature. */
export function keepVaultKey(key: VaultKey): LocalWrite {
  return { type: 'put', key: vaultKeyKey(key, key.category, key.epoch), value: encodeVaultKey(key) };
}

export function dropVaultKey(ref: ChartRef, category: Category, epoch: number): LocalWrite {
  return { type: 'del', key: vaultKeyKey(ref, category, epoch) };
}

export function putRow(row: KeyRow): LocalWrite {
  return { type: 'put', key: rowKey(row, row.record, row.version), value: encodeKeyRow(row) };
}

export function dropWords(row: KeyRow): LocalWrite {
  return { type: 'del', key: wordsKey(row, row.record, row.version) };
}

export function putPacket(packet: Packet): LocalWrite {
  return { type: 'put', key: packetKey(packet, packet), value: encodePacket(packet) };
}

/** Whom a key was given is remembered as long as rows are under it. */
export function putGivenPacket(packet: Packet): LocalWrite[] {
  return [putPacket(packet), putKnown(packet, packet.category, packet.grantee, packet.epoch)];
}

export function dropPacket(packet: Packet): LocalWrite {
  return { type: 'del', key: packetKey(packet, packet) };
}

export function putTerms(terms: SealedTerms): LocalWrite {
  return { type: 'put', key: termsKey(terms, terms.object), value: encodeSealedTerms(terms) };
}

export function putSecret(ref: ChartRef, category: Category, { epoch, key }: EpochKey): LocalWrite {
  return { type: 'put', key: secretKey(ref, category, epoch), value: key };
}

export function dropSecret(ref: ChartRef, category: Category, epoch: number): LocalWrite {
  return { type: 'del', key: secretKey(ref, category, epoch) };
}

export function putKnown(ref: ChartRef, category: Category, clinic: ClinicNumber, epoch: number): LocalWrite {
  return { type: 'put', key: knownKey(ref, category, clinic), value: new Writer(4).u32(epoch).finish() };
}

export function putCustodians(ref: ChartRef, category: Category, clinics: readonly ClinicNumber[]): LocalWrite {
  const out = new Writer(8);
  for (const clinic of clinics) out.u16(clinic);
  return { type: 'put', key: custodyKey(ref, category), value: out.finish() };
}

export function putGiven({ object, chart, handle, ended }: GivenConsent): LocalWrite {
  const value = new Writer(72).fixed(chart, 32).fixed(handle, 32).u64(ended).finish();
  return { type: 'put', key: givenKey(object), value };
}
