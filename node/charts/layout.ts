// Keys of rows in the database of key rows that belong to charts; first bytes from 0x10 to 0x2f are other parts'. Whatever is of one
// chart begins with its table, its clinic and its id, so that a shred names it by a few prefixes.
import { concatBytes } from '../../common/bytes.ts';
import { Writer } from '../../common/codec/writer.ts';
import { clinicBytes } from '../../consensus/ledger/objects.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { type Category, categoryByte } from '../../records/category.ts';

/** One byte each, never used for anything else again. */
export const CHART_TABLES = {
  /** chart | record | version: a key row, own or in custody. */
  row: 0x01,
  /** chart | category | epoch | grantee | grant: a packet. */
  packet: 0x02,
  /** chart | category | epoch: a category key of an own chart. */
  secret: 0x03,
  /** chart | consent object: sealed terms. */
  terms: 0x04,
  /** handle | clinic: chart id. */
  chart: 0x05,
  /** chart | statement: what the outbox may not have yet. */
  pending: 0x06,
  /** chart | category | clinic: the highest epoch whose key that clinic was given. */
  known: 0x07,
  /** clinic | number: what that clinic is to be sent. */
  queue: 0x08,
  /** chart | category: who keeps its rows. */
  custody: 0x09,
  /** object: a request for access to a chart of this clinic, or of this clinic's own to another. */
  request: 0x0a,
  /** object: a consent that this clinic gave or took back, and of which chart. */
  given: 0x0b,
  /** chart: the handle of an own chart whose rows are still to move to another key. */
  untidy: 0x0c,
  /** handle | clinic: chart id of the vault of the patient's account. */
  vault: 0x0d,
  /** chart | category | epoch: a category key of a vault, sealed by the patient. */
  vaultKey: 0x0e,
  /** chart | record | version: words of a record of an own chart, for searches. */
  words: 0x0f,
  /** clinic: its X-Wing key, as it said it. */
  hybrid: 0x30,
  /** handle | clinic | chart: nothing. Every vault of the patient there, one account after another. */
  vaults: 0x31,
  /** chart: the patient of another clinic's chart of which something is kept here. */
  kept: 0x32,
} as const;

/** A chart between clinics: whose, and its id. */
export interface ChartRef {
  readonly clinic: ClinicNumber;
  readonly chart: Uint8Array;
}

const OF_A_CHART = [
  ...(['row', 'packet', 'secret', 'terms', 'pending', 'known', 'custody', 'vaultKey', 'words', 'kept'] as const),
] as const;

/** Everything that this clinic has of a chart but the way to find it. */
export function chartPrefixes(ref: ChartRef): Uint8Array[] {
  return OF_A_CHART.map((table) => chartPrefix(table, ref));
}

export function chartPrefix(table: (typeof OF_A_CHART)[number], { clinic, chart }: ChartRef): Uint8Array {
  return concatBytes(Uint8Array.of(CHART_TABLES[table]), clinicBytes(clinic), chart);
}

export function hybridKey(clinic: ClinicNumber): Uint8Array {
  return concatBytes(Uint8Array.of(CHART_TABLES.hybrid), clinicBytes(clinic));
}

export function rowKey(ref: ChartRef, record: Uint8Array, version: number): Uint8Array {
  return concatBytes(recordPrefix(ref, record), new Writer(4).u32(version).finish());
}

export function wordsKey(ref: ChartRef, record: Uint8Array, version: number): Uint8Array {
  return concatBytes(chartPrefix('words', ref), record, new Writer(4).u32(version).finish());
}

export function recordPrefix(ref: ChartRef, record: Uint8Array): Uint8Array {
  return concatBytes(chartPrefix('row', ref), record);
}

export function packetPrefix(ref: ChartRef, category: Category, epoch?: number): Uint8Array {
  const prefix = concatBytes(chartPrefix('packet', ref), Uint8Array.of(categoryByte(category)));
  return epoch === undefined ? prefix : concatBytes(prefix, new Writer(4).u32(epoch).finish());
}

export interface PacketKey {
  readonly category: Category;
  readonly epoch: number;
  readonly grantee: ClinicNumber;
  readonly grant: Uint8Array;
}

export function packetKey(ref: ChartRef, { category, epoch, grantee, grant }: PacketKey): Uint8Array {
  return concatBytes(packetPrefix(ref, category, epoch), clinicBytes(grantee), grant);
}

export function secretPrefix(ref: ChartRef, category: Category): Uint8Array {
  return concatBytes(chartPrefix('secret', ref), Uint8Array.of(categoryByte(category)));
}

export function secretKey(ref: ChartRef, category: Category, epoch: number): Uint8Array {
  return concatBytes(secretPrefix(ref, category), new Writer(4).u32(epoch).finish());
}

export function termsKey(ref: ChartRef, object: Uint8Array): Uint8Array {
  return concatBytes(chartPrefix('terms', ref), object);
}

export function chartOfKey(handle: Uint8Array, clinic: ClinicNumber): Uint8Array {
  return concatBytes(Uint8Array.of(CHART_TABLES.chart), handle, clinicBytes(clinic));
}

export function vaultOfKey(handle: Uint8Array, clinic: ClinicNumber): Uint8Array {
  return concatBytes(Uint8Array.of(CHART_TABLES.vault), handle, clinicBytes(clinic));
}

export function vaultsPrefix(handle: Uint8Array, clinic: ClinicNumber): Uint8Array {
  return concatBytes(Uint8Array.of(CHART_TABLES.vaults), handle, clinicBytes(clinic));
}

export function vaultsKey(handle: Uint8Array, { clinic, chart }: ChartRef): Uint8Array {
  return concatBytes(vaultsPrefix(handle, clinic), chart);
}

export function vaultKeyPrefix(ref: ChartRef, category: Category): Uint8Array {
  return concatBytes(chartPrefix('vaultKey', ref), Uint8Array.of(categoryByte(category)));
}

export function vaultKeyKey(ref: ChartRef, category: Category, epoch: number): Uint8Array {
  return concatBytes(vaultKeyPrefix(ref, category), new Writer(4).u32(epoch).finish());
}

export function pendingKey(ref: ChartRef, statement: Uint8Array): Uint8Array {
  return concatBytes(chartPrefix('pending', ref), statement);
}

export function knownPrefix(ref: ChartRef, category: Category): Uint8Array {
  return concatBytes(chartPrefix('known', ref), Uint8Array.of(categoryByte(category)));
}

export function knownKey(ref: ChartRef, category: Category, clinic: ClinicNumber): Uint8Array {
  return concatBytes(knownPrefix(ref, category), clinicBytes(clinic));
}

export function custodyKey(ref: ChartRef, category: Category): Uint8Array {
  return concatBytes(chartPrefix('custody', ref), Uint8Array.of(categoryByte(category)));
}

export function queuePrefix(target: ClinicNumber): Uint8Array {
  return concatBytes(Uint8Array.of(CHART_TABLES.queue), clinicBytes(target));
}

export function queueKey(target: ClinicNumber, number: number): Uint8Array {
  return concatBytes(queuePrefix(target), new Writer(8).u64(number).finish());
}

export function requestKey(object: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(CHART_TABLES.request), object);
}

export function untidyKey(chart: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(CHART_TABLES.untidy), chart);
}

export function givenKey(object: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(CHART_TABLES.given), object);
}
