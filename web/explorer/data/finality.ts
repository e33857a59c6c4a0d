// How far the last final block is behind the head, and when that means that finality stands still.
import { EPOCH_BLOCKS } from '../../../consensus/limits.ts';
import { isCatchingUp } from '../../shared/node/catching-up.ts';
import type { LiveState } from '../../shared/node/live-chain.ts';
import { useLive } from '../../shared/node/node-context.tsx';

/** Votes wait for three blocks and travel in later ones: up to three epochs of lag are usual, twice that is not. */
const STANDSTILL_BLOCKS = 6 * EPOCH_BLOCKS;

export interface Finality {
  /** Height; 0 while nothing is final. */
  readonly final: number;
  /** Blocks behind the head. */
  readonly lag: number;
  readonly standsStill: boolean;
}

export function useFinality(): Finality | undefined {
  return finalityOf(useLive());
}

export function finalityOf({ health, head }: Pick<LiveState, 'health' | 'head'>): Finality | undefined {
  if (health === undefined || head === undefined) return undefined;
  const final = health.final.height;
  const lag = Math.max(0, head.height - final);
  // A node that catches up has the votes of then ahead of it.
  return { final, lag, standsStill: lag >= STANDSTILL_BLOCKS && !isCatchingUp(health.sync) };
}
