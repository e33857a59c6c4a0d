// One automaton finds exactly what looking for every pattern in every field finds.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SignatureField } from '../../../common/threat-names.ts';
import type { RequestFacts } from '../../../gateway/judge/facts.ts';
import { SignatureMatcher } from '../../../gateway/signatures/matcher.ts';
import { normalised } from '../../../gateway/signatures/normalise.ts';
import type { Condition, Signature } from '../../../gateway/signatures/signature.ts';
import { facts, request, signatures } from './generators.ts';

const VALUES: Record<SignatureField, (facts: RequestFacts) => string> = {
  method: ({ method }) => method,
  path: ({ path }) => path,
  query: ({ query }) => query,
  body: ({ body }) => body,
  'user-agent': ({ userAgent }) => userAgent,
  referer: ({ referer }) => referer,
  cookie: ({ cookie }) => cookie,
  'header-order': ({ headerOrder }) => headerOrder,
};

/** By a regular expression for each pattern: fine for the tiny texts here. */
function holds({ fields, view, start, end, literals }: Condition, asked: RequestFacts): boolean {
  const body = literals.map((literal) => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^]*');
  const pattern = new RegExp(`${start ? '^' : ''}${body}${end ? '$' : ''}`);
  return fields.some((field) => {
    const value = VALUES[field](asked);
    if (field === 'method' || field === 'header-order') return pattern.test(value.toLowerCase());
    return pattern.test(normalised(value, view, field === 'query' || field === 'body'));
  });
}

const signature = (fields: Partial<Signature>): Signature => ({
  id: 'one',
  name: 'one',
  category: 'injection',
  severity: 'high',
  points: 30,
  conditions: [{ fields: ['query'], view: 'text', start: false, end: false, literals: ['union'] }],
  detectedAt: 0,
  sources: 0,
  requests: 0,
  effectiveFrom: 0,
  ...fields,
});

describe('the signature matcher', () => {
  it('finds what a search for each pattern finds, request after request', () => {
    fc.assert(
      fc.property(signatures, fc.array(request, { minLength: 1, maxLength: 4 }), (set, requests) => {
        const matcher = new SignatureMatcher(set);
        for (const asked of requests) {
          const expected = set.filter(({ conditions }) => conditions.every((one) => holds(one, asked)));
          expect(matcher.match(asked).map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
        }
      }),
      { numRuns: 150 },
    );
  });

  it('says that a match before its time is in the shadow', () => {
    const matcher = new SignatureMatcher([signature({ effectiveFrom: 5_000 })]);
    const at = (time: number) => matcher.match(facts({ at: time, query: 'q=UNION' }));
    expect(at(4_999)).toEqual([{ id: 'one', category: 'injection', points: 30, shadow: true }]);
    expect(at(5_000)).toEqual([{ id: 'one', category: 'injection', points: 30, shadow: false }]);
  });

  it('is content with no signatures', () => {
    expect(new SignatureMatcher([]).match(facts({ query: 'q=union' }))).toEqual([]);
  });

  it('reads the longest body, all of it a false start, in time linear to it', () => {
    const literals = ['aaaaaaab', 'aaaaaaac', 'aaaaaaad'];
    const matcher = new SignatureMatcher([
      signature({ conditions: [{ fields: ['body'], view: 'shape', start: false, end: true, literals }] }),
    ]);
    expect(matcher.match(facts({ body: 'a'.repeat(8_192) }))).toEqual([]);
    expect(matcher.match(facts({ body: `${'a'.repeat(8_000)}b${'a'.repeat(50)}c aaaaaaad` }))).toHaveLength(1);
  });
});
