// The consents of IHE PCF, built anew in the same shapes, decided as published.
import { describe, expect, it } from 'vitest';
import type { EffectiveConsent } from '../../../records/consent/access.ts';
import { decide } from '../../../records/consent/decide.ts';
import { decodeTerms, encodeTerms } from '../../../records/consent/terms-codec.ts';
import { ask, idOf, opened } from './asking.ts';
import { consentFromFhir } from './from-fhir.ts';
import { PCF_CASES, type PcfAsk, references, requestOf } from './pcf-cases.ts';

const ACT = 'http://terminology.hl7.org/CodeSystem/v3-ActReason';
const CONFIDENTIALITY = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
const CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';

const purpose = (...codes: string[]) => codes.map((code) => ({ system: ACT, code }));
const TPO = purpose('TREAT', 'HPAYMT', 'HOPERAT');
const labels = (...codes: string[]) =>
  codes.map((code) => ({ system: /^[NR]$/.test(code) ? CONFIDENTIALITY : CODE, code }));
const actor = (reference: string) => [
  {
    role: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'IRCP' }] },
    reference: { reference },
  },
];
const data = (meaning: string, ...references: string[]) =>
  references.map((reference) => ({ meaning, reference: { reference } }));

const YEAR = { start: '2022-01-01', end: '2022-12-31' };
const ITEMS = [
  'Encounter/ex-encounter',
  'Observation/ex-weight-2',
  'Observation/ex-weight',
  'Observation/ex-alcoholUse',
];
const permit = { type: 'permit', purpose: TPO };
const practitioner = actor('Practitioner/ex-practitioner');
const group = actor('Group/ex-privilegedUsers');
const normal = { ...permit, securityLabel: labels('N') };
const but = (base: object, exception: object) => ({ ...base, provision: [exception] });

const PROVISIONS: Readonly<Record<string, object>> = {
  'ex-consent-basic-treat': permit,
  'ex-consent-basic-treat-infant': permit,
  'ex-consent-basic-ink': permit,
  'ex-consent-expired-treat': { ...permit, period: { end: '2022-12-31' } },
  'ex-consent-basic-reject': { ...permit, type: 'deny' },
  'ex-consent-basic-research': { type: 'permit', purpose: purpose('HRESCH') },
  'ex-consent-intermediate-timeframe': { ...permit, dataPeriod: YEAR },
  'ex-consent-intermediate-not-timeframe': but(permit, { type: 'deny', dataPeriod: YEAR }),
  'ex-consent-intermediate-authoredby': { ...permit, data: data('authoredby', 'Practitioner/ex-practitioner') },
  'ex-consent-intermediate-not-authoredby': but(permit, {
    type: 'deny',
    data: data('authoredby', 'Practitioner/ex-practitioner'),
  }),
  'ex-consent-intermediate-encounter': { ...permit, data: data('related', 'Encounter/ex-encounter') },
  'ex-consent-intermediate-not-encounter': but(permit, {
    type: 'deny',
    data: data('related', 'Encounter/ex-encounter'),
  }),
  'ex-consent-intermediate-data': { ...permit, data: data('instance', ...ITEMS) },
  'ex-consent-intermediate-not-data': but(permit, {
    type: 'deny',
    data: data('instance', 'Observation/ex-alcoholUse'),
  }),
  'ex-consent-intermediate-purpose': {
    type: 'permit',
    purpose: [{ system: 'http://example.org/policies/purposeOfUse', code: 'FooBar' }],
    actor: actor('Organization/ex-org-researcher'),
  },
  'ex-dissent-intermediate-break-glass': but(
    { type: 'deny' },
    { type: 'permit', purpose: purpose('BTG'), actor: group },
  ),
  'ex-consent-advanced-normal': normal,
  'ex-consent-advanced-normal-restricted': { ...permit, securityLabel: labels('N', 'R') },
  'ex-consent-advanced-normal-not-restricted': but(normal, { type: 'deny', securityLabel: labels('R') }),
  'ex-consent-advanced-normal-focused-restricted': but(normal, {
    type: 'permit',
    securityLabel: labels('R'),
    actor: practitioner,
  }),
  'ex-consent-advanced-normal-focused-psy': but(normal, {
    type: 'permit',
    securityLabel: labels('PSY'),
    actor: practitioner,
  }),
  'ex-consent-advanced-normal-focused-psy-or-sdv': but(normal, {
    type: 'permit',
    securityLabel: labels('PSY', 'SDV'),
    actor: practitioner,
  }),
  'ex-consent-advanced-normal-break-glass-restricted': but(normal, {
    type: 'permit',
    purpose: purpose('BTG'),
    securityLabel: labels('R'),
    actor: group,
  }),
};

const built = (name: string, changes: object = {}): unknown => ({
  resourceType: 'Consent',
  status: 'active',
  scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
  patient: { reference: 'Patient/ex-patient' },
  dateTime: '2022-06-13',
  performer: [{ reference: name.endsWith('infant') ? 'Patient/ex-mother' : 'Patient/ex-patient' }],
  policy: [{ uri: 'http://example.org/policies/basePrivacyConsentPolicy.txt' }],
  provision: PROVISIONS[name],
  ...changes,
});

function effective(json: unknown, name: string): EffectiveConsent {
  const read = consentFromFhir(json, references);
  if ('refused' in read) throw new Error(`${name}: ${read.refused} ${read.path}`);
  return { id: idOf(name), terms: decodeTerms(encodeTerms(read.terms)), status: read.status };
}

const permitted = (pcf: PcfAsk, consents: readonly EffectiveConsent[]): boolean => {
  const request = ask(requestOf(pcf));
  return decide(request, consents, opened(request.requester)).permit;
};

describe('consents in the shapes of IHE PCF', () => {
  it('have a case for each of the 23', () => {
    expect(Object.keys(PROVISIONS)).toEqual(Object.keys(PCF_CASES));
    expect(Object.keys(PCF_CASES)).toHaveLength(23);
  });

  it.each(Object.entries(PCF_CASES))('%s is decided as published, from terms as bytes', (name, asks) => {
    const consents = [effective(built(name), name)];
    expect(asks.map((pcf) => permitted(pcf, consents))).toEqual(asks.map(({ permit: expected }) => expected));
  });

  it('permit nothing once they are inactive', () => {
    const consents = Object.keys(PROVISIONS).map((name) => effective(built(name, { status: 'inactive' }), name));
    expect(permitted({ permit: false }, consents)).toBe(false);
  });
});

describe('a FHIR Consent that terms cannot say exactly', () => {
  const refusal = (changes: object) => {
    const read = consentFromFhir(built('ex-consent-basic-treat', changes), references);
    return 'refused' in read ? `${read.refused} ${read.path}` : 'read';
  };

  it.each([
    [
      'an unknown purpose',
      { provision: { type: 'permit', purpose: purpose('TREAT', 'HMARKT') } },
      'consent.unknown Consent.provision.purpose',
    ],
    [
      'resource types',
      { provision: { type: 'permit', class: [{ code: 'Observation' }] } },
      'consent.unsupported Consent.provision.class',
    ],
    [
      'an exception of an exception',
      { provision: but(permit, { type: 'deny', provision: [permit] }) },
      'consent.unsupported Consent.provision.provision.0.provision',
    ],
    [
      'an unknown person',
      { provision: { ...permit, actor: actor('Practitioner/nobody') } },
      'consent.unknown Consent.provision.actor.reference',
    ],
    ['another patient', { patient: { reference: 'Patient/other' } }, 'consent.unknown Consent.patient'],
    ['a stranger who signs', { performer: [{ reference: 'Patient/stranger' }] }, 'consent.unknown Consent.performer'],
    ['no rule at all', { provision: {} }, 'consent.invalid Consent.provision.type'],
    [
      'a day that is none',
      { provision: { ...permit, period: { end: '2022-02-30' } } },
      'consent.invalid Consent.provision.period',
    ],
    [
      'a period that ends before it begins',
      { provision: { ...permit, period: { start: '2023', end: '2022' } } },
      'consent.invalid Consent.provision.period',
    ],
    [
      'a consent to treatment',
      { scope: { coding: [{ system: 'x', code: 'treatment' }] } },
      'consent.unsupported Consent.scope',
    ],
  ])('is refused with its place: %s', (_, changes, expected) => {
    expect(refusal(changes)).toBe(expected);
  });

  it('refuses a group without members, which must not become everybody', () => {
    const empty = { ...references, actors: () => [] };
    const json = built('ex-dissent-intermediate-break-glass');
    expect(consentFromFhir(json, empty)).toMatchObject({ refused: 'consent.unknown' });
  });
});
