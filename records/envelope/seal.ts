// Makes an envelope from a stream: one chunk in memory, the length known before (PROTOCOL 11.1).
import { randomBytes } from '#crypto';
import { EnvelopeError } from './errors.ts';
import { chunkCount, type EnvelopeInfo, encodePrefix, SALT_BYTES, sealChunk } from './layout.ts';
import { CHUNK_BYTES, paddedSize } from './padding.ts';
import { Pieces } from './pieces.ts';

/**
 * The envelope of `source`, which must have exactly `info.size` bytes. `dataKey`: 32 bytes, for this content alone. Throws
 * EnvelopeError; what came before is worthless then.
 */
export async function* sealEnvelope(
  dataKey: Uint8Array,
  info: EnvelopeInfo,
  source: AsyncIterable<Uint8Array>,
  salt: Uint8Array = randomBytes(SALT_BYTES),
): AsyncGenerator<Uint8Array, void, undefined> {
  const { prefix, chunks } = encodePrefix(dataKey, salt, info);
  yield prefix;
  const count = chunkCount(info.size);
  const pieces = new Pieces(source);
  let read = 0;
  let left = paddedSize(info.size);
  try {
    for (let index = 0; index < count; index++) {
      const length = Math.min(CHUNK_BYTES, left);
      const piece = await pieces.take(Math.min(length, info.size - read));
      read += piece.length;
      left -= length;
      const last = index === count - 1;
      if ((piece.length < length && read < info.size) || (last && !(await pieces.atEnd()))) {
        throw new EnvelopeError({ code: 'envelope.size', declared: info.size });
      }
      yield sealChunk(chunks, index, last, piece.length === length ? piece : filled(piece, length));
    }
  } finally {
    await pieces.close();
  }
}

function filled(piece: Uint8Array, length: number): Uint8Array {
  const chunk = new Uint8Array(length);
  chunk.set(piece);
  return chunk;
}
