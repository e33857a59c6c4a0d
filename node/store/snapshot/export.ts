// Writes the state of one height into a file of parts that each prove themselves (PROTOCOL 8.14), while the chain goes on.
// Two passes with bounded memory: rows are spread by the first byte of their tree keys into a scratch file, then each
// spread is sorted and cut. Owns no choice of height; reads from one moment of the database, which the caller fixed.
import { type FileHandle, open } from 'node:fs/promises';
import { compareBytes } from '../../../common/bytes.ts';
import { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import type { CutPart } from '../../../consensus/tree/cut.ts';
import { stateValueHash, treeKey } from '../../../consensus/tree/keys.ts';
import { splitAt } from '../../../consensus/tree/row-id.ts';
import { SubtreeHasher } from '../../../consensus/tree/subtree.ts';
import { encodePart, leavesClass, MAX_PART_BYTES, type PartRow, rowBytes } from './part.ts';

const SPREAD_BITS = 8;
const SPREADS = 1 << SPREAD_BITS;
/** Of each spread in memory before it goes to the scratch file: 8 MiB in all at most. */
const SPREAD_BYTES = 16 * 1024;
/** Rows that are spread between two turns of the event loop, about a millisecond. The second pass has a turn in every part. */
const TURN_ROWS = 128;
const HASH = 32;
const LEAF = 2 * HASH;

export interface ExportedPart extends CutPart {
  readonly offset: number;
  readonly length: number;
}

interface Leaf extends PartRow {
  readonly treeKey: Uint8Array;
  readonly valueHash: Uint8Array;
}

interface Spread {
  writer: Writer;
  readonly extents: { readonly offset: number; readonly length: number }[];
  /** Of its rows as parts will hold them. */
  bytes: number;
}

/** `rows` in any order, distinct by key. Both files are made anew. */
export async function exportParts(
  rows: AsyncIterable<PartRow>,
  files: { readonly scratch: string; readonly parts: string },
): Promise<readonly ExportedPart[]> {
  const scratch = await open(files.scratch, 'w+', 0o600);
  try {
    const spreads = await spreadRows(rows, scratch);
    const parts = await open(files.parts, 'w', 0o600);
    try {
      const cutter = new Cutter(spreads, scratch, parts);
      await cutter.cut(0, 0, SPREADS);
      await parts.sync();
      return cutter.made;
    } finally {
      await parts.close();
    }
  } finally {
    await scratch.close();
  }
}

async function spreadRows(rows: AsyncIterable<PartRow>, scratch: FileHandle): Promise<readonly Spread[]> {
  const spreads = Array.from({ length: SPREADS }, (): Spread => ({ writer: new Writer(), extents: [], bytes: 0 }));
  let end = 0;
  let count = 0;
  const flush = async (spread: Spread): Promise<void> => {
    const bytes = spread.writer.finish();
    spread.writer.reset();
    await scratch.write(bytes, 0, bytes.length, end);
    spread.extents.push({ offset: end, length: bytes.length });
    end += bytes.length;
  };
  for await (const row of rows) {
    const key = treeKey(row.key);
    const spread = spreads[key[0]];
    spread.bytes += rowBytes(row);
    spread.writer.fixed(key, HASH).fixed(stateValueHash(row.value), HASH);
    spread.writer.bytes16(row.key).u32(row.value.length).fixed(row.value, row.value.length);
    if (spread.writer.length >= SPREAD_BYTES) await flush(spread);
    count++;
    if (count % TURN_ROWS === 0) await turn();
  }
  for (const spread of spreads) if (spread.writer.length > 0) await flush(spread);
  return spreads;
}

/** Finds the shallowest subtrees within the bound, in key order, and writes their rows. */
class Cutter {
  readonly made: ExportedPart[] = [];
  private readonly spreads: readonly Spread[];
  private readonly scratch: FileHandle;
  private readonly parts: FileHandle;
  private readonly hasher = new SubtreeHasher();
  private end = 0;

  constructor(spreads: readonly Spread[], scratch: FileHandle, parts: FileHandle) {
    this.spreads = spreads;
    this.scratch = scratch;
    this.parts = parts;
  }

  /** The subtree at `depth` over the spreads from..to. */
  async cut(depth: number, from: number, to: number): Promise<void> {
    let bytes = 0;
    for (let i = from; i < to; i++) bytes += this.spreads[i].bytes;
    if (bytes > MAX_PART_BYTES && depth < SPREAD_BITS) {
      const middle = (from + to) / 2;
      await this.cut(depth + 1, from, middle);
      await this.cut(depth + 1, middle, to);
      return;
    }
    const leaves: Leaf[] = [];
    for (let i = from; i < to; i++) for (const leaf of await this.load(this.spreads[i])) leaves.push(leaf);
    await this.split(leaves, depth, bytes);
  }

  private async split(leaves: readonly Leaf[], depth: number, bytes: number): Promise<void> {
    if (bytes <= MAX_PART_BYTES) {
      await this.write(leaves, depth);
      return;
    }
    const middle = splitAt(flat(leaves), 0, 0, leaves.length, depth);
    const left = leaves.slice(0, middle);
    const leftBytes = left.reduce((sum, leaf) => sum + rowBytes(leaf), 0);
    await this.split(left, depth + 1, leftBytes);
    await this.split(leaves.slice(middle), depth + 1, bytes - leftBytes);
  }

  private async write(leaves: readonly Leaf[], depth: number): Promise<void> {
    const bytes = encodePart(leaves);
    await turn();
    const hash = this.hasher.hash(flat(leaves), depth);
    await this.parts.write(bytes, 0, bytes.length, this.end);
    this.made.push({ depth, leaves: leavesClass(leaves.length), hash, offset: this.end, length: bytes.length });
    this.end += bytes.length;
  }

  private async load({ extents }: Spread): Promise<Leaf[]> {
    const leaves: Leaf[] = [];
    for (const { offset, length } of extents) {
      const bytes = new Uint8Array(length);
      await this.scratch.read(bytes, 0, length, offset);
      const reader = new Reader(bytes);
      while (reader.left > 0) {
        leaves.push({
          treeKey: reader.shared(HASH),
          valueHash: reader.shared(HASH),
          key: reader.shared16(),
          value: reader.shared(reader.u32()),
        });
      }
    }
    return leaves.sort((a, b) => compareBytes(a.treeKey, b.treeKey));
  }
}

/** Whoever reads meanwhile is not kept waiting for the thread. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function flat(leaves: readonly Leaf[]): Uint8Array {
  const out = new Uint8Array(LEAF * leaves.length);
  leaves.forEach((leaf, i) => {
    out.set(leaf.treeKey, LEAF * i);
    out.set(leaf.valueHash, LEAF * i + HASH);
  });
  return out;
}
