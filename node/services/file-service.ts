// record_attach and record_download: uploaded files become records of this clinic's chart, and records become files that their
// reader fetches. Bytes pass by (node/files, node/blobs); what of them is said in FHIR is care/.
import { sha256, sha256Hasher } from '#crypto';
import { DICOM_HEAD_BYTES, type DicomInstance, imagingStudy, readDicom } from '../../care/fhir/dicom.ts';
import { concatBytes, fromHex, toHex } from '../../common/bytes.ts';
import type { Category } from '../../records/category.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { Params } from '../../rpc/schema/methods.ts';
import type { Uploads } from '../blobs/uploads.ts';
import type { Charts } from '../charts/charts.ts';
import { type AccessLogPort, accessOf } from '../charts/ports.ts';
import type { NewRecord } from '../charts/writing.ts';
import type { Downloads } from '../files/downloads.ts';
import { ownerOf } from '../files/owner.ts';
import { recordFile } from '../files/record-file.ts';
import type { ChainReader } from './chain-reader.ts';
import { type ChartPatients, personOf } from './chart-patients.ts';
import { authorOf, signatureOf } from './record-service.ts';

export type FileHandlers = Pick<Handlers, 'record_attach' | 'record_download'>;

export interface FileServiceModules {
  readonly charts: Pick<Charts, 'writing' | 'reading' | 'applications'>;
  readonly patients: ChartPatients;
  readonly log: AccessLogPort;
  readonly reader: Pick<ChainReader, 'standing'>;
  readonly uploads: Uploads;
  readonly downloads: Downloads;
}

const DICOM = 'application/dicom';
const FHIR_JSON = 'application/fhir+json';
const encoder = new TextEncoder();

type File = Params<'record_attach'>['files'][number];

interface Attached {
  readonly record: NewRecord & { readonly source: NonNullable<NewRecord['source']> };
  readonly mediaType: string;
  readonly dicom: DicomInstance | undefined;
}

type Outcome = { readonly record: string; readonly outcome: 'written' | 'known' };

export function fileService(
  options: { readonly clinic: number; readonly organisation: number },
  { charts, patients, log, reader, uploads, downloads }: FileServiceModules,
): FileHandlers {
  const { writing, reading } = charts;
  return {
    record_attach: async ({ files, category, ...lookup }, context) => {
      const { pid, handle, person } = await patients.treated(lookup, context);
      const owner = ownerOf(context.principal);
      const attached: Attached[] = [];
      for (const file of files) attached.push(await attach(owner, file, category));
      const studies = studiesOf(attached, category, pid);
      const records = [...attached.map(({ record }) => record), ...studies.map(({ record }) => record)];
      const before = await writing.brought(
        pid,
        handle,
        records.map(({ source }) => source),
      );
      const fresh = firstOfEach(records.filter((_, index) => before[index] === undefined));
      if (fresh.length > 0) await charts.applications.demand('write', writing.ref(pid, handle), person, fresh);
      const brought = await writing.bring(pid, handle, authorOf(person), fresh);
      const made = new Map(fresh.map(({ source }, index) => [toHex(source.key), brought[index]]));
      const written = brought.flatMap(({ record, statement }) =>
        statement === undefined ? [] : { record, statement },
      );
      if (written.length > 0) {
        const names = written.map(({ record }) => record);
        await log.append({
          ...accessOf(options, person, handle, 'TREAT'),
          ...{ action: 'write', reason: 'custody', records: names },
        });
      }
      await Promise.all(files.map(({ upload }) => uploads.drop(owner, upload)));
      const outcomes = records.map(({ source }, index): Outcome => {
        const known = before[index];
        if (known !== undefined) return { record: toHex(known), outcome: 'known' };
        const now = made.get(toHex(source.key));
        const outcome = now?.statement === undefined ? 'known' : 'written';
        return { record: toHex(now?.record ?? new Uint8Array(32)), outcome };
      });
      const statements = [...new Set(written.map(({ statement }) => toHex(statement)))];
      return {
        pid,
        files: attached.map(({ mediaType }, index) => ({ ...outcomes[index], mediaType })),
        studies: studies.map(({ study }, index) => ({ ...outcomes[attached.length + index], study })),
        statements: await Promise.all(
          statements.map(async (statement) => {
            const { status } = await reader.standing(fromHex(statement));
            return { statement, status: status === 'unknown' ? 'queued' : status };
          }),
        ),
      };
    },

    record_download: async ({ record, clinic = options.clinic, version, purpose, ...lookup }, context) => {
      const { pid, handle } = await patients.found(lookup, context);
      const offered = downloads.offer(ownerOf(context.principal), async (fetch) => {
        // Roles may have gone since it was asked for.
        const { signal } = fetch;
        const enquiry = { person: personOf(fetch), ref: writing.ref(pid, handle), purpose, signal };
        return recordFile(await reading.open(enquiry, clinic, fromHex(record), version));
      });
      return { pid, ...offered };
    },
  };

  async function attach(owner: string, { upload: id, title, signed }: File, category: Category): Promise<Attached> {
    const { mediaType, size, digest } = uploads.find(owner, id);
    const dicom = mediaType === DICOM ? dicomOf(await headOf(owner, id)) : undefined;
    const record = {
      ...{ category, kind: 'document', mediaType, title: title.toWellFormed().normalize('NFC') },
      // The instance's own name leads from the study to its file.
      name: dicom?.instance ?? '',
      content: { size, source: contentOf(owner, id) },
      signed: signed && signatureOf(signed, await digestOf(contentOf(owner, id))),
      // The same file under the same category is one record in a chart.
      source: { key: sha256(concatBytes(encoder.encode(`${category}\n`), digest)), written: undefined },
    };
    return { record, mediaType, dicom };
  }

  async function headOf(owner: string, id: string): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let length = 0;
    for await (const part of contentOf(owner, id)) {
      parts.push(part);
      length += part.length;
      if (length >= DICOM_HEAD_BYTES) break;
    }
    return concatBytes(...parts);
  }

  async function* contentOf(owner: string, id: string): AsyncGenerator<Uint8Array, void, undefined> {
    yield* (await uploads.read(owner, id)).content;
  }
}

async function digestOf(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const hasher = sha256Hasher();
  for await (const part of content) hasher.update(part);
  return hasher.digest();
}

/** One ImagingStudy for each study that the files are of. */
function studiesOf(attached: readonly Attached[], category: Category, pid: string) {
  const instances = attached.flatMap(({ dicom }) => dicom ?? []);
  return [...Map.groupBy(instances, ({ study }) => study)].map(([study, files]) => {
    const resource = imagingStudy(files, `Patient/${pid}`);
    const bytes = encoder.encode(JSON.stringify(resource));
    async function* source() {
      yield bytes;
    }
    const record = {
      ...{ category, kind: 'ImagingStudy', name: String(resource['id']), mediaType: FHIR_JSON },
      title: files[0].description ?? '',
      content: { size: bytes.length, source: source() },
      source: { key: sha256(encoder.encode(`${category}\nImagingStudy\n`), bytes), written: undefined },
    };
    return { study, record };
  });
}

/** A file that says DICOM and has no names of study, series and instance is kept as a file alone. */
function dicomOf(head: Uint8Array): DicomInstance | undefined {
  const reading = readDicom(head);
  return 'dicom' in reading ? reading.dicom : undefined;
}

function firstOfEach<T extends { readonly source: { readonly key: Uint8Array } }>(records: readonly T[]): T[] {
  const seen = new Set<string>();
  return records.filter(({ source }) => {
    const key = toHex(source.key);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
