// Reads an archive that a node streams. Whether all of it came is for its reader to see: an archive ends with its contents.
import { RpcError } from '../errors.ts';
import { authorization, refused } from './http.ts';
import { localError } from './local-error.ts';

export interface ArchiveRequest {
  readonly base: string;
  readonly token: string | undefined;
  /** After the base. */
  readonly path: string;
  /** Sent as JSON; without one it is a GET. */
  readonly body?: unknown;
  /** For messages: `the backup`. */
  readonly what: string;
}

/** Throws RpcError. */
export async function* archiveBytes(
  { base, token, path, body, what }: ArchiveRequest,
  fetcher: typeof fetch,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    const headers = authorization(token);
    const request =
      body === undefined
        ? { headers }
        : {
            method: 'POST',
            headers: { ...headers, 'content-type': 'application/json' },
            body: JSON.stringify(body),
          };
    const response = await fetcher(`${base}${path}`, { ...request, signal });
    if (!response.ok || response.body === null) return await refused(response);
    const reader = response.body.getReader();
    try {
      for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
    } finally {
      await reader.cancel().catch(() => undefined);
    }
  } catch (error) {
    if (error instanceof RpcError) throw error;
    if (signal.aborted) throw localError('rpc.aborted', `${what} was aborted`);
    throw localError('rpc.unreachable', `${what} from ${base} broke off`, error);
  }
}
