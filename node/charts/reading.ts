// Reads charts for people at this clinic: its own from its disk, those of others with a ticket, opened in memory for one answer
// and kept nowhere. Owns what is shown of a chart; who may see it is decided by the clinic that keeps the rows.
import { equalBytes } from '../../common/bytes.ts';
import type { Logger } from '../../common/logger.ts';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import { decodeAddendumRow, decodeRecordRow } from '../../consensus/ledger/records/rows.ts';
import { addendumKey, recordKey } from '../../consensus/ledger/tables.ts';
import type { ClinicNumber, OrganisationNumber } from '../../consensus/ledger/types.ts';
import type { BlobStore } from '../../records/blobs/blob-store.ts';
import { type KeyRow, matchesCommitment, openDataKey, openManifest } from '../../records/chart/key-row.ts';
import type { Manifest } from '../../records/chart/manifest.ts';
import { openPacket, type Packet } from '../../records/chart/packet.ts';
import { PURPOSES, type PurposeCode } from '../../records/consent/terms.ts';
import { openEnvelope } from '../../records/envelope/open.ts';
import type { ChainStore } from '../store/ports.ts';
import type { ChartStore } from './chart-store.ts';
import { ChartError } from './errors.ts';
import { attachedClinics, type Judge } from './judge.ts';
import type { KeyClient, Wanted } from './key-client.ts';
import type { OwnRef } from './own-chart.ts';
import type { AccessLogPort, ChartGuards, Reader } from './ports.ts';

export interface ReadingOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: ClinicNumber;
  readonly organisation: OrganisationNumber;
  readonly encryptionSecrets: readonly Uint8Array[];
}

/** Ciphertext from another clinic, held against its CID. */
export interface BlobFetch {
  fetch(
    from: { readonly peerId: string; readonly cid: string; readonly size: number },
    ticket: () => Uint8Array,
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array>;
}

export interface ReadingModules {
  readonly store: ChartStore;
  readonly judge: Judge;
  readonly client: KeyClient;
  readonly chain: Pick<ChainStore, 'states' | 'stateRange'>;
  readonly blobs: BlobStore;
  readonly transfer: BlobFetch;
  readonly guards: Pick<ChartGuards, 'emergencyKey'>;
  readonly log: AccessLogPort;
  readonly logger: Logger;
}

export interface Person {
  /** Zeros: the operator of the clinic. */
  readonly account: Uint8Array;
  readonly roles: readonly Role[];
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
  /** `pending`: not in a block that this clinic has. */
  readonly standing: 'standing' | 'pending' | 'entered-in-error';
}

export interface ReadRecord extends RecordView {
  readonly content: AsyncIterable<Uint8Array> | undefined;
}

/** In the order in which somebody with several reads. */
const READING_ROLES: readonly Role[] = ['doctor', 'nurse', 'researcher', 'patient', 'reception', 'admin'];
const NO_GRANT = new Uint8Array(32);

type Keys = (row: KeyRow) => Promise<Uint8Array | undefined>;

export class Reading {
  private readonly options: ReadingOptions;
  private readonly modules: ReadingModules;

  constructor(options: ReadingOptions, modules: ReadingModules) {
    this.options = options;
    this.modules = modules;
  }

  /** This clinic's chart first, then those of every clinic at which the patient is registered. */
  async list(enquiry: Enquiry): Promise<ChartView[]> {
    const { chain } = this.modules;
    const { clinic } = this.options;
    const others = (await attachedClinics(chain, enquiry.ref.handle)).filter((one) => one !== clinic);
    return Promise.all([this.listOwn(enquiry), ...others.map((writer) => this.listOther(enquiry, writer))]);
  }

  /** Throws ChartError `record.refused`, `record.unknown`, `record.unreachable`, `record.damaged`. */
  async read(
    enquiry: Enquiry,
    writer: ClinicNumber,
    record: Uint8Array,
    version: number | undefined,
  ): Promise<ReadRecord> {
    return writer === this.options.clinic
      ? this.readOwn(enquiry, record, version)
      : this.readOther(enquiry, writer, record, version);
  }

  private async listOwn(enquiry: Enquiry): Promise<ChartView> {
    const { clinic } = this.options;
    const { ref } = enquiry;
    const about = await this.judgeOf(enquiry);
    const rows: KeyRow[] = [];
    let refused: string | undefined;
    for await (const row of this.modules.store.rows(ref)) {
      const decision = about(row);
      if (decision.permit) rows.push(row);
      else refused = decision.reason;
    }
    const open = rows.length > 0 || refused === undefined;
    await this.log(enquiry, 'list', open ? undefined : refused, []);
    if (!open) return { clinic, state: 'refused', reason: refused, by: clinic, records: [] };
    return { clinic, state: 'open', reason: undefined, by: clinic, records: await this.views(rows, this.ownKeys) };
  }

  private async listOther(enquiry: Enquiry, writer: ClinicNumber): Promise<ChartView> {
    const wanted = this.wanted(enquiry, writer, []);
    const got = await this.modules.client.obtain('list', wanted, enquiry.signal);
    if (got.state === 'served') {
      const records = await this.views(got.rows, this.keysIn(got.packets, enquiry));
      return { clinic: writer, state: 'open', reason: undefined, by: got.by, records };
    }
    const by = got.state === 'refused' ? got.by : undefined;
    return { clinic: writer, state: got.state, reason: got.reason, by, records: [] };
  }

  private async readOwn(enquiry: Enquiry, record: Uint8Array, version: number | undefined): Promise<ReadRecord> {
    const { store, blobs } = this.modules;
    const rows = await store.versions(enquiry.ref, record);
    const row = version === undefined ? rows.at(-1) : rows.find((one) => one.version === version);
    if (row === undefined) throw new ChartError({ code: 'record.unknown' });
    const decision = (await this.judgeOf(enquiry))(row);
    await this.log(enquiry, 'read', decision.permit ? undefined : decision.reason, [record]);
    if (!decision.permit) throw new ChartError({ code: 'record.refused', reason: decision.reason });
    return this.opened(row, this.ownKeys, (cid) => blobs.get(cid));
  }

  private async readOther(
    enquiry: Enquiry,
    writer: ClinicNumber,
    record: Uint8Array,
    version: number | undefined,
  ): Promise<ReadRecord> {
    const { client, transfer } = this.modules;
    const wanted = this.wanted(enquiry, writer, [record]);
    const got = await client.obtain('read', wanted, enquiry.signal);
    if (got.state === 'refused') throw new ChartError({ code: 'record.refused', reason: got.reason });
    if (got.state === 'unreachable') throw new ChartError({ code: 'record.unreachable' });
    const rows = [...got.rows].sort((a, b) => a.version - b.version);
    const row = version === undefined ? rows.at(-1) : rows.find((one) => one.version === version);
    if (row === undefined || !equalBytes(row.record, record)) throw new ChartError({ code: 'record.unknown' });
    const keys = this.keysIn(got.packets, enquiry);
    // Served by a custodian that has not heard of an end yet: what opened is gone here already.
    if ((await keys(row)) === undefined) {
      throw new ChartError({ code: 'record.refused', reason: enquiry.purpose === 'BTG' ? 'no-emergency' : 'no-key' });
    }
    const peerId = client.connected(got.by);
    if (peerId === undefined) throw new ChartError({ code: 'record.unreachable' });
    const ticket = (): Uint8Array => client.ticket('blob', got.by, wanted);
    const { size } = row;
    return this.opened(row, keys, (cid) => {
      const parts = got.ciphertexts.get(cid);
      return parts === undefined ? transfer.fetch({ peerId, cid, size }, ticket, enquiry.signal) : stream(parts);
    });
  }

  private async opened(
    row: KeyRow,
    keys: Keys,
    ciphertext: (cid: string) => AsyncIterable<Uint8Array>,
  ): Promise<ReadRecord> {
    const key = await keys(row);
    const [view] = await this.views([row], keys);
    if (key === undefined || view === undefined) throw new ChartError({ code: 'record.damaged' });
    const { cid } = view.manifest;
    if (cid === '') return { ...view, content: undefined };
    const { content } = await openEnvelope(openDataKey(row, key), ciphertext(cid));
    return { ...view, content };
  }

  /** What opens and is what the chain was told, newest first. */
  private async views(rows: readonly KeyRow[], keys: Keys): Promise<RecordView[]> {
    const { chain, logger } = this.modules;
    const states = await chain.states(rows.flatMap(({ record }) => [recordKey(record), addendumKey(record)]));
    const views: RecordView[] = [];
    for (const [index, row] of rows.entries()) {
      const key = await keys(row);
      const version = key && openedOrNone(row, key);
      const standing = version && standingOf(version, states[2 * index], states[2 * index + 1]);
      if (version === undefined || standing === undefined) logger.warn({ clinic: row.clinic }, 'a key row is damaged');
      else views.push({ manifest: version.manifest, standing });
    }
    return views.sort((a, b) => b.manifest.written - a.manifest.written || b.manifest.version - a.manifest.version);
  }

  private readonly ownKeys: Keys = (row) => this.modules.store.secret(row, row.category, row.epoch);

  /** Each packet is opened once; an emergency needs none. */
  private keysIn(packets: readonly Packet[], { person, ref }: Enquiry): Keys {
    const { genesisId, encryptionSecrets } = this.options;
    const opened = new Map<Packet, Promise<Uint8Array | undefined>>();
    return (row) => {
      const { category, epoch } = row;
      const packet = packets.find((one) => one.category === category && one.epoch === epoch);
      if (packet === undefined) {
        return Promise.resolve(this.modules.guards.emergencyKey(person.account, ref.handle, row));
      }
      const key = opened.get(packet) ?? openPacket(packet, genesisId, encryptionSecrets).catch(() => undefined);
      opened.set(packet, key);
      return key;
    };
  }

  private async judgeOf({ ref, person, purpose }: Enquiry) {
    const about = await this.modules.judge.about({
      ...{ ref, handle: ref.handle, purpose, mode: 'view' },
      reader: this.readerOf(person),
    });
    if (about === undefined) throw new ChartError({ code: 'record.damaged' });
    return about;
  }

  private readerOf({ account, roles }: Person): Reader {
    const { clinic, organisation } = this.options;
    return { account, roles, clinic, organisation };
  }

  private wanted({ person, ref, purpose }: Enquiry, writer: ClinicNumber, records: readonly Uint8Array[]): Wanted {
    const role = READING_ROLES.find((one) => person.roles.includes(one)) ?? 'admin';
    const code = PURPOSES.indexOf(purpose) + 1;
    return { account: person.account, role, handle: ref.handle, writer, records, purpose: code, grant: NO_GRANT };
  }

  private async log(
    { person, ref, purpose }: Enquiry,
    action: 'list' | 'read',
    refused: string | undefined,
    records: readonly Uint8Array[],
  ): Promise<void> {
    await this.modules.log.append({
      ...{ action, purpose, records, grant: undefined },
      outcome: refused === undefined ? 'permitted' : 'refused',
      reason: refused ?? 'custody',
      reader: this.readerOf(person),
      ...{ handle: ref.handle, writer: ref.clinic },
    });
  }
}

async function* stream(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
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
  return row.live ? 'standing' : 'entered-in-error';
}
