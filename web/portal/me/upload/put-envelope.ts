// Sends an envelope that this page sealed to the clinic, with how far it is: of the ways that browsers have to send, only the
// older one tells that.

import { refused } from '../../../../rpc/client/http.ts';
import { localError } from '../../../../rpc/client/local-error.ts';
import { FILE_PATHS, uploadedEnvelope } from '../../../../rpc/schema/file.ts';
import type { UploadEnvelope } from '../../../shared/vault/my-records.ts';

/** Throws RpcError, and the signal's reason. */
export const putEnvelope: UploadEnvelope = async (envelope, { onProgress, signal }) => {
  const { status, text } = await send(envelope, onProgress, signal);
  if (status < 200 || status > 299) return refused(new Response(text, { status }));
  return uploadedEnvelope.parse(JSON.parse(text));
};

function send(
  envelope: Blob,
  onProgress: ((done: number, of: number) => void) | undefined,
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
    request.open('PUT', FILE_PATHS.ownUploads);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.send(envelope);
  });
}
