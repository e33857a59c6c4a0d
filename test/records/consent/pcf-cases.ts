// The consents of IHE Privacy Consent on FHIR by name, and for each what is asked and whether it is permitted.
// Used with consents built here and, where the data set is at hand, with the published ones.
import type { AccessRequest, RecordFacts } from '../../../records/consent/access.ts';
import { doctorElsewhere, idOf, listed, MOTHER, PATIENT, researcher } from './asking.ts';
import type { ConsentReferences } from './from-fhir.ts';

export interface PcfAsk {
  readonly as?: 'listed' | 'researcher';
  readonly purpose?: string;
  readonly study?: string;
  readonly facts?: Partial<RecordFacts>;
  readonly permit: boolean;
}

export const references: ConsentReferences = {
  subject: (reference) =>
    reference === 'Patient/ex-patient' ? { kind: 'patient', handle: idOf('handle') } : undefined,
  grantor: (performer) =>
    performer === 'Patient/ex-patient'
      ? { kind: 'patient', account: PATIENT }
      : performer === 'Patient/ex-mother'
        ? { kind: 'guardian', account: MOTHER }
        : undefined,
  actors: (reference) =>
    (
      ({
        'Practitioner/ex-practitioner': [{ kind: 'person', account: listed.account }],
        'Group/ex-privilegedUsers': [{ kind: 'person', account: listed.account }],
        'Organization/ex-organization': [{ kind: 'organisation', organisation: 1 }],
        'Organization/ex-org-researcher': [{ kind: 'organisation', organisation: 9 }],
      }) as const
    )[reference],
  record: (reference) => idOf(reference),
  study: (system, code) => (system === 'http://example.org/policies/purposeOfUse' ? code : undefined),
};

export function requestOf({
  as,
  purpose,
  study,
  facts,
}: PcfAsk): Partial<AccessRequest> & { facts?: Partial<RecordFacts> } {
  const requester = as === 'listed' ? listed : as === 'researcher' ? researcher : doctorElsewhere;
  return { requester, purpose: purpose ?? 'TREAT', ...(study === undefined ? {} : { study }), facts: facts ?? {} };
}

const yes = (ask: Omit<PcfAsk, 'permit'> = {}): PcfAsk => ({ ...ask, permit: true });
const no = (ask: Omit<PcfAsk, 'permit'> = {}): PcfAsk => ({ ...ask, permit: false });

const in2022 = { writtenAt: Date.UTC(2022, 5, 1) };
const lastMoment = { writtenAt: Date.UTC(2023, 0, 1) - 1 };
const in2023 = { writtenAt: Date.UTC(2023, 0, 1) };
const byListed = { author: { account: listed.account, roles: ['doctor'], clinic: 3, organisation: 3 } } as const;
const ofEncounter = { encounters: [idOf('Encounter/ex-encounter')] };
const alcohol = { id: idOf('Observation/ex-alcoholUse') };
const restricted = { labels: ['R'] };
const psychiatric = { category: 'psychiatric', labels: ['PSY'] } as const;
const violence = { labels: ['SDV', 'R'] };
const hiv = { category: 'hiv' } as const;

const basic = [
  yes(),
  yes({ purpose: 'HPAYMT' }),
  yes({ purpose: 'HOPERAT' }),
  no({ as: 'researcher', purpose: 'HRESCH' }),
];
const btg = (ask: Omit<PcfAsk, 'permit' | 'purpose'> = {}) => ({ ...ask, purpose: 'BTG' });

export const PCF_CASES: Readonly<Record<string, readonly PcfAsk[]>> = {
  'ex-consent-basic-treat': [...basic, no({ purpose: 'MARKETING' })],
  'ex-consent-basic-treat-infant': basic,
  'ex-consent-basic-ink': basic,
  'ex-consent-expired-treat': [no(), no({ purpose: 'HPAYMT' })],
  // Break-glass stays, by policy: the dissent names treatment, payment and operations.
  'ex-consent-basic-reject': [no(), no({ purpose: 'HPAYMT' }), yes(btg())],
  'ex-consent-basic-research': [
    yes({ as: 'researcher', purpose: 'HRESCH' }),
    yes({ as: 'researcher', purpose: 'HRESCH', study: 'FooBar' }),
    no(),
  ],
  'ex-consent-intermediate-timeframe': [
    no(),
    yes({ facts: in2022 }),
    yes({ facts: lastMoment }),
    no({ facts: in2023 }),
  ],
  'ex-consent-intermediate-not-timeframe': [
    yes(),
    no({ facts: in2022 }),
    no({ facts: lastMoment }),
    yes({ facts: in2023 }),
  ],
  'ex-consent-intermediate-authoredby': [no(), yes({ facts: byListed })],
  'ex-consent-intermediate-not-authoredby': [yes(), no({ facts: byListed })],
  'ex-consent-intermediate-encounter': [
    no(),
    yes({ facts: ofEncounter }),
    yes({ facts: { id: idOf('Encounter/ex-encounter') } }),
  ],
  'ex-consent-intermediate-not-encounter': [yes(), no({ facts: ofEncounter })],
  'ex-consent-intermediate-data': [
    no(),
    yes({ facts: alcohol }),
    yes({ facts: { id: idOf('Observation/ex-weight-2') } }),
  ],
  'ex-consent-intermediate-not-data': [yes(), no({ facts: alcohol })],
  'ex-consent-intermediate-purpose': [
    yes({ as: 'researcher', purpose: 'HRESCH', study: 'FooBar' }),
    no({ as: 'researcher', purpose: 'HRESCH', study: 'Other' }),
    no({ as: 'researcher', purpose: 'HRESCH' }),
    no({ purpose: 'HRESCH', study: 'FooBar' }),
    no(),
  ],
  'ex-dissent-intermediate-break-glass': [no(), no(btg()), yes(btg({ as: 'listed' })), no({ as: 'listed' })],
  'ex-consent-advanced-normal': [yes(), no({ facts: restricted }), no({ facts: psychiatric }), no({ facts: hiv })],
  'ex-consent-advanced-normal-restricted': [yes(), yes({ facts: restricted }), yes({ facts: psychiatric })],
  'ex-consent-advanced-normal-not-restricted': [yes(), no({ facts: restricted }), no({ facts: psychiatric })],
  'ex-consent-advanced-normal-focused-restricted': [
    yes(),
    no({ facts: restricted }),
    yes({ as: 'listed', facts: restricted }),
    yes({ as: 'listed' }),
    no({ as: 'listed', facts: restricted, purpose: 'HRESCH' }),
  ],
  'ex-consent-advanced-normal-focused-psy': [
    yes(),
    no({ facts: psychiatric }),
    yes({ as: 'listed', facts: psychiatric }),
    no({ as: 'listed', facts: hiv }),
    no({ as: 'listed', facts: { ...psychiatric, labels: ['PSY', 'HIV'] } }),
  ],
  'ex-consent-advanced-normal-focused-psy-or-sdv': [
    yes(),
    no({ facts: violence }),
    yes({ as: 'listed', facts: psychiatric }),
    yes({ as: 'listed', facts: violence }),
    no({ as: 'listed', facts: hiv }),
  ],
  'ex-consent-advanced-normal-break-glass-restricted': [
    yes(),
    no({ facts: restricted }),
    no({ as: 'listed', facts: restricted }),
    yes(btg({ as: 'listed', facts: restricted })),
    no(btg({ facts: restricted })),
  ],
};
