// Rows of retired signatures leave the state (PROTOCOL 7.10.43): in the order in which they were retired, once no statement
// that proposed one can be said again.
import { Reader } from '../../../../common/codec/reader.ts';
import { Writer } from '../../../../common/codec/writer.ts';
import type { Params } from '../../../params.ts';
import type { Overlay } from '../../overlay.ts';
import { RETIRED_SIGNATURES_KEY, retiredSignatureKey, threatSignatureKey } from '../../tables.ts';
import type { StateReader } from '../../types.ts';
import { count, findSignature } from './rows.ts';

/** What one block takes away. */
const SWEPT_SIGNATURES = 8;

/** Places in the queue: the first that is taken, and the next that is free. */
interface Queue {
  readonly first: number;
  readonly next: number;
}

/** Retired with this block. */
export function queueRetired(state: Overlay, signature: Uint8Array): void {
  const { first, next } = queueOf(state);
  state.set(retiredSignatureKey(next), new Writer(32).fixed(signature, 32).finish());
  putQueue(state, { first, next: next + 1 });
}

/** Before the statements of a block. Times of blocks grow, so that the first is the oldest. */
export function sweepSignatures(
  state: Overlay,
  { statementMaxAge, blockInterval }: Pick<Params, 'statementMaxAge' | 'blockInterval'>,
  now: number,
): void {
  const queue = queueOf(state);
  const last = Math.min(queue.next, queue.first + SWEPT_SIGNATURES);
  let { first } = queue;
  for (; first < last; first++) {
    const signature = new Reader(state.get(retiredSignatureKey(first))!).fixed(32);
    const row = findSignature(state, signature)!;
    // PROTOCOL 4.7: what proposed it was issued before, or at most 2 T after, the block that retired it
    if (row.retired + statementMaxAge + 2 * blockInterval >= now) break;
    count(state, row.organisation, { live: 0, rows: -1 });
    state.delete(threatSignatureKey(signature));
    state.delete(retiredSignatureKey(first));
  }
  if (first !== queue.first) putQueue(state, { ...queue, first });
}

function queueOf(state: StateReader): Queue {
  const bytes = state.get(RETIRED_SIGNATURES_KEY);
  if (bytes === undefined) return { first: 0, next: 0 };
  const input = new Reader(bytes);
  return { first: input.u32(), next: input.u32() };
}

/** An empty one leaves nothing behind. */
function putQueue(state: Overlay, { first, next }: Queue): void {
  if (first === next) state.delete(RETIRED_SIGNATURES_KEY);
  else state.set(RETIRED_SIGNATURES_KEY, new Writer(8).u32(first).u32(next).finish());
}
