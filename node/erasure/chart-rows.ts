// Everything in the database of key rows that is of one chart, as a shred names it: rows, packets, keys, terms, escrows, and
// what waits to be sent of them.
import { equalBytes } from '../../common/bytes.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { CHART_TABLES, type ChartRef, chartOfKey, chartPrefixes } from '../charts/layout.ts';
import { decodeRowItem, type RowItem } from '../charts/rows-wire.ts';
import { escrowPrefixes, patientChartKey } from '../emergency/layout.ts';
import type { LocalRange } from '../store/local-database.ts';
import type { ShredTarget } from '../store/shred-files.ts';

export interface RangedRows {
  range(range: Omit<LocalRange, 'reverse'>): AsyncGenerator<readonly [Uint8Array, Uint8Array]>;
}

/** `own`: the clinic's number where the chart is its own, since its rows may wait for others. */
export async function chartTarget(
  rows: RangedRows,
  ref: ChartRef,
  handle: Uint8Array,
  own: ClinicNumber,
): Promise<Required<ShredTarget>> {
  const keys = [chartOfKey(handle, ref.clinic), patientChartKey(handle, ref)];
  if (ref.clinic === own) {
    for await (const [key, value] of rows.range({ prefix: Uint8Array.of(CHART_TABLES.queue) })) {
      const chart = chartOfItem(decodeRowItem(value));
      if (chart !== undefined && equalBytes(chart, ref.chart)) keys.push(key);
    }
  }
  return { keys, prefixes: [...chartPrefixes(ref), ...escrowPrefixes(ref)] };
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
