// The engine's record files: its write-ahead logs and its MANIFEST. Blocks of 32 KiB hold records of
// `crc u32 | length u16 | type u8 | data`, little-endian; a longer record goes on in the next block.
// The engine drops what does not check in a log, and says nothing: here it is found before the engine reads.
import { concatBytes } from '../../../common/bytes.ts';
import { maskedCrc32c, RunningCrc32c } from './crc32c.ts';
import { u32le } from './engine-reader.ts';

/** torn: the last record was not written to its end, as a crash leaves it. damaged: bytes are not what was written. */
export type RecordsState = 'whole' | 'torn' | 'damaged';

export interface RecordsReport {
  readonly state: RecordsState;
  /** Records up to the first that is not whole. */
  readonly records: readonly Uint8Array[];
}

const BLOCK = 32_768;
const HEAD = 7;
const FULL = 1;
const FIRST = 2;
const MIDDLE = 3;
const LAST = 4;

export function readRecords(bytes: Uint8Array): RecordsReport {
  const records: Uint8Array[] = [];
  let parts: Uint8Array[] | undefined;
  for (let at = 0; at < bytes.length; ) {
    const left = BLOCK - (at % BLOCK);
    if (left < HEAD) {
      at += left;
      continue;
    }
    if (bytes.length - at < HEAD) return { state: 'torn', records };
    const length = bytes[at + 4] | (bytes[at + 5] << 8);
    const type = bytes[at + 6];
    // Room that was taken beforehand and never written.
    if (type === 0 && length === 0 && u32le(bytes, at) === 0) {
      at += left;
      continue;
    }
    const end = at + HEAD + length;
    if (end > bytes.length) return { state: cutShort(bytes, at) ? 'torn' : 'damaged', records };
    if (length > left - HEAD || !checks(bytes, at, end)) return { state: 'damaged', records };
    const data = bytes.subarray(at + HEAD, end);
    if (type === FULL && parts === undefined) records.push(data);
    else if (type === FIRST && parts === undefined) parts = [data];
    else if (type === MIDDLE && parts !== undefined) parts.push(data);
    else if (type === LAST && parts !== undefined) {
      records.push(concatBytes(...parts, data));
      parts = undefined;
    } else return { state: 'damaged', records };
    at = end;
  }
  return { state: parts === undefined ? 'whole' : 'torn', records };
}

/** A record that reaches beyond the end of the file was written in part, unless what is there checks: then its length is wrong. */
function cutShort(bytes: Uint8Array, at: number): boolean {
  const sum = u32le(bytes, at);
  const last = Math.min(bytes.length, at + BLOCK - (at % BLOCK));
  const running = new RunningCrc32c();
  for (let end = at + HEAD - 1; end < last; end++) if (running.add(bytes[end]) === sum) return false;
  return true;
}

function checks(bytes: Uint8Array, at: number, end: number): boolean {
  return maskedCrc32c(bytes, at + HEAD - 1, end) === u32le(bytes, at);
}
