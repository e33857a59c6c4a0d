// Everything in the database of key rows that is of one chart, as a shred names it: rows, packets, keys, terms, escrows,
// requests for access to it, and what waits to be sent of them.
import { equalBytes, toHex } from '../../common/bytes.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { categoryByte } from '../../records/category.ts';
import {
  CHART_TABLES,
  type ChartRef,
  chartOfKey,
  chartPrefix,
  chartPrefixes,
  packetPrefix,
  untidyKey,
  vaultOfKey,
  vaultsKey,
  vaultsPrefix,
} from '../charts/layout.ts';
import { readableRow } from '../charts/readable-row.ts';
import { decodeKnown } from '../charts/requests.ts';
import { chartOfItem, decodeRowItem } from '../charts/rows-wire.ts';
import { ESCROW_TABLES, escrowPrefixes, patientChartKey } from '../emergency/layout.ts';
import type { LocalRange } from '../store/local-database.ts';
import type { ShredTarget } from '../store/shred-files.ts';
import type { ErasedChart } from './ports.ts';

/** Category and epoch, after the chart in the keys of what is by epoch. */
const EPOCH_BYTES = 1 + 4;
const BY_EPOCH: ReadonlySet<number> = new Set([
  ...[CHART_TABLES.packet, CHART_TABLES.secret, CHART_TABLES.vaultKey],
  ...[ESCROW_TABLES.escrow, ESCROW_TABLES.owed],
]);

export interface RangedRows {
  range(range: Omit<LocalRange, 'reverse'>): AsyncGenerator<readonly [Uint8Array, Uint8Array]>;
}

/** A clinic's chart of a patient, and the vaults that lie beside it, of accounts of hers that are no more as well. */
export async function chartsOf(rows: RangedRows, ref: ChartRef, handle: Uint8Array): Promise<readonly ChartRef[]> {
  const { clinic, chart } = ref;
  const charts = [{ clinic, chart }];
  const prefix = vaultsPrefix(handle, clinic);
  for await (const [key] of rows.range({ prefix })) charts.push({ clinic, chart: key.slice(prefix.length) });
  return charts;
}

/** Of a chart whose patient came back: what was written since the approval stays, with the keys that open it. */
interface Later {
  /** Keys of its rows, in hex. */
  readonly rows: ReadonlySet<string>;
  /** Category byte and epoch, in hex. */
  readonly epochs: ReadonlySet<string>;
}

/** `own`: the clinic's number where the chart is its own, since its rows may wait for others. */
export async function chartTarget(
  rows: RangedRows,
  erased: ErasedChart,
  own: ClinicNumber,
): Promise<Required<ShredTarget>> {
  const { handle, approved } = erased;
  const charts: ChartRef[] = [];
  const staying: { readonly chart: ChartRef; readonly later: Later }[] = [];
  for (const chart of await chartsOf(rows, erased, handle)) {
    const later = await writtenSince(rows, chart, approved);
    if (later.rows.size === 0) charts.push(chart);
    else staying.push({ chart, later });
  }
  const isOf = (chart: Uint8Array): boolean => charts.some((one) => equalBytes(one.chart, chart));
  const keys: Uint8Array[] = charts.map((chart) => vaultsKey(handle, chart));
  // The way to what stays is needed.
  if (isOf(erased.chart)) keys.push(chartOfKey(handle, erased.clinic), patientChartKey(handle, erased));
  if (!staying.some(({ chart }) => !equalBytes(chart.chart, erased.chart))) {
    keys.push(vaultOfKey(handle, erased.clinic));
  }
  for (const { chart, later } of staying) keys.push(...(await earlierRows(rows, chart, later)));
  // At the clinic whose chart it is and at whoever asked it.
  for await (const [key, value] of rows.range({ prefix: Uint8Array.of(CHART_TABLES.request) })) {
    const { request, at } = decodeKnown(key.slice(1), value);
    const isHers = request.writer === erased.clinic && equalBytes(request.handle, handle);
    if (isHers && (staying.length === 0 || at <= approved)) keys.push(key);
  }
  if (erased.clinic === own) {
    keys.push(...charts.map(({ chart }) => untidyKey(chart)));
    for await (const [key, value] of rows.range({ prefix: Uint8Array.of(CHART_TABLES.queue) })) {
      const item = decodeRowItem(value);
      if (item.type === 'blob') continue;
      const isEarlier = item.type === 'row' && equalBytes(item.row.handle, handle) && item.row.written <= approved;
      if (isEarlier || isOf(chartOfItem(item))) keys.push(key);
    }
    for await (const [key, value] of rows.range({ prefix: Uint8Array.of(CHART_TABLES.given) })) {
      if (isOf(value.subarray(0, erased.chart.length))) keys.push(key);
    }
  }
  return { keys, prefixes: charts.flatMap((chart) => [...chartPrefixes(chart), ...escrowPrefixes(chart)]) };
}

/** Rows of a chart and of the vaults beside it that are there now of before the approval, without what is filed by patient. */
export async function countRows(rows: RangedRows, erased: ErasedChart): Promise<number> {
  let count = 0;
  for (const chart of await chartsOf(rows, erased, erased.handle)) {
    const later = await writtenSince(rows, chart, erased.approved);
    if (later.rows.size > 0) count += (await earlierRows(rows, chart, later)).length;
    else for await (const _ of everyRow(rows, chart)) count++;
  }
  return count;
}

async function writtenSince(rows: RangedRows, chart: ChartRef, approved: number): Promise<Later> {
  const later = { rows: new Set<string>(), epochs: new Set<string>() };
  for await (const [key, bytes] of rows.range({ prefix: chartPrefix('row', chart) })) {
    const row = readableRow(bytes);
    // Nothing says that one which cannot be read is of later.
    if (row === undefined || row.written <= approved) continue;
    later.rows.add(toHex(key));
    later.epochs.add(toHex(packetPrefix(chart, row.category, row.epoch).subarray(-EPOCH_BYTES)));
  }
  return later;
}

/** What of a chart goes though some of it stays: rows of before with their words, and keys that open nothing which stays. */
async function earlierRows(rows: RangedRows, chart: ChartRef, later: Later): Promise<Uint8Array[]> {
  const keys: Uint8Array[] = [];
  const head = chartPrefix('row', chart).length;
  const consent = categoryByte('consent');
  for await (const key of everyRow(rows, chart)) {
    const [table] = key;
    if (table === CHART_TABLES.row || table === CHART_TABLES.words) {
      const row = key.slice();
      row[0] = CHART_TABLES.row;
      if (!later.rows.has(toHex(row))) keys.push(key);
    } else if (BY_EPOCH.has(table) && key[head] !== consent) {
      // Consents go on: who may read what stays is decided by them.
      if (!later.epochs.has(toHex(key.subarray(head, head + EPOCH_BYTES)))) keys.push(key);
    }
  }
  return keys;
}

async function* everyRow(rows: RangedRows, chart: ChartRef): AsyncGenerator<Uint8Array> {
  for (const prefix of [...chartPrefixes(chart), ...escrowPrefixes(chart)]) {
    for await (const [key] of rows.range({ prefix })) yield key;
  }
}
