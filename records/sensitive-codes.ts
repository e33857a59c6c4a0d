// Codes of ICD-10, SNOMED CT and LOINC that make a resource sensitive wherever in it they stand. A floor, not a
// classifier: what staff label or file under a category of their choice stands above it.
import type { Category } from './category.ts';

type Sensitive = Extract<Category, 'psychiatric' | 'sexual' | 'hiv' | 'substance' | 'genomics'>;

const SNOMED: Readonly<Record<Sensitive, readonly string[]>> = {
  hiv: ['86406008', '62479008', '165816005', '91947003'],
  substance: [
    ...['66590003', '7200002', '15167005', '191816009', '26416006', '5602001', '361055000', '55680006', '75544000'],
    ...['84758004', '78267003', '37344009', '85005007', '231477003', '66214007', '60112009', '61480009', '266707007'],
    ...['56876005', '10939881000119105'],
  ],
  psychiatric: [
    ...['35489007', '370143000', '36923009', '73867007', '197480006', '21897009', '48694002', '58214004', '13746004'],
    ...['47505003', '192080009', '406506008', '231504006', '69322001', '74732009', '191736004', '17226007', '18818009'],
    ...[
      '225444004',
      '82313006',
      '44301001',
      '228557008',
      '183401008',
      '385892002',
      '108313002',
      '80583007',
      '405783006',
    ],
  ],
  sexual: ['706893006', '248110007', '15628003', '76272004', '240589008', '8098009'],
  genomics: ['405824009', '405825005', '412734009', '412738007', '254843006'],
};

const LOINC: Readonly<Record<Sensitive, readonly string[]>> = {
  hiv: [
    ...['75622-1', '56888-1', '25836-8', '20447-9', '29893-5', '30361-0', '43010-8', '5018-7', '5221-7', '7917-8'],
    ...['7918-6', '31201-7', '33866-5', '68961-2', '80203-3', '48345-3', '62469-2', '55277-8'],
  ],
  substance: [
    ...['75626-2', '75624-7', '82667-7', '3426-4', '3879-4', '19295-5', '5643-2', '5640-8', '11343-1', '68518-0'],
  ],
  psychiatric: [
    ...['44249-1', '44261-6', '55758-7', '55757-9', '69737-5', '70274-6', '89204-2', '89206-7', '34788-0', '73831-0'],
    ...['71354-5'],
  ],
  sexual: [
    '76504-0',
    '76499-3',
    '76500-8',
    '76501-6',
    '76502-4',
    '21613-5',
    '24111-7',
    '43304-5',
    '20507-0',
    '76690-7',
  ],
  genomics: ['51969-4', '81247-9', '69548-6', '48018-6', '55233-1', '81290-9', '51958-7', '59041-4'],
};

const TABLES: Readonly<Record<string, ReadonlyMap<string, Sensitive>>> = {
  'http://snomed.info/sct': byCode(SNOMED),
  'http://loinc.org': byCode(LOINC),
};
const ICD10 = /^(http:\/\/hl7\.org\/fhir\/sid\/icd-10(-[a-z]+)?|urn:oid:2\.16\.840\.1\.113883\.6\.(3|90))$/;

/** Every sensitive category that a coding anywhere in the resource calls for. Takes what measureJson lets through. */
export function sensitiveCategories(resource: unknown): ReadonlySet<Sensitive> {
  const found = new Set<Sensitive>();
  const stack: unknown[] = [resource];
  for (let value = stack.pop(); value !== undefined; value = stack.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    if (!Array.isArray(value)) {
      const { system, code } = value as { system?: unknown; code?: unknown };
      const category =
        typeof system === 'string' && typeof code === 'string' ? categoryOfCode(system, code) : undefined;
      if (category !== undefined) found.add(category);
    }
    for (const child of Object.values(value)) if (typeof child === 'object' && child !== null) stack.push(child);
  }
  return found;
}

function categoryOfCode(system: string, code: string): Sensitive | undefined {
  if (Object.hasOwn(TABLES, system)) return TABLES[system].get(code);
  return ICD10.test(system) ? categoryOfIcd10(code.toUpperCase()) : undefined;
}

/** Chapters and blocks: HIV disease and its carriers, F10 to F19, the rest of F, what is passed on sexually, assault. */
function categoryOfIcd10(code: string): Sensitive | undefined {
  if (/^(B2[0-4]|Z21|O98\.?7|R75)/.test(code)) return 'hiv';
  // Tobacco alone is nobody's secret.
  if (code.startsWith('F17')) return undefined;
  if (/^(F1[0-9]|Z71\.?[45]|Z72\.?[12]$|T40)/.test(code)) return 'substance';
  if (/^(F[0-9]{2}|X[67][0-9]|X8[0-4]|R45\.?8)/.test(code)) return 'psychiatric';
  if (/^(A5[0-9]|A6[0-4]|Z70|Z11\.?3|T74|T76|Y05|Y06|Y07|Z04\.?4|O0[4-8]|Z33\.?2)/.test(code)) return 'sexual';
  if (/^(Z15|Z14|Q9[0-9])/.test(code)) return 'genomics';
  return undefined;
}

function byCode(lists: Readonly<Record<Sensitive, readonly string[]>>): ReadonlyMap<string, Sensitive> {
  return new Map(
    (Object.keys(lists) as Sensitive[]).flatMap((category) => lists[category].map((code) => [code, category] as const)),
  );
}
