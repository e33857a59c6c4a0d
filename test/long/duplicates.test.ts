// All of FEBRL 4 through the search for duplicates as clinics run it: evaluations by two of three, rows in their databases,
// what each is told. WARDMESH_TEST_DATA names the data set; without it there is nothing to read.
import { loadavg } from 'node:os';
import { afterAll, describe, expect, it } from 'vitest';
import { FEBRL_FILES, readFebrl, suggestedPairs } from '../helpers/febrl.ts';
import { writeReport } from '../helpers/report.ts';

const root = process.env['WARDMESH_TEST_DATA'];
const HOUR = 3_600_000;
const rows: (readonly [string, string])[] = [];
const percent = (part: number): string => `${(100 * part).toFixed(2)} %`;

describe.skipIf(root === undefined)('all of FEBRL 4', { timeout: 2 * HOUR }, () => {
  afterAll(() =>
    writeReport(
      'duplicates-search',
      'Duplicates that clinics are told of',
      `FEBRL 4: 5,000 persons, registered at one clinic and, with errors in every field, at another
(\`test/long/duplicates.test.ts\`). Identifiers and link tokens come from evaluations by two of three clinics with their proofs, the
rows and the asking are the node's. Made cheaper: the slow hash of identifiers is left out, which makes them others and equal
where they were equal; clinics call each other in one process; no rests between the tokens.`,
      rows,
    ),
  );

  it.each([
    [true, 'with identity numbers', 0.98],
    [false, 'without', 0.82],
  ])('is found as the requirements say (with numbers: %s)', async (withNumbers, what, aim) => {
    const sets = FEBRL_FILES.map((file) => readFebrl(root!, file));
    expect(sets.map(({ length }) => length)).toEqual([5_000, 5_000]);
    const { right, wrong, seconds } = await suggestedPairs(sets, { withNumbers, timeoutMs: 2 * HOUR });
    const recall = right.size / sets[1].length;
    const precision = right.size / (right.size + wrong);
    rows.push(
      [`${what}: recall, precision (aim: ${100 * aim} %, 100 %)`, `${percent(recall)}, ${percent(precision)}`],
      [`${what}: all of it (load average ${loadavg()[0].toFixed(1)})`, `${Math.round(seconds)} s`],
    );
    expect(precision).toBe(1);
    expect(recall).toBeGreaterThanOrEqual(aim);
  });
});
