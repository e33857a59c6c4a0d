// Writes records into charts of this clinic: ciphertext, key row and statement are on the disk before anything is acknowledged.
// Owns new versions; keys are category-keys.ts, custodians own-chart.ts, who may write the doors and the caller.
import { hkdfSha256, randomBytes } from '#crypto';
import type { Clock } from '../../common/clock.ts';
import { RECORDS_ADD, RECORDS_AMEND } from '../../consensus/ledger/kinds.ts';
import { NO_OBJECT, objectId, SALT_BYTES } from '../../consensus/ledger/objects.ts';
import { addendumObject, encodeAmend, encodeRecords, type RecordEntry } from '../../consensus/ledger/records/types.ts';
import type { Author, ClinicNumber } from '../../consensus/ledger/types.ts';
import type { BlobStore } from '../../records/blobs/blob-store.ts';
import type { Category } from '../../records/category.ts';
import { chartId, chartKey, chartSecret, subjectOf } from '../../records/chart/chart-key.ts';
import { DATA_KEY_BYTES, makeKeyRow, openManifest, type RowSigner } from '../../records/chart/key-row.ts';
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
import type { CategoryKeys } from './category-keys.ts';
import { type ChartStore, putChart, putRow } from './chart-store.ts';
import { ChartError } from './errors.ts';
import type { Outgoing } from './outgoing.ts';
import { type OwnCharts, type OwnRef, withBlob } from './own-chart.ts';
import type { PendingStatements } from './pending.ts';

export interface WritingOptions {
  readonly clinic: ClinicNumber;
  readonly storageKey: Uint8Array;
  readonly signer: RowSigner;
}

export interface WritingModules {
  readonly store: ChartStore;
  readonly keys: CategoryKeys;
  readonly charts: OwnCharts;
  readonly outgoing: Outgoing;
  readonly blobs: BlobStore;
  readonly pending: PendingStatements;
  readonly author: ClinicAuthor;
  readonly clock: Clock;
}

export interface Content {
  readonly size: number;
  readonly source: AsyncIterable<Uint8Array>;
}

export interface NewRecord {
  readonly category: Category;
  /** FHIR type, or `document`. */
  readonly kind: string;
  readonly name: string;
  readonly mediaType: string;
  readonly title: string;
  readonly content: Content;
  /** Of what was brought in from elsewhere. */
  readonly source?: RecordSource;
}

/** The same source makes the same record in a chart, so that bringing it in again changes nothing. */
export interface RecordSource {
  /** What it is: the caller's choice, up to 32 bytes, the same for the same content. */
  readonly key: Uint8Array;
  /** When the care that it tells of took place, ms; it counts as written then. */
  readonly written: number | undefined;
}

export interface Written {
  readonly record: Uint8Array;
  readonly version: number;
  readonly category: Category;
  readonly cid: string;
  readonly statement: Uint8Array;
}

export interface NewAmendment {
  readonly record: Uint8Array;
  readonly type: Exclude<Amendment, 'original'>;
  /** The version that was read; another one is refused. */
  readonly version: number;
  readonly reason: string;
  /** None for `entered-in-error`. */
  readonly content: Omit<NewRecord, 'category'> | undefined;
}

/** A record as it will be named, before anything of it is kept. */
interface Draft {
  readonly manifest: Omit<Manifest, 'cid' | 'size'>;
  readonly content: Content | undefined;
}

interface Kept {
  readonly dataKey: Uint8Array;
  readonly manifest: Manifest;
  /** Of the ciphertext. */
  readonly bytes: number;
  readonly salt: Uint8Array;
}

/** Entries of one statement. */
const STATEMENT_ENTRIES = 64;
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
    author: Uint8Array | undefined,
    records: readonly NewRecord[],
  ): Promise<Written[]> {
    const { clock } = this.modules;
    const ref = this.ref(pid, handle);
    const subject = subjectOf(chartKey(this.secret, pid), 'records', clock.now());
    const written: Written[] = [];
    for (let at = 0; at < records.length; at += STATEMENT_ENTRIES) {
      const drafts = records.slice(at, at + STATEMENT_ENTRIES).map((record) => {
        const salt = record.source === undefined ? randomBytes(SALT_BYTES) : this.sourceSalt(pid, record.source);
        return { salt, draft: this.draft(objectId(RECORDS_ADD, this.self, salt), record, author) };
      });
      const rows = await this.keep(
        ref,
        drafts.map(({ draft }) => draft),
        (commitments) => {
          const entries = drafts.map(
            ({ salt }, n): RecordEntry => ({ salt, subject, commitment: commitments[n].manifest }),
          );
          const payload = encodeRecords(entries);
          return this.modules.author.make({ kind: RECORDS_ADD, object: NO_OBJECT, version: 0, payload });
        },
      );
      written.push(...rows);
    }
    return written;
  }

  /** The record that a source made in a chart before; undefined where it would make a new one. */
  async brought(pid: string, handle: Uint8Array, source: RecordSource): Promise<Uint8Array | undefined> {
    const record = objectId(RECORDS_ADD, this.self, this.sourceSalt(pid, source));
    const versions = await this.modules.store.versions(this.ref(pid, handle), record);
    return versions.length > 0 ? record : undefined;
  }

  /** Throws ChartError `record.unknown`, `record.version`, `record.entered-in-error`. */
  async amend(pid: string, handle: Uint8Array, author: Uint8Array | undefined, given: NewAmendment): Promise<Written> {
    const ref = this.ref(pid, handle);
    const { store } = this.modules;
    const newest = (await store.versions(ref, given.record)).at(-1);
    if (newest === undefined) throw new ChartError({ code: 'record.unknown' });
    if (newest.version !== given.version) throw new ChartError({ code: 'record.version', newest: newest.version });
    const key = await store.secret(ref, newest.category, newest.epoch);
    if (key === undefined) throw new ChartError({ code: 'record.damaged' });
    const { manifest: before } = openManifest(newest, key);
    if (before.amendment === 'entered-in-error') throw new ChartError({ code: 'record.entered-in-error' });
    const { type, reason, content } = given;
    const salt = randomBytes(SALT_BYTES);
    const addendum = type === 'addendum';
    const record = addendum ? addendumObject(given.record, this.self, salt) : given.record;
    const described = content ?? { ...before, content: undefined };
    const draft: Draft = {
      manifest: {
        ...{ ...this.draft(record, { ...described, category: before.category } as NewRecord, author).manifest, reason },
        amendment: type,
        about: addendum ? given.record : undefined,
        version: addendum ? 1 : newest.version + 1,
      },
      content: content?.content,
    };
    const [written] = await this.keep(ref, [draft], ([commitment]) => {
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
    return written;
  }

  /** Keyed by the chart: nobody else can tell from an id on the chain what was brought in. */
  private sourceSalt(pid: string, { key }: RecordSource): Uint8Array {
    return hkdfSha256(chartKey(this.secret, pid), key, SOURCE_INFO, SALT_BYTES);
  }

  private draft(record: Uint8Array, given: NewRecord, author: Uint8Array | undefined): Draft {
    const { category, kind, name, mediaType, title, content } = given;
    const { clinic } = this.options;
    const now = this.modules.clock.now();
    const written = Math.min(given.source?.written ?? now, now);
    const about = { record, about: undefined, version: 1, amendment: 'original' as const, reason: '' };
    return { manifest: { ...about, category, kind, name, mediaType, title, author, clinic, written }, content };
  }

  /** Ciphertext first, then rows and the statement that names them, then the outbox. */
  private async keep(
    ref: OwnRef,
    drafts: readonly Draft[],
    statementOf: (
      commitments: readonly { readonly manifest: Uint8Array; readonly reason: Uint8Array }[],
    ) => NewStatement,
  ): Promise<Written[]> {
    const { store, keys, charts, outgoing, pending } = this.modules;
    const kept: Kept[] = [];
    for (const { manifest, content } of drafts) {
      const dataKey = randomBytes(DATA_KEY_BYTES);
      const blob = content === undefined ? undefined : await this.store(dataKey, manifest, content);
      const full: Manifest = { ...manifest, cid: blob?.cid ?? '', size: content?.size ?? 0 };
      kept.push({ dataKey, manifest: full, bytes: blob?.size ?? 0, salt: randomBytes(MANIFEST_SALT_BYTES) });
    }
    const statement = statementOf(
      kept.map(({ manifest, salt }) => ({
        manifest: manifestCommitment(salt, encodeManifest(manifest)),
        reason: reasonCommitment(salt, manifest.reason),
      })),
    );
    await charts.change(async () => {
      const writes: LocalWrite[] = [putChart(ref.handle, ref), pending.put(ref, statement)];
      const inForce = new Map<Category, Awaited<ReturnType<CategoryKeys['inForce']>>>();
      for (const { dataKey, manifest, bytes, salt } of kept) {
        const { category, record, version, written, cid } = manifest;
        let key = inForce.get(category);
        if (key === undefined) {
          key = await keys.inForce(ref, category);
          inForce.set(category, key);
          writes.push(...key.writes);
        }
        const name = { ...ref, category, epoch: key.epoch, record, version, revision: 1, written, cid, size: bytes };
        const row = makeKeyRow(name, key.key, { manifest, salt, dataKey }, this.options.signer);
        writes.push(putRow(row));
        writes.push(...outgoing.queue(await store.custodians(ref, category), withBlob(row)));
      }
      await store.batch(writes);
      // Whoever is new gets what there is, this included.
      for (const category of inForce.keys()) await charts.custodians(ref, category);
    });
    await pending.submit([{ ref, statement }]);
    outgoing.wake();
    return kept.map(({ manifest: { record, version, category, cid } }) => ({
      ...{ record, version, category, cid },
      statement: statement.id,
    }));
  }

  private store(
    dataKey: Uint8Array,
    { mediaType, kind }: Pick<Manifest, 'mediaType' | 'kind'>,
    { size, source }: Content,
  ) {
    return this.modules.blobs.put(sealEnvelope(dataKey, { mediaType, kind, size }, source));
  }
}
