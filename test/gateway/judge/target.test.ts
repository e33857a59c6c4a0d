// What counts as reading the very same again.
import { expect, it } from 'vitest';
import type { RequestFacts } from '../../../gateway/judge/facts.ts';
import { targetOf } from '../../../gateway/judge/target.ts';
import { requestOf } from '../visits.ts';

const target = (fields: Partial<RequestFacts>) => targetOf(requestOf(fields), 7);

it('is the address with its query, of reading requests', () => {
  expect(target({ path: '/a', query: 'x=1' })).toBe(target({ path: '/a', query: 'x=1', userAgent: 'other' }));
  expect(target({ path: '/a', query: 'x=1' })).not.toBe(target({ path: '/a', query: 'x=2' }));
  expect(target({ path: '/a', query: 'b' })).not.toBe(target({ path: '/b', query: 'a' }));
  expect(target({ path: '/a', method: 'HEAD' })).toBe(target({ path: '/a' }));
});

it('is nothing for what is sent, and for parts of a file', () => {
  for (const method of ['POST', 'PUT', 'OPTIONS']) expect(target({ method })).toBe(0);
  for (const headerOrder of ['range', 'host,range', 'range,host', 'host,range,accept'])
    expect(target({ headerOrder })).toBe(0);
  expect(target({ headerOrder: 'host,accept-ranges,if-range' })).not.toBe(0);
});
