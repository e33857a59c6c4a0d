// Reads charts for people at this clinic: its own from its disk, those of others with a ticket, opened in memory for one answer
// and kept nowhere. Owns what is shown of a chart; who may see it is decided by the clinic that keeps the rows.
import { sha256Hasher } from '#crypto';
import { concatBytes, equalBytes } from '../../common/bytes.ts';
import type { Logger } from '../../common/logger.ts';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import { decodeAddendumRow, decodeRecordRow } from '../../consensus/ledger/records/rows.ts';
import { addendumKey, recordKey } from '../../consensus/ledger/tables.ts';
import type { ClinicNumber, OrganisationNumber } from '../../consensus/ledger/types.ts';
import type { BlobStore, ByteRange } from '../../records/blobs/blob-store.ts';
import type { AuthorStanding } from '../../records/chart/author-standing.ts';
import { type KeyRow, matchesCommitment, openDataKey, openManifest } from '../../records/chart/key-row.ts';
import type { Manifest } from '../../records/chart/manifest.ts';
import { type OpeningKey, openPacket, type Packet } from '../../records/chart/packet.ts';
import type { Decision } from '../../records/consent/access.ts';
import type { Application } from '../../records/consent/application.ts';
import { PURPOSES, type PurposeCode } from '../../records/consent/terms.ts';
import { openEnvelope, openEnvelopeAt } from '../../records/envelope/open.ts';
import type { ChainStore } from '../store/ports.ts';
import type { AuthorSignatures } from './author-signatures.ts';
import type { ChartStore } from './chart-store.ts';
import { ChartError } from './errors.ts';
import { attachedClinics, type Judge } from './judge.ts';
import type { KeyClient, Wanted } from './key-client.ts';
import type { ChartRef } from './layout.ts';
import type { OwnRef } from './own-chart.ts';
import type { AccessLogPort, ChartGuards, Reader } from './ports.ts';

export interface ReadingOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: ClinicNumber;
  readonly organisation: OrganisationNumber;
  readonly openingKeys: readonly OpeningKey[];
}

/** Ciphertext from another clinic, or part of it, held against its CID. */
export interface BlobFetch {
  read(
    from: { readonly peerId: string; readonly cid: string; readonly size: number },
    range: ByteRange | undefined,
    ticket: () => Uint8Array,
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array>;
}

export interface ReadingModules {
  readonly store: ChartStore;
  readonly judge: Judge;
  readonly signatures: Pick<AuthorSignatures, 'standings'>;
  readonly client: KeyClient;
  readonly chain: Pick<ChainStore, 'states' | 'stateRange'>;
  readonly blobs: BlobStore;
  readonly transfer: BlobFetch;
  readonly guards: Pick<ChartGuards, 'emergencyKey'>;
  readonly log: AccessLogPort;
  readonly logger: Logger;
}

/** Whoever called: somebody with roles, or an application. */
export interface Person {
  /** Zeros: an application by itself, or the operator of the clinic. */
  readonly account: Uint8Array;
  readonly roles: readonly Role[];
  readonly application?: Application | undefined;
}

export interface Enquiry {
  readonly person: Person;
  readonly ref: OwnRef;
  readonly purpose: PurposeCode;
  readonly signal: AbortSignal;
}

/** The versions of one clinic's chart that the person may see. */
export interface ChartView {
  readonly clinic: ClinicNumber;
  readonly state: 'open' | 'refused' | 'unreachable';
  readonly reason: string | undefined;
  /** Who served it. */
  readonly by: ClinicNumber | undefined;
  readonly records: readonly RecordView[];
}

export interface RecordView {
  readonly manifest: Manifest;
  /** `pending`: not in a block that this clinic has; `superseded`: the chain has a newer version, whoever served may not have it. */
  readonly standing: 'standing' | 'pending' | 'superseded' | 'entered-in-error';
  /** What its author's own signature says, beside the clinic's. */
  readonly signature: AuthorStanding;
}

export interface ReadRecord extends RecordView {
  readonly content: AsyncIterable<Uint8Array> | undefined;
}

/** A version with content, which is fetched and opened while it is read. */
export interface OpenRecord extends RecordView {
  /** Of the content, or part of it. What fails on the way ends the stream with an error. */
  read(range: ByteRange): AsyncIterable<Uint8Array>;
}

/** In the order in which somebody with several reads. */
const READING_ROLES: readonly Role[] = ['doctor', 'nurse', 'researcher', 'patient', 'reception', 'admin'];
const NO_GRANT = new Uint8Array(32);

type Keys = (row: KeyRow) => Promise<Uint8Array | undefined>;

/** Whether a record belongs into a list; `key` opens what the row has. */
export type Wanting = (view: RecordView, row: KeyRow, key: Uint8Array) => Promise<boolean>;

/** Rows that may be read, and what opens them. */
interface Found {
  /** The patient who was asked about. */
  readonly handle: Uint8Array;
  readonly rows: readonly KeyRow[];
  readonly keys: Keys;
  readonly ciphertext: (row: KeyRow, range?: ByteRange) => AsyncIterable<Uint8Array>;
}

interface Standing extends RecordView {
  readonly row: KeyRow;
}

export class Reading {
  private readonly options: ReadingOptions;
  private readonly modules: ReadingModules;

  constructor(options: ReadingOptions, modules: ReadingModules) {
    this.options = options;
    this.modules = modules;
  }

  /** This clinic's chart first, then those of every clinic at which the patient is registered. */
  async list(enquiry: Enquiry, wanting?: Wanting): Promise<ChartView[]> {
    const { chain } = this.modules;
    const { clinic } = this.options;
    const others = (await attachedClinics(chain, enquiry.ref.handle)).filter((one) => one !== clinic);
    return Promise.all([
      this.listOwn(enquiry, wanting),
      ...others.map((writer) => this.listOther(enquiry, writer, wanting)),
    ]);
  }

  /** Throws ChartError `record.refused`, `record.unknown`, `record.unreachable`, `record.damaged`. */
  async read(
    enquiry: Enquiry,
    writer: ClinicNumber,
    record: Uint8Array,
    version: number | undefined,
  ): Promise<ReadRecord> {
    const found = await this.find(enquiry, writer, [record], version);
    const [view] = await this.standing(found);
    return this.opened(view, found);
  }

  /** For reading in parts, or what no memory holds. As `read`, and `record.unknown` for a version without content. */
  async open(
    enquiry: Enquiry,
    writer: ClinicNumber,
    record: Uint8Array,
    version: number | undefined,
  ): Promise<OpenRecord> {
    const found = await this.find(enquiry, writer, [record], version);
    const [{ row, ...view }] = await this.standing(found);
    const key = await found.keys(row);
    if (key === undefined) throw new ChartError({ code: 'record.damaged' });
    if (row.cid === '') throw new ChartError({ code: 'record.unknown' });
    const dataKey = openDataKey(row, key);
    const { size } = view.manifest;
    return {
      ...view,
      read: async function* (range) {
        // A part is held against the CID, block by block, and not against the digest that the author signed: that is of all.
        const whole = range.offset === 0 && range.length === size;
        if (whole) yield* asSigned(view, (await openEnvelope(dataKey, found.ciphertext(row))).content);
        else yield* (await openEnvelopeAt(dataKey, (part) => found.ciphertext(row, part))).read(range);
      },
    };
  }

  /** The newest version of each, by one asking, in their order. One that may not be read refuses them all. As `read`. */
  async readMany(
    enquiry: Enquiry,
    writer: ClinicNumber,
    records: readonly Uint8Array[],
  ): Promise<readonly { readonly view: RecordView; readonly open: () => Promise<ReadRecord> }[]> {
    const found = await this.find(enquiry, writer, records, undefined);
    return (await this.standing(found)).map((view) => ({ view, open: () => this.opened(view, found) }));
  }

  /** The chart of this clinic, with what the patient shares of her vault here. */
  async listOwn(enquiry: Enquiry, wanting?: Wanting): Promise<ChartView> {
    const { clinic } = this.options;
    const about = await this.judgeOf(enquiry);
    const rows: KeyRow[] = [];
    let refused: Decision['reason'] | undefined;
    let reason: Decision['reason'] = 'custody';
    for await (const row of this.ownRows(enquiry)) {
      const decision = about(row);
      if (decision.permit) rows.push(row);
      if (decision.permit) ({ reason } = decision);
      else refused = decision.reason;
    }
    const open = rows.length > 0 || refused === undefined;
    await this.log(enquiry, 'list', { permit: open, reason: open ? reason : (refused ?? reason) }, []);
    if (!open) return { clinic, state: 'refused', reason: refused, by: clinic, records: [] };
    const found = { handle: enquiry.ref.handle, ...(await this.opening(rows)) };
    const records = await this.views(found, wanting);
    return { clinic, state: 'open', reason: undefined, by: clinic, records };
  }

  /** The chart of one clinic. */
  listAt(enquiry: Enquiry, writer: ClinicNumber): Promise<ChartView> {
    return writer === this.options.clinic ? this.listOwn(enquiry) : this.listOther(enquiry, writer);
  }

  private async listOther(enquiry: Enquiry, writer: ClinicNumber, wanting?: Wanting): Promise<ChartView> {
    const wanted = this.wanted(enquiry, writer, []);
    const got = await this.modules.client.obtain('list', wanted, enquiry.signal);
    if (got.state === 'served') {
      const keys = this.keysIn(got.packets, enquiry);
      const records = await this.views({ handle: enquiry.ref.handle, rows: got.rows, keys }, wanting);
      return { clinic: writer, state: 'open', reason: undefined, by: got.by, records };
    }
    const by = got.state === 'refused' ? got.by : undefined;
    return { clinic: writer, state: got.state, reason: got.reason, by, records: [] };
  }

  private find(
    enquiry: Enquiry,
    writer: ClinicNumber,
    records: readonly Uint8Array[],
    version: number | undefined,
  ): Promise<Found> {
    return writer === this.options.clinic
      ? this.findOwn(enquiry, records, version)
      : this.findOther(enquiry, writer, records, version);
  }

  private async findOwn(enquiry: Enquiry, records: readonly Uint8Array[], version: number | undefined): Promise<Found> {
    const { store, blobs } = this.modules;
    const refs = await this.ownRefs(enquiry);
    const all = await Promise.all(
      records.map(async (record) => (await Promise.all(refs.map((ref) => store.versions(ref, record)))).flat()),
    );
    const rows = records.map((record, index) => versionOf(all[index], record, version));
    const about = await this.judgeOf(enquiry);
    const decisions = rows.map(about);
    const refused = decisions.find(({ permit }) => !permit);
    await this.log(enquiry, 'read', refused ?? decisions[0], records);
    if (refused !== undefined) throw new ChartError({ code: 'record.refused', reason: refused.reason });
    const { handle } = enquiry.ref;
    return { handle, ...(await this.opening(rows)), ciphertext: ({ cid }, range) => blobs.get(cid, range) };
  }

  private async findOther(
    enquiry: Enquiry,
    writer: ClinicNumber,
    records: readonly Uint8Array[],
    version: number | undefined,
  ): Promise<Found> {
    const { client, transfer } = this.modules;
    const wanted = this.wanted(enquiry, writer, records);
    const got = await client.obtain('read', wanted, enquiry.signal);
    if (got.state === 'refused') throw new ChartError({ code: 'record.refused', reason: got.reason });
    if (got.state === 'unreachable') throw new ChartError({ code: 'record.unreachable' });
    const rows = records.map((record) => versionOf(got.rows, record, version));
    const keys = this.keysIn(got.packets, enquiry);
    for (const row of rows) {
      // Served by a custodian that has not heard of an end yet: what opened is gone here already.
      if ((await keys(row)) === undefined) {
        throw new ChartError({ code: 'record.refused', reason: enquiry.purpose === 'BTG' ? 'no-emergency' : 'no-key' });
      }
    }
    const peerId = client.connected(got.by);
    if (peerId === undefined) throw new ChartError({ code: 'record.unreachable' });
    const ciphertext = ({ cid, size, record }: KeyRow, range?: ByteRange): AsyncIterable<Uint8Array> => {
      const parts = got.ciphertexts.get(cid);
      if (parts !== undefined) return stream(parts, range);
      const ticket = (): Uint8Array => client.ticket('blob', got.by, { ...wanted, records: [record] });
      return transfer.read({ peerId, cid, size }, range, ticket, enquiry.signal);
    };
    return { handle: enquiry.ref.handle, rows, keys, ciphertext };
  }

  private async opened(view: Standing, { keys, ciphertext }: Found): Promise<ReadRecord> {
    const { row, ...record } = view;
    const key = await keys(row);
    if (key === undefined) throw new ChartError({ code: 'record.damaged' });
    if (row.cid === '') return { ...record, content: undefined };
    const { content } = await openEnvelope(openDataKey(row, key), ciphertext(row));
    return { ...record, content: asSigned(record, content) };
  }

  /** Throws ChartError `record.damaged`. */
  private async standing(found: Found): Promise<Standing[]> {
    const views = await this.checked(found);
    if (views.length < found.rows.length) throw new ChartError({ code: 'record.damaged' });
    return views;
  }

  /** What opens and is what the chain was told, newest first. */
  private async views(found: Omit<Found, 'ciphertext'>, wanting?: Wanting): Promise<RecordView[]> {
    const views: Standing[] = [];
    for (const view of await this.checked(found)) {
      const key = wanting && (await found.keys(view.row));
      if (wanting === undefined || (key !== undefined && (await wanting(view, view.row, key)))) views.push(view);
    }
    return views
      .sort((a, b) => b.manifest.written - a.manifest.written || b.manifest.version - a.manifest.version)
      .map(({ row: _, ...view }) => view);
  }

  /** In the order of the rows, without those that do not open or are not what the chain was told. */
  private async checked({ handle, rows, keys }: Omit<Found, 'ciphertext'>): Promise<Standing[]> {
    const { chain, logger } = this.modules;
    const states = await chain.states(rows.flatMap(({ record }) => [recordKey(record), addendumKey(record)]));
    const views: Omit<Standing, 'signature'>[] = [];
    for (const [index, row] of rows.entries()) {
      const key = await keys(row);
      const version = key && openedOrNone(row, key);
      const standing = version && standingOf(version, states[2 * index], states[2 * index + 1]);
      if (version === undefined || standing === undefined) logger.warn({ clinic: row.clinic }, 'a key row is damaged');
      else views.push({ row, manifest: version.manifest, standing });
    }
    const manifests = views.map(({ manifest }) => manifest);
    const signed = await this.modules.signatures.standings(manifests, handle);
    return views.map((view, index) => ({ ...view, signature: signed[index] }));
  }

  /** Own rows as they are when their keys are read, which no change of keys afterwards takes from who has them here. */
  private async opening(rows: readonly KeyRow[]): Promise<Pick<Found, 'rows' | 'keys'>> {
    const opened = await Promise.all(
      rows.map(async (row) => {
        const found = (await this.modules.store.opening(row)) ?? (await this.vaultOpening(row));
        return found ?? { row, key: undefined };
      }),
    );
    const keys = new Map(opened.map(({ row, key }) => [row, key]));
    return { rows: opened.map(({ row }) => row), keys: async (row) => keys.get(row) };
  }

  private vaultOpening(row: KeyRow): ReturnType<ChartStore['opening']> {
    return this.modules.store.opening(row, (one) => this.vaultKey(one));
  }

  /** Of a vault what the patient gave this clinic for its people. */
  private async vaultKey(row: KeyRow): Promise<Uint8Array | undefined> {
    const { store } = this.modules;
    const { clinic, genesisId, openingKeys } = this.options;
    const packets = await store.packets(row, row.category);
    const own = packets.find(({ grantee, epoch }) => grantee === clinic && epoch === row.epoch);
    return own && openPacket(own, genesisId, openingKeys).catch(() => undefined);
  }

  /** This clinic's chart, and the vault of the patient's account where there is one. */
  private async ownRefs({ ref }: Enquiry): Promise<ChartRef[]> {
    const vault = await this.modules.store.vaultOf(ref.handle, this.options.clinic);
    return vault === undefined ? [ref] : [ref, { clinic: ref.clinic, chart: vault }];
  }

  /** Of a vault those that open here. */
  private async *ownRows(enquiry: Enquiry): AsyncGenerator<KeyRow> {
    const [chart, ...vault] = await this.ownRefs(enquiry);
    yield* this.modules.store.rows(chart);
    for (const ref of vault) {
      for await (const row of this.modules.store.rows(ref)) {
        const opened = await this.vaultOpening(row);
        if (opened !== undefined) yield opened.row;
      }
    }
  }

  /** Each packet is opened once; an emergency needs none. */
  private keysIn(packets: readonly Packet[], { person, ref }: Enquiry): Keys {
    const { genesisId, openingKeys } = this.options;
    const opened = new Map<Packet, Promise<Uint8Array | undefined>>();
    return (row) => {
      const { category, epoch } = row;
      const packet = packets.find(
        (one) => one.category === category && one.epoch === epoch && equalBytes(one.chart, row.chart),
      );
      if (packet === undefined) {
        return Promise.resolve(this.modules.guards.emergencyKey(person.account, ref.handle, row));
      }
      const key = opened.get(packet) ?? openPacket(packet, genesisId, openingKeys).catch(() => undefined);
      opened.set(packet, key);
      return key;
    };
  }

  private async judgeOf(enquiry: Enquiry): Promise<(row: KeyRow) => Decision> {
    const { handle } = enquiry.ref;
    const { person, purpose } = enquiry;
    const refs = await this.ownRefs(enquiry);
    const judges = await Promise.all(
      refs.map(async (ref) => {
        const reader = this.readerOf(person);
        const about = await this.modules.judge.about({ ref, handle, purpose, mode: 'view', reader });
        if (about === undefined) throw new ChartError({ code: 'record.damaged' });
        return { ref, about };
      }),
    );
    return (row) => {
      const known = judges.find(({ ref }) => equalBytes(ref.chart, row.chart)) ?? judges[0];
      return known.about(row);
    };
  }

  private readerOf({ account, roles, application }: Person): Reader {
    const { clinic, organisation } = this.options;
    return { account, roles, application, clinic, organisation };
  }

  private wanted({ person, ref, purpose }: Enquiry, writer: ClinicNumber, records: readonly Uint8Array[]): Wanted {
    const { account, application } = person;
    const named = READING_ROLES.find((one) => person.roles.includes(one));
    const role = named ?? (application === undefined ? 'admin' : undefined);
    const about = { handle: ref.handle, writer, records, purpose: PURPOSES.indexOf(purpose) + 1, grant: NO_GRANT };
    return { account, role, application, ...about };
  }

  private async log(
    { person, ref, purpose }: Enquiry,
    action: 'list' | 'read',
    { permit, reason }: Pick<Decision, 'permit' | 'reason'>,
    records: readonly Uint8Array[],
  ): Promise<void> {
    await this.modules.log.append({
      ...{ action, purpose, records, grant: undefined },
      ...{ outcome: permit ? 'permitted' : 'refused', reason },
      reader: this.readerOf(person),
      ...{ handle: ref.handle, writer: ref.clinic },
    });
  }
}

/** Of the rows of several records; throws ChartError `record.unknown`. */
function versionOf(rows: readonly KeyRow[], record: Uint8Array, version: number | undefined): KeyRow {
  const own = rows.filter((row) => equalBytes(row.record, record)).sort((a, b) => a.version - b.version);
  const row = version === undefined ? own.at(-1) : own.find((one) => one.version === version);
  if (row === undefined) throw new ChartError({ code: 'record.unknown' });
  return row;
}

/** Ends with `record.damaged` where the content is not what the author signed. */
async function* asSigned(
  { manifest: { signed } }: RecordView,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const hasher = sha256Hasher();
  for await (const part of content) {
    if (signed !== undefined) hasher.update(part);
    yield part;
  }
  if (signed !== undefined && !equalBytes(hasher.digest(), signed.digest)) {
    throw new ChartError({ code: 'record.damaged' });
  }
}

async function* stream(parts: readonly Uint8Array[], range?: ByteRange): AsyncGenerator<Uint8Array> {
  if (range === undefined) yield* parts;
  else yield concatBytes(...parts).subarray(range.offset, range.offset + range.length);
}

function openedOrNone(row: KeyRow, key: Uint8Array) {
  try {
    const version = openManifest(row, key);
    const { manifest } = version;
    const same = equalBytes(manifest.record, row.record) && manifest.version === row.version;
    return same && manifest.cid === row.cid && manifest.category === row.category ? version : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined: not what the chain was told. */
function standingOf(
  version: ReturnType<typeof openManifest>,
  record: Uint8Array | undefined,
  addendum: Uint8Array | undefined,
): RecordView['standing'] | undefined {
  const { manifest } = version;
  if (addendum !== undefined) {
    return matchesCommitment(version, decodeAddendumRow(addendum).commitment) ? 'standing' : undefined;
  }
  if (record === undefined) return 'pending';
  const row = decodeRecordRow(record);
  if (manifest.version > row.version) return 'pending';
  // The chain keeps the commitment of the newest content; earlier ones are bound by the row's signature.
  const newest = manifest.version === (row.live ? row.version : row.version - 1);
  if (newest && manifest.amendment !== 'entered-in-error' && !matchesCommitment(version, row.commitment)) {
    return undefined;
  }
  if (!row.live) return 'entered-in-error';
  return newest ? 'standing' : 'superseded';
}
