// Small bodies that the gateway itself reads: answers to challenges. Those of the application are never read, only passed on.
import type { Readable } from 'node:stream';

/** Resolves to undefined when there is more than `max` bytes, or when the client goes away. */
export function readText(stream: Readable, max: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    stream.on('data', (chunk: Uint8Array) => {
      length += chunk.length;
      if (length > max) resolve(undefined);
      else chunks.push(chunk);
    });
    stream.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    stream.on('error', () => resolve(undefined));
    stream.on('close', () => resolve(undefined));
  });
}
