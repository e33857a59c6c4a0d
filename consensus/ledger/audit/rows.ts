// State rows of anchors (PROTOCOL 7.8.3).
import { Reader } from '../../../common/codec/reader.ts';
import { rowWriter } from '../row-writer.ts';

export interface AnchorsRow {
  /** Number of the first event that is not anchored yet. */
  readonly next: number;
  /** Where the oldest anchor begins that still has a row. */
  readonly oldest: number;
}

export interface AnchorRow {
  readonly count: number;
  readonly root: Uint8Array;
  /** Timestamp of its block, ms. */
  readonly time: number;
  readonly statement: Uint8Array;
}

export function encodeAnchorsRow({ next, oldest }: AnchorsRow): Uint8Array {
  return rowWriter().u64(next).u64(oldest).finish();
}

export function decodeAnchorsRow(bytes: Uint8Array): AnchorsRow {
  const input = new Reader(bytes);
  const row = { next: input.u64(), oldest: input.u64() };
  input.end();
  return row;
}

export function encodeAnchorRow({ count, root, time, statement }: AnchorRow): Uint8Array {
  return rowWriter().u32(count).fixed(root, 32).u64(time).fixed(statement, 32).finish();
}

export function decodeAnchorRow(bytes: Uint8Array): AnchorRow {
  const input = new Reader(bytes);
  const row = { count: input.u32(), root: input.fixed(32), time: input.u64(), statement: input.fixed(32) };
  input.end();
  return row;
}
