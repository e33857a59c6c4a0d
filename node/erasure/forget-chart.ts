// What an erasure takes beside the rows: the ciphertext that they name, here as at every clinic that keeps it, and what this
// clinic knows of its own patient elsewhere. Before the rows go, which alone tell of it.
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { BlobStore } from '../../records/blobs/blob-store.ts';
import { decodeKeyRow } from '../../records/chart/key-row.ts';
import { chartPrefix } from '../charts/layout.ts';
import { chartsOf, type RangedRows } from './chart-rows.ts';
import type { ErasurePorts } from './ports.ts';

export interface ForgetChartModules {
  readonly rows: RangedRows;
  readonly blobs: Pick<BlobStore, 'delete'>;
  readonly patients: { forget(handle: Uint8Array): Promise<void> };
  /** Copies of the key rows from before are older than this clinic from here on. */
  readonly marks: { advance(): Promise<void> };
}

export function forgetChart(
  options: { readonly clinic: ClinicNumber },
  { rows, blobs, patients, marks }: ForgetChartModules,
): ErasurePorts['forget'] {
  return async (ref, handle) => {
    await marks.advance();
    for (const chart of await chartsOf(rows, ref, handle, options.clinic)) {
      for await (const [, bytes] of rows.range({ prefix: chartPrefix('row', chart) })) {
        const { cid } = decodeKeyRow(bytes);
        if (cid !== '') await blobs.delete(cid);
      }
    }
    if (ref.clinic === options.clinic) await patients.forget(handle);
  };
}
