// What exactly a request reads, so that the same again is known: the address with its query. Owns no counting.
import { hashText, hashWords } from '../hash.ts';
import type { RequestFacts } from './facts.ts';

/** Viewers of documents and players read one address in many parts. */
const IN_PARTS = /(?:^|,)range(?:,|$)/;

/**
 * u32; 0 for what is no repetition when it comes again: requests that send something (programs in pages send all they have to
 * one address) and parts of a file. What is read again after one of those is none either. Of a flood that shows every request as one of those the rate tells.
 */
export function targetOf({ method, path, query, headerOrder }: RequestFacts, seed: number): number {
  if ((method !== 'GET' && method !== 'HEAD') || IN_PARTS.test(headerOrder)) return 0;
  return hashWords(hashText(path, seed), hashText(query, seed), seed) || 1;
}
