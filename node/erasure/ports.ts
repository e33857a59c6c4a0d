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

/** What goes with the rows of an erased chart. */
export interface ErasedChart extends ChartRef {
  readonly handle: Uint8Array;
  /** Empty: another clinic's patient, or one that nothing here tells of. */
  readonly pid: string;
  /** ms; what was written later stays. */
  readonly approved: number;
}

export interface ErasurePorts {
  /** The chart of a patient at this clinic, and when its first record was written, or one of her vault, ms; undefined: nothing. */
  chartOf(handle: Uint8Array, pid: string): Promise<{ readonly chart: Uint8Array; readonly first: number } | undefined>;
  /** Of the newest block here, ms: the clock of one machine may be wrong by years. */
  chainTime(): number;
  /** Whether the statement stands in a final block: what is shredded does not come back with another branch. */
  isFinal(statement: Uint8Array): Promise<boolean>;
  /** The clinics that were members at the block of a statement; undefined where no block here has it. */
  membersAt(statement: Uint8Array): Promise<readonly ClinicNumber[] | undefined>;
  /** The identifier of an own patient, as far as anything here still tells it. */
  pidOf(handle: Uint8Array): Promise<string | undefined>;
  /** Whatever else this clinic has of the chart: resources, indexes, ciphertext. Its rows are still there. May be done again. */
  forget(erased: ErasedChart): Promise<void>;
  /** On the disk when it resolves. */
  audit(access: ErasureAccess): Promise<void>;
}
