// Writes records into charts of this clinic: ciphertext, key row and statement are on the disk before anything is acknowledged.
// Owns new versions; keys are category-keys.ts, custodians own-chart.ts, who may write the doors and the caller.
import { hkdfSha256, randomBytes } from '#crypto';
import { concatBytes } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import { RECORDS_ADD, RECORDS_AMEND } from '../../consensus/ledger/kinds.ts';
import { NO_OBJECT, objectId, SALT_BYTES } from '../../consensus/ledger/objects.ts';
import { addendumObject, encodeAmend, encodeRecords, type RecordEntry } from '../../consensus/ledger/records/types.ts';
import type { Author, ClinicNumber } from '../../consensus/ledger/types.ts';
import type { BlobStore, StoredBlob } from '../../records/blobs/blob-store.ts';
import type { Category } from '../../records/category.ts';
import type { AuthorSignature } from '../../records/chart/author-signature.ts';
import { chartId, chartKey, chartSecret, subjectOf } from '../../records/chart/chart-key.ts';
import {
  type ContentFacts,
  encounterId,
  MAX_FACT_ENCOUNTERS,
  MAX_FACT_SECTIONS,
  MAX_OWN_LABELS,
  openFacts,
  sealFacts,
} from '../../records/chart/content-facts.ts';
import { DATA_KEY_BYTES, type KeyRow, makeKeyRow, openManifest, type RowSigner } from '../../records/chart/key-row.ts';
import {
  type Amendment,
  encodeManifest,
  MANIFEST_SALT_BYTES,
  type Manifest,
  manifestCommitment,
  reasonCommitment,
} from '../../records/chart/manifest.ts';
import { sealEnvelope } from '../../records/envelope/seal.ts';
import type { ClinicAuthor } from '../clinic-author.ts';
import type { NewStatement } from '../outbox/outbox.ts';
import type { LocalWrite } from '../store/local-database.ts';
import type { AuthorSignatures } from './author-signatures.ts';
import type { CategoryKeys, KeyInForce } from './category-keys.ts';
import { type ChartStore, putChart, putRow } from './chart-store.ts';
import { ChartError } from './errors.ts';
import type { Outgoing } from './outgoing.ts';
import { type OwnCharts, type OwnRef, withBlob } from './own-chart.ts';
import type { PendingStatements } from './pending.ts';
import type { ChartGuards } from './ports.ts';

export interface WritingOptions {
  readonly clinic: ClinicNumber;
  readonly storageKey: Uint8Array;
  readonly signer: RowSigner;
}

export interface WritingModules {
  readonly store: ChartStore;
  readonly keys: CategoryKeys;
  readonly signatures: Pick<AuthorSignatures, 'demand'>;
  readonly charts: OwnCharts;
  readonly outgoing: Outgoing;
  readonly blobs: BlobStore;
  readonly pending: PendingStatements;
  readonly author: ClinicAuthor;
  readonly guards: Pick<ChartGuards, 'erasedUntil'>;
  readonly clock: Clock;
}

export interface Content {
  readonly size: number;
  readonly source: AsyncIterable<Uint8Array>;
}

/** The person who writes; the clinic itself writes what it brings in. */
export interface Writer {
  readonly account: Uint8Array;
  readonly role: Role;
}

/** What consents may go by, of a FHIR resource. */
export interface ContentMarks {
  readonly sections: readonly string[];
  readonly labels: readonly string[];
  /** FHIR references. */
  readonly encounters: readonly string[];
}

export interface NewRecord {
  readonly category: Category;
  /** FHIR type, or `document`. */
  readonly kind: string;
  readonly name: string;
  readonly mediaType: string;
  readonly title: string;
  readonly marks?: ContentMarks | undefined;
  readonly content: Content;
  /** By the device of who writes it; the digest is that of the content. */
  readonly signed?: AuthorSignature | undefined;
  /** Of what was brought in from elsewhere. */
  readonly source?: RecordSource;
}

/** The same source makes the same record in a chart, so that bringing it in again changes nothing. */
export interface RecordSource {
  /** What it is: the caller's choice, up to 32 bytes, the same for the same content. */
  readonly key: Uint8Array;
  /** When the care that it tells of took place, ms; it counts as written then, or after the last erasure of the chart. */
  readonly written: number | undefined;
}

export interface Written {
  readonly record: Uint8Array;
  readonly version: number;
  readonly category: Category;
  readonly cid: string;
  readonly statement: Uint8Array;
}

/** `statement`: none where the same source had made the record before. */
export interface Brought extends Omit<Written, 'statement'> {
  readonly statement: Uint8Array | undefined;
}

export interface NewAmendment {
  readonly record: Uint8Array;
  readonly type: Exclude<Amendment, 'original'>;
  /** The version that was read; another one is refused. */
  readonly version: number;
  readonly reason: string;
  /** None for `entered-in-error`. */
  readonly content: Omit<NewRecord, 'category'> | undefined;
  /** Of the amendment. */
  readonly signed?: AuthorSignature | undefined;
}

/** To what another clinic wrote. */
export interface NewAddendum {
  readonly record: Uint8Array;
  /** That of the record. */
  readonly category: Category;
  readonly reason: string;
  readonly content: Omit<NewRecord, 'category'>;
  readonly signed?: AuthorSignature | undefined;
}

/** A record as it will be named, before anything of it is kept. */
interface Draft {
  readonly manifest: Omit<Manifest, 'cid' | 'size'>;
  readonly content: Content | undefined;
  readonly facts: ContentFacts;
}

interface Kept {
  readonly facts: ContentFacts;
  readonly dataKey: Uint8Array;
  readonly manifest: Manifest;
  /** Of the ciphertext. */
  readonly bytes: number;
  readonly salt: Uint8Array;
}

/** Of one draft, for the statement that names it. */
interface Commitments {
  readonly draft: number;
  readonly manifest: Uint8Array;
  readonly reason: Uint8Array;
}

/** Entries of one statement. */
const STATEMENT_ENTRIES = 64;
/** Contents that are sealed in memory, so that those of one statement go to the disk together. */
const SMALL_BYTES = 128 * 1024;
/** A code that scopes can name. */
const SECTION = /^[\x21-\x7e]{1,64}$/;
const SOURCE_INFO = new TextEncoder().encode('wardmesh/source/1');

export class Writing {
  private readonly options: WritingOptions;
  private readonly modules: WritingModules;
  private readonly secret: Uint8Array;
  private readonly self: Author;

  constructor(options: WritingOptions, modules: WritingModules) {
    this.options = options;
    this.modules = modules;
    this.secret = chartSecret(options.storageKey);
    this.self = { type: 'clinic', clinic: options.clinic };
  }

  ref(pid: string, handle: Uint8Array): OwnRef {
    return { clinic: this.options.clinic, chart: chartId(chartKey(this.secret, pid)), handle };
  }

  /** On the disk and in the outbox when it resolves, in the order of the records. */
  async write(
    pid: string,
    handle: Uint8Array,
    author: Writer | undefined,
    records: readonly NewRecord[],
  ): Promise<Written[]> {
    return (await this.bring(pid, handle, author, records)).map(asWritten);
  }

  /** As `write`; a record that its source made before stays as it is. */
  async bring(
    pid: string,
    handle: Uint8Array,
    author: Writer | undefined,
    records: readonly NewRecord[],
  ): Promise<Brought[]> {
    const { clock } = this.modules;
    const ref = this.ref(pid, handle);
    const subject = subjectOf(chartKey(this.secret, pid), 'records', clock.now());
    const brought: Brought[] = [];
    for (let at = 0; at < records.length; at += STATEMENT_ENTRIES) {
      const drafts = records.slice(at, at + STATEMENT_ENTRIES).map((record) => {
        const salt = record.source === undefined ? randomBytes(SALT_BYTES) : this.sourceSalt(pid, record.source);
        return { salt, draft: this.draft(ref, objectId(RECORDS_ADD, this.self, salt), record, author) };
      });
      const rows = await this.keep(
        ref,
        drafts.map(({ draft }) => draft),
        (commitments) => {
          const entries = commitments.map(
            ({ draft, manifest }): RecordEntry => ({ salt: drafts[draft].salt, subject, commitment: manifest }),
          );
          const payload = encodeRecords(entries);
          return this.modules.author.make({ kind: RECORDS_ADD, object: NO_OBJECT, version: 0, payload });
        },
      );
      brought.push(...rows);
    }
    return brought;
  }

  /** The record that each source made in a chart before; undefined where it would make a new one. */
  async brought(
    pid: string,
    handle: Uint8Array,
    sources: readonly RecordSource[],
  ): Promise<(Uint8Array | undefined)[]> {
    const ref = this.ref(pid, handle);
    return Promise.all(
      sources.map(async (source) => {
        const record = objectId(RECORDS_ADD, this.self, this.sourceSalt(pid, source));
        return (await this.modules.store.row(ref, record, 1)) === undefined ? undefined : record;
      }),
    );
  }

  /** Throws ChartError `record.unknown`, `record.version`, `record.entered-in-error`. */
  async amend(pid: string, handle: Uint8Array, author: Writer | undefined, given: NewAmendment): Promise<Written> {
    const ref = this.ref(pid, handle);
    const { newest, before } = await this.newest(ref, given.record, given.version);
    if (before.amendment === 'entered-in-error') throw new ChartError({ code: 'record.entered-in-error' });
    const { type, reason, content, signed } = given;
    const salt = randomBytes(SALT_BYTES);
    const addendum = type === 'addendum';
    const record = addendum ? addendumObject(given.record, this.self, salt) : given.record;
    const described = content ?? { ...before, content: undefined };
    const earlier = await this.factsOf(newest);
    const drafted = this.draft(ref, record, { ...described, category: before.category } as NewRecord, author);
    const draft: Draft = {
      content: drafted.content,
      facts: type === 'correction' || earlier === undefined ? drafted.facts : marksOf(earlier, drafted.facts),
      manifest: {
        ...{ ...drafted.manifest, reason, signed },
        amendment: type,
        about: addendum ? given.record : undefined,
        version: addendum ? 1 : newest.version + 1,
      },
    };
    const [kept] = await this.keep(ref, [draft], ([commitment]) => {
      const about = { record: given.record, reason: commitment.reason };
      const payload = encodeAmend(
        addendum
          ? { type, ...about, salt, commitment: commitment.manifest }
          : type === 'correction'
            ? { type, ...about, commitment: commitment.manifest }
            : { type, ...about },
      );
      const version = addendum ? 1 : newest.version + 1;
      return this.modules.author.make({ kind: RECORDS_AMEND, object: record, version, payload });
    });
    return asWritten(kept);
  }

  /** What `amend` of this version overwrites or adds to. Throws as that does. */
  async amended(
    ref: OwnRef,
    record: Uint8Array,
    version: number,
  ): Promise<Pick<NewRecord, 'category' | 'kind' | 'marks'>> {
    const { newest, before } = await this.newest(ref, record, version);
    const sections = (await this.factsOf(newest))?.sections ?? [];
    return { category: before.category, kind: before.kind, marks: { sections, labels: [], encounters: [] } };
  }

  /** To a record of another clinic: it stands in the chart of this one, beside what it is about. */
  async addTo(
    pid: string,
    handle: Uint8Array,
    author: Writer | undefined,
    { record: about, category, reason, content, signed }: NewAddendum,
  ): Promise<Written> {
    const ref = this.ref(pid, handle);
    const salt = randomBytes(SALT_BYTES);
    const record = addendumObject(about, this.self, salt);
    const draft = this.draft(ref, record, { ...content, category }, author);
    const manifest = { ...draft.manifest, reason, about, signed, amendment: 'addendum' as const };
    const [kept] = await this.keep(ref, [{ ...draft, manifest }], ([commitment]) => {
      const said = { type: 'addendum' as const, record: about, salt };
      const payload = encodeAmend({ ...said, reason: commitment.reason, commitment: commitment.manifest });
      return this.modules.author.make({ kind: RECORDS_AMEND, object: record, version: 1, payload });
    });
    return asWritten(kept);
  }

  /** Keyed by the chart: nobody else can tell from an id on the chain what was brought in. */
  private sourceSalt(pid: string, { key }: RecordSource): Uint8Array {
    return hkdfSha256(chartKey(this.secret, pid), key, SOURCE_INFO, SALT_BYTES);
  }

  private async newest(
    ref: OwnRef,
    record: Uint8Array,
    version: number,
  ): Promise<{ readonly newest: KeyRow; readonly before: Manifest }> {
    const { store } = this.modules;
    const last = (await store.versions(ref, record)).at(-1);
    if (last === undefined) throw new ChartError({ code: 'record.unknown' });
    if (last.version !== version) throw new ChartError({ code: 'record.version', newest: last.version });
    const opening = await store.opening(last);
    if (opening === undefined) throw new ChartError({ code: 'record.damaged' });
    return { newest: opening.row, before: openManifest(opening.row, opening.key).manifest };
  }

  private async factsOf(row: KeyRow): Promise<ContentFacts | undefined> {
    const key = row.facts && (await this.modules.store.secret(row, 'consent', row.facts.epoch));
    return key === undefined || row.facts === undefined ? undefined : openFacts(row, row.facts, key);
  }

  private draft({ chart }: OwnRef, record: Uint8Array, given: NewRecord, writer: Writer | undefined): Draft {
    const { category, kind, name, mediaType, title, content, marks, signed } = given;
    const { clinic } = this.options;
    const now = this.modules.clock.now();
    const written = Math.min(given.source?.written ?? now, now);
    const about = { record, about: undefined, version: 1, amendment: 'original' as const, reason: '' };
    const by = { author: writer?.account, role: writer?.role, clinic, written };
    // The encounter itself belongs to it.
    const self = kind === 'Encounter' && name !== '' ? [`Encounter/${name}`] : [];
    const encounters = [...self, ...(marks?.encounters ?? [])].slice(0, MAX_FACT_ENCOUNTERS);
    const { sections = [], labels = [] } = marks ?? {};
    if (labels.length > MAX_OWN_LABELS) throw new ChartError({ code: 'record.kind' });
    const facts: ContentFacts = {
      ...{ kind, labels, author: writer },
      sections: sections.filter((code) => SECTION.test(code)).slice(0, MAX_FACT_SECTIONS),
      encounters: encounters.map((reference) => encounterId(chart, reference)),
    };
    return { manifest: { ...about, ...by, category, kind, name, mediaType, title, signed }, content, facts };
  }

  /** Ciphertext first, then rows and the statement that names them, then the outbox. */
  private async keep(
    ref: OwnRef,
    drafts: readonly Draft[],
    statementOf: (commitments: readonly Commitments[]) => NewStatement,
  ): Promise<Brought[]> {
    const { store, keys, signatures, charts, outgoing, pending, guards } = this.modules;
    for (const { manifest } of drafts) await signatures.demand(manifest, ref.handle);
    // A patient came back: what tells of care from before is no part of what was erased.
    const erased = guards.erasedUntil(ref) ?? -1;
    const dataKeys = drafts.map(() => randomBytes(DATA_KEY_BYTES));
    const stored = await this.store(drafts, dataKeys);
    const kept = drafts.map(({ manifest, content, facts }, index): Kept => {
      const blob = stored[index];
      const full: Manifest = { ...manifest, cid: blob?.cid ?? '', size: content?.size ?? 0 };
      const salt = randomBytes(MANIFEST_SALT_BYTES);
      return { dataKey: dataKeys[index], manifest: full, bytes: blob?.size ?? 0, salt, facts };
    });
    const { held, statement } = await charts.change(async () => {
      // Somebody else may have been first: what the chain was told once has one row for ever.
      const held = await Promise.all(kept.map(({ manifest: { record, version } }) => store.row(ref, record, version)));
      const commitments = kept.flatMap(({ manifest, salt }, draft): Commitments[] => {
        if (held[draft] !== undefined) return [];
        const reason = reasonCommitment(salt, manifest.reason);
        return [{ draft, manifest: manifestCommitment(salt, encodeManifest(manifest)), reason }];
      });
      if (commitments.length === 0) return { held, statement: undefined };
      const statement = statementOf(commitments);
      const consent = await keys.inForce(ref, 'consent');
      const writes: LocalWrite[] = [putChart(ref.handle, ref), pending.put(ref, statement), ...consent.writes];
      const inForce = new Map<Category, { readonly key: KeyInForce; readonly custodians: readonly ClinicNumber[] }>();
      for (const { dataKey, manifest, bytes, salt, facts } of commitments.map(({ draft }) => kept[draft])) {
        const { category, record, version, written, cid } = manifest;
        let about = inForce.get(category);
        if (about === undefined) {
          const key = category === 'consent' ? consent : await keys.inForce(ref, category);
          about = { key, custodians: await store.custodians(ref, category) };
          inForce.set(category, about);
          writes.push(...about.key.writes);
        }
        const { key, custodians } = about;
        const versioned = { record, version, revision: 1, written: Math.max(written, erased + 1) };
        const name = { ...ref, category, epoch: key.epoch, ...versioned, cid, size: bytes };
        const content = { manifest, salt, dataKey, facts: sealFacts(name, consent, facts) };
        const row = makeKeyRow(name, key.key, content, this.options.signer);
        writes.push(putRow(row), ...outgoing.queue(custodians, withBlob(row)));
      }
      await store.batch(writes);
      // Whoever is new gets what there is, this included.
      for (const category of inForce.keys()) await charts.custodians(ref, category);
      return { held, statement };
    });
    if (statement !== undefined) await pending.submit([{ ref, statement }]);
    outgoing.wake();
    return kept.map(({ manifest }, index) => {
      const { record, version, category, cid } = held[index] ?? manifest;
      return { record, version, category, cid, statement: held[index] === undefined ? statement?.id : undefined };
    });
  }

  /** The ciphertext of each draft, small ones together; undefined for one without content. */
  private async store(
    drafts: readonly Draft[],
    dataKeys: readonly Uint8Array[],
  ): Promise<readonly (StoredBlob | undefined)[]> {
    const { blobs } = this.modules;
    const stored = new Array<StoredBlob | undefined>(drafts.length);
    const small: { readonly index: number; readonly bytes: Uint8Array }[] = [];
    for (const [index, { manifest, content }] of drafts.entries()) {
      if (content === undefined) continue;
      const { mediaType, kind } = manifest;
      const sealed = sealEnvelope(dataKeys[index], { mediaType, kind, size: content.size }, content.source);
      if (content.size > SMALL_BYTES) stored[index] = await blobs.put(sealed);
      else small.push({ index, bytes: await whole(sealed) });
    }
    const together = await blobs.putSmall(small.map(({ bytes }) => bytes));
    for (const [at, { index }] of small.entries()) stored[index] = together[at];
    return stored;
  }
}

function asWritten({ statement, ...rest }: Brought): Written {
  if (statement === undefined) throw new ChartError({ code: 'record.version', newest: rest.version });
  return { ...rest, statement };
}

/** What is added to a record, or says that it is in error, tells of no less than the record. */
function marksOf(earlier: ContentFacts, own: ContentFacts): ContentFacts {
  const labels = [...new Set([...own.labels, ...earlier.labels])];
  const sections = own.sections.length > 0 ? own.sections : earlier.sections;
  return { ...own, labels, sections, encounters: earlier.encounters };
}

async function whole(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return concatBytes(...parts);
}
