// The engine's tables: blocks of sorted rows, an index of them, a footer. The engine reads blocks without looking at their
// checksums, and a wrong length among them can end the process: every block is checked here first.
import type { FileHandle } from 'node:fs/promises';
import { StoreError } from '../errors.ts';
import { maskedCrc32c } from './crc32c.ts';
import { EngineReader, u32le } from './engine-reader.ts';
import { unsnap } from './snappy.ts';

const FOOTER = 48;
const TRAILER = 5;
const MAGIC = [0xdb477524, 0x8b80fb57] as const;
const SNAPPY = 1;
/** Blocks are read together up to this. */
const READ_BYTES = 1024 * 1024;

interface Handle {
  readonly offset: number;
  readonly size: number;
}

/** `data` false looks at the index and what leads to it only. Throws StoreError `store.damaged` with `file`. */
export async function checkTable(handle: FileHandle, file: string, data: boolean): Promise<void> {
  const { size } = await handle.stat();
  if (size < FOOTER) throw damaged(file);
  const footer = await read(handle, size - FOOTER, FOOTER, file);
  if (u32le(footer, FOOTER - 4) !== MAGIC[0] || u32le(footer, FOOTER - 8) !== MAGIC[1]) throw damaged(file);
  const reader = new EngineReader(footer, file);
  const [meta, index] = [takeHandle(reader), takeHandle(reader)];
  while (!reader.at(FOOTER - 8)) if (reader.take(1)[0] !== 0) throw damaged(file);
  const limit = size - FOOTER;
  const block = async (at: Handle): Promise<Uint8Array> => contents(await readBlock(handle, at, limit, file), file);
  for (const filter of handlesOf(await block(meta), file)) await block(filter);
  const blocks = handlesOf(await block(index), file);
  if (!data) return;
  for (let first = 0; first < blocks.length; ) {
    const from = blocks[first].offset;
    let last = first;
    while (last + 1 < blocks.length && endOf(blocks[last + 1]) - from <= READ_BYTES) last++;
    const end = endOf(blocks[last]);
    if (end > limit || end <= from) throw damaged(file);
    const bytes = await read(handle, from, end - from, file);
    for (let n = first; n <= last; n++) checkBlock(bytes, blocks[n].offset - from, blocks[n].size, file);
    first = last + 1;
  }
}

function endOf({ offset, size }: Handle): number {
  return offset + size + TRAILER;
}

function takeHandle(reader: EngineReader): Handle {
  return { offset: reader.varint(), size: reader.varint() };
}

async function readBlock(handle: FileHandle, at: Handle, limit: number, file: string): Promise<Uint8Array> {
  if (endOf(at) > limit) throw damaged(file);
  const bytes = await read(handle, at.offset, at.size + TRAILER, file);
  checkBlock(bytes, 0, at.size, file);
  return bytes;
}

function checkBlock(bytes: Uint8Array, at: number, size: number, file: string): void {
  if (at < 0 || at + size + TRAILER > bytes.length) throw damaged(file);
  if (maskedCrc32c(bytes, at, at + size + 1) !== u32le(bytes, at + size + 1)) throw damaged(file);
}

/** Without the trailer, and uncompressed. */
function contents(block: Uint8Array, file: string): Uint8Array {
  const body = block.subarray(0, block.length - TRAILER);
  return block[body.length] === SNAPPY ? unsnap(body, file) : body;
}

/** The values of an index block are handles: rows of `shared | rest | length`, key, value, then an array of restarts. */
function handlesOf(block: Uint8Array, file: string): Handle[] {
  if (block.length < 4) throw damaged(file);
  const restarts = u32le(block, block.length - 4);
  const end = block.length - 4 - 4 * restarts;
  if (end < 0) throw damaged(file);
  const reader = new EngineReader(block.subarray(0, end), file);
  const handles: Handle[] = [];
  while (!reader.done) {
    reader.varint();
    const [rest, length] = [reader.varint(), reader.varint()];
    reader.take(rest);
    handles.push(takeHandle(new EngineReader(reader.take(length), file)));
  }
  return handles;
}

async function read(handle: FileHandle, position: number, length: number, file: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  const { bytesRead } = await handle.read(bytes, 0, length, position);
  if (bytesRead !== length) throw damaged(file);
  return bytes;
}

function damaged(file: string): StoreError {
  return new StoreError({ code: 'store.damaged', what: file });
}
