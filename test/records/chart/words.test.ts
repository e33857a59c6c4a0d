import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import type { KeyRowName } from '../../../records/chart/key-row.ts';
import { matches, openWords, sealWords, wordsOf, wordsOfResource } from '../../../records/chart/words.ts';

const name: KeyRowName = {
  ...{
    clinic: 1,
    chart: randomBytes(32),
    handle: randomBytes(32),
    category: 'labs',
    epoch: 3,
    record: randomBytes(32),
  },
  ...{ version: 1, revision: 1, written: 1, cid: '', size: 0 },
};
const key = randomBytes(32);

describe('words of a record', () => {
  it('are lower case, without accents, each once, of letters and digits in any script', () => {
    expect(wordsOf('Müller-Lüdenscheidt  MÜLLER 42 x Ελλάδα')).toEqual(['muller', 'ludenscheidt', '42', 'ελλαδα']);
    expect(wordsOf('!? -')).toEqual([]);
  });

  it('of a resource are those of its values at any depth, not the names of its fields', () => {
    const json = {
      resourceType: 'Observation',
      code: { coding: [{ display: 'Glucose' }] },
      valueQuantity: { value: 120 },
    };
    const words = wordsOfResource(json);
    expect(words).toEqual(expect.arrayContaining(['observation', 'glucose', '120']));
    expect(words).not.toContain('coding');
  });

  it('match where each word that is looked for begins one', () => {
    const words = wordsOf('Fasting plasma glucose');
    expect(matches(wordsOf('gluc FAST'), words)).toBe(true);
    expect(matches(wordsOf('glucose insulin'), words)).toBe(false);
    expect(matches(wordsOf('lucose'), words)).toBe(false);
  });

  it('bound what a resource can cost', () => {
    const many = Array.from({ length: 30_000 }, (_, n) => `word${n}`);
    expect(wordsOfResource(many).length).toBeLessThanOrEqual(4_096);
    expect(wordsOf('a'.repeat(1_000_000))[0]).toHaveLength(48);
  });

  it('open under the key and the row that they were sealed under, and for nobody else', () => {
    const words = wordsOf('Fasting plasma glucose');
    const entry = sealWords(name, key, words);
    expect(openWords(name, key, entry)).toEqual(words);
    expect(Buffer.from(entry).includes('glucose')).toBe(false);
    expect(openWords(name, key, sealWords(name, key, []))).toEqual([]);
    expect(openWords(name, randomBytes(32), entry)).toBeUndefined();
    for (const other of [{ epoch: 4 }, { version: 2 }, { record: randomBytes(32) }, { chart: randomBytes(32) }]) {
      expect(openWords({ ...name, ...other }, key, entry)).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(openWords(name, key, bytes)).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });
});
