// Takes back what other clinics keep of this clinic's own charts: keys sealed to it, rows, terms. Nothing is believed that this
// clinic did not sign itself, and nothing that the chain says was erased. Owns the checks and the writes.
import { equalBytes } from '../../common/bytes.ts';
import { decodeConsentRow } from '../../consensus/ledger/consent/rows.ts';
import { consentKey } from '../../consensus/ledger/tables.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { BlobStore } from '../../records/blobs/blob-store.ts';
import { type KeyRow, verifyKeyRow } from '../../records/chart/key-row.ts';
import { type OpeningKey, openPacket, type Packet, verifyPacket } from '../../records/chart/packet.ts';
import { openedTerms, type SealedTerms } from '../../records/chart/sealed-terms.ts';
import { type VaultKey, verifyVaultKey } from '../../records/vault/vault-key.ts';
import type { ChartStore } from '../charts/chart-store.ts';
import {
  putChart,
  putCustodians,
  putGiven,
  putGivenPacket,
  putPacket,
  putRow,
  putSecret,
  putTerms,
  putVault,
  putVaultKey,
} from '../charts/chart-store.ts';
import { erasedRows } from '../charts/erased-rows.ts';
import { termsKey } from '../charts/layout.ts';
import type { ChartGuards } from '../charts/ports.ts';
import type { RowItem } from '../charts/rows-wire.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { LocalWrite } from '../store/local-database.ts';
import type { ChainStore } from '../store/ports.ts';

export interface TakingBackOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: ClinicNumber;
  /** The one in force first. */
  readonly openingKeys: readonly OpeningKey[];
}

export interface TakingBackModules {
  readonly chain: Pick<ChainStore, 'states'>;
  readonly members: Pick<MemberSets, 'senderEver'>;
  readonly blobs: Pick<BlobStore, 'has' | 'put' | 'delete'>;
  readonly guards: Pick<ChartGuards, 'isErased'>;
}

/** Custodians that are remembered of one category; more had it one after another. */
const MAX_CUSTODIANS = 8;
/** Terms under a later epoch of the consent key are not taken: new epochs go on above the highest there is. */
const MAX_TERMS_EPOCH = 2 ** 24;

export class TakingBack {
  private readonly options: TakingBackOptions;
  private readonly modules: TakingBackModules;

  constructor(options: TakingBackOptions, modules: TakingBackModules) {
    this.options = options;
    this.modules = modules;
  }

  /** On the disk when it resolves. Gives the handles of the charts in which something is new. */
  async take(store: ChartStore, from: ClinicNumber, items: readonly RowItem[]): Promise<Uint8Array[]> {
    const rows = items.flatMap((item) => (item.type === 'row' ? [item.row] : []));
    const { chain, guards } = this.modules;
    const erased = await erasedRows(chain, rows);
    const writes: LocalWrite[] = [];
    const changed: Uint8Array[] = [];
    const kept: KeyRow[] = [];
    for (const item of items) {
      if (item.type === 'packet') {
        const { packet } = item;
        // Of a chart that was erased there are no rows.
        const handle = await this.handleOf(store, packet.chart);
        if (handle === undefined) continue;
        const vault = await store.isVault(handle, packet);
        const taken = await this.takePacket(store, packet, vault);
        if (taken.length === 0) continue;
        writes.push(...taken, ...(vault ? [] : [putChart(handle, packet)]));
        changed.push(handle);
      }
      // At once: packets are held against it.
      if (item.type === 'vault-key') {
        const taken = await this.takeVaultKey(store, item.key);
        if (taken.length > 0) await store.batch(taken);
      }
      // At once: what follows is held against it.
      if (item.type === 'terms') {
        const taken = await this.takeTerms(store, item.terms);
        if (taken.length > 0) await store.batch(taken);
      } else if (item.type === 'blob') await this.takeBlob(item, kept);
      else if (item.type === 'row' && !erased.has(item.row) && !guards.isErased(item.row)) {
        if (!(await this.isOwn(item.row, verifyKeyRow))) continue;
        const { row } = item;
        kept.push(row);
        const held = await store.row(row, row.record, row.version);
        if (held !== undefined && held.revision >= row.revision) continue;
        writes.push(putRow(row));
        changed.push(row.handle);
      }
    }
    writes.push(...(await this.custodians(store, from, kept)));
    if (writes.length > 0) await store.batch(writes);
    return changed;
  }

  private async takePacket(store: ChartStore, packet: Packet, vault: boolean): Promise<LocalWrite[]> {
    const { clinic, genesisId, openingKeys } = this.options;
    if (!(await this.isOwn(packet, verifyPacket))) return [];
    // Her browser made it: it opens for whom it is for, and is handed over while the consent holds.
    if (vault && packet.category !== 'consent') return putGivenPacket(packet);
    if (packet.grantee !== clinic) return [];
    if ((await store.secret(packet, packet.category, packet.epoch)) !== undefined) return [];
    const key = await openPacket(packet, genesisId, openingKeys).catch(() => undefined);
    if (key === undefined) return [];
    return [putPacket(packet), putSecret(packet, packet.category, { epoch: packet.epoch, key })];
  }

  /** That a chart is a vault is known by these alone, which this clinic signed; of one that was erased there are no rows. */
  private async takeVaultKey(store: ChartStore, key: VaultKey): Promise<LocalWrite[]> {
    const { handle, chart, category, epoch, sealed } = key;
    const ref = { clinic: this.options.clinic, chart };
    if (!(await this.isOwn(key, verifyVaultKey)) || (await this.handleOf(store, chart)) === undefined) return [];
    const known = await store.vaultKeys(ref, category);
    const writes = known.some((one) => one.epoch === epoch) ? [] : [putVaultKey(ref, category, { epoch, sealed })];
    if (await store.isVault(handle, ref)) return writes;
    const [pointer, entry] = putVault(handle, ref);
    // Which of several is that of her account now, her next visit says.
    return [...writes, entry, ...((await store.vaultOf(handle, ref.clinic)) === undefined ? [pointer] : [])];
  }

  /**
   * Nobody signs terms, so the chain says which consents are this clinic's, and what they say. What cannot be opened yet is taken
   * where nothing is here: a reader is refused then, and a denial not forgotten.
   */
  private async takeTerms(store: ChartStore, terms: SealedTerms): Promise<LocalWrite[]> {
    const { clinic } = this.options;
    const { object, chart, epoch } = terms;
    if (terms.clinic !== clinic || epoch > MAX_TERMS_EPOCH) return [];
    const [bytes] = await this.modules.chain.states([consentKey(object)]);
    const row = bytes && decodeConsentRow(bytes);
    if (row?.author.type !== 'clinic' || row.author.clinic !== clinic) return [];
    const given = await store.given(object);
    const key = await store.secret(terms, 'consent', epoch);
    if (key === undefined) {
      if (given !== undefined) return [];
    } else {
      const opened = openedTerms(terms, key);
      if (opened === undefined || !equalBytes(opened.commitment, row.commitment)) return [];
      const { subject } = opened.terms;
      if (subject.kind !== 'chart' || !equalBytes(subject.id, chart)) return [];
    }
    const known = given !== undefined && equalBytes(given.chart, chart);
    const handle = known ? given.handle : await this.handleOf(store, chart);
    if (handle === undefined) return [];
    if (known) return [putTerms(terms)];
    const taken = [putTerms(terms), putGiven({ object, chart, handle, ended: given?.ended ?? 0 })];
    // Of another chart, as whoever was asked before said.
    if (given !== undefined) taken.push({ type: 'del', key: termsKey({ clinic, chart: given.chart }, object) });
    return taken;
  }

  private async takeBlob({ cid, bytes }: { cid: string; bytes: Uint8Array }, rows: readonly KeyRow[]): Promise<void> {
    const { blobs } = this.modules;
    if (bytes.length === 0 || !rows.some((row) => row.cid === cid) || (await blobs.has(cid))) return;
    const stored = await blobs.put(once(bytes));
    if (stored.cid !== cid) await blobs.delete(stored.cid);
  }

  /** Whoever gave rows back keeps them. */
  private async custodians(store: ChartStore, from: ClinicNumber, rows: readonly KeyRow[]): Promise<LocalWrite[]> {
    const writes = new Map<string, LocalWrite>();
    for (const row of rows) {
      const known = await store.custodians(row, row.category);
      if (known.includes(from) || known.length >= MAX_CUSTODIANS) continue;
      const write = putCustodians(row, row.category, [...known, from]);
      writes.set(write.key.join(), write);
    }
    return [...writes.values()];
  }

  private async handleOf(store: ChartStore, chart: Uint8Array): Promise<Uint8Array | undefined> {
    for await (const row of store.rows({ clinic: this.options.clinic, chart })) return row.handle;
    return undefined;
  }

  private async isOwn<T extends Pick<KeyRow | Packet | VaultKey, 'clinic' | 'signer'>>(
    made: T,
    verify: (made: T, genesisId: Uint8Array) => Promise<boolean>,
  ): Promise<boolean> {
    const { clinic, genesisId } = this.options;
    if (made.clinic !== clinic || this.modules.members.senderEver(made.signer)?.clinic !== clinic) return false;
    return verify(made, genesisId);
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
