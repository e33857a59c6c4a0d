// Reads the backup stream of a node. Whether all of it came is for its reader to see: an archive ends with its contents.
import { RpcError } from '../errors.ts';
import { readText } from './answer.ts';
import { authorization, resultOf } from './http.ts';
import { localError } from './local-error.ts';

/** Throws RpcError. */
export async function* backupBytes(
  target: { readonly base: string; readonly token: string | undefined; readonly chain: boolean },
  fetcher: typeof fetch,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    const headers = authorization(target.token);
    const response = await fetcher(`${target.base}/api/v1/backup${target.chain ? '?chain=1' : ''}`, {
      headers,
      signal,
    });
    if (!response.ok || response.body === null) return await refused(response);
    const reader = response.body.getReader();
    try {
      for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
    } finally {
      await reader.cancel().catch(() => undefined);
    }
  } catch (error) {
    if (error instanceof RpcError) throw error;
    if (signal.aborted) throw localError('rpc.aborted', 'the backup was aborted');
    throw localError('rpc.unreachable', `the backup from ${target.base} broke off`, error);
  }
}

async function refused(response: Response): Promise<never> {
  const { code, detail } = JSON.parse(await readText(response)) as { code: string; detail: string };
  return resultOf({ error: { code: -32001, message: detail, data: { code } } }) as never;
}
