// The vault of a patient's account at this clinic: a chart whose category keys are made in her browser. The clinic files rows,
// ciphertext, sealed keys and packets that it cannot open, holds each against what her device signed, and signs for keeping it.
import { equalBytes, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { RECORDS_ADD } from '../../consensus/ledger/kinds.ts';
import { NO_OBJECT, objectId, SALT_BYTES } from '../../consensus/ledger/objects.ts';
import { encodeRecords } from '../../consensus/ledger/records/types.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { BlobStore } from '../../records/blobs/blob-store.ts';
import { CATEGORIES, type Category } from '../../records/category.ts';
import { chartId, chartKey, chartSecret, subjectOf } from '../../records/chart/chart-key.ts';
import { adoptKeyRow, type KeyRow, type RowSigner, verifyKeyRow } from '../../records/chart/key-row.ts';
import { adoptPacket, type Packet, verifyPacket } from '../../records/chart/packet.ts';
import { PURPOSES, type PurposeCode } from '../../records/consent/terms.ts';
import { SEALED_VAULT_KEY_BYTES } from '../../records/vault/ring.ts';
import { vaultChartId } from '../../records/vault/vault-chart.ts';
import { demandPackets, MAX_CHART_PACKETS } from '../charts/chart-room.ts';
import type { ChartStore, SealedEpochKey } from '../charts/chart-store.ts';
import {
  dropPacket,
  dropVaultKey,
  putChart,
  putGivenPacket,
  putRow,
  putVault,
  putVaultKey,
} from '../charts/chart-store.ts';
import { knownKey } from '../charts/layout.ts';
import { type OwnCharts, type OwnRef, withBlob } from '../charts/own-chart.ts';
import type { PendingStatements } from '../charts/pending.ts';
import type { RowItem } from '../charts/rows-wire.ts';
import type { VaultCustody } from '../charts/vault-custody.ts';
import type { ClinicAuthor } from '../clinic-author.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { LocalWrite } from '../store/local-database.ts';
import { demandOwn } from './acting.ts';
import { MeError } from './errors.ts';
import type { AttachedPatient } from './patient-accounts.ts';

/** Categories that a patient files under: consents are the clinic's to keep. */
export const VAULT_CATEGORIES: readonly Category[] = CATEGORIES.filter((category) => category !== 'consent');
/** Versions in one vault: a new key of a category moves them all. */
export const MAX_VAULT_RECORDS = 4_096;
/** Of their ciphertext. */
export const MAX_VAULT_CONTENT_BYTES = 2 ** 35;
/** Keys of one category that there are at once: rows move on to the newest before the next is made. */
export const MAX_VAULT_EPOCHS = 32;
/** A device's clock may be that far ahead. */
const SKEW_MS = 300_000;

export interface VaultChartsOptions {
  readonly clinic: ClinicNumber;
  readonly storageKey: Uint8Array;
  readonly signer: RowSigner;
}

export interface VaultChartsModules {
  readonly store: ChartStore;
  readonly charts: Pick<OwnCharts, 'change'>;
  readonly custody: Pick<VaultCustody, 'queue' | 'settle' | 'keyItem'>;
  readonly pending: PendingStatements;
  readonly blobs: Pick<BlobStore, 'stat'>;
  readonly members: Pick<MemberSets, 'current'>;
  readonly author: ClinicAuthor;
  readonly clock: Pick<Clock, 'now'>;
  /** Whether this is a key of the account that counts now. */
  isDevice(key: Uint8Array, account: Uint8Array): Promise<boolean>;
}

export interface VaultRef extends OwnRef {
  readonly patient: AttachedPatient;
}

export interface NewVaultRecord {
  readonly salt: Uint8Array;
  readonly row: KeyRow;
  readonly commitment: Uint8Array;
  /** Where the row's epoch is the first of its category. */
  readonly newKey: Uint8Array | undefined;
  /** For those with whom the category is shared already. */
  readonly packets: readonly Packet[];
  /** Keeps the ciphertext, when all but that was found to be right. */
  take(): Promise<void>;
}

export interface NewVaultKey {
  readonly category: Category;
  readonly epoch: number;
  readonly sealed: Uint8Array;
  readonly rows: readonly KeyRow[];
  readonly packets: readonly Packet[];
}

/** A consent about the vault as far as packets go by it. */
export interface VaultGrant {
  readonly object: Uint8Array;
  readonly categories: readonly Category[];
  readonly purposes: readonly PurposeCode[];
  readonly ends: number;
  readonly clinics: readonly ClinicNumber[];
}

export class VaultCharts {
  private readonly options: VaultChartsOptions;
  private readonly modules: VaultChartsModules;
  private readonly secret: Uint8Array;

  constructor(options: VaultChartsOptions, modules: VaultChartsModules) {
    this.options = options;
    this.modules = modules;
    this.secret = chartSecret(options.storageKey);
  }

  get clinic(): ClinicNumber {
    return this.options.clinic;
  }

  /** Throws MeError `me.not-hers`. */
  ref(patient: AttachedPatient): VaultRef {
    demandOwn(patient);
    const { pid, handle, account } = patient;
    const chart = vaultChartId(chartKey(this.secret, pid), account);
    return { clinic: this.options.clinic, chart, handle, patient };
  }

  async keys(ref: VaultRef): Promise<(SealedEpochKey & { readonly category: Category })[]> {
    const found: (SealedEpochKey & { readonly category: Category })[] = [];
    for (const category of VAULT_CATEGORIES) {
      for (const key of await this.modules.store.vaultKeys(ref, category)) found.push({ ...key, category });
    }
    return found;
  }

  /** Categories whose newest key somebody has who may no longer read: nothing new goes under it. */
  async due(ref: VaultRef, grants: readonly VaultGrant[]): Promise<Category[]> {
    const { store } = this.modules;
    const due: Category[] = [];
    for (const category of VAULT_CATEGORIES) {
      const newest = (await store.vaultKeys(ref, category)).at(-1);
      if (newest === undefined) continue;
      const live = grants.filter(({ categories }) => categories.includes(category)).flatMap(({ clinics }) => clinics);
      const known = [...(await store.known(ref, category))];
      if (known.some(([clinic, epoch]) => epoch === newest.epoch && !live.includes(clinic))) due.push(category);
    }
    return due;
  }

  /** Every version that is filed. */
  async rows(ref: VaultRef): Promise<KeyRow[]> {
    const rows: KeyRow[] = [];
    for await (const row of this.modules.store.rows(ref)) rows.push(row);
    return rows;
  }

  /** On the disk and in the outbox when it resolves. Throws MeError `me.vault`, `me.epoch`, `me.full`, ChartError `consent.full`. */
  async add(
    ref: VaultRef,
    grants: readonly VaultGrant[],
    given: NewVaultRecord,
  ): Promise<{ record: Uint8Array; statement: Uint8Array }> {
    const { store, charts, custody, pending, author, clock } = this.modules;
    const { salt, row, commitment, newKey } = given;
    const record = objectId(
      RECORDS_ADD,
      { type: 'clinic', clinic: ref.clinic },
      expectLength(salt, SALT_BYTES, 'salt'),
    );
    if (!equalBytes(row.record, record) || row.version !== 1 || row.revision !== 1) throw wrong('row');
    await this.checkRow(ref, row);
    const subject = subjectOf(chartKey(this.secret, ref.patient.pid), 'records', clock.now());
    const packets = await this.adopted(ref, grants, row.category, row.epoch, given.packets);
    if ((await this.due(ref, grants)).includes(row.category))
      throw new MeError({ code: 'me.epoch', newest: row.epoch });
    const check = async (): Promise<void> => {
      const newest = (await store.vaultKeys(ref, row.category)).at(-1);
      const expected = newest?.epoch ?? 1;
      if (row.epoch !== expected || (newest === undefined) !== (newKey !== undefined)) {
        throw new MeError({ code: 'me.epoch', newest: newest?.epoch ?? 0 });
      }
      const custody = await store.chartOf(ref.handle, ref.clinic);
      const here = [ref, ...(custody === undefined ? [] : [{ clinic: ref.clinic, chart: custody }])];
      // Whoever reads both charts would take the one record for the other.
      for (const chart of here) if ((await store.versions(chart, record)).length > 0) throw wrong('salt');
      const rows = await this.rows(ref);
      if (rows.length >= MAX_VAULT_RECORDS) throw new MeError({ code: 'me.full', limit: MAX_VAULT_RECORDS });
      const bytes = rows.reduce((sum, { size }) => sum + size, row.size);
      if (bytes > MAX_VAULT_CONTENT_BYTES) throw new MeError({ code: 'me.full', limit: MAX_VAULT_CONTENT_BYTES });
    };
    await check();
    await given.take();
    const statement = await charts.change(async () => {
      await check();
      await this.checkContent(row);
      await demandPackets(store, ref, packets.length);
      const payload = encodeRecords([{ salt, subject, commitment }]);
      const made = author.make({ kind: RECORDS_ADD, object: NO_OBJECT, version: 0, payload });
      const writes: LocalWrite[] = [
        ...(await this.beginning(ref)),
        pending.put(ref, made),
        ...packets.flatMap(putGivenPacket),
      ];
      const { category, epoch } = row;
      const adopted = adoptKeyRow(row, this.options.signer);
      const items: RowItem[] = [...withBlob(adopted), ...packets.map(asItem)];
      if (newKey !== undefined) {
        writes.push(this.keyWrite(ref, category, epoch, newKey));
        items.push(custody.keyItem(ref, category, { epoch, sealed: newKey }));
      }
      writes.push(putRow(adopted), ...(await custody.queue(ref, category, items)));
      await store.batch(writes);
      await custody.settle(ref, category);
      return made;
    });
    await pending.submit([{ ref, statement }]);
    return { record, statement: statement.id };
  }

  /** The next key of a category, in as many calls as its rows take; `left`: rows under older keys. Throws MeError. */
  async rekey(ref: VaultRef, grants: readonly VaultGrant[], given: NewVaultKey): Promise<{ left: number }> {
    const { store, charts, custody } = this.modules;
    const { category, epoch, sealed } = given;
    for (const row of given.rows) {
      await this.checkRow(ref, row);
      await this.checkContent(row);
    }
    const packets = await this.adopted(ref, grants, category, epoch, given.packets);
    return charts.change(async () => {
      const keys = await store.vaultKeys(ref, category);
      const newest = keys.at(-1);
      const goesOn = newest?.epoch === epoch && equalBytes(newest.sealed, sealed) && keys.length > 1;
      if (newest === undefined || (!goesOn && epoch !== newest.epoch + 1)) {
        throw new MeError({ code: 'me.epoch', newest: newest?.epoch ?? 0 });
      }
      if (!goesOn && keys.length >= MAX_VAULT_EPOCHS) throw new MeError({ code: 'me.full', limit: MAX_VAULT_EPOCHS });
      // Those of the key before are still there.
      await demandPackets(store, ref, packets.length, 2 * MAX_CHART_PACKETS);
      const moved = new Set<string>();
      const items: RowItem[] = [custody.keyItem(ref, category, { epoch, sealed }), ...packets.map(asItem)];
      const writes: LocalWrite[] = [this.keyWrite(ref, category, epoch, sealed), ...packets.flatMap(putGivenPacket)];
      for (const row of given.rows) {
        const held = await store.row(ref, row.record, row.version);
        if (held === undefined || !isMove(held, row, category, epoch)) throw wrong('rows');
        moved.add(nameOf(row));
        const adopted = adoptKeyRow(row, this.options.signer);
        writes.push(putRow(adopted));
        items.push({ type: 'row', row: adopted });
      }
      let left = 0;
      for await (const row of store.rows(ref)) {
        if (row.category === category && row.epoch < epoch && !moved.has(nameOf(row))) left++;
      }
      // What is under an older key is served with it until it has moved.
      if (left === 0) {
        items.push({ type: 'drop-epochs', chart: ref.chart, category, below: epoch });
        for (const key of keys) if (key.epoch < epoch) writes.push(dropVaultKey(ref, category, key.epoch));
        const old = (await store.packets(ref, category)).filter((packet) => packet.epoch < epoch);
        writes.push(...old.map(dropPacket));
        const given = new Set(packets.map(({ grantee }) => grantee));
        for (const [clinic, before] of await store.known(ref, category)) {
          if (before < epoch && !given.has(clinic)) writes.push({ type: 'del', key: knownKey(ref, category, clinic) });
        }
      }
      await store.batch([...writes, ...(await custody.queue(ref, category, items))]);
      await custody.settle(ref, category);
      return { left };
    });
  }

  /** Of what a vault begins with: the clinic's chart of the patient, too, by which an erasure and a recovery find her. */
  async beginning({ clinic, chart, handle, patient }: VaultRef): Promise<LocalWrite[]> {
    const writes = putVault(handle, { clinic, chart });
    if ((await this.modules.store.chartOf(handle, clinic)) === undefined) {
      writes.push(putChart(handle, { clinic, chart: chartId(chartKey(this.secret, patient.pid)) }));
    }
    return writes;
  }

  /** Packets of these grants for keys that are in force, signed as this clinic's. Throws MeError `me.vault`. */
  async packetsFor(ref: VaultRef, grant: VaultGrant, packets: readonly Packet[]): Promise<Packet[]> {
    const made: Packet[] = [];
    for (const packet of packets) {
      const newest = (await this.modules.store.vaultKeys(ref, packet.category)).at(-1);
      if (newest === undefined) throw wrong('packets');
      made.push(...(await this.adopted(ref, [grant], packet.category, newest.epoch, [packet])));
    }
    return made;
  }

  private async adopted(
    ref: VaultRef,
    grants: readonly VaultGrant[],
    category: Category,
    epoch: number,
    packets: readonly Packet[],
  ): Promise<Packet[]> {
    const { members, isDevice } = this.modules;
    const { signer } = this.options;
    const made: Packet[] = [];
    for (const packet of packets) {
      const grant = grants.find(({ object }) => equalBytes(object, packet.grant));
      const fits =
        grant?.categories.includes(category) === true &&
        grant.clinics.includes(packet.grantee) &&
        packet.ends === grant.ends &&
        packet.purpose === purposeOf(grant.purposes);
      const key = members.current.clinic(packet.grantee)?.encryptionKey;
      const same = packet.clinic === ref.clinic && equalBytes(packet.chart, ref.chart) && packet.category === category;
      if (!fits || !same || packet.epoch !== epoch || key === undefined || !equalBytes(packet.granteeKey, key)) {
        throw wrong('packets');
      }
      if (!(await isDevice(packet.signer, ref.patient.account))) throw wrong('packets');
      if (!(await verifyPacket(packet, signer.genesisId))) throw wrong('packets');
      made.push(adoptPacket(packet, signer));
    }
    return made;
  }

  /** Whose it is, and where it belongs. */
  private async checkRow(ref: VaultRef, row: KeyRow): Promise<void> {
    const { clock, isDevice } = this.modules;
    const here = row.clinic === ref.clinic && equalBytes(row.chart, ref.chart) && equalBytes(row.handle, ref.handle);
    if (!here || row.wrap === undefined || !VAULT_CATEGORIES.includes(row.category)) throw wrong('row');
    if (row.written > clock.now() + SKEW_MS) throw wrong('row');
    if (!(await isDevice(row.signer, ref.patient.account))) throw wrong('row');
    if (!(await verifyKeyRow(row, this.options.signer.genesisId))) throw wrong('row');
  }

  private async checkContent({ cid, size }: KeyRow): Promise<void> {
    if ((await this.modules.blobs.stat(cid))?.size !== size) throw wrong('cid');
  }

  private keyWrite(ref: VaultRef, category: Category, epoch: number, sealed: Uint8Array): LocalWrite {
    return putVaultKey(ref, category, { epoch, sealed: expectLength(sealed, SEALED_VAULT_KEY_BYTES, 'newKey') });
  }
}

function asItem(packet: Packet): RowItem {
  return { type: 'packet', packet };
}

/** As packets name what they are for. */
export function purposeOf([first]: readonly PurposeCode[]): number {
  return first === undefined ? 0 : PURPOSES.indexOf(first) + 1;
}

/** The same version under another key. */
function isMove(held: KeyRow, row: KeyRow, category: Category, epoch: number): boolean {
  return (
    row.epoch === epoch &&
    row.category === category &&
    held.category === category &&
    held.epoch < epoch &&
    row.revision === held.revision + 1 &&
    row.written === held.written &&
    row.cid === held.cid &&
    row.size === held.size
  );
}

function nameOf({ record, version }: KeyRow): string {
  return `${toHex(record)}.${version}`;
}

function expectLength(bytes: Uint8Array, length: number, field: string): Uint8Array {
  if (bytes.length !== length) throw wrong(field);
  return bytes;
}

function wrong(field: string): MeError {
  return new MeError({ code: 'me.vault', field });
}
