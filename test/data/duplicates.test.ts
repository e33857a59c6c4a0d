// How well registrations of one person find each other, on the public FEBRL 4 set: 5,000 persons, each twice, the second
// time with errors in every field. Tokens are equal exactly when what goes into them is; that the search of clinics suggests
// just the pairs that follow from that is shown here for some of the persons, for all of them by test/long/duplicates.test.ts.
import { afterAll, expect, it } from 'vitest';
import { linkInputs } from '../../identity/patient/link-tokens.ts';
import { FEBRL_FILES, type FebrlPerson, readFebrl, suggestedPairs } from '../helpers/febrl.ts';
import { writeReport } from '../helpers/report.ts';

const root = process.env['WARDMESH_TEST_DATA'];
if (root === undefined) throw new Error('WARDMESH_TEST_DATA must name the data set: these tests read nothing else');

const MINUTE = 60_000;
/** Of 5,000, through evaluations by clinics: the others take minutes. */
const SAMPLE = 100;
const sets = FEBRL_FILES.map((file) => readFebrl(root, file));
const rows: (readonly [string, string])[] = [];
const percent = (part: number): string => `${(100 * part).toFixed(2)} %`;

afterAll(() =>
  writeReport(
    'duplicates',
    'Duplicates that are suggested',
    'FEBRL 4: 5,000 persons, each registered twice, the second time with errors in every field. What the tokens are made of is compared, as tokens are equal exactly when that is (`test/data/duplicates.test.ts`); what the search of clinics suggests of all of them is measured by `test/long/duplicates.test.ts`.',
    rows,
  ),
);

const inputsOf = ({ demographics }: FebrlPerson): string[] =>
  linkInputs(demographics).map(({ input }) => Buffer.from(input).toString());
const inputsAndNumber = (person: FebrlPerson): string[] =>
  person.number === '' ? inputsOf(person) : [...inputsOf(person), person.number];

function match(
  [firsts, others]: readonly (readonly FebrlPerson[])[],
  keysOf: (person: FebrlPerson) => readonly string[],
) {
  const index = new Map<string, string[]>();
  for (const person of firsts) {
    for (const key of keysOf(person)) index.set(key, [...(index.get(key) ?? []), person.id]);
  }
  const right = new Set<string>();
  let wrong = 0;
  for (const person of others) {
    const found = new Set(keysOf(person).flatMap((key) => index.get(key) ?? []));
    if (found.delete(person.id)) right.add(person.id);
    wrong += found.size;
  }
  return { right, recall: right.size / others.length, precision: right.size / (right.size + wrong) };
}

it('finds at least 98 % of the duplicates of FEBRL 4 with identity numbers, and takes no two persons for one', () => {
  const { recall, precision } = match(sets, inputsAndNumber);
  expect(sets.map(({ length }) => length)).toEqual([5_000, 5_000]);
  rows.push([
    'with identity numbers: recall, precision (aim: 98 %, 100 %)',
    `${percent(recall)}, ${percent(precision)}`,
  ]);
  expect(precision).toBe(1);
  expect(recall).toBeGreaterThanOrEqual(0.98);
});

it('finds at least 82 % of them where there are no identity numbers, and takes no two persons for one', () => {
  const { recall, precision } = match(sets, inputsOf);
  rows.push(['without: recall, precision (aim: 82 %, 100 %)', `${percent(recall)}, ${percent(precision)}`]);
  expect(precision).toBe(1);
  expect(recall).toBeGreaterThanOrEqual(0.82);
});

it.each([
  [true, inputsAndNumber],
  [false, inputsOf],
])(
  'the search of three clinics suggests the same of some of them (with numbers: %s)',
  { timeout: 10 * MINUTE },
  async (withNumbers, keysOf) => {
    const ids = new Set(sets[0].slice(0, SAMPLE).map(({ id }) => id));
    const some = sets.map((set) => set.filter(({ id }) => ids.has(id)));
    const { right, wrong } = await suggestedPairs(some, { withNumbers, timeoutMs: 9 * MINUTE });
    expect([...right].sort()).toEqual([...match(some, keysOf).right].sort());
    expect(right.size).toBeGreaterThan(0);
    expect(wrong).toBe(0);
  },
);
