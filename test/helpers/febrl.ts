// The FEBRL 4 set: 5,000 persons, each twice, the second time with errors in every field; as the FHIR patients that two clinics
// would register. Owns no judgement of what is found.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { sha256 } from '#crypto';
import { demographicsOf } from '../../care/fhir/demographics.ts';
import type { FhirPatient } from '../../care/fhir/patient-schema.ts';
import { toHex } from '../../common/bytes.ts';
import type { TypedDocument } from '../../identity/patient/document.ts';
import type { Demographics } from '../../identity/patient/link-tokens.ts';
import { handleOf } from '../../identity/patient/pid.ts';
import { DuplicateSearch } from './duplicate-search.ts';

export interface FebrlPerson {
  /** The same for both registrations of one person. */
  readonly id: string;
  readonly demographics: Demographics;
  /** Empty where none is known. */
  readonly number: string;
}

/** Evaluations in one request, and suggestions on one page. */
const BATCH = 256;

export const FEBRL_FILES = ['dataset4a.csv', 'dataset4b.csv'] as const;

export function readFebrl(root: string, file: (typeof FEBRL_FILES)[number]): FebrlPerson[] {
  const place = path.join(root, 'fhir', 'matching-febrl', file);
  if (!existsSync(place)) throw new Error(`the data set is incomplete: ${file} is missing`);
  const [, ...lines] = readFileSync(place, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [id, given, family, house, street, , , postcode, , born, number] = line.split(',').map((part) => part.trim());
    const birthDate = /^\d{8}$/.test(born) ? `${born.slice(0, 4)}-${born.slice(4, 6)}-${born.slice(6)}` : undefined;
    const patient = {
      resourceType: 'Patient',
      name: [{ use: 'official', family, given: [given] }],
      address: [{ use: 'home', line: [`${house} ${street}`], postalCode: postcode }],
      birthDate,
    } as unknown as FhirPatient;
    return { id: id.split('-')[1], demographics: demographicsOf(patient), number };
  });
}

export interface SuggestedPairs {
  /** Persons whose two registrations are one patient, or are suggested to be. */
  readonly right: ReadonlySet<string>;
  /** Pairs of two persons that are suggested. */
  readonly wrong: number;
  readonly seconds: number;
}

/**
 * Registers one set at clinic 1 and the other at clinic 2, as far as duplicates go, and gives what either is told. Without
 * numbers, and for whom none is known, everybody has another document at each.
 */
export async function suggestedPairs(
  sets: readonly (readonly FebrlPerson[])[],
  { withNumbers, timeoutMs }: { readonly withNumbers: boolean; readonly timeoutMs: number },
): Promise<SuggestedPairs> {
  const began = performance.now();
  const search = await DuplicateSearch.open();
  try {
    const right = new Set<string>();
    const persons = sets.map(() => new Map<string, string>());
    for (const [at, set] of sets.entries()) {
      const { identifiers, suggestions } = search.clinics.get(at + 1)!;
      const documents = set.map(({ id, number }) => documentOf(`${at} ${id}`, withNumbers ? number : ''));
      for (let from = 0; from < set.length; from += BATCH) {
        const pids = await identifiers.pidsOf(documents.slice(from, from + BATCH));
        for (const [i, pid] of pids.entries()) {
          const { id, demographics } = set[from + i];
          const handle = toHex(handleOf(pid));
          // Two registrations under one identifier are one patient already.
          if (persons.some((known, other) => other !== at && known.get(handle) === id)) right.add(id);
          persons[at].set(handle, id);
          await suggestions.add(pid, demographics);
        }
      }
    }
    await search.finished(timeoutMs);
    const wrong = new Set<string>();
    for (const [clinic, { found }] of search.clinics) {
      for (let after: Uint8Array | undefined; ; ) {
        const page = await found.suggestions(after, BATCH);
        for (const { own, other, clinic: where } of page) {
          const [one, two] = [persons[clinic - 1]?.get(toHex(own)), persons[where - 1]?.get(toHex(other))];
          if (one !== undefined && one === two) right.add(one);
          else wrong.add([toHex(own), toHex(other)].sort().join());
        }
        if (page.length === 0) break;
        after = page[page.length - 1].id;
      }
    }
    return { right, wrong: wrong.size, seconds: (performance.now() - began) / 1000 };
  } finally {
    await search.close();
  }
}

function documentOf(otherwise: string, number: string): TypedDocument {
  if (number !== '') return { country: 'AU', type: 'mrn@febrl', number };
  return {
    country: 'AU',
    type: 'mrn@elsewhere',
    number: toHex(sha256(new TextEncoder().encode(otherwise))).slice(0, 32),
  };
}
