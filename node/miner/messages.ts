// What the miner and its worker threads say to each other. Plain data only.
import type { KernelName } from './kernel/types.ts';

export interface WorkerData {
  /** Part of wall time spent searching, above 0 up to 1. */
  readonly dutyCycle: number;
  /** Leaves the SIMD kernel aside. */
  readonly kernel: KernelName | undefined;
}

/** To a worker: search this, instead of whatever it searches; or nothing. */
export type Order =
  | { readonly type: 'search'; readonly job: number; readonly preimage: Uint8Array; readonly target: bigint }
  | { readonly type: 'idle' };

/** From a worker. `hashes` counts since the last report, `rate` is per second of wall time while searching. */
export type Report =
  | { readonly type: 'ready'; readonly kernel: KernelName; readonly nice: number | undefined }
  | { readonly type: 'progress'; readonly hashes: number; readonly rate: number }
  | { readonly type: 'solution'; readonly job: number; readonly nonce: bigint };
