// The 23 consents that IHE publishes with Privacy Consent on FHIR, read from their own text and decided as listed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decide } from '../../records/consent/decide.ts';
import { decodeTerms, encodeTerms } from '../../records/consent/terms-codec.ts';
import { readFsh } from '../helpers/fsh.ts';
import { ask, idOf, opened } from '../records/consent/asking.ts';
import { consentFromFhir } from '../records/consent/from-fhir.ts';
import { PCF_CASES, references, requestOf } from '../records/consent/pcf-cases.ts';

const root = process.env.WARDMESH_TEST_DATA;
if (root === undefined) throw new Error('WARDMESH_TEST_DATA must name the data set: these tests read nothing else');

const text = readFileSync(join(root, 'fhir', 'consent-conformance', 'ihe-pcf-consent.fsh'), 'utf8');
const consents = readFsh(text).filter(({ instanceOf }) => instanceOf.endsWith('Consent'));

describe('the published consents of IHE PCF', () => {
  it('are the 23 that have cases', () => {
    expect(consents.map(({ name }) => name).sort()).toEqual(Object.keys(PCF_CASES).sort());
  });

  it.each(consents)('$name is decided as listed', ({ name, json }) => {
    const read = consentFromFhir({ resourceType: 'Consent', ...json }, references);
    expect(read).not.toHaveProperty('refused');
    if ('refused' in read) return;
    const bytes = encodeTerms(read.terms);
    const consent = { id: idOf(name), terms: decodeTerms(bytes), status: read.status };
    const asks = PCF_CASES[name];
    const decided = asks.map((pcf) => {
      const request = ask(requestOf(pcf));
      return decide(request, [consent], opened(request.requester)).permit;
    });
    expect(decided).toEqual(asks.map(({ permit }) => permit));
  });
});
