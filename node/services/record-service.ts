// record_*: the form of charts at the doors. Who may do what is decided by node/charts; here a caller becomes a person with
// roles at this clinic, and bytes become text.
import { fromHex, toHex } from '../../common/bytes.ts';
import { categoryOfResource } from '../../records/classify.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { Params } from '../../rpc/schema/methods.ts';
import { MAX_DOCUMENT_BYTES, MAX_RECORD_TEXT, type RecordEntry } from '../../rpc/schema/record.ts';
import type { Charts } from '../charts/charts.ts';
import { ChartError } from '../charts/errors.ts';
import { type AccessLogPort, accessOf } from '../charts/ports.ts';
import type { Person, RecordView } from '../charts/reading.ts';
import type { NewRecord, Written } from '../charts/writing.ts';
import type { ChainReader } from './chain-reader.ts';
import type { ChartPatients } from './chart-patients.ts';
import type { Views } from './views.ts';

export type RecordHandlers = Pick<Handlers, 'record_write' | 'record_amend' | 'record_list' | 'record_read'>;

export interface RecordServiceModules {
  readonly charts: Charts;
  readonly patients: ChartPatients;
  readonly log: AccessLogPort;
  readonly reader: Pick<ChainReader, 'state'>;
  readonly views: Pick<Views, 'clinicName'>;
}

type Content = Params<'record_write'>['records'][number];

const FHIR_JSON = 'application/fhir+json';
const MAX_TITLE = 200;
const utf8 = new TextEncoder();

export function recordService(
  options: { readonly clinic: number; readonly organisation: number },
  { charts, patients, log, reader, views }: RecordServiceModules,
): RecordHandlers {
  return {
    record_write: async ({ records, ...lookup }, context) => {
      const { pid, handle, person } = await patients.treated(lookup, context);
      const contents = records.map(contentOf);
      const access = accessOf(options, person, handle, 'TREAT');
      // Imports are the clinic's own.
      const written = await charts.writing.write(pid, handle, authorOf(person), contents);
      await log.append({ ...access, action: 'write', reason: 'custody', records: written.map(({ record }) => record) });
      return { pid, records: await Promise.all(written.map(writtenView)) };
    },

    record_amend: async ({ record, version, amendment, reason, content, ...lookup }, context) => {
      const { pid, handle, person } = await patients.treated(lookup, context);
      if ((content === undefined) !== (amendment === 'entered-in-error')) throw new ChartError({ code: 'record.kind' });
      const given = content === undefined ? undefined : contentOf(content);
      const about = { record: fromHex(record), type: amendment, version, reason, content: given };
      const written = await charts.writing.amend(pid, handle, authorOf(person), about);
      const access = accessOf(options, person, handle, 'TREAT');
      await log.append({ ...access, action: 'amend', reason: 'custody', records: [written.record] });
      return { pid, record: await writtenView(written) };
    },

    record_list: async ({ purpose, ...lookup }, context) => {
      const { pid, handle, person } = await patients.found(lookup, context);
      const { signal } = context;
      const views = await charts.reading.list({ person, ref: charts.writing.ref(pid, handle), purpose, signal });
      return {
        pid,
        charts: views.map(({ clinic, state, reason, by, records }) => ({
          ...{ clinic, clinicName: clinicName(clinic), state, reason: reason ?? null, by: by ?? null },
          records: records.map(recordEntry),
        })),
      };
    },

    record_read: async ({ record, clinic = options.clinic, version, purpose, ...lookup }, context) => {
      const { pid, handle, person } = await patients.found(lookup, context);
      const enquiry = { person, ref: charts.writing.ref(pid, handle), purpose, signal: context.signal };
      const read = await charts.reading.read(enquiry, clinic, fromHex(record), version);
      const bytes = read.content === undefined ? undefined : await whole(read.content);
      const isText = read.manifest.mediaType === FHIR_JSON;
      return {
        ...{ pid, record: recordEntry(read) },
        resource: bytes !== undefined && isText ? new TextDecoder().decode(bytes) : null,
        bytes: bytes !== undefined && !isText ? Buffer.from(bytes).toString('base64') : null,
      };
    },
  };

  function clinicName(clinic: number): string | null {
    return views.clinicName(clinic);
  }

  async function writtenView({ record, version, category, statement }: Written) {
    const { status } = await reader.state(statement);
    const known = status === 'unknown' ? 'queued' : status;
    return { record: toHex(record), version, category, statement: toHex(statement), status: known } as const;
  }
}

/** The clinic speaks for what its operator brings in. */
function authorOf({ account }: Person): Uint8Array | undefined {
  return account.some((byte) => byte !== 0) ? account : undefined;
}

function contentOf(content: Content): NewRecord {
  if ('document' in content) {
    const { mediaType, title, bytes } = content.document;
    const source = new Uint8Array(Buffer.from(bytes, 'base64'));
    if (source.length > MAX_DOCUMENT_BYTES) throw new ChartError({ code: 'record.kind' });
    const about = { kind: 'document', name: '', mediaType, title: title.normalize('NFC') };
    return { ...about, category: content.category, content: contentFrom(source) };
  }
  const { resource } = content;
  let json: unknown;
  try {
    json = JSON.parse(resource);
  } catch {
    throw new ChartError({ code: 'record.kind' });
  }
  const { resourceType, id, code } = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>;
  if (typeof resourceType !== 'string' || !/^[A-Z][A-Za-z]{1,63}$/.test(resourceType)) {
    throw new ChartError({ code: 'record.kind' });
  }
  const name = typeof id === 'string' && /^[A-Za-z0-9.-]{1,64}$/.test(id) ? id : '';
  const category = content.category ?? categoryOfResource(json);
  const about = { kind: resourceType, name, mediaType: FHIR_JSON, title: titleOf(code) };
  return { ...about, category, content: contentFrom(utf8.encode(resource)) };
}

/** What a list shows of a coded resource. */
function titleOf(code: unknown): string {
  const text = (code as { text?: unknown } | undefined)?.text;
  return typeof text === 'string' ? [...text.toWellFormed().normalize('NFC')].slice(0, MAX_TITLE).join('') : '';
}

function contentFrom(bytes: Uint8Array) {
  async function* source() {
    yield bytes;
  }
  return { size: bytes.length, source: source() };
}

async function whole(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of content) {
    length += part.length;
    if (length > 4 * MAX_RECORD_TEXT) throw new ChartError({ code: 'record.kind' });
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function recordEntry({ manifest, standing }: RecordView): RecordEntry {
  const { record, about, author, cid: _, ...rest } = manifest;
  return {
    ...rest,
    record: toHex(record),
    about: about === undefined ? null : toHex(about),
    author: author === undefined ? null : toHex(author),
    standing,
  };
}
