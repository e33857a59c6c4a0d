// What an erasure takes beside the rows: the ciphertext that they name, here as at every clinic that keeps it, and what this
// clinic knows of its own patient elsewhere. Before the rows go, which alone tell of it.
import { equalBytes } from '../../common/bytes.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { BlobStore } from '../../records/blobs/blob-store.ts';
import { decodeKeyRow } from '../../records/chart/key-row.ts';
import { chartPrefix } from '../charts/layout.ts';
import { namedByNoOther } from '../charts/shared-ciphertext.ts';
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
    const own: Uint8Array[] = [];
    const named = new Set<string>();
    for (const chart of await chartsOf(rows, ref, handle)) {
      const prefix = chartPrefix('row', chart);
      own.push(prefix);
      for await (const [, bytes] of rows.range({ prefix })) named.add(decodeKeyRow(bytes).cid);
    }
    const isOwn = (key: Uint8Array) => own.some((prefix) => equalBytes(key.subarray(0, prefix.length), prefix));
    for (const cid of await namedByNoOther(rows, named, isOwn)) await blobs.delete(cid);
    if (ref.clinic === options.clinic) await patients.forget(handle);
  };
}
