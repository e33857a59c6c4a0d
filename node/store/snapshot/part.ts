// A part of the state as it travels and lies in a snapshot: the rows of one subtree, in the order of their tree keys
// (PROTOCOL 8.14). Owns the layout and which subtrees are parts; files are export.ts, taking in is import.ts.
import { compareBytes } from '../../../common/bytes.ts';
import { CodecError } from '../../../common/codec/errors.ts';
import { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import type { PartLeaves } from '../../../consensus/tree/cut.ts';
import { stateValueHash, treeKey } from '../../../consensus/tree/keys.ts';

/** Rows of a part together at most: the shallowest subtrees that keep to it are the parts, the same at every node. */
export const MAX_PART_BYTES = 512 * 1024;
/** Smallest row: lengths alone. */
const ROW_OVERHEAD = 2 + 4;
const HASH = 32;
const LEAF = 2 * HASH;

export interface PartRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export interface Part {
  readonly rows: readonly PartRow[];
  /** Tree key and value hash of each row, 64 bytes, ascending. */
  readonly leaves: Uint8Array;
}

export function rowBytes({ key, value }: PartRow): number {
  return ROW_OVERHEAD + key.length + value.length;
}

export function leavesClass(count: number): PartLeaves {
  if (count === 0) return 'none';
  return count === 1 ? 'one' : 'more';
}

/** `rows x (key b16 | value u32 length, bytes)`, to the end. */
export function encodePart(rows: readonly PartRow[]): Uint8Array {
  const out = new Writer(rows.reduce((sum, row) => sum + rowBytes(row), 0));
  for (const { key, value } of rows) out.bytes16(key).u32(value.length).fixed(value, value.length);
  return out.finish();
}

/** Keys and values are views. Throws CodecError for rows that are not in the order of their tree keys. */
export function decodePart(bytes: Uint8Array): Part {
  if (bytes.length > MAX_PART_BYTES) {
    throw new CodecError({ code: 'codec.length', field: 'part', length: bytes.length, limit: MAX_PART_BYTES });
  }
  const reader = new Reader(bytes);
  const rows: PartRow[] = [];
  while (reader.left > 0) {
    const key = reader.shared16();
    rows.push({ key, value: reader.shared(reader.u32()) });
  }
  const leaves = new Uint8Array(LEAF * rows.length);
  rows.forEach(({ key, value }, i) => {
    leaves.set(treeKey(key), LEAF * i);
    leaves.set(stateValueHash(value), LEAF * i + HASH);
    if (i === 0) return;
    const [before, own] = [
      leaves.subarray(LEAF * (i - 1), LEAF * i - HASH),
      leaves.subarray(LEAF * i, LEAF * i + HASH),
    ];
    if (compareBytes(before, own) >= 0) throw new CodecError({ code: 'codec.value', field: 'part' });
  });
  return { rows, leaves };
}
