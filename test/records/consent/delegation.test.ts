// What a grantee may pass on of a grant, and the request that asks for it.
import { describe, expect, it } from 'vitest';
import { CodecError } from '../../../common/codec/errors.ts';
import { type AccessRequestTerms, decodeRequest, encodeRequest } from '../../../records/chart/access-request.ts';
import { mayPassOn, passedOnFrom, passedOnPolicy } from '../../../records/consent/delegation.ts';
import { ALL_DATA, ORGANISATION_RULE_OFF, type Rule, type Terms } from '../../../records/consent/terms.ts';
import { DAY, denyAll, doctorAtBranch, doctorElsewhere, idOf, NOW, PATIENT } from './asking.ts';

const ENDS = NOW + DAY;
const by = doctorElsewhere.account;
const person = { kind: 'person', account: by } as const;

function terms(rule: Partial<Rule> = {}, changes: Partial<Terms> = {}): Terms {
  return {
    ...{ subject: { kind: 'chart', id: idOf('chart') }, grantor: { kind: 'custody', clinic: 1 } },
    ...{ givenAt: NOW, mode: 'view', policy: '' },
    provision: {
      ...{ effect: 'permit', actors: [person], purposes: [{ code: 'TREAT' }], period: { until: ENDS }, exceptions: [] },
      data: { ...ALL_DATA, categories: ['labs', 'imaging'] },
      ...rule,
    },
    ...changes,
  };
}

describe('a grant', () => {
  const wanted = { by, categories: ['labs'], purpose: 'TREAT', until: ENDS } as const;

  it('may be passed on by whom it names, no wider and no longer than it is', () => {
    expect(mayPassOn(terms(), ENDS, wanted)).toBe(true);
    expect(mayPassOn(terms({ purposes: [] }), ENDS, { ...wanted, purpose: 'HOPERAT' })).toBe(true);
    expect(mayPassOn(terms(), ENDS, { ...wanted, by: doctorAtBranch.account })).toBe(false);
    expect(mayPassOn(terms(), ENDS, { ...wanted, categories: ['labs', 'notes'] })).toBe(false);
    expect(mayPassOn(terms(), ENDS, { ...wanted, categories: [] })).toBe(false);
    expect(mayPassOn(terms(), ENDS, { ...wanted, purpose: 'HOPERAT' })).toBe(false);
    expect(mayPassOn(terms({ purposes: [] }), ENDS, { ...wanted, purpose: 'HRESCH' })).toBe(false);
    expect(mayPassOn(terms(), ENDS, { ...wanted, until: ENDS + 1 })).toBe(false);
    expect(mayPassOn(terms(), ENDS - 1, wanted)).toBe(false);
  });

  it('may not that shuts out, names several or a clinic, was given by the patient, or was passed on itself', () => {
    expect(mayPassOn(terms({ effect: 'deny' }), ENDS, wanted)).toBe(false);
    expect(mayPassOn(terms({ actors: [] }), ENDS, wanted)).toBe(false);
    expect(mayPassOn(terms({ actors: [{ kind: 'clinic', clinic: 3 }] }), ENDS, wanted)).toBe(false);
    expect(mayPassOn(terms({ actors: [person, { kind: 'person', account: idOf('other') }] }), ENDS, wanted)).toBe(
      false,
    );
    expect(mayPassOn(terms({}, { grantor: { kind: 'patient', account: PATIENT } }), ENDS, wanted)).toBe(false);
    for (const policy of [passedOnPolicy(idOf('source')), ORGANISATION_RULE_OFF]) {
      expect(mayPassOn(terms({}, { policy }), ENDS, wanted)).toBe(false);
    }
    const { provision } = terms();
    const excepted = terms({}, { provision: { ...provision, exceptions: [denyAll] } });
    expect(mayPassOn(excepted, ENDS, wanted)).toBe(false);
  });

  it('that was passed on says from which it comes, and nothing else says so', () => {
    expect(passedOnFrom({ policy: passedOnPolicy(idOf('source')) })).toEqual(idOf('source'));
    for (const policy of ['', ORGANISATION_RULE_OFF, 'urn:wardmesh:passed-on:', `${passedOnPolicy(idOf('source'))}0`]) {
      expect(passedOnFrom({ policy })).toBeUndefined();
    }
  });
});

describe('a request', () => {
  const request: AccessRequestTerms = {
    ...{ writer: 1, handle: idOf('handle'), clinic: 3, account: by, role: 'doctor', purpose: 'TREAT' },
    ...{ categories: ['labs'], until: ENDS, reason: 'Night shift' },
  };

  it('to pass on comes back with the colleague; one without is written as ever', () => {
    const passing = { ...request, delegate: idOf('colleague') };
    expect(decodeRequest(encodeRequest(passing))).toEqual(passing);
    expect(decodeRequest(encodeRequest(request))).toEqual(request);
    expect(encodeRequest(passing)).toHaveLength(encodeRequest(request).length + 32);
    for (let length = 0; length < encodeRequest(passing).length; length++) {
      if (length === encodeRequest(request).length) continue;
      expect(() => decodeRequest(encodeRequest(passing).subarray(0, length))).toThrow(CodecError);
    }
  });
});
