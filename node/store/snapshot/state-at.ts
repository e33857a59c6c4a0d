// The state as it was after an earlier block: rows of now, with the undo of the blocks since laid over them, and with that of
// the blocks that come while it is read. Bounded by how much may change.
import { decodeUndo } from '../../../consensus/tree/undo.ts';
import { type CheckedRows, mapKey, prefixRange } from '../kv.ts';
import { numberKey, TABLE, tableKey } from '../layout.ts';
import { type Held, PastRows } from '../past-rows.ts';
import type { StateTable } from '../state-table.ts';
import type { PartRow } from './part.ts';

/** Rows changed since at most; about 100 MB of memory. */
const MAX_CHANGED_ROWS = 262_144;

export interface StateAtModules {
  readonly rows: CheckedRows;
  readonly state: StateTable;
}

/**
 * Call while nothing is written, and read the answer then or later. Undefined when undo is missing or too much changed since.
 * Reading throws StoreError `store.changed`.
 */
export async function stateBefore(
  { rows, state }: StateAtModules,
  height: number,
  tip: number,
): Promise<AsyncIterable<PartRow> | undefined> {
  const changed = new Map<string, Held>();
  for (let at = tip; at >= height; at--) {
    const row = await rows.get(numberKey(TABLE.undo, at));
    if (row === undefined) return undefined;
    for (const write of decodeUndo(row)) if (write[0][0] === TABLE.state) changed.set(mapKey(write[0]), write);
    if (changed.size > MAX_CHANGED_ROWS) return undefined;
  }
  const pages = rows.pages(prefixRange(tableKey(TABLE.state)));
  const past = new PastRows(pages, { maxHeld: MAX_CHANGED_ROWS, held: changed.values() });
  return partRows(past, state.tell(past));
}

async function* partRows(past: PastRows, untell: () => void): AsyncGenerator<PartRow> {
  try {
    for await (const [key, value] of past.rows()) yield { key: key.subarray(1), value };
  } finally {
    untell();
  }
}
