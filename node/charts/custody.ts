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
import { type KeyRow, verifyKeyRow } from '../../records/chart/key-row.ts';
import { type Packet, verifyPacket } from '../../records/chart/packet.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { LocalWrite } from '../store/local-database.ts';
import type { ChainStore } from '../store/ports.ts';
import { type ChartStore, dropPacket, putChart, putPacket, putRow, putTerms } from './chart-store.ts';
import { rowKey } from './layout.ts';
import type { ChartGuards } from './ports.ts';
import { decodeRowsMessage, ROWS, ROWS_TTL_MS, type RowItem, verifyRowsMessage } from './rows-wire.ts';

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

export class Custody {
  private readonly options: CustodyOptions;
  private readonly modules: CustodyModules;
  private readonly seen = new BoundedMap<string, true>({ maxEntries: NONCES });

  constructor(options: CustodyOptions, modules: CustodyModules) {
    this.options = options;
    this.modules = modules;
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
    const { writes, rows } = await this.writesFor(member, message.items);
    if (writes.length > 0) await this.modules.store.batch(writes);
    if (rows.length > 0) this.modules.onRows(rows);
    logger.debug({ clinic: member.number, items: message.items.length, rows: rows.length }, 'took rows into custody');
    yield Uint8Array.of(1);
  }

  private async writesFor(
    member: Member,
    items: readonly RowItem[],
  ): Promise<{ writes: LocalWrite[]; rows: KeyRow[] }> {
    const writes: LocalWrite[] = [];
    const rows: KeyRow[] = [];
    for (const item of items) {
      if (item.type === 'row') {
        if (!(await this.mayKeep(member, item.row))) continue;
        writes.push(putChart(item.row.handle, item.row), putRow(item.row));
        rows.push(item.row);
      } else if (item.type === 'packet') {
        if (await this.isTheirs(member, item.packet, verifyPacket)) writes.push(putPacket(item.packet));
      } else if (item.type === 'terms') {
        if (item.terms.clinic === member.number) writes.push(putTerms(item.terms));
      } else if (item.type === 'blob') await this.keepBlob(item, rows);
      else writes.push(...(await this.drops(member.number, item)));
    }
    return { writes, rows };
  }

  /** The envelope of a row that came before it in this very message. */
  private async keepBlob({ cid, bytes }: { cid: string; bytes: Uint8Array }, rows: readonly KeyRow[]): Promise<void> {
    const { blobs } = this.modules;
    if (bytes.length === 0 || !rows.some((row) => row.cid === cid) || (await blobs.has(cid))) return;
    const stored = await blobs.put(once(bytes));
    if (stored.cid !== cid) await blobs.delete(stored.cid);
  }

  private async mayKeep(member: Member, row: KeyRow): Promise<boolean> {
    const { store, chain, guards } = this.modules;
    if (guards.isErased(row)) return false;
    if (row.wrap === undefined || !(await this.isTheirs(member, row, verifyKeyRow))) return false;
    const [bytes] = await chain.states([patientClinicKey(row.handle, member.number)]);
    // Until the block is here: it is sent again.
    if (bytes === undefined || !decodePatientClinicRow(bytes).attached) throw refusal('unknown-patient');
    const chart = await store.chartOf(row.handle, member.number);
    if (chart !== undefined && !equalBytes(chart, row.chart)) return false;
    // Who holds the key of what is in the rows keeps none but what it was served.
    const packets = await store.packets(row, row.category);
    if (packets.some(({ grantee, epoch }) => grantee === this.options.clinic && epoch >= row.epoch)) return false;
    const held = await store.row(row, row.record, row.version);
    return held === undefined || held.revision < row.revision;
  }

  private async isTheirs<T extends Pick<KeyRow | Packet, 'clinic' | 'signer'>>(
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
    item: Extract<RowItem, { readonly chart: Uint8Array }>,
  ): Promise<LocalWrite[]> {
    const { store } = this.modules;
    const ref = { clinic, chart: item.chart };
    if (item.type === 'drop-rows') {
      const writes: LocalWrite[] = [];
      for await (const row of store.rows(ref)) {
        if (row.category === item.category) writes.push({ type: 'del', key: rowKey(ref, row.record, row.version) });
      }
      writes.push(...(await store.packets(ref, item.category)).map(dropPacket));
      return writes;
    }
    const packets = await store.packets(ref, item.category);
    const over = packets.filter((packet) =>
      item.type === 'drop-epochs' ? packet.epoch < item.below : equalBytes(packet.grant, item.grant),
    );
    return over.map(dropPacket);
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function refusal(reason: string): ProtocolError {
  return new ProtocolError({ code: 'p2p.unavailable', reason });
}
