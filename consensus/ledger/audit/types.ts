// Payload of `audit.anchor` (PROTOCOL 7.8): what a clinic's access events hash to, batch by batch.
import { CodecError } from '../../../common/codec/errors.ts';
import type { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import { MAX_ANCHORED_EVENTS } from '../../limits.ts';
import { readEntries } from '../lists.ts';

export const ANCHOR_ENTRY_BYTES = 44;

export interface AnchorEntry {
  /** Number of the first event, from 1. */
  readonly first: number;
  readonly count: number;
  /** Merkle root over the events' leaves, 32 bytes. */
  readonly root: Uint8Array;
}

export function encodeAnchors(entries: readonly AnchorEntry[]): Uint8Array {
  const out = new Writer(ANCHOR_ENTRY_BYTES * entries.length);
  for (const { first, count, root } of entries) out.u64(first).u32(count).fixed(root, 32);
  return out.finish();
}

export function readAnchors(input: Reader): AnchorEntry[] {
  return readEntries(input, ANCHOR_ENTRY_BYTES, () => {
    const entry = { first: input.u64(), count: input.u32(), root: input.fixed(32) };
    const sound = entry.first > 0 && entry.count > 0 && entry.count <= MAX_ANCHORED_EVENTS;
    if (!sound || !Number.isSafeInteger(entry.first + entry.count)) {
      throw new CodecError({ code: 'codec.value', field: 'anchor' });
    }
    return entry;
  });
}
