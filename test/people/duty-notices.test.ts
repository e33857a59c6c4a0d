// Who is told of an emergency by mail, and that a chain that cannot be asked midway makes nobody be told twice.
import { expect, it } from 'vitest';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import { DutyNotices } from '../../node/people/duty-notices.ts';
import type { Person } from '../../node/people/people-index.ts';

const persons = ['officer', 'patient', 'second-officer', 'suspended'].map(
  (user) => ({ user, state: user === 'suspended' ? 'suspended' : 'active', person: { account: user } }) as Person,
);
const roles = (user: string): Role[] => (user === 'patient' ? [] : ['privacy-officer']);

it('an emergency is told to the officers and the patient, each once, however often the chain fails midway', async () => {
  const told: string[] = [];
  let broken = true;
  const notices = new DutyNotices({
    index: { all: () => persons.values(), byAccount: (account) => persons.find(({ user }) => user === account) },
    notices: { tell: ({ user }, kind) => void told.push(`${user} ${kind}`) },
    rolesHere: async ({ user }) => {
      if (broken && user === 'second-officer') throw new Error('the chain is not there');
      return roles(user);
    },
  });
  for (let n = 0; n < 3; n++) await expect(notices.tellOfEmergency(1, 2, 'patient')).rejects.toThrow('not there');
  expect(told).toEqual([]);
  broken = false;
  await notices.tellOfEmergency(1, 2, 'patient');
  expect(told.sort()).toEqual([
    ...['officer emergency-review', 'patient emergency-opened', 'second-officer emergency-review'],
  ]);
});
