// The pages that say no: what happened, what to do, whom to ask. They tell nothing of how a request was judged.

import { shown } from './challenge-page.ts';
import { type Page, type PageOwner, page } from './page.ts';

export function refusalPage(owner: PageOwner, reference: string): Page {
  return page(owner, {
    status: 403,
    title: 'This page is closed to you at the moment',
    headers: { 'x-wardmesh-action': 'refuse', 'x-wardmesh-reference': reference },
    main: `<p>Our protection against attacks has stopped this request. It may be a mistake: others may use the same connection as you, or a program on your device may be at fault.</p>
<p>If you need us now, please call. Tell us the reference below, and we can look at it and open the page again.</p>${shown(reference)}`,
  });
}

/** `seconds`: until the next request may pass. */
export function limitPage(owner: PageOwner, reference: string | undefined, seconds: string): Page {
  const wait = seconds === '1' ? '1 second' : `${seconds} seconds`;
  return page(owner, {
    status: 429,
    title: 'Too many requests at once',
    headers: {
      'retry-after': seconds,
      'x-wardmesh-action': 'limit',
      ...(reference === undefined ? {} : { 'x-wardmesh-reference': reference }),
    },
    main: `<p>More requests came from your connection than we can answer. Please try again in ${wait}.</p>${shown(reference)}`,
  });
}

/** 502: the application does not answer; 504: not in time. Nobody's fault who reads it. */
export function unavailablePage(owner: PageOwner, status: 502 | 504): Page {
  const what = status === 504 ? 'takes too long to answer' : 'is not available';
  return page(owner, {
    status,
    title: 'This service is not available at the moment',
    main: `<p>The service behind this page ${what}. Please try again in a few minutes. If it is urgent, please call us.</p>`,
  });
}
