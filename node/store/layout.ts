// The table of the chain database: every key prefix, once. A retired prefix stays in the list below and is never used again.
// Every value is followed by the CRC of kv.ts. Values are written and read in rows.ts.
//
// | prefix | key                          | value                                                                 |
// |--------|------------------------------|-----------------------------------------------------------------------|
// | m      | "version"                    | u32, version of this table                                            |
// | m      | "genesis"                    | genesis id                                                            |
// | m      | "tip"                        | id, height, journal sequence and head                                 |
// | m      | "suspect"                    | nothing: a damaged row was met; the next start looks at every row      |
// | m      | "bodies"                     | u64: all bodies from this height on are here; absent: from genesis    |
// | m      | "import-runs"                | how far a snapshot was taken in (snapshot/import.ts)                  |
// | m      | "import-target"              | signed header of its checkpoint, its cut                              |
// | b      | block id                     | encoded block, executed or not                                        |
// | e      | block id                     | signed header, total work, size, counts, certificate if there is one  |
// | c      | height u64, block id         | nothing: a stored block that is not on the main chain                 |
// | h      | height u64                   | block id on the main chain                                            |
// | r      | height u64                   | outcome root, state root and mountain range after this block          |
// | u      | height u64                   | undo: rows of s, t and q as they were before this block; kept for all |
// | o      | block id                     | outcomes of an executed block, one list per transaction               |
// | t      | transaction id               | height, index                                                         |
// | q      | statement id                 | height, index of the transaction, index in it                         |
// | s      | raw state key (table, id)    | state row                                                             |
// | n      | row of the state tree        | up to 8 leaves (tree key, value hash)                                 |
// | l      | kind, epoch u64              | light chain: proofs for a coming checkpoint, kept steps, the last step |
// | j      | sequence u64                 | journal: what each batch did, chained by hash; the last JOURNAL_KEPT  |
//
// Retired: none.
import { concatBytes, EMPTY_BYTES } from '../../common/bytes.ts';
import { Writer } from '../../common/codec/writer.ts';

/** 2: finality and governed members are in the state from block 0 on. No step leads there from a chain of version 1. */
export const LAYOUT_VERSION = 2;

/** Journal rows kept: more batches than a write buffer holds, so that damage to the log is within it. */
export const JOURNAL_KEPT = 8192;
/** Blocks off the main chain are dropped when they are this much lower than the tip. */
export const SIDE_HEIGHTS = 20_000;

const code = (letter: string): number => letter.charCodeAt(0);

export const TABLE = {
  meta: code('m'),
  block: code('b'),
  entry: code('e'),
  side: code('c'),
  height: code('h'),
  roots: code('r'),
  undo: code('u'),
  outcomes: code('o'),
  transaction: code('t'),
  statement: code('q'),
  state: code('s'),
  tree: code('n'),
  light: code('l'),
  journal: code('j'),
} as const;

export const TABLE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(TABLE).map(([name, prefix]) => [prefix, name]),
);

const meta = (name: string): Uint8Array => concatBytes(Uint8Array.of(TABLE.meta), new TextEncoder().encode(name));

export const VERSION_KEY = meta('version');
export const GENESIS_KEY = meta('genesis');
export const TIP_KEY = meta('tip');
export const SUSPECT_KEY = meta('suspect');
export const BODIES_KEY = meta('bodies');
export const IMPORT_KEY = meta('import-runs');
export const IMPORT_TARGET_KEY = meta('import-target');

export function tableKey(table: number, id: Uint8Array = EMPTY_BYTES): Uint8Array {
  const key = new Uint8Array(1 + id.length);
  key[0] = table;
  key.set(id, 1);
  return key;
}

/** Big-endian, so that rows are in order of the number. */
export function numberKey(table: number, number: number, id: Uint8Array = EMPTY_BYTES): Uint8Array {
  return new Writer(9 + id.length).u8(table).u64(number).fixed(id, id.length).finish();
}
