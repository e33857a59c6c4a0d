// What a request says about formats: whether it takes JSON, whether its body is JSON and nothing else.
// Owns the reading of Accept and Content-Type; throws RpcError where they do not go together with this door.
import { doorError } from '../errors.ts';

export interface ContentHeaders {
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** Whether bytes follow the headers. */
  readonly hasBody: boolean;
}

const JSON_BODY = /^application\/json(?:\s*;\s*charset="?utf-8"?)?\s*$/i;
const RANGES = ['application/json', 'application/*', '*/*'];

/** Headers by which some servers let a POST stand for another method: never here, and not silently. */
export const OVERRIDE_HEADERS = ['x-http-method-override', 'x-http-method', 'x-method-override'] as const;

export function checkAccept(accept: string | undefined): void {
  if (accept !== undefined && !takesJson(accept)) throw doorError('rpc.not-acceptable');
}

/** The most specific range that names JSON decides. */
function takesJson(accept: string): boolean {
  if (accept.trim() === '') return true;
  const offered = accept.split(',').map((part) => {
    const [range, ...params] = part.split(';').map((text) => text.trim().toLowerCase());
    const quality = params.find((param) => param.startsWith('q='))?.slice(2);
    return { range, refused: quality !== undefined && Number(quality) === 0 };
  });
  for (const range of RANGES) {
    const found = offered.find((each) => each.range === range);
    if (found !== undefined) return !found.refused;
  }
  return false;
}

/** A call without a body needs no type; one with a body has this one alone. */
export function checkContent({ contentType, contentEncoding, hasBody }: ContentHeaders): void {
  if (contentEncoding !== undefined && contentEncoding.toLowerCase() !== 'identity') throw doorError('rpc.media-type');
  if (!hasBody && contentType === undefined) return;
  if (!JSON_BODY.test(contentType ?? '')) throw doorError('rpc.media-type');
}
