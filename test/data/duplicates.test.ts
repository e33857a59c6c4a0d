// How well registrations of one person find each other, on the public FEBRL 4 set: 5,000 persons, each twice, the second
// time with errors in every field. Tokens are equal exactly when what goes into them is (test/identity).
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { linkInputs } from '../../identity/patient/link-tokens.ts';
import { writeReport } from '../helpers/report.ts';

const root = process.env['WARDMESH_TEST_DATA'];
if (root === undefined) throw new Error('WARDMESH_TEST_DATA must name the data set: these tests read nothing else');

interface Person {
  readonly id: string;
  readonly tokens: readonly string[];
  /** Registrations under one identity number have one identifier. */
  readonly number: string;
}

const rows: (readonly [string, string])[] = [];
const percent = (part: number): string => `${(100 * part).toFixed(2)} %`;

afterAll(() =>
  writeReport(
    'duplicates',
    'Duplicates that are suggested',
    'FEBRL 4: 5,000 persons, each registered twice, the second time with errors in every field. What the tokens are made of is compared, as tokens are equal exactly when that is (`test/data/duplicates.test.ts`).',
    rows,
  ),
);

function read(file: string): Person[] {
  const place = path.join(root!, 'fhir', 'matching-febrl', file);
  if (!existsSync(place)) throw new Error(`the data set is incomplete: ${file} is missing`);
  const [, ...lines] = readFileSync(place, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [id, given, family, house, street, , , postcode, , born, number] = line.split(',').map((part) => part.trim());
    const birthDate = /^\d{8}$/.test(born) ? `${born.slice(0, 4)}-${born.slice(4, 6)}-${born.slice(6)}` : undefined;
    const inputs = linkInputs({ given, family, birthDate, postcode, line: `${house} ${street}`, multipleBirth: false });
    return { id: id.split('-')[1], tokens: inputs.map(({ input }) => Buffer.from(input).toString()), number };
  });
}

function match(keysOf: (person: Person) => readonly string[]): { recall: number; precision: number } {
  const index = new Map<string, string[]>();
  for (const person of read('dataset4a.csv')) {
    for (const key of keysOf(person)) index.set(key, [...(index.get(key) ?? []), person.id]);
  }
  const others = read('dataset4b.csv');
  let right = 0;
  let wrong = 0;
  for (const person of others) {
    const found = new Set(keysOf(person).flatMap((key) => index.get(key) ?? []));
    if (found.delete(person.id)) right++;
    wrong += found.size;
  }
  expect(others).toHaveLength(5_000);
  return { recall: right / others.length, precision: right / (right + wrong) };
}

it('finds at least 98 % of the duplicates of FEBRL 4 with identity numbers, and takes no two persons for one', () => {
  const { recall, precision } = match(({ tokens, number }) => (number === '' ? tokens : [...tokens, number]));
  rows.push([
    'with identity numbers: recall, precision (aim: 98 %, 100 %)',
    `${percent(recall)}, ${percent(precision)}`,
  ]);
  expect(precision).toBe(1);
  expect(recall).toBeGreaterThanOrEqual(0.98);
});

it('finds at least 82 % of them where there are no identity numbers, and takes no two persons for one', () => {
  const { recall, precision } = match(({ tokens }) => tokens);
  rows.push(['without: recall, precision (aim: 82 %, 100 %)', `${percent(recall)}, ${percent(precision)}`]);
  expect(precision).toBe(1);
  expect(recall).toBeGreaterThanOrEqual(0.82);
});
