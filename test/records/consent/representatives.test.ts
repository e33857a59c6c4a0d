// What those who act for a patient may read, as the engine decides it.
import { expect, it } from 'vitest';
import { ask, consent, denyAll, idOf, MOTHER, NOW, PATIENT, reasonFor, relations } from './asking.ts';

const FRIEND = idOf('friend');
const mother = { account: MOTHER, roles: [] } as const;
const friend = { account: FRIEND, roles: [] } as const;
const known = {
  ...relations,
  guardians: [
    ...relations.guardians,
    { account: FRIEND, from: NOW, until: NOW + 1000, mayRead: true, chosen: true } as const,
  ],
};

it('a guardian reads at her own request, and the patient never for that purpose', () => {
  expect(reasonFor(ask({ requester: mother, purpose: 'FAMRQT' }), [], known)).toBe('permit guardian');
  const own = { account: PATIENT, roles: ['patient'] } as const;
  expect(reasonFor(ask({ requester: own, purpose: 'FAMRQT' }), [], known)).toBe('deny no-consent');
  const stranger = { account: idOf('stranger'), roles: ['doctor'], clinic: 1 } as const;
  expect(reasonFor(ask({ requester: stranger, purpose: 'FAMRQT' }), [], known)).toBe('deny no-consent');
});

it('whom the patient chose reads from the first moment to the last, unless the patient shuts her out by name', () => {
  const at = (ms: number) => reasonFor(ask({ requester: friend, purpose: 'PATRQT', at: NOW + ms }), [], known);
  expect([at(-1), at(0), at(999), at(1000)]).toEqual([
    'deny no-consent',
    'permit delegate',
    'permit delegate',
    'deny no-consent',
  ]);
  const asked = ask({ requester: friend, purpose: 'PATRQT' });
  expect(reasonFor(asked, [consent(denyAll)], known)).toBe('permit delegate');
  const named = consent({ ...denyAll, actors: [{ kind: 'person', account: FRIEND }] });
  expect(reasonFor(asked, [named], known)).toBe('deny denied-by-consent');
});

it('acting for a patient gives nobody the reasons of staff', () => {
  for (const purpose of ['TREAT', 'HPAYMT', 'BTG']) {
    expect(reasonFor(ask({ requester: mother, purpose }), [], known)).toMatch(/^deny (role|no-emergency)$/);
  }
});
