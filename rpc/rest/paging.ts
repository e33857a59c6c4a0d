// The link to the next page (RFC 8288), made of the request's own address and the `next` of its answer.

import { BASE_PATH } from './operation.ts';
import type { Operation } from './operations.ts';

export function nextLink(operation: Operation, path: string, query: string, result: unknown): string | undefined {
  if (operation.page === undefined || typeof result !== 'object' || result === null) return undefined;
  const { next } = result as { next?: unknown };
  if (typeof next !== 'string' && typeof next !== 'number') return undefined;
  const kept = query
    .split('&')
    .filter((pair) => pair !== '' && decodeURIComponent(pair.split('=')[0]) !== operation.page);
  const pairs = [...kept, `${operation.page}=${encodeURIComponent(String(next))}`];
  return `<${BASE_PATH}${path}?${pairs.join('&').replaceAll('>', '%3E')}>; rel="next"`;
}
