// Lines of an NDJSON stream with bounded memory: a line that is too long or no UTF-8 is reported and passed over.
import type { Skip } from './skip.ts';

export const MAX_LINE_BYTES = 4 * 1024 * 1024;

/** `line` counts from 1. `bytes` are the line's own, without its end. */
export type NdjsonLine = { readonly line: number } & (
  | { readonly text: string; readonly bytes: Uint8Array }
  | { readonly skip: Skip }
);

const NEWLINE = 10;
const BLANK = /^\s*$/;

/** Blank lines are counted and left out. */
export async function* ndjsonLines(
  chunks: AsyncIterable<Uint8Array>,
  maxLineBytes = MAX_LINE_BYTES,
): AsyncGenerator<NdjsonLine> {
  let line = 1;
  let held: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      size += end - from;
      if (size <= maxLineBytes) held.push(chunk.subarray(from, end));
      const read = finish(line++, held, size, maxLineBytes);
      if (read !== undefined) yield read;
      held = [];
      size = 0;
      from = end + 1;
    }
    size += chunk.length - from;
    // What is over the bound is counted, not kept.
    if (size <= maxLineBytes) held.push(chunk.slice(from));
    else held = [];
  }
  const last = finish(line, held, size, maxLineBytes);
  if (last !== undefined) yield last;
}

function finish(line: number, parts: readonly Uint8Array[], size: number, limit: number): NdjsonLine | undefined {
  if (size > limit) return { line, skip: { code: 'fhir.too-large' } };
  const bytes = join(parts, size);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return BLANK.test(text) ? undefined : { line, text, bytes };
  } catch {
    return { line, skip: { code: 'fhir.json' } };
  }
}

/** Copies the parts; a carriage return before the newline is not part of the line. */
function join(parts: readonly Uint8Array[], size: number): Uint8Array {
  const out = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out[size - 1] === 13 ? out.subarray(0, size - 1) : out;
}
