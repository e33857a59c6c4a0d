// The state as it was after an earlier block: rows of now, with the undo of the blocks since laid over them. Read from one
// moment of the database, so the chain goes on meanwhile. Bounded by how much may have changed since.
import { decodeUndo } from '../../../consensus/tree/undo.ts';
import { type CheckedRows, mapKey, prefixRange, type Row } from '../kv.ts';
import { numberKey, TABLE, tableKey } from '../layout.ts';
import type { PartRow } from './part.ts';

/** Rows changed since at most; about 100 MB of memory. */
const MAX_CHANGED_ROWS = 262_144;

/**
 * Call while nothing is written; read the answer whenever. Undefined when undo is missing or too much changed since.
 */
export async function stateBefore(
  rows: CheckedRows,
  height: number,
  tip: number,
): Promise<AsyncIterable<PartRow> | undefined> {
  const changed = new Map<string, readonly [Uint8Array, Uint8Array | null]>();
  for (let at = tip; at >= height; at--) {
    const row = await rows.get(numberKey(TABLE.undo, at));
    if (row === undefined) return undefined;
    for (const write of decodeUndo(row)) if (write[0][0] === TABLE.state) changed.set(mapKey(write[0]), write);
    if (changed.size > MAX_CHANGED_ROWS) return undefined;
  }
  const now = rows.rows(prefixRange(tableKey(TABLE.state)));
  // The engine fixes what an iterator sees when it is made, which the first step does.
  const first = await now.next();
  return over(first, now, changed);
}

async function* over(
  first: IteratorResult<Row>,
  rest: AsyncGenerator<Row>,
  changed: Map<string, readonly [Uint8Array, Uint8Array | null]>,
): AsyncGenerator<PartRow> {
  for (let step = first; step.done !== true; step = await rest.next()) {
    const [key, now] = step.value;
    const name = mapKey(key);
    const before = changed.get(name);
    changed.delete(name);
    const value = before === undefined ? now : before[1];
    if (value !== null) yield { key: key.subarray(1), value };
  }
  // Rows that were there and have gone since.
  for (const [key, value] of changed.values()) if (value !== null) yield { key: key.subarray(1), value };
}
