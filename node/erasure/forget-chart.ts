// What an erasure takes beside the rows: the ciphertext that they name, here as at every clinic that keeps it, and what this
// clinic knows of its own patient elsewhere. Before the rows go, which alone tell of it.
import { toHex } from '../../common/bytes.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { BlobStore } from '../../records/blobs/blob-store.ts';
import { chartPrefix } from '../charts/layout.ts';
import { readableRow } from '../charts/readable-row.ts';
import { namedByNoOther } from '../charts/shared-ciphertext.ts';
import { chartsOf, type RangedRows } from './chart-rows.ts';
import type { ErasedChart, ErasurePorts } from './ports.ts';

export interface ForgetChartModules {
  readonly rows: RangedRows;
  readonly blobs: Pick<BlobStore, 'delete'>;
  readonly patients: { forget(erased: Pick<ErasedChart, 'handle' | 'pid'>): Promise<void> };
  /** Copies of the key rows from before are older than this clinic from here on. */
  readonly marks: { advance(): Promise<void> };
}

export function forgetChart(
  options: { readonly clinic: ClinicNumber },
  { rows, blobs, patients, marks }: ForgetChartModules,
): ErasurePorts['forget'] {
  return async (erased) => {
    await marks.advance();
    const own = new Set<string>();
    const named = new Set<string>();
    for (const chart of await chartsOf(rows, erased, erased.handle)) {
      for await (const [key, bytes] of rows.range({ prefix: chartPrefix('row', chart) })) {
        const row = readableRow(bytes);
        if (row === undefined || row.written > erased.approved) continue;
        own.add(toHex(key));
        named.add(row.cid);
      }
    }
    for (const cid of await namedByNoOther(rows, named, (key) => own.has(toHex(key)))) await blobs.delete(cid);
    if (erased.clinic === options.clinic) await patients.forget(erased);
  };
}
