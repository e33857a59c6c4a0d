// Reads the chain export line by line: one block at a time in memory, whatever the length of the chain.
import { RpcError } from '../errors.ts';
import { type BlockView, blockView } from '../schema/chain.ts';
import { MAX_ANSWER_BYTES, shaped } from './answer.ts';
import { authorization, refused } from './http.ts';
import { localError } from './local-error.ts';

/** Throws RpcError, also when the stream was cut short. */
export async function* exportBlocks(
  target: { readonly base: string; readonly token: string | undefined },
  fetcher: typeof fetch,
  signal: AbortSignal,
): AsyncGenerator<BlockView> {
  let complete = false;
  try {
    const headers = authorization(target.token);
    const response = await fetcher(`${target.base}/api/v1/chain/export`, { headers, signal });
    if (!response.ok || response.body === null) await refused(response);
    for await (const line of lines(response.body as ReadableStream<Uint8Array>)) {
      const text = line.endsWith(',') ? line.slice(0, -1) : line;
      if (text === '[]' || text === ']') complete = true;
      else if (text !== '[' && text !== '') yield shaped(blockView, JSON.parse(text), 'the export');
    }
  } catch (error) {
    if (error instanceof RpcError) throw error;
    if (signal.aborted) throw localError('rpc.aborted', 'the export was aborted');
    throw localError('rpc.unreachable', `the export from ${target.base} broke off`, error);
  }
  if (!complete) throw localError('rpc.unreachable', `the export from ${target.base} broke off`);
}

async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const pieces = (rest + (done ? decoder.decode() : decoder.decode(value, { stream: true }))).split('\n');
      rest = pieces.pop() as string;
      if (rest.length > MAX_ANSWER_BYTES) throw localError('rpc.bad-answer', 'a line of the export has no end');
      yield* pieces;
      if (done) break;
    }
    if (rest !== '') yield rest;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
