// The records of a patient at this clinic as she herself sees them: what the clinic keeps opened here, what stands in her vault as
// rows that her browser opens. Every look is written down like any other reader's.
import { equalBytes, toHex } from '../../common/bytes.ts';
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import { decodeAddendumRow, decodeRecordRow } from '../../consensus/ledger/records/rows.ts';
import { addendumKey, recordKey } from '../../consensus/ledger/tables.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { BlobStore } from '../../records/blobs/blob-store.ts';
import type { Category } from '../../records/category.ts';
import { type KeyRow, openManifest } from '../../records/chart/key-row.ts';
import type { Charts } from '../charts/charts.ts';
import { ChartError } from '../charts/errors.ts';
import type { AccessLogPort } from '../charts/ports.ts';
import type { ChartView, Enquiry, OpenRecord, ReadRecord, RecordView } from '../charts/reading.ts';
import type { ChainStore } from '../store/ports.ts';
import { accessBy, personOf, purposeOf } from './acting.ts';
import type { AttachedPatient } from './patient-accounts.ts';
import type { VaultCharts } from './vault-charts.ts';

export interface MyRecordsModules {
  readonly charts: Charts;
  readonly vault: VaultCharts;
  readonly blobs: Pick<BlobStore, 'get' | 'stat'>;
  readonly chain: Pick<ChainStore, 'states'>;
  readonly log: AccessLogPort;
}

/** Envelopes that are being read; whoever is forgotten is noted once more. */
const MAX_ENVELOPES_READ = 1_024;

export interface VaultView {
  readonly row: KeyRow;
  readonly standing: RecordView['standing'];
}

/** What is known of a record without showing its content. */
export interface RecordName {
  readonly category: Category;
  /** Undefined: in the vault. */
  readonly title: string | undefined;
}

export class MyRecords {
  private readonly options: { readonly clinic: ClinicNumber };
  private readonly modules: MyRecordsModules;
  /** Where the reading of each goes on: what follows on a part that was noted is one look. */
  private readonly reading = new BoundedMap<string, number>({ maxEntries: MAX_ENVELOPES_READ });

  constructor(options: { readonly clinic: ClinicNumber }, modules: MyRecordsModules) {
    this.options = options;
    this.modules = modules;
  }

  /** Every version, newest first. */
  async clinic(patient: AttachedPatient, signal: AbortSignal): Promise<readonly RecordView[]> {
    const view = await this.modules.charts.reading.listOwn(this.enquiry(patient, signal));
    return view.records;
  }

  /**
   * This clinic's chart, and those of every clinic at which she is registered: what they serve for the patient whose account it is,
   * as far as this clinic has keys. Who acts for her does so here.
   */
  async everywhere(patient: AttachedPatient, signal: AbortSignal): Promise<readonly ChartView[]> {
    const { reading } = this.modules.charts;
    const enquiry = this.enquiry(patient, signal);
    return patient.acting === undefined ? reading.list(enquiry) : [await reading.listOwn(enquiry)];
  }

  /** Every version in the chart in which a record is, newest first. */
  async beside(patient: AttachedPatient, record: Uint8Array, signal: AbortSignal): Promise<readonly RecordView[]> {
    const { reading } = this.modules.charts;
    return (await reading.listAt(this.enquiry(patient, signal), await this.writerOf(record))).records;
  }

  /**
   * Nothing for whoever acts for her: `sealed` says how many there are. Shown beside the chart in one list, whose reading is what
   * is written down.
   */
  async inVault(patient: AttachedPatient): Promise<VaultView[]> {
    const { vault } = this.modules;
    if (patient.acting !== undefined) return [];
    const ref = vault.ref(patient);
    return this.standings(await vault.rows(ref));
  }

  /** How much of the patient's vault is closed to the caller. */
  async sealed({ acting, handle }: AttachedPatient): Promise<number> {
    const { store } = this.modules.charts;
    const chart = acting === undefined ? undefined : await store.vaultOf(handle, this.options.clinic);
    if (chart === undefined) return 0;
    const records = new Set<string>();
    for await (const { record } of store.rows({ clinic: this.options.clinic, chart })) records.add(toHex(record));
    return records.size;
  }

  /** Of the chart in which it is. Throws ChartError. */
  async read(
    patient: AttachedPatient,
    record: Uint8Array,
    version: number | undefined,
    signal: AbortSignal,
  ): Promise<ReadRecord> {
    const writer = await this.writerOf(record);
    return this.modules.charts.reading.read(this.enquiry(patient, signal), writer, record, version);
  }

  /** As `read`, for a file that is fetched whole or in parts. Throws ChartError. */
  async open(
    patient: AttachedPatient,
    record: Uint8Array,
    version: number | undefined,
    signal: AbortSignal,
  ): Promise<OpenRecord> {
    const writer = await this.writerOf(record);
    return this.modules.charts.reading.open(this.enquiry(patient, signal), writer, record, version);
  }

  /** Undefined: not in the vault. */
  async vaultRow(
    patient: AttachedPatient,
    record: Uint8Array,
    version: number | undefined,
  ): Promise<VaultView | undefined> {
    const { vault, charts } = this.modules;
    if (patient.acting !== undefined) return undefined;
    const rows = await charts.store.versions(vault.ref(patient), record);
    const row = version === undefined ? rows.at(-1) : rows.find((one) => one.version === version);
    if (row === undefined) return undefined;
    await this.note(patient, 'read', [record]);
    const [view] = await this.standings([row]);
    return view;
  }

  /** A part of the ciphertext of what stands in the vault. Throws ChartError `record.unknown`, BlobError. */
  async envelope(
    patient: AttachedPatient,
    { record, version, offset }: { readonly record: Uint8Array; readonly version: number; readonly offset: number },
    limit: number,
  ): Promise<{ readonly bytes: Uint8Array; readonly size: number }> {
    const { vault, charts, blobs } = this.modules;
    const row = await charts.store.row(vault.ref(patient), record, version);
    if (row === undefined || row.cid === '') throw new ChartError({ code: 'record.unknown' });
    const length = Math.max(0, Math.min(limit, row.size - offset));
    const name = `${toHex(patient.account)} ${toHex(record)} ${version}`;
    if (this.reading.get(name) !== offset) await this.note(patient, 'blob', [record]);
    this.reading.set(name, offset + length);
    const parts: Uint8Array[] = [];
    if (length > 0) for await (const part of blobs.get(row.cid, { offset, length })) parts.push(part);
    return { bytes: Buffer.concat(parts), size: row.size };
  }

  /** By the record's id as hex: for what is told of accesses. */
  async names(patient: AttachedPatient): Promise<Map<string, RecordName>> {
    const { charts, vault } = this.modules;
    const names = new Map<string, RecordName>();
    for (const row of patient.acting === undefined ? await vault.rows(vault.ref(patient)) : []) {
      names.set(toHex(row.record), { category: row.category, title: undefined });
    }
    const own = await charts.ofHandle(patient.handle);
    if (own === undefined) return names;
    for await (const row of charts.store.rows(own)) {
      const opening = await charts.store.opening(row);
      const title = opening && titleOf(opening.row, opening.key);
      names.set(toHex(row.record), { category: row.category, title });
    }
    return names;
  }

  /** Whose record the chain has it as; one that no block has is this clinic's. */
  private async writerOf(record: Uint8Array): Promise<ClinicNumber> {
    const [row, addendum] = await this.modules.chain.states([recordKey(record), addendumKey(record)]);
    if (row !== undefined) return decodeRecordRow(row).clinic;
    return addendum === undefined ? this.options.clinic : decodeAddendumRow(addendum).clinic;
  }

  private async standings(rows: readonly KeyRow[]): Promise<VaultView[]> {
    const states = await this.modules.chain.states(rows.map(({ record }) => recordKey(record)));
    const views = rows.map((row, index): VaultView => {
      const state = states[index];
      if (state === undefined) return { row, standing: 'pending' };
      return { row, standing: decodeRecordRow(state).live ? 'standing' : 'entered-in-error' };
    });
    return views.sort((a, b) => b.row.written - a.row.written || b.row.version - a.row.version);
  }

  private enquiry(patient: AttachedPatient, signal: AbortSignal): Enquiry {
    const ref = this.modules.charts.writing.ref(patient.pid, patient.handle);
    return { person: personOf(patient), ref, purpose: purposeOf(patient), signal };
  }

  private async note(patient: AttachedPatient, action: 'read' | 'blob', records: readonly Uint8Array[]): Promise<void> {
    await this.modules.log.append({ ...accessBy(this.options, patient), action, records });
  }
}

/** Of one record all versions and what was added to it, the oldest first. */
export function historyOf(views: readonly RecordView[], record: Uint8Array): RecordView[] {
  const about = ({ manifest }: RecordView): boolean =>
    equalBytes(manifest.record, record) || (manifest.about !== undefined && equalBytes(manifest.about, record));
  return views.filter(about).sort((a, b) => a.manifest.written - b.manifest.written);
}

/** The newest version of each. */
export function newestOf(views: readonly RecordView[]): RecordView[] {
  const newest = new Map<string, RecordView>();
  for (const view of views) {
    const name = toHex(view.manifest.record);
    const before = newest.get(name);
    if (before === undefined || before.manifest.version < view.manifest.version) newest.set(name, view);
  }
  return [...newest.values()];
}

function titleOf(row: KeyRow, key: Uint8Array): string | undefined {
  try {
    return openManifest(row, key).manifest.title;
  } catch {
    return undefined;
  }
}
