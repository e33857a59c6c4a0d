// Whether a request says that a page brought it: browsers do so for pictures, programs and what these ask for. Anybody can say
// so; owns no verdict on whether it is true.
import type { RequestFacts } from './facts.ts';

/** Also where a page keeps its address to itself, but over TLS only. */
const BY_BROWSER = /(?:^|,)sec-fetch-/;

export function isOfPage({ referer, headerOrder }: RequestFacts): boolean {
  return referer !== '' || BY_BROWSER.test(headerOrder);
}
