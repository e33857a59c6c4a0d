// The engine's MANIFEST: edits that say which tables and logs belong to the database. Owns reading; only the engine writes.

import { EngineReader } from './engine-reader.ts';
import { readRecords } from './log-file.ts';

export interface Manifest {
  /** Numbers of the tables in use. */
  readonly tables: ReadonlySet<number>;
  /** Logs from this number on, and `previousLog`, are read at the next opening. */
  readonly log: number;
  readonly previousLog: number;
}

const COMPARATOR = 1;
const LOG_NUMBER = 2;
const NEXT_FILE = 3;
const LAST_SEQUENCE = 4;
const COMPACT_POINTER = 5;
const DELETED_FILE = 6;
const NEW_FILE = 7;
const PREVIOUS_LOG = 9;

/** Throws StoreError `store.damaged` with `file`. */
export function readManifest(bytes: Uint8Array, file: string): Manifest {
  const { state, records } = readRecords(bytes);
  const tables = new Set<number>();
  const found = { log: 0, previousLog: 0 };
  const whole = new EngineReader(bytes, file);
  if (state === 'damaged' || records.length === 0) throw whole.damaged();
  for (const record of records) {
    const reader = new EngineReader(record, file);
    while (!reader.done) apply(reader, tables, found);
  }
  return { tables, ...found };
}

function apply(reader: EngineReader, tables: Set<number>, found: { log: number; previousLog: number }): void {
  const tag = reader.varint();
  switch (tag) {
    case COMPARATOR:
      reader.take(reader.varint());
      return;
    case LOG_NUMBER:
      found.log = reader.varint();
      return;
    case PREVIOUS_LOG:
      found.previousLog = reader.varint();
      return;
    case NEXT_FILE:
    case LAST_SEQUENCE:
      reader.varint();
      return;
    case COMPACT_POINTER:
      reader.varint();
      reader.take(reader.varint());
      return;
    case DELETED_FILE:
      reader.varint();
      tables.delete(reader.varint());
      return;
    case NEW_FILE:
      reader.varint();
      tables.add(reader.varint());
      reader.varint();
      reader.take(reader.varint());
      reader.take(reader.varint());
      return;
    default:
      throw reader.damaged();
  }
}
