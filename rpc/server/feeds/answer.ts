// Sends long answers piece by piece: the text is made as fast as the other end takes it, and other requests come in between.
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/** Characters that are sent at once. */
const PIECE = 65_536;

/** `done` is called when all of it was given to the system; never when the other end left before. */
export function sendPieces(reply: FastifyReply, parts: Iterable<string>, done?: () => void): FastifyReply {
  const stream = Readable.from(pieces(parts), { objectMode: false, highWaterMark: PIECE });
  reply.raw.once('finish', () => done?.());
  reply.raw.once('close', () => stream.destroy());
  return reply.send(stream);
}

/** Async, so that the event loop turns between two pieces. */
async function* pieces(parts: Iterable<string>): AsyncGenerator<Buffer> {
  let waiting: string[] = [];
  let length = 0;
  for (const part of parts) {
    waiting.push(part);
    length += part.length;
    if (length < PIECE) continue;
    yield Buffer.from(waiting.join(''));
    await new Promise<void>((resolve) => setImmediate(resolve));
    waiting = [];
    length = 0;
  }
  yield Buffer.from(waiting.join(''));
}

/** An array of JSON in parts. */
export function* jsonArray(values: Iterable<unknown>): Generator<string> {
  let before = '[';
  for (const value of values) {
    yield before + JSON.stringify(value);
    before = ',';
  }
  yield before === '[' ? '[]' : ']';
}
