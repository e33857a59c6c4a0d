// Which ciphertext goes with rows that leave: it is named by what it is, so whoever files that of another patient must not take
// it from her. Owns the search among all rows that are here.
import { CHART_TABLES } from './layout.ts';
import type { KeyRowsDatabase } from './ports.ts';
import { readableRow } from './readable-row.ts';

/** Those of `cids` that no readable row names but such as leave, which `leaves` tells by their keys. */
export async function namedByNoOther(
  rows: Pick<KeyRowsDatabase, 'range'>,
  cids: Iterable<string>,
  leaves: (key: Uint8Array) => boolean,
): Promise<ReadonlySet<string>> {
  const alone = new Set(cids);
  alone.delete('');
  if (alone.size === 0) return alone;
  for await (const [key, bytes] of rows.range({ prefix: Uint8Array.of(CHART_TABLES.row) })) {
    const row = leaves(key) ? undefined : readableRow(bytes);
    if (row !== undefined) alone.delete(row.cid);
  }
  return alone;
}
