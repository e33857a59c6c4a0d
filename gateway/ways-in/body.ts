// Bodies: answers to challenges, which the gateway itself reads, and the beginning of those of the application, which is shown
// to the attack signatures and then goes on as it came.
import type { Readable } from 'node:stream';
import { MAX_BODY_CHARS } from '../judge/facts.ts';
import type { NodeRequest } from './node-visit.ts';

/** ms until a visit is judged by what of its body is there. */
const SHOWN_WITHIN_MS = 10_000;
const READABLE = /^(?:application\/(?:[\w.+-]+\+)?(?:json|xml|x-www-form-urlencoded)|text\/[\w.+-]+)\s*(?:;|$)/i;

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

export function hasBody(from: NodeRequest): boolean {
  const { 'transfer-encoding': coding, 'content-length': length } = from.headers;
  if ('stream' in from && length === undefined) return !from.stream.endAfterHeaders;
  return coding !== undefined || (length ?? '0') !== '0';
}

/**
 * The first MAX_BODY_CHARS bytes of a form, JSON, XML or text, as characters; all of it stays in the stream for the next reader,
 * who must not have begun. Empty for everything else. Not a promise where there is nothing to read.
 */
export function beginningOf(request: NodeRequest): string | Promise<string> {
  const { 'content-type': type = '', 'content-encoding': coding } = request.headers;
  if (!hasBody(request) || !READABLE.test(type) || (coding !== undefined && coding !== 'identity')) return '';
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    const finish = (): void => {
      clearTimeout(timer);
      request.off('readable', read).off('close', finish).off('error', finish);
      const all = Buffer.concat(chunks);
      // In the same turn as the last read: the stream has not told its end yet.
      if (all.length > 0 && !request.destroyed) request.unshift(all);
      resolve(all.toString('utf8', 0, MAX_BODY_CHARS));
    };
    const read = (): void => {
      for (let chunk: Buffer | null = request.read(); chunk !== null; chunk = request.read()) {
        chunks.push(chunk);
        length += chunk.length;
      }
      if (length >= MAX_BODY_CHARS || request.complete) finish();
    };
    const timer = setTimeout(finish, SHOWN_WITHIN_MS);
    request.on('readable', read).once('close', finish).once('error', finish);
  });
}
