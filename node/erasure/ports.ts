// What erasures ask of the rest of the clinic.
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { ChartRef } from '../charts/layout.ts';

export interface ErasureAccess {
  readonly outcome: 'permitted' | 'refused';
  readonly reason: 'requested' | 'held' | 'shredded' | 'hold' | 'released';
  readonly handle: Uint8Array;
  /** Whose chart. */
  readonly clinic: ClinicNumber;
  /** Zeros: the clinic itself. */
  readonly account: Uint8Array;
}

export interface ErasurePorts {
  /** The chart of a patient at this clinic, and when its first record was written, or one of her vault, ms; undefined: nothing. */
  chartOf(handle: Uint8Array, pid: string): Promise<{ readonly chart: Uint8Array; readonly first: number } | undefined>;
  /** Whether the statement stands in a final block: what is shredded does not come back with another branch. */
  isFinal(statement: Uint8Array): Promise<boolean>;
  /** Whatever else this clinic has of the chart: resources, indexes, ciphertext. Its rows are still there. */
  forget(ref: ChartRef, handle: Uint8Array): Promise<void>;
  /** On the disk when it resolves. */
  audit(access: ErasureAccess): Promise<void>;
}
