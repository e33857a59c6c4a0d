// What patients said is read to its end, and nobody's hides others'.
import { expect, test } from 'vitest';
import { randomBytes } from '#crypto';
import { MAX_SHOWN_DISPUTES, MAX_WORDS, PatientWords } from '../../../node/vault/patient-words.ts';
import { MemoryKeyValues } from '../../helpers/memory-key-values.ts';

const account = randomBytes(32);
const handleOf = (byte: number) => new Uint8Array(32).fill(byte);

test('one patient with many disputes hides nobody else: newest first, so many of each', async () => {
  const words = new PatientWords({ store: new MemoryKeyValues() });
  for (let n = 0; n < MAX_WORDS; n++) {
    await words.keepDispute({ handle: handleOf(1), account, event: n, at: 10_000 + n, text: '' });
  }
  for (const other of [2, 3]) {
    await words.keepDispute({ handle: handleOf(other), account, event: other, at: other, text: 'mine' });
  }
  const shown = await words.newestDisputes();
  expect(shown).toHaveLength(MAX_SHOWN_DISPUTES + 2);
  expect(shown[0].at).toBe(10_000 + MAX_WORDS - 1);
  expect(shown.slice(-2).map(({ handle }) => handle[0])).toEqual([3, 2]);
  expect(await words.disputes(handleOf(1))).toHaveLength(MAX_WORDS);
});

test('shares are read to their end, however many words she gave', async () => {
  const words = new PatientWords({ store: new MemoryKeyValues() });
  const signed = { word: randomBytes(40), key: randomBytes(32), signature: randomBytes(64), consents: [] };
  for (let n = 0; n < MAX_WORDS + 1; n++) await words.keepShare(handleOf(1), { ...signed, share: randomBytes(32) });
  expect(await words.shares(handleOf(1))).toHaveLength(MAX_WORDS + 1);
  await words.forget(handleOf(1));
  expect(await words.shares(handleOf(1))).toEqual([]);
});
