// Requests and signatures for property tests; few distinct characters, so that patterns meet texts.
import fc from 'fast-check';
import {
  SIGNATURE_CATEGORIES,
  SIGNATURE_FIELDS,
  SIGNATURE_SEVERITIES,
  SIGNATURE_VIEWS,
} from '../../../common/threat-names.ts';
import type { RequestFacts } from '../../../gateway/judge/facts.ts';
import {
  COUNT_BUCKETS,
  type Condition,
  flawOf,
  type Signature,
  type SignatureDefinition,
} from '../../../gateway/signatures/signature.ts';

/** A GET of the start page by a browser. */
export const facts = (fields: Partial<RequestFacts> = {}): RequestFacts => ({
  at: 1_000_000,
  client: { family: 4, prefix: 32, high: 0xc0000201, low: 0 },
  forwarding: 'direct',
  method: 'GET',
  path: '/',
  query: '',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
  referer: '',
  cookie: '',
  headerOrder: 'host,user-agent,accept,accept-language,accept-encoding,connection',
  body: '',
  session: 'none',
  subject: undefined,
  ...fields,
});

const literal = fc
  .array(fc.constantFrom('a', 'b', '=', '(', ' '), { minLength: 1, maxLength: 5 })
  .map((s) => s.join(''));
const fields = fc.subarray([...SIGNATURE_FIELDS], { minLength: 1 });

const condition: fc.Arbitrary<Condition> = fc.record({
  fields,
  view: fc.constantFrom(...SIGNATURE_VIEWS),
  start: fc.boolean(),
  end: fc.boolean(),
  literals: fc.array(literal, { minLength: 1, maxLength: 4 }),
});

export const definition: fc.Arbitrary<SignatureDefinition> = fc
  .record({
    name: fc.stringMatching(/^[a-z0-9-]{1,40}$/),
    category: fc.constantFrom(...SIGNATURE_CATEGORIES),
    severity: fc.constantFrom(...SIGNATURE_SEVERITIES),
    points: fc.integer({ min: 1, max: 30 }),
    conditions: fc.array(condition, { minLength: 1, maxLength: 3 }),
    detectedAt: fc.nat({ max: 4_000_000 }).map((step) => step * 600_000),
    sources: fc.constantFrom(...COUNT_BUCKETS),
    requests: fc.constantFrom(...COUNT_BUCKETS),
  })
  .filter((made) => flawOf(made) === undefined);

export const signatures: fc.Arbitrary<Signature[]> = fc
  .array(definition, { minLength: 1, maxLength: 12 })
  .map((made) => made.map((one, i) => ({ ...one, id: `s${i}`, effectiveFrom: 0 })));

const text = fc
  .array(fc.constantFrom('a', 'b', '=', '(', ' ', 'A', '%61', '+', '&#98;'), { maxLength: 14 })
  .map((s) => s.join(''));

export const request: fc.Arbitrary<RequestFacts> = fc
  .record({
    ...{ method: text, path: text, query: text, userAgent: text },
    ...{ referer: text, cookie: text, headerOrder: text, body: text },
  })
  .map(facts);
