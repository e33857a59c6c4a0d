// record_*: the form of charts at the doors. Who may do what is decided by node/charts; here a caller becomes a person with
// roles at this clinic, and bytes become text.
import { sha256 } from '#crypto';
import { documentReference } from '../../care/fhir/document-reference.ts';
import { readResource } from '../../care/fhir/resource.ts';
import { fromHex, toHex } from '../../common/bytes.ts';
import { WRITERS } from '../../consensus/ledger/records/apply.ts';
import { type AuthorSignature, NO_DIGEST } from '../../records/chart/author-signature.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { Params, Result } from '../../rpc/schema/methods.ts';
import { MAX_DOCUMENT_BYTES, MAX_READ_BYTES, type RecordEntry } from '../../rpc/schema/record.ts';
import type { Charts } from '../charts/charts.ts';
import { ChartError } from '../charts/errors.ts';
import { type AccessLogPort, accessOf } from '../charts/ports.ts';
import type { Person, ReadRecord, RecordView } from '../charts/reading.ts';
import type { NewRecord, Writer, Written } from '../charts/writing.ts';
import type { ChainReader } from './chain-reader.ts';
import type { ChartPatients } from './chart-patients.ts';
import type { Views } from './views.ts';
import { shownContent } from './whole-content.ts';

export type RecordHandlers = Pick<
  Handlers,
  'record_write' | 'record_amend' | 'record_list' | 'record_read' | 'record_readMany'
>;

export interface RecordServiceModules {
  readonly charts: Charts;
  readonly patients: ChartPatients;
  readonly log: AccessLogPort;
  readonly reader: Pick<ChainReader, 'standing'>;
  readonly views: Pick<Views, 'clinicName'>;
}

type Amended = Pick<NewRecord, 'category' | 'kind' | 'marks'>;
type Content = Params<'record_write'>['records'][number];
type GivenSignature = NonNullable<Content['signed']>;

const FHIR_JSON = 'application/fhir+json';
const utf8 = new TextEncoder();

export function recordService(
  options: { readonly clinic: number; readonly organisation: number },
  { charts, patients, log, reader, views }: RecordServiceModules,
): RecordHandlers {
  return {
    record_write: async ({ records, ...lookup }, context) => {
      const { pid, handle, person } = await patients.treated(lookup, context);
      const contents = records.map(contentOf);
      await charts.applications.demand('write', charts.writing.ref(pid, handle), person, contents);
      const access = accessOf(options, person, handle, 'TREAT');
      // What its applications and its operator write is the clinic's own.
      const written = await charts.writing.write(pid, handle, authorOf(person), contents);
      await log.append({ ...access, action: 'write', reason: 'custody', records: written.map(({ record }) => record) });
      return { pid, records: await Promise.all(written.map(writtenView)) };
    },

    record_amend: async (
      { record: named, clinic, version, amendment, reason, content, signed: signature, ...lookup },
      context,
    ) => {
      const { pid, handle, person } = await patients.treated(lookup, context);
      if ((content === undefined) !== (amendment === 'entered-in-error')) throw new ChartError({ code: 'record.kind' });
      if (content?.signed !== undefined) throw new ChartError({ code: 'record.signature' });
      const given = content === undefined ? undefined : contentOf(content);
      const digest = content === undefined ? NO_DIGEST : sha256(bytesOf(content));
      const signed = signature && signatureOf(signature, digest);
      const record = fromHex(named);
      const ref = charts.writing.ref(pid, handle);
      const demand = (about: readonly Amended[]) => charts.applications.demand('amend', ref, person, about);
      await demand(given ? [given] : []);
      const amend = async (): Promise<Written> => {
        if (clinic === undefined || clinic === options.clinic) {
          if (person.application !== undefined && given !== undefined) {
            // What it brings goes to the category of what it amends, which it needs its scopes for too.
            const before = await charts.writing.amended(ref, record, version);
            await demand([before, { ...given, category: before.category }]);
          }
          const about = { record, type: amendment, version, reason, content: given, signed };
          return charts.writing.amend(pid, handle, authorOf(person), about);
        }
        if (amendment !== 'addendum' || given === undefined) {
          throw new ChartError({ code: 'record.other-clinic', clinic });
        }
        // Who adds to a record has read it, in the version that is named.
        const enquiry = { person, ref, purpose: 'TREAT' as const };
        const { manifest } = await charts.reading.read(
          { ...enquiry, signal: context.signal },
          clinic,
          record,
          undefined,
        );
        if (manifest.version !== version) throw new ChartError({ code: 'record.version', newest: manifest.version });
        await demand([{ ...given, category: manifest.category }]);
        const about = { record, category: manifest.category, reason, content: given, signed };
        return charts.writing.addTo(pid, handle, authorOf(person), about);
      };
      const written = await amend();
      const access = accessOf(options, person, handle, 'TREAT');
      await log.append({ ...access, action: 'amend', reason: 'custody', records: [written.record] });
      return { pid, record: await writtenView(written) };
    },

    record_list: async ({ purpose, containing, ...lookup }, context) => {
      const { pid, handle, person } = await patients.found(lookup, context);
      const { signal } = context;
      const enquiry = { person, ref: charts.writing.ref(pid, handle), purpose, signal };
      const { reading, searching } = charts;
      const views = await (containing === undefined ? reading.list(enquiry) : searching.search(enquiry, containing));
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
      return { pid, ...(await contentOfRead(read, pid)) };
    },

    record_readMany: async ({ records, clinic = options.clinic, purpose, ...lookup }, context) => {
      const { pid, handle, person } = await patients.found(lookup, context);
      const enquiry = { person, ref: charts.writing.ref(pid, handle), purpose, signal: context.signal };
      const found = await charts.reading.readMany(enquiry, clinic, records.map(fromHex));
      const answered: Result<'record_readMany'>['records'] = [];
      let bytes = 0;
      for (const { view, open } of found) {
        bytes += view.manifest.size;
        if (bytes > MAX_READ_BYTES && answered.length > 0) break;
        answered.push(await contentOfRead(await open(), pid));
      }
      return { pid, records: answered };
    },
  };

  function clinicName(clinic: number): string | null {
    return views.clinicName(clinic);
  }

  async function writtenView({ record, version, category, statement }: Written) {
    const { status } = await reader.standing(statement);
    const known = status === 'unknown' ? 'queued' : status;
    return { record: toHex(record), version, category, statement: toHex(statement), status: known } as const;
  }
}

/** The clinic speaks for what its operator brings in. */
export function authorOf({ account, roles }: Person): Writer | undefined {
  const role = WRITERS.find((one) => roles.includes(one));
  return role === undefined ? undefined : { account, role };
}

function contentOf(content: Content): NewRecord {
  if ('document' in content) {
    const { mediaType, title, bytes } = content.document;
    const source = documentBytes(bytes);
    if (source.length > MAX_DOCUMENT_BYTES) throw new ChartError({ code: 'record.kind' });
    const about = { kind: 'document', name: '', mediaType, title: title.normalize('NFC') };
    const signed = content.signed && signatureOf(content.signed, sha256(source));
    return { ...about, category: content.category, content: contentFrom(source), signed };
  }
  const { resource } = content;
  let json: unknown;
  try {
    json = JSON.parse(resource);
  } catch {
    throw new ChartError({ code: 'record.kind' });
  }
  const facts = readResource(json);
  if (facts === undefined || !/^[A-Z][A-Za-z]{1,63}$/.test(facts.type)) throw new ChartError({ code: 'record.kind' });
  const { type: kind, id, sections, labels, encounters } = facts;
  const name = id === undefined || id === 'bad' ? '' : id;
  const category = content.category ?? facts.category;
  const title = facts.title.toWellFormed().normalize('NFC');
  const about = { kind, name, mediaType: FHIR_JSON, title, marks: { sections, labels, encounters } };
  const bytes = utf8.encode(resource);
  return {
    ...about,
    category,
    content: contentFrom(bytes),
    signed: content.signed && signatureOf(content.signed, sha256(bytes)),
  };
}

/** `digest`: of the content as this clinic has it. */
export function signatureOf({ key, at, signature }: GivenSignature, digest: Uint8Array): AuthorSignature {
  return { digest, key: fromHex(key), at, signature: fromHex(signature) };
}

function bytesOf(content: Content): Uint8Array {
  return 'document' in content ? documentBytes(content.document.bytes) : utf8.encode(content.resource);
}

function documentBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}

function contentFrom(bytes: Uint8Array) {
  async function* source() {
    yield bytes;
  }
  return { size: bytes.length, source: source() };
}

async function contentOfRead(read: ReadRecord, pid: string) {
  const { manifest } = read;
  return {
    record: recordEntry(read),
    ...(await shownContent(read)),
    document: manifest.kind === 'document' ? documentOf(manifest, pid) : null,
  };
}

function documentOf({ record, mediaType, title, size, written }: RecordView['manifest'], pid: string) {
  return documentReference({ id: toHex(record), patient: `Patient/${pid}`, mediaType, title, size, written });
}

function recordEntry({ manifest, standing, signature }: RecordView): RecordEntry {
  const { record, about, author, role, signed, cid: _, ...rest } = manifest;
  return {
    ...rest,
    record: toHex(record),
    about: about === undefined ? null : toHex(about),
    author: author === undefined ? null : toHex(author),
    role: role ?? null,
    signed: signed === undefined || signature === 'none' ? null : { ...signatureView(signed), state: signature },
    standing,
  };
}

function signatureView({ digest, key, at, signature }: AuthorSignature) {
  return { digest: toHex(digest), key: toHex(key), at, signature: toHex(signature) };
}
