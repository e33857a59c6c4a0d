// What a patient's look at her records leaves in the record of accesses.
import { expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { MyRecords } from '../../../node/vault/my-records.ts';

const patient = { account: randomBytes(32), pid: 'p', handle: randomBytes(32) };

it('one visit of the list is one entry, of the chart with the vault beside it', async () => {
  const logged: string[] = [];
  const log = { append: async ({ action }: { action: string }) => void logged.push(action) };
  const records = new MyRecords({ clinic: 1 }, {
    // As reading.ts does it: permitted or refused, an entry.
    charts: {
      writing: { ref: () => ({}) },
      reading: {
        listOwn: async () => {
          await log.append({ action: 'list' });
          return { records: [] };
        },
      },
    },
    vault: { ref: () => ({}), rows: async () => [] },
    chain: { states: async () => [] },
    log,
  } as never);
  await records.clinic(patient, new AbortController().signal);
  await records.inVault(patient);
  expect(logged).toEqual(['list']);
});
