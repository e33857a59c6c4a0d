// What the frames of a journal copy say. Values are sealed already and stay as they are; the key of a row is the database's.
//   1 batch | sequence u64 | count u32 | count x (0 | key b16  or  1 | key b16 | length u32 | value)
//   2 start | sequence u64 | proof b16        rows of the database as they were after this batch
//   3 rows  | count u32 | count x (key b16 | length u32 | value)
//   4 end   | rows u64
import { CodecError } from '../../../common/codec/errors.ts';
import { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import type { Row } from '../kv.ts';

export type RowWrite = readonly [key: Uint8Array, value: Uint8Array | null];

export type JournalRecord =
  | { readonly type: 'batch'; readonly sequence: number; readonly writes: readonly RowWrite[] }
  | { readonly type: 'start'; readonly sequence: number; readonly proof: Uint8Array }
  | { readonly type: 'rows'; readonly rows: readonly Row[] }
  | { readonly type: 'end'; readonly rows: number };

const BATCH = 1;
const START = 2;
const ROWS = 3;
const END = 4;
const MAX_WRITES = 4_000_000;

export function encodeJournalRecord(record: JournalRecord): Uint8Array {
  const out = new Writer(1024);
  switch (record.type) {
    case 'batch':
      out.u8(BATCH).u64(record.sequence).u32(record.writes.length);
      for (const [key, value] of record.writes) {
        out.u8(value === null ? 0 : 1).bytes16(key);
        if (value !== null) out.u32(value.length).fixed(value, value.length);
      }
      return out.finish();
    case 'start':
      return out.u8(START).u64(record.sequence).bytes16(record.proof).finish();
    case 'rows':
      out.u8(ROWS).u32(record.rows.length);
      for (const [key, value] of record.rows) out.bytes16(key).u32(value.length).fixed(value, value.length);
      return out.finish();
    case 'end':
      return out.u8(END).u64(record.rows).finish();
  }
}

/** Throws CodecError. */
export function decodeJournalRecord(bytes: Uint8Array): JournalRecord {
  const reader = new Reader(bytes);
  const record = readRecord(reader);
  reader.end();
  return record;
}

function readRecord(reader: Reader): JournalRecord {
  const type = reader.u8();
  if (type === START) return { type: 'start', sequence: reader.u64(), proof: reader.bytes16() };
  if (type === END) return { type: 'end', rows: reader.u64() };
  if (type === ROWS) {
    const rows = Array.from({ length: count(reader) }, (): Row => [reader.bytes16(), reader.fixed(reader.u32())]);
    return { type: 'rows', rows };
  }
  if (type !== BATCH) throw new CodecError({ code: 'codec.value', field: 'journal record' });
  const sequence = reader.u64();
  const writes: RowWrite[] = [];
  for (let left = count(reader); left > 0; left--) {
    const kind = reader.u8();
    if (kind > 1) throw new CodecError({ code: 'codec.value', field: 'journal write' });
    const key = reader.bytes16();
    writes.push([key, kind === 1 ? reader.fixed(reader.u32()) : null]);
  }
  return { type: 'batch', sequence, writes };
}

function count(reader: Reader): number {
  const found = reader.u32();
  if (found > MAX_WRITES) {
    throw new CodecError({ code: 'codec.length', field: 'journal', length: found, limit: MAX_WRITES });
  }
  return found;
}
