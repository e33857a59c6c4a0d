// The same refusals for programs, which read no pages: problem details (RFC 9457).
import type { Page } from './page.ts';

/** Of a page for people; status and fields stay. `type` is a word under which the documentation explains it. */
export function problemOf({ status, headers }: Page, title: string): Page {
  const action = headers['x-wardmesh-action'];
  const reference = headers['x-wardmesh-reference'];
  const kept = Object.entries(headers).filter(([name]) => name.startsWith('x-wardmesh') || name === 'retry-after');
  return {
    status,
    headers: {
      ...Object.fromEntries(kept),
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
    body: JSON.stringify({ type: `urn:wardmesh:gateway:${action ?? 'unavailable'}`, title, status, action, reference }),
  };
}

/** Whether the client shows pages to somebody. */
export function wantsPage(accept: string | undefined): boolean {
  return accept?.includes('text/html') === true;
}
