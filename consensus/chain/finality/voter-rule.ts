// The voter's rule (PROTOCOL 5.13.7): which link an honest clinic may sign next, given what it remembers and what it sees.
// Two votes by this rule are never a crime (quorum.ts): targets strictly grow and sources never shrink.
import { EPOCH_BLOCKS } from '../../limits.ts';
import type { Checkpoint, Link } from './types.ts';

/** Blocks that must stand on a checkpoint before it is voted for. */
export const VOTE_DEPTH = 3;
/** Epochs that a voter without its memory leaves out above everything that it is shown. */
export const LOST_MEMORY_EPOCHS = 2;

/** The highest epochs that the vote key ever signed; 0 before the first. On disk before the vote leaves. */
export interface VoteMemory {
  readonly source: number;
  readonly target: number;
}

export const NEW_KEY: VoteMemory = { source: 0, target: 0 };

export interface VoteView {
  /** The highest checkpoint of the best chain that is deep enough (`votableEpoch`). */
  readonly target: Checkpoint;
  /** `memberSet` of the target's header. */
  readonly set: number;
  /** The highest that is justified in the state of the best chain. */
  readonly justified: Checkpoint;
  /** The highest epoch that this node knows to be justified, on any branch. */
  readonly highestJustified: number;
}

/** The epoch to vote for at this height of the best chain; 0 when there is none yet. */
export function votableEpoch(height: number): number {
  return Math.max(0, Math.floor((height - VOTE_DEPTH) / EPOCH_BLOCKS));
}

/** Undefined when an honest voter stays silent. */
export function nextLink(memory: VoteMemory, view: VoteView): Link | undefined {
  const { target, set, justified: source, highestJustified } = view;
  if (target.epoch <= memory.target || target.epoch <= source.epoch) return undefined;
  // A source below one that was voted from, or below what others finalise from, is how votes come to surround.
  if (source.epoch < memory.source || source.epoch < highestJustified) return undefined;
  return { set, source, target };
}

/** The memory after a vote, made now or shown by a peer. */
export function remember(memory: VoteMemory, link: Link): VoteMemory {
  return {
    source: Math.max(memory.source, link.source.epoch),
    target: Math.max(memory.target, link.target.epoch),
  };
}

/** The memory of a voter who lost it, once it was shown header chains up to `height`. */
export function recoverMemory(memory: VoteMemory, height: number): VoteMemory {
  const floor = Math.floor(height / EPOCH_BLOCKS) + LOST_MEMORY_EPOCHS;
  return { source: memory.source, target: Math.max(memory.target, floor) };
}
