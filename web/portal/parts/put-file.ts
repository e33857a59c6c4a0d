// Sends a file to the clinic, with how far it is: of the ways that browsers have to send, only the older one tells that.
import { refused } from '../../../rpc/client/http.ts';
import { localError } from '../../../rpc/client/local-error.ts';

export interface PutOptions {
  readonly onProgress?: ((done: number, of: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What was answered. Throws RpcError, and the signal's reason. */
export async function putFile(path: string, file: Blob, { onProgress, signal }: PutOptions): Promise<unknown> {
  const { status, text } = await send(path, file, onProgress, signal);
  if (status < 200 || status > 299) return refused(new Response(text, { status }));
  return JSON.parse(text);
}

function send(
  path: string,
  file: Blob,
  onProgress: PutOptions['onProgress'],
  signal: AbortSignal | undefined,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const request = new XMLHttpRequest();
    const lost = () => reject(localError('rpc.unreachable', 'the clinic cannot be reached'));
    const stop = () => {
      request.abort();
      reject(signal?.reason);
    };
    request.upload.onprogress = ({ loaded, total }) => onProgress?.(loaded, total);
    request.onload = () => resolve({ status: request.status, text: request.responseText });
    request.onerror = lost;
    request.ontimeout = lost;
    request.onloadend = () => signal?.removeEventListener('abort', stop);
    signal?.addEventListener('abort', stop);
    request.open('PUT', path);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.send(file);
  });
}
