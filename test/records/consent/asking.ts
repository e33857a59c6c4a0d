// Requests, relations and consents of a small network, for tests of decisions: the patient's chart is at clinic 1 of
// organisation 1; clinic 2 is another branch of it, clinic 3 belongs to organisation 3.

import { sha256 } from '#crypto';
import type {
  AccessRequest,
  EffectiveConsent,
  RecordFacts,
  Relations,
  Requester,
} from '../../../records/consent/access.ts';
import { decide } from '../../../records/consent/decide.ts';
import { ALL_DATA, type Rule, type Terms } from '../../../records/consent/terms.ts';

export const DAY = 86_400_000;
export const NOW = Date.UTC(2023, 6, 1, 12);

export const idOf = (name: string): Uint8Array => sha256(new TextEncoder().encode(name));
export const PATIENT = idOf('patient');
export const MOTHER = idOf('mother');

export const doctorHere: Requester = { account: idOf('here'), roles: ['doctor'], clinic: 1, organisation: 1 };
export const doctorAtBranch: Requester = { account: idOf('branch'), roles: ['doctor'], clinic: 2, organisation: 1 };
export const doctorElsewhere: Requester = { account: idOf('elsewhere'), roles: ['doctor'], clinic: 3, organisation: 3 };
/** The one that consents of IHE name. */
export const listed: Requester = { account: idOf('listed'), roles: ['doctor'], clinic: 3, organisation: 3 };
export const researcher: Requester = { account: idOf('researcher'), roles: ['researcher'], clinic: 9, organisation: 9 };

export const observation: RecordFacts = {
  category: 'labs',
  id: idOf('Observation/other'),
  kind: 'Observation',
  sections: ['laboratory'],
  labels: [],
  writtenAt: Date.UTC(2021, 3, 1),
  encounters: [],
  author: { account: doctorHere.account, roles: ['doctor'], clinic: 1, organisation: 1 },
};

export function ask(changes: Partial<AccessRequest> & { readonly facts?: Partial<RecordFacts> } = {}): AccessRequest {
  const { facts, ...request } = changes;
  return {
    requester: doctorElsewhere,
    purpose: 'TREAT',
    mode: 'view',
    record: { ...observation, ...facts },
    at: NOW,
    ...request,
  };
}

export const relations: Relations = {
  custodian: { clinic: 1, organisation: 1 },
  patient: PATIENT,
  guardians: [{ account: MOTHER, until: Date.UTC(2030, 0, 1), mayRead: true }],
  attached: [1],
};

export const permitAll: Rule = { effect: 'permit', actors: [], purposes: [], period: {}, data: ALL_DATA };
export const denyAll: Rule = { ...permitAll, effect: 'deny' };

export function consent(
  rule: Partial<Rule> & { readonly exceptions?: readonly Rule[] } = {},
  terms: Partial<Omit<Terms, 'provision'>> = {},
  effective: Partial<Omit<EffectiveConsent, 'terms'>> = {},
): EffectiveConsent {
  const whole: Terms = {
    subject: { kind: 'patient', handle: idOf('handle') },
    grantor: { kind: 'patient', account: PATIENT },
    givenAt: NOW - 30 * DAY,
    mode: 'view',
    policy: '',
    provision: { ...permitAll, exceptions: [], ...rule },
    ...terms,
  };
  return { id: idOf(JSON.stringify([rule, terms])), status: 'active', ...effective, terms: whole };
}

export const opened = (requester: Requester): Relations => ({
  ...relations,
  emergency: { account: requester.account, until: NOW + 7_200_000 },
});

export function reasonFor(request: AccessRequest, consents: readonly EffectiveConsent[], known = relations): string {
  const { permit, reason } = decide(request, consents, known);
  return `${permit ? 'permit' : 'deny'} ${reason}`;
}
