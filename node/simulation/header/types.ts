// Shapes of the header-only model: what is put in and what a run says. Times are ms since the run began.
import type { Header } from '../../../consensus/chain/types.ts';
import type { Params } from '../../../consensus/params.ts';

export interface ModelMiner {
  /** Hashes per second. */
  readonly hashRate: number;
  /** How far its clock is ahead of true time, ms. */
  readonly skew?: number;
}

/** What happens to the network while it runs, in order of `at`. */
export type ModelChange =
  | { readonly at: number; readonly type: 'offline' | 'online'; readonly miners: readonly number[] }
  | { readonly at: number; readonly type: 'factor'; readonly miners: readonly number[]; readonly factor: number };

export interface ModelOptions {
  readonly seed: number;
  readonly params: Params;
  /** Clinic number = index + 1. All of them are members and vote. */
  readonly miners: readonly ModelMiner[];
  /** Mean over all links of how long a block takes from where it was found until it is checked elsewhere, ms. */
  readonly meanDelay: number;
  readonly duration: number;
  readonly changes?: readonly ModelChange[];
  /** Times at which the figures start anew; else all of it is one part. */
  readonly parts?: readonly number[];
  /** Clinics vote, and blocks carry certificates. */
  readonly finality?: boolean;
  onProgress?(part: number): void;
}

/** One header as the model keeps it. */
export interface ModelBlock {
  readonly number: number;
  readonly header: Header;
  readonly id: Uint8Array;
  readonly work: bigint;
  /** Forgotten far below the tip. */
  parent: ModelBlock | undefined;
  readonly foundAt: number;
  /** Target of its children, and how many hashes that takes on average. */
  readonly childTarget: bigint;
  readonly childHashes: number;
  /** Least timestamp of a child by each miner. */
  readonly earliest: readonly number[];
  /** The highest justified and the highest finalised checkpoint in the state after this block. */
  justified: ModelBlock;
  finalised: ModelBlock;
}

export interface PartReport {
  /** ms since the run began. */
  readonly from: number;
  readonly to: number;
  readonly blocks: number;
  /** Blocks that did not become part of the chain, over all. */
  readonly staleRate: number;
  /** Between one block of the chain and the next, by when they were found, s. */
  readonly gap: { readonly mean: number; readonly median: number; readonly p99: number; readonly most: number };
  /** Part of the chain's blocks by miner. */
  readonly shares: readonly number[];
}

export interface ModelReport {
  readonly parts: readonly PartReport[];
  readonly total: PartReport;
  /** Blocks that a miner gave up at one time, at most. */
  readonly deepestReorganisation: number;
  readonly finality: FinalityReport | undefined;
}

export interface FinalityReport {
  readonly finalised: number;
  /** Epochs from a checkpoint to the block that finalised it, mean and most. */
  readonly lag: { readonly mean: number; readonly most: number };
  /** From the return of clinics until a block finalised something. */
  readonly resumptions: readonly { readonly at: number; readonly blocks: number; readonly seconds: number }[];
  /** Returns after which nothing was finalised until the end. */
  readonly neverResumed: number;
  /** Two finalised checkpoints on different branches: never. */
  readonly conflicts: number;
}
