// What reception's word whose account is whose leaves in the record of accesses, said or refused.
import { expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { formatPid, handleOf } from '../../../identity/patient/pid.ts';
import { ClinicAuthor } from '../../../node/clinic-author.ts';
import { meService } from '../../../node/services/me-service.ts';
import { PatientAccounts } from '../../../node/vault/patient-accounts.ts';
import { MemoryKeyValues } from '../../helpers/memory-key-values.ts';

const PAULA = formatPid(randomBytes(20));
const ACCOUNTS: ReadonlyMap<string, Uint8Array> = new Map(['paula', 'mallory'].map((user) => [user, randomBytes(32)]));

it('is written down, and so is the refusal of another account once somebody took over', async () => {
  const written: string[] = [];
  const accounts = new PatientAccounts({
    store: new MemoryKeyValues(),
    chain: { states: async (keys) => keys.map(() => undefined) },
    outbox: { submit: async () => [], get: () => ({ state: 'queued' }) as never },
    author: new ClinicAuthor({ genesisId: randomBytes(32), clinic: 1 }, { clock: { now: () => 5 } as never }),
    isTakenOver: async () => true,
  });
  const desk = { account: randomBytes(32), roles: ['reception'] };
  const doors = meService({ clinic: 1 }, {
    accounts,
    patients: { treated: async () => ({ pid: PAULA, handle: handleOf(PAULA), person: desk }) },
    reader: { standing: async () => ({ status: 'queued' }) },
    log: {
      append: async ({ action, outcome, reason }: Record<string, string>) =>
        void written.push(`${action} ${outcome} ${reason}`),
    },
    settle: async () => undefined,
    patientNamed: async (user: string) => ACCOUNTS.get(user),
  } as never);
  const attach = (user: string) => doors.patient_attach({ patient: 'p', user, document: 'passport' }, {} as never);
  await attach('paula');
  await doors.patient_detachAccount({ patient: 'p' }, {} as never);
  await expect(attach('mallory')).rejects.toMatchObject({ code: 'consent.taken-over' });
  await attach('paula');
  expect(written).toEqual([
    'represent permitted custody',
    'represent-end permitted custody',
    'represent refused taken-over',
    'represent permitted custody',
  ]);
});
