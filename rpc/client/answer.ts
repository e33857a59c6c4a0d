// What a node answered, held to bounds and to the shape that the method promises: a client trusts no node's word.
import { config, type z } from 'zod';
import { localError } from './local-error.ts';

/** Of one answer, and of one line of the export. The largest true one is a full block with its payloads in three forms. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

// Pages run under a policy that forbids compiling code; zod would try.
if ('document' in globalThis) config({ jitless: true });

/** Throws `rpc.bad-answer` for more bytes than that, without reading on. */
export async function readText(response: Response, maxBytes = MAX_ANSWER_BYTES): Promise<string> {
  const body = response.body as ReadableStream<Uint8Array> | null;
  if (body === null) return '';
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const pieces: string[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > maxBytes) throw localError('rpc.bad-answer', `the answer is longer than ${maxBytes} bytes`);
      pieces.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  return pieces.join('') + decoder.decode();
}

/** The value as the schema has it. Throws `rpc.bad-answer`. */
export function shaped<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  throw localError('rpc.bad-answer', `the answer to ${what} is not what it must be: ${path.join('.')} ${message}`);
}
