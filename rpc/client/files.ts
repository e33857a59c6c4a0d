// Files of a node as streams: one sent up, one fetched, whole or from where it broke off. Owns no file.
import { RpcError } from '../errors.ts';
import { FILE_PATHS, type UploadedFile, uploadedFile } from '../schema/file.ts';
import { readText, shaped } from './answer.ts';
import { authorization, refused } from './http.ts';
import { localError } from './local-error.ts';

export interface FileTarget {
  readonly base: string;
  readonly token: string | undefined;
}

/** A file on its way. */
export interface FetchedFile {
  readonly mediaType: string;
  readonly name: string;
  /** Of all of it. */
  readonly size: number;
  /** Where the bytes begin: 0 where the file is another one than the tag said. */
  readonly offset: number;
  /** The same for the same file. */
  readonly tag: string;
  /** Throws RpcError, also when they were cut short. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** What came before of a file, to go on from. */
export interface Begun {
  readonly offset: number;
  readonly tag: string;
}

/** `file`: of known length, as `fs.openAsBlob` and file fields of pages give it. Throws RpcError. */
export async function uploadFile(
  { base, token }: FileTarget,
  fetcher: typeof fetch,
  file: Blob,
  signal: AbortSignal,
): Promise<UploadedFile> {
  return guarded(base, 'the upload', signal, async () => {
    const headers = { ...authorization(token), 'content-type': 'application/octet-stream' };
    const body = file.slice(0, file.size, 'application/octet-stream');
    const response = await fetcher(`${base}${FILE_PATHS.uploads}`, { method: 'PUT', headers, body, signal });
    if (!response.ok) return refused(response);
    return shaped(uploadedFile, JSON.parse(await readText(response)), 'the upload');
  });
}

/** `download`: as record_download named it. Throws RpcError. */
export async function fetchFile(
  { base, token }: FileTarget,
  fetcher: typeof fetch,
  download: string,
  begun: Begun | undefined,
  signal: AbortSignal,
): Promise<FetchedFile> {
  const what = 'the download';
  return guarded(base, what, signal, async () => {
    const range: Record<string, string> =
      begun === undefined ? {} : { range: `bytes=${begun.offset}-`, 'if-range': begun.tag };
    const headers = { ...authorization(token), ...range };
    const response = await fetcher(`${base}${FILE_PATHS.downloads}/${download}`, { headers, signal });
    if (!response.ok || response.body === null) return refused(response);
    const { headers: told, body } = response;
    const part = /^bytes (\d+)-\d+\/(\d+)$/.exec(told.get('content-range') ?? '');
    const length = Number(told.get('content-length'));
    const [offset, size] = part === null ? [0, length] : [Number(part[1]), Number(part[2])];
    return {
      ...{ offset, size, tag: told.get('etag') ?? '', mediaType: told.get('content-type') ?? '' },
      name: nameIn(told.get('content-disposition') ?? ''),
      bytes: counted(body, length, { base, what, signal }),
    };
  });
}

/** A node that fails in the middle cuts the connection: what is short of its length is no file. */
async function* counted(
  body: ReadableStream<Uint8Array>,
  length: number,
  { base, what, signal }: { readonly base: string; readonly what: string; readonly signal: AbortSignal },
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body.getReader();
  let left = length;
  try {
    for (;;) {
      const { done, value } = await guarded(base, what, signal, () => reader.read());
      if (done) break;
      left -= value.length;
      yield value;
    }
    if (left !== 0) throw localError('rpc.unreachable', `${what} from ${base} broke off`);
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function guarded<T>(base: string, what: string, signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof RpcError) throw error;
    if (signal.aborted) throw localError('rpc.aborted', `${what} was aborted`);
    throw localError('rpc.unreachable', `${what} from ${base} broke off`, error);
  }
}

function nameIn(disposition: string): string {
  const full = /filename\*=UTF-8''([^;]+)/.exec(disposition)?.[1];
  try {
    return full === undefined ? '' : decodeURIComponent(full);
  } catch {
    return '';
  }
}
