// Stored blocks that are not on the main chain: all are so at first, and those far below the tip go.

import { equalBytes } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { signedHeaderOf } from '../../consensus/chain/block.ts';
import { blockId } from '../../consensus/chain/header.ts';
import { blockShape, certificateOf } from './block-shape.ts';
import { type CheckedBatch, type CheckedRows, prefixRange } from './kv.ts';
import { numberKey, TABLE, tableKey } from './layout.ts';
import { encodeEntry } from './rows.ts';

/** Old side blocks removed with one connected block at most. */
const SIDE_SWEEP = 16;
const NOTHING = new Uint8Array(0);

export async function putBlock(rows: CheckedRows, id: Uint8Array, bytes: Uint8Array, work: bigint): Promise<void> {
  const signed = signedHeaderOf(bytes);
  if (!equalBytes(blockId(signed.header), id)) throw new CodecError({ code: 'codec.value', field: 'block id' });
  const key = tableKey(TABLE.entry, id);
  if ((await rows.get(key)) !== undefined) return;
  const entry = encodeEntry({ ...signed, work, size: bytes.length, ...blockShape(bytes) }, certificateOf(bytes));
  const batch = rows.batch().put(tableKey(TABLE.block, id), bytes).put(key, entry);
  await batch.put(numberKey(TABLE.side, signed.header.height, id), NOTHING).write();
}

/** Removes a few of the blocks that were left aside below `height`. */
export async function sweepSide(rows: CheckedRows, batch: CheckedBatch, height: number): Promise<void> {
  if (height <= 0) return;
  const range = { ...prefixRange(tableKey(TABLE.side)), lt: numberKey(TABLE.side, height), limit: SIDE_SWEEP };
  for await (const key of rows.keys(range)) {
    const id = key.slice(9);
    batch.del(key).del(tableKey(TABLE.block, id)).del(tableKey(TABLE.entry, id));
  }
}
