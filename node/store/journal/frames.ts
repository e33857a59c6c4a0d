// Frames of an append-only file: `length u32 | crc32 u32 | crc32 of these eight bytes u32 | payload`. Owns telling a write that a crash cut short from bytes
// that are not what was written; what a payload means is journal-records.ts.
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { EMPTY_BYTES } from '../../../common/bytes.ts';

/** torn: the last frame was not written to its end. */
export type FramesState = 'whole' | 'torn' | 'damaged';

export interface FramesEnd {
  readonly state: FramesState;
  /** Offset behind the last whole frame. */
  readonly end: number;
}

/** More than any batch: a longer length is no length. */
export const MAX_FRAME_BYTES = 128 * 1024 * 1024;

const HEAD = 12;
const SUMMED = 8;
const READ_BYTES = 1024 * 1024;

export function frame(payload: Uint8Array): Uint8Array {
  const out = new Uint8Array(HEAD + payload.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, payload.length);
  view.setUint32(4, crc32(payload));
  view.setUint32(SUMMED, crc32(out.subarray(0, SUMMED)));
  out.set(payload, HEAD);
  return out;
}

/** Payloads from `start` on, up to the first frame that does not check. A payload is valid until the next is asked for. */
export async function* readFrames(handle: FileHandle, start: number): AsyncGenerator<Uint8Array, FramesEnd> {
  const { size } = await handle.stat();
  let at = start;
  let held = EMPTY_BYTES;
  let heldAt = start;
  const bytes = async (length: number): Promise<Uint8Array> => {
    if (at + length > heldAt + held.length) {
      held = await readAt(handle, at, Math.min(size - at, Math.max(length, READ_BYTES)));
      heldAt = at;
    }
    return held.subarray(at - heldAt, at - heldAt + length);
  };
  while (at < size) {
    const rest = size - at - HEAD;
    if (rest < 0) return { state: 'torn', end: at };
    const head = await bytes(HEAD);
    const view = new DataView(head.buffer, head.byteOffset);
    const [length, sum] = [view.getUint32(0), view.getUint32(4)];
    const headHolds = crc32(head.subarray(0, SUMMED)) === view.getUint32(SUMMED);
    if (!headHolds || length > MAX_FRAME_BYTES) return { state: 'damaged', end: at };
    if (length > rest) return { state: 'torn', end: at };
    const payload = (await bytes(HEAD + length)).subarray(HEAD);
    if (crc32(payload) !== sum) return { state: 'damaged', end: at };
    at += HEAD + length;
    yield payload;
  }
  return { state: 'whole', end: at };
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) throw new Error('the file became shorter while it was read');
    done += bytesRead;
  }
  return bytes;
}
