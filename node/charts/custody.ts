// Takes rows of other clinics' charts into custody (`/wardmesh/rows/1`): from the clinic whose chart it is, over its own
// connection, for patients that are registered there. Owns what is kept and dropped; who is served is key-server.ts.
import { equalBytes, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import type { Logger } from '../../common/logger.ts';
import { decodePatientClinicRow } from '../../consensus/ledger/patients/rows.ts';
import { patientClinicKey } from '../../consensus/ledger/tables.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { Member } from '../../consensus/member-set.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network } from '../../p2p/ports.ts';
import { ProtocolError } from '../../p2p/reqresp/errors.ts';
import type { BlobStore } from '../../records/blobs/blob-store.ts';
import { cidOfBlock } from '../../records/blobs/cid.ts';
import { type KeyRow, verifyKeyRow } from '../../records/chart/key-row.ts';
import { type Packet, verifyPacket } from '../../records/chart/packet.ts';
import { type VaultKey, verifyVaultKey } from '../../records/vault/vault-key.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { LocalWrite } from '../store/local-database.ts';
import type { ChainStore } from '../store/ports.ts';
import {
  type ChartStore,
  dropPacket,
  dropVaultKey,
  keepVaultKey,
  putChart,
  putKept,
  putPacket,
  putRow,
  putTerms,
  putVault,
} from './chart-store.ts';
import { CustodyRoom, type Kept, type KeptKind, MAX_KEPT_VAULTS } from './custody-room.ts';
import { erasedRows } from './erased-rows.ts';
import { type ChartRef, rowKey } from './layout.ts';
import type { ChartGuards } from './ports.ts';
import {
  chartOfItem,
  decodeRowsMessage,
  encodeRowsAnswer,
  isTakingAway,
  ROWS,
  ROWS_TTL_MS,
  type RowItem,
  verifyRowsMessage,
} from './rows-wire.ts';
import { namedByNoOther } from './shared-ciphertext.ts';

/** Messages of the last minutes, so that none counts twice. */
const NONCES = 20_000;

export interface CustodyOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: ClinicNumber;
}

export interface CustodyModules {
  readonly store: ChartStore;
  readonly chain: Pick<ChainStore, 'states'>;
  readonly members: MemberSets;
  readonly network: Network;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly guards: Pick<ChartGuards, 'isErased'>;
  /** Rows that are new here, for whoever keeps their ciphertext. */
  onRows(rows: readonly KeyRow[]): void;
}

interface RowFacts {
  /** Whether the patient is registered at the clinic that sends the row. */
  attached(row: Pick<KeyRow, 'handle'>): Promise<boolean>;
  chart(row: KeyRow): Promise<Uint8Array | undefined>;
  vault(row: KeyRow): Promise<boolean>;
  packets(row: KeyRow): Promise<readonly Packet[]>;
}

/** What one item of a message writes, all of it or nothing. */
interface Step {
  readonly writes: readonly LocalWrite[];
  readonly row?: KeyRow;
  /** Where it needs room. */
  readonly kept?: Kept;
}

export class Custody {
  private readonly options: CustodyOptions;
  private readonly modules: CustodyModules;
  private readonly seen = new BoundedMap<string, true>({ maxEntries: NONCES });
  private readonly room: CustodyRoom;

  constructor(options: CustodyOptions, modules: CustodyModules) {
    this.options = options;
    this.modules = modules;
    this.room = new CustodyRoom(modules.store);
    modules.network.serve(ROWS, (from, request) => this.take(from, request));
  }

  private async *take(from: string, request: Uint8Array): AsyncGenerator<Uint8Array> {
    const { members, clock, logger } = this.modules;
    const member = members.current.clinics.find(({ nodeKey }) => peerIdOf(nodeKey) === from);
    if (member === undefined) throw refusal('not-a-member');
    const message = decodeRowsMessage(request);
    const now = clock.now();
    const timely = message.ends > now && message.ends <= now + 2 * ROWS_TTL_MS;
    const meant = message.from === member.number && message.to === this.options.clinic;
    const nonce = toHex(message.nonce);
    if (!meant || !timely || this.seen.has(nonce)) throw refusal('ticket');
    if (!(await verifyRowsMessage(request, this.options.genesisId, member.nodeKey))) throw refusal('ticket');
    this.seen.set(nonce, true);
    const { writes, rows, waiting } = await this.writesFor(member, message.items);
    if (writes.length > 0) await this.modules.store.batch(writes);
    if (rows.length > 0) this.modules.onRows(rows);
    const items = message.items.length;
    logger.debug(
      { clinic: member.number, items, rows: rows.length, waiting: waiting.length },
      'took rows into custody',
    );
    yield encodeRowsAnswer(waiting);
  }

  private async writesFor(
    member: Member,
    items: readonly RowItem[],
  ): Promise<{ writes: LocalWrite[]; rows: KeyRow[]; waiting: number[] }> {
    const steps: Step[] = [];
    const dropped: KeyRow[] = [];
    const envelopes = new Map<string, Uint8Array>();
    const { store } = this.modules;
    const about = this.factsFor(member);
    const waits = await Promise.all(items.map((item) => this.mustWait(item, about)));
    const chartOf = (item: RowItem): string[] => (item.type === 'blob' ? [] : [toHex(chartOfItem(item))]);
    const held = new Set(items.flatMap((item, index) => (waits[index] ? chartOf(item) : [])));
    const isHeld = (item: RowItem): boolean => chartOf(item).some((chart) => held.has(chart));
    // First: the rest is held against it.
    for (const item of items) if (item.type === 'chart' && !isHeld(item)) await this.announce(member, item);
    const rowsSent = items.flatMap((item) => (item.type === 'row' ? [item.row] : []));
    const erased = await erasedRows(this.modules.chain, rowsSent);
    const kept = await Promise.all(
      items.map(
        (item) =>
          item.type === 'row' && !isHeld(item) && !erased.has(item.row) && this.mayKeep(member, item.row, about),
      ),
    );
    for (const [index, item] of items.entries()) {
      if (isHeld(item) && !isTakingAway(item)) continue;
      if (item.type === 'row') {
        if (!kept[index]) continue;
        const step = keeping('rows', item.row, putRow(item.row));
        const isVault = await about.vault(item.row);
        const chart = isVault ? [] : [putChart(item.row.handle, item.row)];
        steps.push({ ...step, row: item.row, writes: [...chart, ...step.writes] });
      } else if (item.type === 'packet') {
        const { packet } = item;
        if (!(await this.isTheirs(member, packet, verifyPacket)) || !(await store.isKept(packet))) continue;
        steps.push(keeping('packets', packet, putPacket(packet)));
      } else if (item.type === 'terms') {
        if (item.terms.clinic !== member.number || !(await store.isKept(item.terms))) continue;
        steps.push(keeping('terms', item.terms, putTerms(item.terms)));
      } else if (item.type === 'vault-key') {
        const { key } = item;
        if (!(await this.isTheirs(member, key, verifyVaultKey)) || !(await store.isVault(key.handle, key))) continue;
        steps.push(keeping('vault keys', key, keepVaultKey(key)));
      } else if (item.type === 'blob') envelopes.set(item.cid, item.bytes);
      else if (item.type !== 'chart') steps.push({ writes: await this.drops(member.number, item, dropped) });
    }
    const taken = await this.within(member.number, steps);
    const writes = taken.flatMap((step) => step.writes);
    const rows = taken.flatMap(({ row }) => row ?? []);
    this.room.forget(dropped);
    await this.dropBlobs(dropped, rows);
    await this.keepBlobs(envelopes, rows);
    const waiting = [...waits.keys()].filter((index) => waits[index]);
    return { writes, rows, waiting };
  }

  /**
   * Until the block is here that registers the patient there: the item is sent again. What takes something of that chart away
   * is done all the same, the rest of it waits too.
   */
  private async mustWait(item: RowItem, about: RowFacts): Promise<boolean> {
    if (item.type === 'chart') return !(await about.attached(item));
    // Of an erased one nothing is kept, and nothing more need come.
    if (item.type !== 'row' || this.modules.guards.isErased(item.row)) return false;
    return !(await about.attached(item.row));
  }

  /** All but what there is no room for: of other charts, and of what ends something, nothing waits for one that is full. */
  private async within(clinic: ClinicNumber, steps: readonly Step[]): Promise<readonly Step[]> {
    const over = await this.room.over(steps.flatMap(({ kept }) => kept ?? []));
    if (over.size === 0) return steps;
    const what = [...new Set([...over].map(({ kind }) => kind))];
    this.modules.logger.warn(
      { clinic, code: 'custody.full', what, items: over.size },
      'a clinic sends more of a chart than is kept of one: the rest of that chart is left out',
    );
    return steps.filter(({ kept }) => kept === undefined || !over.has(kept));
  }

  /** On the disk when it resolves. Charts are of patients whom the chain has at that clinic: there are no others. */
  private async announce(
    { number: clinic }: Member,
    { chart, handle, vault }: Extract<RowItem, { readonly type: 'chart' }>,
  ): Promise<void> {
    const { store } = this.modules;
    const ref = { clinic, chart };
    const main = await store.chartOf(handle, clinic);
    const isMain = main !== undefined && equalBytes(main, chart);
    if (!vault) {
      if ((main !== undefined && !isMain) || (await store.isVault(handle, ref))) return;
      await store.batch([putChart(handle, ref), putKept(handle, ref)]);
      return;
    }
    const vaults = await store.vaults(handle, clinic);
    const isKnown = vaults.some((one) => equalBytes(one.chart, chart));
    if (isMain || (!isKnown && vaults.length >= MAX_KEPT_VAULTS)) return;
    await store.batch([...putVault(handle, ref), putKept(handle, ref)]);
  }

  /** Envelopes of rows that came in this very message. */
  private async keepBlobs(envelopes: ReadonlyMap<string, Uint8Array>, rows: readonly KeyRow[]): Promise<void> {
    const { blobs } = this.modules;
    const named = new Set(rows.map(({ cid }) => cid));
    const fresh = await Promise.all(
      [...envelopes].map(async ([cid, bytes]) => {
        // One that is small enough to come along is one block.
        const whole = bytes.length > 0 && named.has(cid) && cidOfBlock('raw', bytes) === cid;
        return whole && !(await blobs.has(cid)) ? [bytes] : [];
      }),
    );
    await blobs.putSmall(fresh.flat());
  }

  /** Once for a message, and before the rows go: nothing here would tell of it any more, an erasure neither. */
  private async dropBlobs(dropped: readonly KeyRow[], kept: readonly KeyRow[]): Promise<void> {
    const { store, blobs } = this.modules;
    const keys = new Set(dropped.map((row) => toHex(rowKey(row, row.record, row.version))));
    const named = new Set(dropped.map(({ cid }) => cid));
    for (const { cid } of kept) named.delete(cid);
    const alone = await namedByNoOther(store.database, named, (key) => keys.has(toHex(key)));
    for (const cid of alone) await blobs.delete(cid);
  }

  /** Asked once for all rows of a message, which are mostly of one chart. */
  private factsFor(member: Member): RowFacts {
    const { store, chain } = this.modules;
    return {
      attached: once(
        (row: Pick<KeyRow, 'handle'>) => toHex(row.handle),
        async ({ handle }) => {
          const [bytes] = await chain.states([patientClinicKey(handle, member.number)]);
          return bytes !== undefined && decodePatientClinicRow(bytes).attached;
        },
      ),
      chart: once(
        (row: KeyRow) => toHex(row.handle),
        ({ handle }) => store.chartOf(handle, member.number),
      ),
      vault: once(
        (row: KeyRow) => toHex(row.handle) + toHex(row.chart),
        (row) => store.isVault(row.handle, row),
      ),
      packets: once(
        (row: KeyRow) => `${toHex(row.chart)} ${row.category}`,
        (row) => store.packets(row, row.category),
      ),
    };
  }

  private async mayKeep(member: Member, row: KeyRow, about: RowFacts): Promise<boolean> {
    const { store, guards } = this.modules;
    if (guards.isErased(row)) return false;
    if (row.wrap === undefined || !(await this.isTheirs(member, row, verifyKeyRow))) return false;
    const chart = await about.chart(row);
    const isOther = chart !== undefined && !equalBytes(chart, row.chart);
    if (isOther && !(await about.vault(row))) return false;
    // Who holds the key of what is in the rows keeps none but what it was served.
    const packets = await about.packets(row);
    if (packets.some(({ grantee, epoch }) => grantee === this.options.clinic && epoch >= row.epoch)) return false;
    const held = await store.row(row, row.record, row.version);
    // A record changes no patient, whoever's chart it is said to be.
    return held === undefined || (equalBytes(held.handle, row.handle) && held.revision < row.revision);
  }

  private async isTheirs<T extends Pick<KeyRow | Packet | VaultKey, 'clinic' | 'signer'>>(
    member: Member,
    made: T,
    verify: (made: T, genesisId: Uint8Array) => Promise<boolean>,
  ): Promise<boolean> {
    if (made.clinic !== member.number) return false;
    if (this.modules.members.senderEver(made.signer)?.clinic !== member.number) return false;
    return verify(made, this.options.genesisId);
  }

  private async drops(
    clinic: ClinicNumber,
    item: Exclude<Extract<RowItem, { readonly chart: Uint8Array }>, { readonly type: 'chart' }>,
    dropped: KeyRow[],
  ): Promise<LocalWrite[]> {
    const { store } = this.modules;
    const ref = { clinic, chart: item.chart };
    if (item.type === 'drop-rows') {
      const writes: LocalWrite[] = [];
      for await (const row of store.rows(ref)) {
        if (row.category !== item.category) continue;
        writes.push({ type: 'del', key: rowKey(ref, row.record, row.version) });
        dropped.push(row);
      }
      writes.push(...(await store.packets(ref, item.category)).map(dropPacket));
      writes.push(
        ...(await store.vaultKeys(ref, item.category)).map(({ epoch }) => dropVaultKey(ref, item.category, epoch)),
      );
      return writes;
    }
    const packets = await store.packets(ref, item.category);
    const keys = item.type === 'drop-epochs' ? await store.vaultKeys(ref, item.category) : [];
    const below = item.type === 'drop-epochs' ? item.below : 0;
    const old = keys.filter(({ epoch }) => epoch < below).map(({ epoch }) => dropVaultKey(ref, item.category, epoch));
    const over = packets.filter((packet) =>
      item.type === 'drop-epochs' ? packet.epoch < item.below : equalBytes(packet.grant, item.grant),
    );
    return [...over.map(dropPacket), ...old];
  }
}

function keeping(kind: KeptKind, ref: ChartRef, write: LocalWrite): Step {
  return { writes: [write], kept: { kind, ref, key: write.key } };
}

/** The same answer for all rows with the same key. */
function once<R, T>(keyOf: (row: R) => string, ask: (row: R) => Promise<T>): (row: R) => Promise<T> {
  const answers = new Map<string, Promise<T>>();
  return (row) => {
    const key = keyOf(row);
    const answer = answers.get(key) ?? ask(row);
    answers.set(key, answer);
    return answer;
  };
}

function refusal(reason: string): ProtocolError {
  return new ProtocolError({ code: 'p2p.unavailable', reason });
}
