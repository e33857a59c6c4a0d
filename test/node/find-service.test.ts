// What a search by number leaves behind at the clinic that asked.
import { expect, test } from 'vitest';
import { randomBytes } from '#crypto';
import { formatPid, PID_BYTES } from '../../identity/patient/pid.ts';
import { bareEntry, type DirectoryEntry } from '../../node/patients/directory-entry.ts';
import { type FindServiceModules, findService } from '../../node/services/find-service.ts';
import type { CallContext } from '../../rpc/ports.ts';

const HERE = 1;
const pid = formatPid(randomBytes(PID_BYTES));
const context = { principal: { kind: 'operator' }, signal: new AbortController().signal } as unknown as CallContext;

async function notedBy(attachedAt: readonly number[], pending?: object): Promise<DirectoryEntry[]> {
  const noted: DirectoryEntry[] = [];
  const clinics = attachedAt.map((clinic) => ({ clinic, attached: true }));
  const document = { country: 'US', type: 'ssn', number: '951-71-0001' };
  const modules = {
    patients: { find: async () => ({ pid, row: {}, pending, document, clinics }) },
    directory: { get: async () => bareEntry(pid), note: async (entry: DirectoryEntry) => void noted.push(entry) },
    branches: { ask: async () => ({ found: [], silent: [] }) },
    refs: { of: () => 'ref' },
  };
  const service = findService({ clinic: HERE }, modules as unknown as FindServiceModules);
  await service.patient_search({ patient: document.number }, context);
  return noted;
}

test('the number is kept of a patient whom this clinic holds, and of nobody else', async () => {
  expect(await notedBy([2, HERE])).toMatchObject([{ number: '951-71-0001' }]);
  expect(await notedBy([], {})).toMatchObject([{ number: '951-71-0001' }]);
  expect(await notedBy([2])).toEqual([]);
});
