// What is written down of a patient's own looks into her vault.
import { expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { MyRecords } from '../../../node/vault/my-records.ts';

it('every reading of an envelope is written down once, wherever it begins', async () => {
  const noted: string[] = [];
  const bytes = randomBytes(10);
  const records = new MyRecords({ clinic: 1 }, {
    charts: { store: { row: async () => ({ cid: 'b', size: bytes.length }) } },
    vault: { ref: () => ({}) },
    blobs: {
      get: async function* (_: string, { offset, length }: { offset: number; length: number }) {
        yield bytes.subarray(offset, offset + length);
      },
    },
    log: { append: async ({ action }: { action: string }) => void noted.push(action) },
  } as never);
  const patient = { account: randomBytes(32), pid: 'p', handle: randomBytes(32) };
  const record = randomBytes(32);
  const read = async (offset: number) =>
    (await records.envelope(patient, { record, version: 1, offset }, 4)).bytes.length;
  expect([await read(1), await read(5), await read(9)]).toEqual([4, 4, 1]);
  expect(noted).toEqual(['blob']);
  expect([await read(0), await read(4), await read(8)]).toEqual([4, 4, 2]);
  expect(noted).toEqual(['blob', 'blob']);
  await read(3);
  expect(noted).toHaveLength(3);
});
