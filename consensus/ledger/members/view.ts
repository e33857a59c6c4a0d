// What the state says about members and finality to everyone outside the ledger, as one small value. Plain data: it
// crosses threads.
import type { Checkpoint } from '../../chain/finality/types.ts';
import type { StateReader } from '../types.ts';
import { changeCount, finalityRow, type Ripe, type SetInForce, setForBlock } from './set-rows.ts';

export interface ChainView {
  /** In force for the next block. */
  readonly set: SetInForce;
  readonly justified: Checkpoint;
  readonly finalised: Checkpoint;
  /** Approved so far, in force or not. */
  readonly changes: number;
  readonly ripe: Ripe | undefined;
}

/** `height` is that of the next block. */
export function viewOf(state: StateReader, height: number): ChainView {
  const { justified, finalised, ripe } = finalityRow(state);
  return { set: setForBlock(state, height), justified, finalised, changes: changeCount(state), ripe };
}
