// Keeps the charts of this clinic in order: who has which category key, who keeps the rows, and that rows move on to the newest
// epoch. Each change is one batch, one change of charts at a time. Owns no consent and no content.

import { EMPTY_BYTES, equalBytes } from '../../common/bytes.ts';
import type { Logger } from '../../common/logger.ts';
import { Serial } from '../../common/serial.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { CATEGORIES, type Category } from '../../records/category.ts';
import { custodiansOf, custodyOrder } from '../../records/chart/custodians.ts';
import { type KeyRow, type RowSigner, rewrapKeyRow } from '../../records/chart/key-row.ts';
import { makePacket, NO_GRANT, type Packet } from '../../records/chart/packet.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { LocalWrite } from '../store/local-database.ts';
import type { ChainStore } from '../store/ports.ts';
import type { CategoryKeys } from './category-keys.ts';
import { isCrowded } from './chart-room.ts';
import {
  type ChartStore,
  dropPacket,
  dropSecret,
  dropWords,
  putCustodians,
  putKnown,
  putPacket,
  putRow,
} from './chart-store.ts';
import type { HybridKeys } from './hybrid-keys.ts';
import { attachedClinics, type Judge } from './judge.ts';
import { MAX_INLINE_BYTES } from './key-wire.ts';
import { type ChartRef, knownKey } from './layout.ts';
import type { Outgoing } from './outgoing.ts';
import type { RowItem } from './rows-wire.ts';

/** What a packet without a grant is handed over for: as long as the relation stands. */
export const NO_END = Number.MAX_SAFE_INTEGER;
/** Of treatment, as packets name purposes; keeping alone is 0. */
const PURPOSE_TREAT = 1;
const PURPOSE_KEEPING = 0;
/** Any doctor of a branch: a rule for branches asks for nobody's name. */
const NOBODY = new Uint8Array(32);
/** Rows that move to another epoch in one batch. */
const REWRAP_PAGE = 64;

export interface OwnChartOptions {
  readonly clinic: ClinicNumber;
  readonly organisation: number;
  readonly signer: RowSigner;
}

export interface OwnChartModules {
  readonly store: ChartStore;
  readonly keys: CategoryKeys;
  readonly outgoing: Outgoing;
  readonly members: MemberSets;
  readonly hybrid: Pick<HybridKeys, 'of'>;
  readonly chain: Pick<ChainStore, 'stateRange'>;
  readonly judge: Pick<Judge, 'about'>;
  readonly logger: Logger;
}

/** A clinic that is to have a category key, and by what right. */
export interface Grantee {
  readonly clinic: ClinicNumber;
  readonly grant: Uint8Array;
  readonly purpose: number;
  readonly ends: number;
}

export interface OwnRef extends ChartRef {
  readonly handle: Uint8Array;
}

export class OwnCharts {
  private readonly options: OwnChartOptions;
  private readonly modules: OwnChartModules;
  private readonly serial = new Serial();

  constructor(options: OwnChartOptions, modules: OwnChartModules) {
    this.options = options;
    this.modules = modules;
  }

  /** One change of charts at a time. */
  change<T>(work: () => Promise<T>): Promise<T> {
    return this.serial.run(work);
  }

  idle(): Promise<void> {
    return this.serial.idle();
  }

  /** What rows of this category go out to beside this clinic, chosen when there is nobody yet. Within `change`. */
  async custodians(ref: OwnRef, category: Category): Promise<readonly ClinicNumber[]> {
    const chosen = await this.modules.store.custodians(ref, category);
    return chosen.length > 0 ? chosen : this.settle(ref, category);
  }

  /**
   * Chooses the custodians of a category anew, gives those that are new what there is, takes it from the others; gives the
   * branches of the organisation that treat the patient their key. Within `change`.
   */
  async settle(ref: OwnRef, category: Category): Promise<readonly ClinicNumber[]> {
    await this.giveSelf(ref, category);
    await this.giveBranches(ref, category);
    const { store, members, outgoing } = this.modules;
    const { clinic } = this.options;
    const known = await store.known(ref, category);
    const numbers = members.current.clinics.map(({ number }) => number);
    const chosen = custodiansOf(custodyOrder(ref.handle, clinic, numbers), (one) => known.has(one));
    const before = await store.custodians(ref, category);
    const added = chosen.filter((one) => !before.includes(one));
    const gone = before.filter((one) => !chosen.includes(one));
    if (added.length + gone.length === 0) return chosen;
    const writes: LocalWrite[] = [putCustodians(ref, category, chosen)];
    writes.push(...outgoing.queue(gone, [{ type: 'drop-rows', chart: ref.chart, category }]));
    if (added.length > 0) {
      writes.push(...outgoing.queue(added, [announced(ref)]), ...(await this.giveConsents(ref, added)));
      writes.push(...(await this.everything(ref, category, added)));
    }
    await store.batch(writes);
    outgoing.wake();
    return chosen;
  }

  /** What a clinic keeps of this chart, once more: it lost what it had, or part of it. Within `change`. */
  async resend(ref: OwnRef, to: ClinicNumber): Promise<void> {
    const { store, outgoing } = this.modules;
    const writes: LocalWrite[] = [];
    for (const category of CATEGORIES) {
      if (!(await store.custodians(ref, category)).includes(to)) continue;
      if (writes.length === 0) {
        writes.push(...outgoing.queue([to], [announced(ref)]), ...(await this.giveConsents(ref, [to])));
      }
      writes.push(...(await this.everything(ref, category, [to])));
    }
    await store.batch(writes);
    outgoing.wake();
  }

  private async everything(ref: OwnRef, category: Category, to: readonly ClinicNumber[]): Promise<LocalWrite[]> {
    const { store, outgoing } = this.modules;
    const packets = await store.packets(ref, category);
    const writes = outgoing.queue(
      to,
      packets.map((packet): RowItem => ({ type: 'packet', packet })),
    );
    for await (const row of store.rows(ref)) {
      if (row.category === category) writes.push(...outgoing.queue(to, withBlob(row)));
    }
    return writes;
  }

  /** Gives clinics the key of a category: all rows are under it by then, so that no other key is needed. Within `change`. */
  async give(ref: OwnRef, category: Category, to: readonly Grantee[]): Promise<void> {
    const { store, outgoing } = this.modules;
    const before = await store.custodians(ref, category);
    // Who keeps the rows would need no ticket any more: what it has opens for nobody from here on.
    const leaving = to.map((one) => one.clinic).filter((one) => before.includes(one));
    if (leaving.length > 0) await this.nextEpoch(ref, category, () => true, leaving);
    await this.rewrap(ref, category, leaving);
    const { writes, packets } = await this.packetsFor(ref, category, to);
    const after = before.filter((one) => !leaving.includes(one));
    writes.push(
      ...outgoing.queue(
        after,
        packets.map((packet): RowItem => ({ type: 'packet', packet })),
      ),
    );
    await store.batch(writes);
    await this.settle(ref, category);
    outgoing.wake();
  }

  /** Takes the keys of a category from those whose packets `keeps` refuses: a new epoch for the others. Within `change`. */
  async take(ref: OwnRef, category: Category, grant: Uint8Array): Promise<void> {
    const { store, outgoing } = this.modules;
    const stays = (packet: Packet): boolean => !equalBytes(packet.grant, grant);
    // The keys of a vault are the patient's: her page makes the next one.
    const ownKeys = (await store.secrets(ref, category)).length > 0;
    if (ownKeys) await this.nextEpoch(ref, category, stays);
    else await store.batch((await store.packets(ref, category)).filter((one) => !stays(one)).map(dropPacket));
    const custodians = await store.custodians(ref, category);
    await store.batch(outgoing.queue(custodians, [{ type: 'drop-grant', chart: ref.chart, category, grant }]));
    outgoing.wake();
  }

  /**
   * Brings all rows of a category under the newest key, then forgets the older keys everywhere. Within `change`. `leaving`:
   * custodians that are about to get the key, and no rows under it.
   */
  async rewrap(ref: OwnRef, category: Category, leaving: readonly ClinicNumber[] = []): Promise<void> {
    const { store, outgoing } = this.modules;
    const secrets = await store.secrets(ref, category);
    const newest = secrets.at(-1);
    if (newest === undefined || secrets.length === 1) return;
    // Sealed terms stay under the key that they came under: custodians see them anyway.
    if (category === 'consent') return;
    const custodians = (await store.custodians(ref, category)).filter((one) => !leaving.includes(one));
    const keys = new Map(secrets.map(({ epoch, key }) => [epoch, key]));
    const to = { epoch: newest.epoch, categoryKey: newest.key };
    let page: KeyRow[] = [];
    const flush = async (): Promise<void> => {
      await store.batch([
        ...page.flatMap(movedRow),
        ...outgoing.queue(
          custodians,
          page.map((row): RowItem => ({ type: 'row', row })),
        ),
      ]);
      page = [];
    };
    for await (const row of store.rows(ref)) {
      const key = keys.get(row.epoch);
      if (row.category !== category || row.epoch === newest.epoch || key === undefined) continue;
      page.push(rewrapKeyRow(row, key, to, this.options.signer));
      if (page.length === REWRAP_PAGE) await flush();
    }
    const below = newest.epoch;
    const old = (await store.packets(ref, category)).filter(({ epoch }) => epoch < below).map(dropPacket);
    const known = [...(await store.known(ref, category))].filter(([, epoch]) => epoch < below);
    await store.batch([
      ...page.flatMap(movedRow),
      ...outgoing.queue(
        custodians,
        page.map((row): RowItem => ({ type: 'row', row })),
      ),
      ...outgoing.queue(custodians, [{ type: 'drop-epochs', chart: ref.chart, category, below }]),
      ...secrets.slice(0, -1).map(({ epoch }) => dropSecret(ref, category, epoch)),
      ...old,
      ...known.map(([one]): LocalWrite => ({ type: 'del', key: knownKey(ref, category, one) })),
    ]);
    outgoing.wake();
  }

  /** Finishes what a stop interrupted, and follows changes of the members. Within `change`. */
  async tidy(ref: OwnRef): Promise<void> {
    for (const category of CATEGORIES) {
      if ((await this.modules.store.secrets(ref, category)).length === 0 || category === 'consent') continue;
      await this.giveBranches(ref, category);
      await this.rewrap(ref, category);
      await this.settle(ref, category);
    }
  }

  /** Every category under a new key for those who have one now: what somebody else was shown opens nothing written since. */
  async rotate(ref: OwnRef): Promise<void> {
    for (const category of CATEGORIES) {
      if (category === 'consent' || (await this.modules.store.secrets(ref, category)).length === 0) continue;
      await this.nextEpoch(ref, category, () => true);
      await this.rewrap(ref, category);
    }
  }

  /** A new key; those whose packets stay get it, the others' packets go. */
  private async nextEpoch(
    ref: OwnRef,
    category: Category,
    keeps: (packet: Packet) => boolean,
    leaving: readonly ClinicNumber[] = [],
  ): Promise<void> {
    const { store, keys, outgoing } = this.modules;
    if (await isCrowded(store, ref)) await this.rewrap(ref, category, leaving);
    const packets = await store.packets(ref, category);
    const stay = packets.filter(keeps);
    const next = await keys.next(ref, category);
    const grantees = distinct(stay);
    const made = await Promise.all(grantees.map((to) => this.packet(ref, category, next, to)));
    const custodians = (await store.custodians(ref, category)).filter((one) => !leaving.includes(one));
    await store.batch([
      ...next.writes,
      ...packets.filter((packet) => !keeps(packet)).map(dropPacket),
      ...made.map(putPacket),
      ...grantees.map(({ clinic }) => putKnown(ref, category, clinic, next.epoch)),
      ...outgoing.queue(
        custodians,
        made.map((packet): RowItem => ({ type: 'packet', packet })),
      ),
    ]);
    outgoing.wake();
  }

  private async packetsFor(ref: OwnRef, category: Category, to: readonly Grantee[]) {
    const key = await this.modules.keys.inForce(ref, category);
    const packets = await Promise.all(to.map((grantee) => this.packet(ref, category, key, grantee)));
    const writes: LocalWrite[] = [...key.writes, ...packets.map(putPacket)];
    writes.push(...to.map(({ clinic }) => putKnown(ref, category, clinic, key.epoch)));
    return { writes, packets };
  }

  private packet(
    { clinic, chart }: ChartRef,
    category: Category,
    { epoch, key }: { readonly epoch: number; readonly key: Uint8Array },
    { clinic: grantee, grant, purpose, ends }: Grantee,
  ): Promise<Packet> {
    const granteeKey = this.modules.members.record(grantee)?.encryptionKey;
    if (granteeKey === undefined) throw new Error(`clinic ${grantee} has no key`);
    const name = { clinic, chart, category, epoch, grantee, granteeKey, grant, purpose, ends };
    return makePacket(name, key, this.options.signer, this.modules.hybrid.of(grantee, granteeKey));
  }

  /** Custodians keep the key for this clinic too, sealed to it: its own disk is in no backup of keys. */
  private async giveSelf(ref: OwnRef, category: Category): Promise<void> {
    const { store, keys, outgoing } = this.modules;
    const { clinic } = this.options;
    if ((await store.packets(ref, category)).some(({ grantee }) => grantee === clinic)) return;
    const key = await keys.inForce(ref, category);
    const right = { clinic, grant: NO_GRANT, purpose: PURPOSE_KEEPING, ends: NO_END };
    const packet = await this.packet(ref, category, key, right);
    const custodians = await store.custodians(ref, category);
    await store.batch([...key.writes, putPacket(packet), ...outgoing.queue(custodians, [{ type: 'packet', packet }])]);
  }

  /** Design section 8, organisation treating rule: branches at which the patient is registered, unless a consent says no. */
  private async entitled({ handle, ...ref }: OwnRef, category: Category): Promise<ClinicNumber[]> {
    const { members, chain, judge } = this.modules;
    const { organisation, clinic } = this.options;
    const branches = members.current.clinicsOf(organisation).filter(({ number }) => number !== clinic);
    if (branches.length === 0) return [];
    const attached = await attachedClinics(chain, handle);
    const entitled: ClinicNumber[] = [];
    for (const { number } of branches) {
      if (!attached.includes(number)) continue;
      const reader = { account: NOBODY, roles: ['doctor'] as const, clinic: number, organisation };
      const about = await judge.about({ ref, handle, reader, purpose: 'TREAT', mode: 'view' });
      const decision = about?.({ category, whole: true });
      if (decision?.permit === true && decision.reason === 'organisation') entitled.push(number);
    }
    return entitled;
  }

  private async giveBranches(ref: OwnRef, category: Category): Promise<void> {
    const { store } = this.modules;
    const { clinic } = this.options;
    const entitled = await this.entitled(ref, category);
    const packets = (await store.packets(ref, category)).filter(
      ({ grant, grantee }) => equalBytes(grant, NO_GRANT) && grantee !== clinic,
    );
    if (packets.some(({ grantee }) => !entitled.includes(grantee))) {
      const stays = (packet: Packet): boolean =>
        !equalBytes(packet.grant, NO_GRANT) || packet.grantee === clinic || entitled.includes(packet.grantee);
      await this.nextEpoch(ref, category, stays);
    }
    const missing = entitled.filter((one) => !packets.some(({ grantee }) => grantee === one));
    if (missing.length === 0) return;
    const right = { grant: NO_GRANT, purpose: PURPOSE_TREAT, ends: NO_END };
    const before = await store.custodians(ref, category);
    const leaving = missing.filter((one) => before.includes(one));
    if (leaving.length > 0) await this.nextEpoch(ref, category, () => true, leaving);
    await this.rewrap(ref, category, leaving);
    const { writes, packets: made } = await this.packetsFor(
      ref,
      category,
      missing.map((one) => ({ clinic: one, ...right })),
    );
    writes.push(
      ...this.modules.outgoing.queue(
        before,
        made.map((packet): RowItem => ({ type: 'packet', packet })),
      ),
    );
    await store.batch(writes);
  }

  /** The consent key and all terms, for clinics that are to decide. Within `change`. */
  async giveConsents(ref: OwnRef, to: readonly ClinicNumber[]): Promise<LocalWrite[]> {
    const { store, keys, outgoing } = this.modules;
    const key = await keys.inForce(ref, 'consent');
    const writes: LocalWrite[] = [...key.writes];
    for (const clinic of to) {
      const right = { clinic, grant: NO_GRANT, purpose: PURPOSE_KEEPING, ends: NO_END };
      const packet = await this.packet(ref, 'consent', key, right);
      writes.push(putPacket(packet), ...outgoing.queue([clinic], [{ type: 'packet', packet }]));
    }
    const self = { clinic: this.options.clinic, grant: NO_GRANT, purpose: PURPOSE_KEEPING, ends: NO_END };
    const own = await this.packet(ref, 'consent', key, self);
    writes.push(putPacket(own), ...outgoing.queue(to, [{ type: 'packet', packet: own }]));
    const terms = (await store.terms(ref)).map((one): RowItem => ({ type: 'terms', terms: one }));
    return [...writes, ...outgoing.queue(to, terms)];
  }
}

function announced({ chart, handle }: OwnRef): RowItem {
  return { type: 'chart', chart, handle, vault: false };
}

/** A row under another key; what was noted of it for searches goes with the old one. */
function movedRow(row: KeyRow): LocalWrite[] {
  return [putRow(row), dropWords(row)];
}

/** A row, and its envelope where that is small enough to go along. */
export function withBlob(row: KeyRow): RowItem[] {
  const item: RowItem = { type: 'row', row };
  if (row.cid === '' || row.size > MAX_INLINE_BYTES) return [item];
  return [item, { type: 'blob', cid: row.cid, bytes: EMPTY_BYTES }];
}

/** One for each clinic and right, whatever the epochs. */
function distinct(packets: readonly Packet[]): Grantee[] {
  const found: Grantee[] = [];
  for (const { grantee: clinic, grant, purpose, ends } of packets) {
    if (found.some((one) => one.clinic === clinic && equalBytes(one.grant, grant))) continue;
    found.push({ clinic, grant, purpose, ends });
  }
  return found;
}
