// Everything in the database of key rows that is of one chart, as a shred names it: rows, packets, keys, terms, escrows,
// requests for access to it, and what waits to be sent of them.
import { equalBytes } from '../../common/bytes.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import {
  CHART_TABLES,
  type ChartRef,
  chartOfKey,
  chartPrefixes,
  untidyKey,
  vaultOfKey,
  vaultsKey,
  vaultsPrefix,
} from '../charts/layout.ts';
import { decodeKnown } from '../charts/requests.ts';
import { chartOfItem, decodeRowItem } from '../charts/rows-wire.ts';
import { escrowPrefixes, patientChartKey } from '../emergency/layout.ts';
import type { LocalRange } from '../store/local-database.ts';
import type { ShredTarget } from '../store/shred-files.ts';

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

/** `own`: the clinic's number where the chart is its own, since its rows may wait for others. */
export async function chartTarget(
  rows: RangedRows,
  ref: ChartRef,
  handle: Uint8Array,
  own: ClinicNumber,
): Promise<Required<ShredTarget>> {
  const charts = await chartsOf(rows, ref, handle);
  const isOf = (chart: Uint8Array): boolean => charts.some((one) => equalBytes(one.chart, chart));
  const keys = [chartOfKey(handle, ref.clinic), vaultOfKey(handle, ref.clinic), patientChartKey(handle, ref)];
  keys.push(...charts.map((chart) => vaultsKey(handle, chart)));
  // At the clinic whose chart it is and at whoever asked it.
  for await (const [key, value] of rows.range({ prefix: Uint8Array.of(CHART_TABLES.request) })) {
    const { request } = decodeKnown(key.slice(1), value);
    if (request.writer === ref.clinic && equalBytes(request.handle, handle)) keys.push(key);
  }
  if (ref.clinic === own) {
    keys.push(...charts.map(({ chart }) => untidyKey(chart)));
    for await (const [key, value] of rows.range({ prefix: Uint8Array.of(CHART_TABLES.queue) })) {
      const item = decodeRowItem(value);
      if (item.type !== 'blob' && isOf(chartOfItem(item))) keys.push(key);
    }
    for await (const [key, value] of rows.range({ prefix: Uint8Array.of(CHART_TABLES.given) })) {
      if (isOf(value.subarray(0, ref.chart.length))) keys.push(key);
    }
  }
  return { keys, prefixes: charts.flatMap((chart) => [...chartPrefixes(chart), ...escrowPrefixes(chart)]) };
}

/** Rows of a chart and of the vaults beside it that are there now, without what is filed by patient. */
export async function countRows(rows: RangedRows, ref: ChartRef, handle: Uint8Array): Promise<number> {
  let count = 0;
  for (const chart of await chartsOf(rows, ref, handle)) {
    for (const prefix of [...chartPrefixes(chart), ...escrowPrefixes(chart)]) {
      for await (const _ of rows.range({ prefix })) count++;
    }
  }
  return count;
}
