// The rows around the data of a local database: its head, its journal numbers, its version. Owns what tells whether a
// database is whole; putting it right is local-recovery.ts.
//
// | prefix | key          | value (sealed)                                                   |
// |--------|--------------|------------------------------------------------------------------|
// | m      | "head"       | number of the last batch; opens only with the right key          |
// | m      | "version"    | u32, version of this table; absent in version 1                  |
// | j      | batch u64    | nothing: a number that is missing is a batch that was lost       |
// | d      | key          | value                                                            |
import { EMPTY_BYTES, equalBytes } from '../../common/bytes.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { StoreError } from './errors.ts';
import { type Level, type Operation, pages, prefixRange, type Row } from './kv.ts';
import { numberKey, tableKey } from './layout.ts';
import type { RowSeal } from './row-seal.ts';

export const LOCAL_VERSION = 2;

export const DATA = 0x64;
const META = 0x6d;
const JOURNAL = 0x6a;
/** More batches than a write buffer holds: damage to the log is within it. */
const JOURNAL_KEPT = 16_384;
const HEAD_KEY = tableKey(META, new TextEncoder().encode('head'));
const VERSION_KEY = tableKey(META, new TextEncoder().encode('version'));
/** Names no row: the proof of a journal copy is sealed for it. */
const PROOF_KEY = tableKey(META, new TextEncoder().encode('copy'));

/** Everything beside the data that a batch changes. */
export function batchRows(seal: RowSeal, sequence: number, nonce: () => Uint8Array): Operation[] {
  const number = numberKey(JOURNAL, sequence);
  const head = new Writer(8).u64(sequence).finish();
  const rows: Operation[] = [
    { type: 'put', key: number, value: seal.seal(number, EMPTY_BYTES, nonce()) },
    { type: 'put', key: HEAD_KEY, value: seal.seal(HEAD_KEY, head, nonce()) },
  ];
  if (sequence > JOURNAL_KEPT) rows.push({ type: 'del', key: numberKey(JOURNAL, sequence - JOURNAL_KEPT) });
  return rows;
}

/** The same for a database that was made from its copy. */
export function* allBatchRows(seal: RowSeal, sequence: number): Generator<Operation> {
  const nonce = seal.nonces(2 * JOURNAL_KEPT);
  const first = Math.max(0, sequence - JOURNAL_KEPT) + 1;
  for (let number = first; number <= sequence; number++) {
    const key = numberKey(JOURNAL, number);
    yield { type: 'put', key, value: seal.seal(key, EMPTY_BYTES, nonce()) };
  }
  yield { type: 'put', key: HEAD_KEY, value: seal.seal(HEAD_KEY, new Writer(8).u64(sequence).finish(), nonce()) };
  yield versionRow(seal, LOCAL_VERSION);
}

export function versionRow(seal: RowSeal, version: number): Operation {
  return { type: 'put', key: VERSION_KEY, value: seal.seal(VERSION_KEY, new Writer(4).u32(version).finish()) };
}

/** Number of the last batch; undefined in a new database. Throws StoreError `store.key`, `store.damaged`. */
export async function readHead(level: Level, seal: RowSeal, name: string): Promise<number | undefined> {
  const sealed = await level.get(HEAD_KEY);
  if (sealed !== undefined) {
    const head = seal.open(HEAD_KEY, sealed);
    if (head === undefined) throw new StoreError({ code: 'store.key' });
    return new Reader(head).u64();
  }
  for await (const _ of pages(level, { limit: 1 })) throw damaged(name);
  return undefined;
}

export async function readVersion(level: Level, seal: RowSeal, name: string): Promise<number> {
  const sealed = await level.get(VERSION_KEY);
  if (sealed === undefined) return 1;
  const version = seal.open(VERSION_KEY, sealed);
  if (version === undefined) throw damaged(name);
  return new Reader(version).u32();
}

/** Throws StoreError `store.damaged` when a batch up to `sequence` is missing. */
export async function checkNumbers(level: Level, seal: RowSeal, name: string, sequence: number): Promise<void> {
  let expected = Math.max(0, sequence - JOURNAL_KEPT) + 1;
  for await (const page of pages(level, prefixRange(tableKey(JOURNAL)))) {
    for (const [key, sealed] of page) {
      const number = numberKey(JOURNAL, expected++);
      if (!equalBytes(number, key) || seal.open(key, sealed) === undefined) throw damaged(name);
    }
  }
  if (expected !== sequence + 1) throw damaged(name);
}

/** Rows of the data, in pages. */
export function dataPages(level: Level): AsyncGenerator<readonly Row[]> {
  return pages(level, prefixRange(tableKey(DATA)));
}

export function proofOf(seal: RowSeal): Uint8Array {
  return seal.seal(PROOF_KEY, EMPTY_BYTES);
}

export function provesKey(seal: RowSeal, proof: Uint8Array): boolean {
  return seal.open(PROOF_KEY, proof) !== undefined;
}

export function damaged(name: string, file?: string): StoreError {
  return new StoreError({ code: 'store.damaged', what: name, ...(file === undefined ? {} : { file }) });
}
