// What a detected pattern becomes: a signature that its requests match and ordinary ones do not.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RequestFacts } from '../../../gateway/judge/facts.ts';
import { BENIGN_SET } from '../../../gateway/signatures/benign-set.ts';
import { signatureFromPattern } from '../../../gateway/signatures/from-pattern.ts';
import { SignatureMatcher } from '../../../gateway/signatures/matcher.ts';
import type { SignatureDefinition } from '../../../gateway/signatures/signature.ts';
import { decodeSignature, encodeSignature } from '../../../gateway/signatures/signature-codec.ts';
import { STARTER_SET } from '../../../gateway/signatures/starter-set.ts';
import { facts } from './generators.ts';

const matching = (definition: SignatureDefinition, requests: readonly RequestFacts[]): number => {
  const matcher = new SignatureMatcher([{ ...definition, id: 'it', effectiveFrom: 0 }]);
  return requests.filter((request) => matcher.match(request).length > 0).length;
};

const word = fc.stringMatching(/^[a-z]{3,12}$/);
const hex = fc.stringMatching(/^[0-9a-f]{8}$/);

/** A tool: a path with a value, a query that begins or ends alike, one User-Agent or many, headers in its own order. */
const attack: fc.Arbitrary<RequestFacts[]> = fc
  .record({
    path: word,
    argument: word,
    agent: word,
    rotates: fc.boolean(),
    order: fc.uniqueArray(word, { minLength: 2, maxLength: 30 }),
    method: fc.constantFrom('GET', 'POST', 'HEAD'),
    values: fc.array(fc.tuple(fc.nat(99_999), hex, word), { minLength: 1, maxLength: 12 }),
  })
  .map(({ path, argument, agent, rotates, order, method, values }) =>
    values.map(([number, random, name]) =>
      facts({
        method,
        path: `/${path}/${number}/x`,
        query: `${argument}=${random}`,
        userAgent: rotates ? `${name}/1.0` : `${agent}-tool/2.1 (flood)`,
        headerOrder: order.join(','),
      }),
    ),
  );

describe('a signature out of a pattern', () => {
  it('property 20: attack signature creation: matches the requests that made it and none of the benign set', () => {
    const ordinary = fc.array(fc.constantFrom(...BENIGN_SET), { maxLength: 5 });
    fc.assert(
      fc.property(attack, ordinary, fc.nat({ max: 2 ** 41 }), (samples, benign, at) => {
        const pattern = { at, addresses: 57, requests: 600, oneAgent: false, samples };
        const made = signatureFromPattern(pattern, [...BENIGN_SET, ...benign]);
        expect(made).toBeDefined();
        if (made === undefined) return;
        expect(matching(made, samples)).toBe(samples.length);
        expect(matching(made, BENIGN_SET)).toBe(0);
        // As it is stored: on the chain and here.
        expect(decodeSignature(encodeSignature(made))).toEqual(made);
        expect(made).toMatchObject({ category: 'coordinated', sources: 50, requests: 500 });
      }),
    );
  });

  it('property 20: attack signature creation: one request is enough where the others have its path, headers and User-Agent', () => {
    const numbers = fc.array(fc.nat(999), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(attack, numbers, ([first], versions) => {
        const others = versions.map((version, i) => {
          const userAgent = first.userAgent.replace(/\d+/g, String(version));
          return facts({ ...first, userAgent, path: first.path.replace(/\d+/, String(i)), query: `other=${version}` });
        });
        const pattern = { at: 0, addresses: 50, requests: 50, oneAgent: true, samples: [first] };
        const made = signatureFromPattern(pattern, BENIGN_SET);
        expect(made).toBeDefined();
        if (made === undefined) return;
        expect(matching(made, [first, ...others])).toBe(1 + others.length);
        expect(matching(made, BENIGN_SET)).toBe(0);
      }),
    );
  });

  it('is none when ordinary requests are the same', () => {
    fc.assert(
      fc.property(fc.subarray([...BENIGN_SET], { minLength: 1 }), (samples) => {
        expect(
          signatureFromPattern({ at: 0, addresses: 50, requests: 50, oneAgent: false, samples }, BENIGN_SET),
        ).toBeUndefined();
      }),
    );
    expect(
      signatureFromPattern({ at: 0, addresses: 50, requests: 50, oneAgent: false, samples: [] }, []),
    ).toBeUndefined();
  });

  it('holds no value of a path, no cookie and no body', () => {
    const secret = { path: '/patients/4711/records', cookie: 'session=secret', body: 'name=secret' };
    const samples = [1, 2].map(() => facts({ ...secret, userAgent: 'a tool that floods' }));
    const made = signatureFromPattern({ at: 0, addresses: 50, requests: 50, oneAgent: false, samples }, BENIGN_SET);
    expect(made).toBeDefined();
    expect(JSON.stringify(made)).not.toMatch(/4711|secret/);
  });

  it('is never by the headers and the method alone', () => {
    const samples = ['/aaa', '/bbb'].map((path) => facts({ path, userAgent: '', headerOrder: 'x-odd' }));
    expect(signatureFromPattern({ at: 0, addresses: 50, requests: 50, oneAgent: false, samples }, [])).toBeUndefined();
  });
});

describe('the starter set', () => {
  it('matches no ordinary request', () => {
    const matcher = new SignatureMatcher(STARTER_SET);
    const met = BENIGN_SET.map(
      (request) => [request.path, request.query, request.body, matcher.match(request)] as const,
    );
    expect(met.filter(([, , , matches]) => matches.length > 0)).toEqual([]);
  });
});
