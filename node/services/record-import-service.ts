// record_import: resources of one patient as text into records of this clinic's chart. Reading them is care/, keeping them
// node/charts; here each gets its answer, and a bad one keeps no other back.
import { sha256 } from '#crypto';
import { type ImportedResource, readOne } from '../../care/fhir/import.ts';
import { toHex } from '../../common/bytes.ts';
import type { Category } from '../../records/category.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { Charts } from '../charts/charts.ts';
import { type AccessLogPort, accessOf } from '../charts/ports.ts';
import type { NewRecord, RecordSource } from '../charts/writing.ts';
import type { ChartPatients } from './chart-patients.ts';

export type RecordImportHandlers = Pick<Handlers, 'record_import'>;

export interface RecordImportModules {
  readonly charts: Pick<Charts, 'writing' | 'applications'>;
  readonly patients: ChartPatients;
  readonly log: AccessLogPort;
}

interface Item {
  readonly outcome: 'imported' | 'known' | 'skipped';
  readonly record: string | null;
  readonly category: Category | null;
  readonly code: string | null;
}

const encoder = new TextEncoder();

export function recordImportService(
  options: { readonly clinic: number; readonly organisation: number },
  { charts, patients, log }: RecordImportModules,
): RecordImportHandlers {
  return {
    record_import: async ({ resources, ...lookup }, context) => {
      const { pid, handle, person } = await patients.treated(lookup, context);
      const items = new Array<Item>(resources.length);
      const fresh = new Map<string, { readonly record: NewRecord; readonly places: number[] }>();
      const readings = resources.map(readOne);
      const sources = readings.map((read) => ('skip' in read ? undefined : sourceOf(read)));
      const known = sources.filter((source) => source !== undefined);
      const before = (await charts.writing.brought(pid, handle, known)).values();
      for (const [place, read] of readings.entries()) {
        const source = sources[place];
        if ('skip' in read || source === undefined) {
          const code = 'skip' in read ? read.skip.code : null;
          items[place] = { outcome: 'skipped', record: null, category: null, code };
          continue;
        }
        const { category } = read;
        const record = before.next().value;
        if (record !== undefined) {
          items[place] = { outcome: 'known', record: toHex(record), category, code: null };
          continue;
        }
        // Twice in one call is once.
        const key = toHex(source.key);
        const twin = fresh.get(key);
        if (twin !== undefined) twin.places.push(place);
        else fresh.set(key, { record: recordOf(read, source), places: [place] });
      }
      // An import is the clinic's own, whoever started it.
      const news = [...fresh.values()];
      const records = news.map(({ record }) => record);
      if (records.length > 0) {
        await charts.applications.demand('write', charts.writing.ref(pid, handle), person, records);
      }
      const brought = await charts.writing.bring(pid, handle, undefined, records);
      for (const [index, { record, category, statement }] of brought.entries()) {
        for (const [nth, place] of news[index].places.entries()) {
          const outcome = nth === 0 && statement !== undefined ? 'imported' : 'known';
          items[place] = { outcome, record: toHex(record), category, code: null };
        }
      }
      const written = brought.flatMap(({ record, statement }) =>
        statement === undefined ? [] : { record, statement },
      );
      if (written.length > 0) {
        const access = accessOf(options, person, handle, 'TREAT');
        await log.append({
          ...access,
          action: 'write',
          reason: 'custody',
          records: written.map(({ record }) => record),
        });
      }
      return { pid, items, statements: [...new Set(written.map(({ statement }) => toHex(statement)))] };
    },
  };
}

function sourceOf({ type, id, text, writtenAt }: ImportedResource): RecordSource {
  return { key: sha256(encoder.encode(`${type}/${id}\n${text}`)), written: writtenAt };
}

function recordOf(resource: ImportedResource, source: RecordSource): NewRecord {
  const { type, id, text, category, title, sections, labels, encounters } = resource;
  const bytes = encoder.encode(text);
  async function* content() {
    yield bytes;
  }
  const about = {
    kind: type,
    name: id,
    mediaType: 'application/fhir+json',
    title: title.toWellFormed().normalize('NFC'),
    marks: { sections, labels, encounters },
  };
  return { ...about, category, source, content: { size: bytes.length, source: content() } };
}
