// Opens an envelope from a stream, or a range of it from whatever gives its bytes by position. Nothing leaves here that did
// not authenticate; that nothing is missing is known at the end of the content (PROTOCOL 11.1).
import type { ByteRange } from '../blobs/blob-store.ts';
import { EnvelopeError } from './errors.ts';
import {
  type ChunkKey,
  chunkCount,
  decodePrefix,
  type EnvelopeInfo,
  openChunk,
  PREFIX_BYTES,
  TAG_BYTES,
} from './layout.ts';
import { CHUNK_BYTES, paddedSize } from './padding.ts';
import { Pieces } from './pieces.ts';

export interface OpenedEnvelope {
  readonly info: EnvelopeInfo;
  /** Complete only when it ends without an error. End it, or the source stays open. */
  readonly content: AsyncGenerator<Uint8Array, void, undefined>;
}

export interface EnvelopeReader {
  readonly info: EnvelopeInfo;
  /** Bytes of the content from the chunks that hold them; throws `envelope.range` beyond its end. */
  read(range: ByteRange): AsyncGenerator<Uint8Array, void, undefined>;
}

/** Throws EnvelopeError, as does the content. */
export async function openEnvelope(dataKey: Uint8Array, source: AsyncIterable<Uint8Array>): Promise<OpenedEnvelope> {
  const pieces = new Pieces(source);
  try {
    const { info, chunks } = await openPrefix(dataKey, pieces);
    return { info, content: wholeContent(info, chunks, pieces) };
  } catch (error) {
    await pieces.close();
    throw error;
  }
}

/** `bytes`: those of the envelope at a position, as a blob store gives them. Throws EnvelopeError. */
export async function openEnvelopeAt(
  dataKey: Uint8Array,
  bytes: (range: ByteRange) => AsyncIterable<Uint8Array>,
): Promise<EnvelopeReader> {
  const pieces = new Pieces(bytes({ offset: 0, length: PREFIX_BYTES }));
  try {
    const { info, chunks } = await openPrefix(dataKey, pieces);
    return { info, read: (range) => rangeOfContent(info, chunks, bytes, range) };
  } finally {
    await pieces.close();
  }
}

async function openPrefix(dataKey: Uint8Array, pieces: Pieces): Promise<ReturnType<typeof decodePrefix>> {
  const prefix = await pieces.take(PREFIX_BYTES);
  if (prefix.length < PREFIX_BYTES) throw new EnvelopeError({ code: 'envelope.truncated' });
  return decodePrefix(dataKey, prefix);
}

async function* wholeContent(
  info: EnvelopeInfo,
  chunks: ChunkKey,
  pieces: Pieces,
): AsyncGenerator<Uint8Array, void, undefined> {
  const last = chunkCount(info.size) - 1;
  let left = info.size;
  try {
    for (let index = 0; index <= last; index++) {
      const plain = await nextChunk(info, chunks, pieces, index);
      const part = plain.subarray(0, Math.min(left, plain.length));
      checkFilling(plain.subarray(part.length));
      left -= part.length;
      // The end is checked before the last part is given: who takes it has a whole content.
      if (index === last && !(await pieces.atEnd())) throw new EnvelopeError({ code: 'envelope.trailing' });
      if (part.length > 0) yield part;
    }
  } finally {
    await pieces.close();
  }
}

async function* rangeOfContent(
  info: EnvelopeInfo,
  chunks: ChunkKey,
  bytes: (range: ByteRange) => AsyncIterable<Uint8Array>,
  { offset, length }: ByteRange,
): AsyncGenerator<Uint8Array, void, undefined> {
  const end = offset + length;
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0 || end > info.size) {
    throw new EnvelopeError({ code: 'envelope.range' });
  }
  if (length === 0) return;
  const first = Math.floor(offset / CHUNK_BYTES);
  const last = Math.floor((end - 1) / CHUNK_BYTES);
  const from = PREFIX_BYTES + first * (CHUNK_BYTES + TAG_BYTES);
  const to = PREFIX_BYTES + last * (CHUNK_BYTES + TAG_BYTES) + sealedLength(info, last);
  const pieces = new Pieces(bytes({ offset: from, length: to - from }));
  try {
    for (let index = first; index <= last; index++) {
      const plain = await nextChunk(info, chunks, pieces, index);
      const start = index * CHUNK_BYTES;
      yield plain.subarray(Math.max(0, offset - start), Math.min(plain.length, end - start));
    }
  } finally {
    await pieces.close();
  }
}

async function nextChunk(info: EnvelopeInfo, chunks: ChunkKey, pieces: Pieces, index: number): Promise<Uint8Array> {
  const length = sealedLength(info, index);
  const sealed = await pieces.take(length);
  if (sealed.length < length) throw new EnvelopeError({ code: 'envelope.truncated' });
  return openChunk(chunks, index, index === chunkCount(info.size) - 1, sealed);
}

function sealedLength({ size }: EnvelopeInfo, index: number): number {
  return Math.min(CHUNK_BYTES, paddedSize(size) - index * CHUNK_BYTES) + TAG_BYTES;
}

function checkFilling(filling: Uint8Array): void {
  for (let i = 0; i < filling.length; i++) {
    if (filling[i] !== 0) throw new EnvelopeError({ code: 'envelope.layout', field: 'filling' });
  }
}
