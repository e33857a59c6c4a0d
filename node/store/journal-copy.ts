// A journal copy made of rows from elsewhere, under a key of its own: what a database at that place begins with. For rows that
// leave the database in which they lie, as in a backup.

import { journalFileName } from './journal/journal-files.ts';
import { rowFile } from './journal/local-journal.ts';
import type { Row } from './kv.ts';
import { tableKey } from './layout.ts';
import { DATA, proofOf } from './local-rows.ts';
import { RowSeal } from './row-seal.ts';

const FIRST_BATCH = 1;

/** Its one file, below `journalPath` of the database. */
export const COPY_FILE = journalFileName('rows', FIRST_BATCH);

export function journalCopy(key: Uint8Array, rows: AsyncIterable<Row>): AsyncGenerator<Uint8Array> {
  const seal = new RowSeal(key);
  return rowFile(FIRST_BATCH, proofOf(seal), sealed(seal, rows));
}

async function* sealed(seal: RowSeal, rows: AsyncIterable<Row>): AsyncGenerator<Row> {
  for await (const [key, value] of rows) {
    const row = tableKey(DATA, key);
    yield [row, seal.seal(row, value)];
  }
}
