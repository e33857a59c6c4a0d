// Everything in the database of key rows that is of one chart, as a shred names it: rows, packets, keys, terms, escrows, and
// what waits to be sent of them.
import { equalBytes } from '../../common/bytes.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { CHART_TABLES, type ChartRef, chartOfKey, chartPrefixes, untidyKey, vaultOfKey } from '../charts/layout.ts';
import { decodeRowItem, type RowItem } from '../charts/rows-wire.ts';
import { escrowPrefixes, patientChartKey } from '../emergency/layout.ts';
import type { LocalRange } from '../store/local-database.ts';
import type { ShredTarget } from '../store/shred-files.ts';

export interface RangedRows {
  range(range: Omit<LocalRange, 'reverse'>): AsyncGenerator<readonly [Uint8Array, Uint8Array]>;
}

/** The clinic's chart of a patient, and at the clinic itself the patient's vault, which lies beside it. */
export async function chartsOf(
  rows: RangedRows,
  ref: ChartRef,
  handle: Uint8Array,
  own: ClinicNumber,
): Promise<readonly ChartRef[]> {
  const charts = [{ clinic: ref.clinic, chart: ref.chart }];
  if (ref.clinic !== own) return charts;
  for await (const [, chart] of rows.range({ prefix: vaultOfKey(handle, own) })) charts.push({ clinic: own, chart });
  return charts;
}

/** `own`: the clinic's number where the chart is its own, since its rows may wait for others. */
export async function chartTarget(
  rows: RangedRows,
  ref: ChartRef,
  handle: Uint8Array,
  own: ClinicNumber,
): Promise<Required<ShredTarget>> {
  const charts = await chartsOf(rows, ref, handle, own);
  const keys = [chartOfKey(handle, ref.clinic), patientChartKey(handle, ref)];
  if (ref.clinic === own) {
    keys.push(untidyKey(ref.chart), vaultOfKey(handle, own));
    for await (const [key, value] of rows.range({ prefix: Uint8Array.of(CHART_TABLES.queue) })) {
      const chart = chartOfItem(decodeRowItem(value));
      if (chart !== undefined && equalBytes(chart, ref.chart)) keys.push(key);
    }
    for await (const [key, value] of rows.range({ prefix: Uint8Array.of(CHART_TABLES.given) })) {
      if (charts.some(({ chart }) => equalBytes(chart, value.subarray(0, chart.length)))) keys.push(key);
    }
  }
  return { keys, prefixes: charts.flatMap((chart) => [...chartPrefixes(chart), ...escrowPrefixes(chart)]) };
}

/** Rows of a chart that are there now, without what is filed by patient. */
export async function countRows(rows: RangedRows, ref: ChartRef): Promise<number> {
  let count = 0;
  for (const prefix of [...chartPrefixes(ref), ...escrowPrefixes(ref)]) {
    for await (const _ of rows.range({ prefix })) count++;
  }
  return count;
}

/** Undefined for ciphertext, which belongs to no chart by itself. */
function chartOfItem(item: RowItem): Uint8Array | undefined {
  if (item.type === 'blob') return undefined;
  if (item.type === 'row') return item.row.chart;
  if (item.type === 'packet') return item.packet.chart;
  return item.type === 'terms' ? item.terms.chart : item.chart;
}
