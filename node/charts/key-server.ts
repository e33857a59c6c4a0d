// Serves readers of other clinics with key rows and packets of the charts that this clinic keeps (`/wardmesh/key/1`), own and in
// custody. The order is the point: ticket, freshness, role, consent, then the access event, and only then the release.
import { equalBytes, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import type { Logger } from '../../common/logger.ts';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import { decodeAddendumRow, decodeRecordRow } from '../../consensus/ledger/records/rows.ts';
import { addendumKey, recordKey } from '../../consensus/ledger/tables.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { Member } from '../../consensus/member-set.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network } from '../../p2p/ports.ts';
import { ticketHash } from '../../records/audit/event.ts';
import type { BlobStore } from '../../records/blobs/blob-store.ts';
import { CATEGORIES, type Category } from '../../records/category.ts';
import { encodeKeyRow, type KeyRow, withoutWrap } from '../../records/chart/key-row.ts';
import { MAX_PACKET_BYTES, type Packet } from '../../records/chart/packet.ts';
import type { Reason } from '../../records/consent/access.ts';
import { clinicOfApplication } from '../../records/consent/application.ts';
import { PURPOSES } from '../../records/consent/terms.ts';
import { checkTicket, decodeTicket, encodeTicket, type SignedTicket, type Ticket } from '../../records/ticket.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { ChainStore } from '../store/ports.ts';
import type { ChartStore } from './chart-store.ts';
import { erasedRows } from './erased-rows.ts';
import type { Judge, RowJudge } from './judge.ts';
import { CHUNK_BYTES, encodeKeyAnswer, inChunks, KEYS, MAX_INLINE_BYTES } from './key-wire.ts';
import type { ChartRef } from './layout.ts';
import type { AccessLogPort, Reader, ServeFault } from './ports.ts';

/** Tickets that were shown and are not over, by nonce. */
const TICKET_NONCES = 50_000;

export interface KeyServerOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: ClinicNumber;
}

export interface KeyServerModules {
  readonly store: ChartStore;
  readonly judge: Judge;
  readonly members: MemberSets;
  readonly chain: Pick<ChainStore, 'states'>;
  readonly network: Network;
  readonly freshness: { isFresh(): Promise<boolean> };
  readonly log: AccessLogPort;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Live now at a clinic; none of a suspended account. */
  roles(account: Uint8Array, clinic: ClinicNumber): Promise<readonly { readonly role: Role }[]>;
}

/** What came of a ticket, after the event is on the disk. */
type Verdict =
  | { readonly permit: false; readonly here: boolean; readonly reason: Reason | ServeFault }
  | {
      readonly permit: true;
      readonly rows: readonly KeyRow[];
      readonly packets: readonly Packet[];
    };

/** A ticket that holds, and what it is about here. */
interface Asked {
  readonly ticket: Ticket;
  readonly reader: Reader;
  /** The clinic's chart and the patient's vault, as far as they are kept and can be decided about here. */
  readonly refs: readonly ChartRef[];
  readonly judge: RowJudge;
}

const READERS: ReadonlySet<Role> = new Set<Role>(['doctor', 'nurse', 'patient', 'researcher']);

export class KeyServer {
  private readonly options: KeyServerOptions;
  private readonly modules: KeyServerModules;
  private readonly nonces = new BoundedMap<string, number>({ maxEntries: TICKET_NONCES, whenFull: 'refuse' });

  constructor(options: KeyServerOptions, modules: KeyServerModules) {
    this.options = options;
    this.modules = modules;
    modules.network.serve(KEYS, (from, request) => this.answer(from, request));
  }

  /** Whether a ticket lets its clinic fetch this ciphertext now; written down like every other answer. */
  async authorise(from: string, bytes: Uint8Array, cid: string): Promise<boolean> {
    const verdict = await this.decide(from, decodeTicket(bytes), 'blob', cid);
    return verdict.permit;
  }

  private async *answer(from: string, request: Uint8Array): AsyncGenerator<Uint8Array> {
    const signed = decodeTicket(request);
    const { action } = signed.ticket;
    const verdict = await this.decide(from, signed, action === 'blob' ? 'read' : action, undefined);
    if (!verdict.permit) {
      yield encodeKeyAnswer({ type: 'refused', here: verdict.here, reason: verdict.reason });
      return;
    }
    yield encodeKeyAnswer({ type: 'served' });
    const { packets } = verdict;
    const rows = action === 'list' ? verdict.rows.map(withoutWrap) : verdict.rows;
    yield* inChunks(
      packets,
      () => MAX_PACKET_BYTES,
      (some) => ({ type: 'packets', packets: some }),
    );
    yield* inChunks(
      rows,
      (row) => encodeKeyRow(row).length,
      (some) => ({ type: 'rows', rows: some }),
    );
    if (action === 'read') yield* this.ciphertexts(rows);
  }

  /** What is small enough to come along. */
  private async *ciphertexts(rows: readonly KeyRow[]): AsyncGenerator<Uint8Array> {
    const { blobs } = this.modules;
    for (const { cid, size } of rows) {
      if (cid === '' || size > MAX_INLINE_BYTES || !(await blobs.has(cid))) continue;
      for await (const part of blobs.get(cid)) {
        for (let at = 0; at < part.length; at += CHUNK_BYTES) {
          yield encodeKeyAnswer({ type: 'ciphertext', cid, bytes: part.subarray(at, at + CHUNK_BYTES) });
        }
      }
    }
  }

  /** Decides, and writes it down: nothing is released when that fails. */
  private async decide(
    from: string,
    signed: SignedTicket,
    action: 'list' | 'read' | 'blob',
    cid: string | undefined,
  ): Promise<Verdict> {
    const { members, log } = this.modules;
    const member = members.current.clinics.find(({ nodeKey }) => peerIdOf(nodeKey) === from);
    if (member === undefined) return { permit: false, here: false, reason: 'clinic' };
    const { ticket } = signed;
    const fault = await this.faultOf(signed, member, action);
    const refs = await this.refsOf(ticket);
    const asked = fault ?? (await this.ask(ticket, member, refs));
    const verdict = typeof asked === 'string' ? refusal(asked) : await this.rowsFor(asked, action, cid);
    // Of what is not kept here there is nothing to tell; a ticket of somebody else is told as what it is.
    if (refs.length > 0) {
      await log.append({
        action,
        outcome: verdict.permit ? 'permitted' : 'refused',
        reason: verdict.permit ? this.reasonOf(asked, verdict.rows) : verdict.reason,
        reader: readerOf(ticket, member),
        ...{ handle: ticket.handle, writer: ticket.writer, grant: ticket.grant },
        purpose: PURPOSES[ticket.purpose - 1] ?? `${ticket.purpose}`,
        records: ticket.records,
        ticket: ticketHash(encodeTicket(signed)),
      });
    }
    return verdict;
  }

  private reasonOf(asked: Asked | ServeFault | Reason, [row]: readonly KeyRow[]): Reason | ServeFault {
    return typeof asked === 'string' || row === undefined ? 'custody' : asked.judge(row).reason;
  }

  private async faultOf(
    signed: SignedTicket,
    member: Member,
    action: 'list' | 'read' | 'blob',
  ): Promise<ServeFault | undefined> {
    const { clock } = this.modules;
    const { genesisId, clinic } = this.options;
    const now = clock.now();
    const connection = { clinic: member.number, nodeKey: member.nodeKey };
    const fault = await checkTicket(signed, { genesisId, own: clinic, connection, now });
    if (fault !== undefined) return fault;
    const { ticket } = signed;
    if (ticket.action !== action) return 'purpose';
    // A large file is fetched in several requests: its ticket serves for them all, until it ends.
    if (action === 'blob') return undefined;
    for (const [nonce, ends] of this.nonces) {
      if (ends > now) break;
      this.nonces.delete(nonce);
    }
    const nonce = `${member.number}.${toHex(ticket.nonce)}`;
    if (this.nonces.has(nonce) || !this.nonces.set(nonce, ticket.ends)) return 'replayed';
    return undefined;
  }

  private async refsOf({ handle, writer }: Ticket): Promise<ChartRef[]> {
    const { store } = this.modules;
    const charts = await Promise.all([store.chartOf(handle, writer), store.vaultOf(handle, writer)]);
    return charts.flatMap((chart) => (chart === undefined ? [] : [{ clinic: writer, chart }]));
  }

  private async ask(ticket: Ticket, member: Member, refs: readonly ChartRef[]): Promise<Asked | ServeFault | Reason> {
    const { judge, freshness, roles } = this.modules;
    if (refs.length === 0) return 'not-here';
    if (!(await freshness.isFresh())) return 'not-fresh';
    const { application, role } = ticket;
    // No clinic shows another's application.
    if (application !== undefined && clinicOfApplication(application.id) !== ticket.clinic) return 'clinic';
    if (role !== undefined) {
      const held = await roles(ticket.account, ticket.clinic);
      if (!READERS.has(role) || !held.some((one) => one.role === role)) return 'role';
    }
    const purpose = PURPOSES[ticket.purpose - 1];
    if (purpose === undefined) return 'purpose-unknown';
    const reader = readerOf(ticket, member);
    const judges = new Map<string, RowJudge>();
    for (const ref of refs) {
      const about = await judge.about({ ref, handle: ticket.handle, reader, purpose, mode: 'view' });
      if (about !== undefined) judges.set(toHex(ref.chart), about);
    }
    const first = judges.values().next().value;
    if (first === undefined) return 'not-here';
    const known = refs.filter(({ chart }) => judges.has(toHex(chart)));
    const each: RowJudge = (row) => {
      if (!('whole' in row)) return (judges.get(toHex(row.chart)) ?? first)(row);
      const decisions = [...judges.values()].map((one) => one(row));
      return decisions.find(({ permit }) => permit) ?? decisions[0];
    };
    return { ticket, reader, refs: known, judge: each };
  }

  private async rowsFor(
    { ticket, refs, judge }: Asked,
    action: 'list' | 'read' | 'blob',
    cid: string | undefined,
  ): Promise<Verdict> {
    const { store } = this.modules;
    const wanted: KeyRow[] = [];
    for (const ref of refs) {
      if (action === 'list' && ticket.records.length === 0) for await (const row of store.rows(ref)) wanted.push(row);
      else for (const record of ticket.records) wanted.push(...(await store.versions(ref, record)));
    }
    // A chart is of one patient: whoever registers it under another one is judged by nothing that holds for that other.
    const theirs = wanted.filter((row) => equalBytes(row.handle, ticket.handle));
    const named = cid === undefined ? theirs : theirs.filter((row) => row.cid === cid);
    const standing = await this.onChain(named, ticket.writer);
    let reason: Reason | ServeFault = 'no-record';
    const rows = standing.filter((row) => {
      const decision = judge(row);
      if (!decision.permit) reason = decision.reason;
      return decision.permit;
    });
    // Of several records that are asked for one that may not be read refuses them all; a list leaves it out.
    if (rows.length === 0 || (action !== 'list' && rows.length < standing.length)) {
      if (standing.length > 0 || action !== 'list') return refusal(reason);
      const empty = this.mayKnow(judge);
      // Who keeps none of it may have been told of no consent since: somebody else decides.
      if (empty !== undefined) return { permit: false, here: ticket.writer === this.options.clinic, reason: empty };
    }
    const packets: Packet[] = [];
    const released: KeyRow[] = [];
    for (const ref of refs) {
      const inChart = rows.filter(({ chart }) => equalBytes(chart, ref.chart));
      const opening = await this.opening(ref, ticket.clinic, inChart);
      packets.push(...opening.packets);
      released.push(...opening.rows);
    }
    return { permit: true, rows: released, packets };
  }

  /** Whether somebody who would be refused every category may know that there is nothing. */
  private mayKnow(judge: RowJudge): Reason | undefined {
    const decisions = CATEGORIES.map((category) => judge({ category, whole: true }));
    return decisions.some(({ permit }) => permit) ? undefined : decisions[0].reason;
  }

  /** Rows of records that stand on the chain for this clinic: erased and tombstoned ones are served to nobody. */
  private async onChain(rows: readonly KeyRow[], writer: ClinicNumber): Promise<KeyRow[]> {
    const keys = rows.flatMap(({ record }) => [recordKey(record), addendumKey(record)]);
    const { chain } = this.modules;
    const found = await chain.states(keys);
    const erased = await erasedRows(chain, rows);
    return rows.filter((row, index) => {
      if (erased.has(row)) return false;
      const [record, addendum] = [found[2 * index], found[2 * index + 1]];
      if (record !== undefined) return decodeRecordRow(record).clinic === writer;
      // An own one that is on its way counts already.
      if (addendum !== undefined) return decodeAddendumRow(addendum).clinic === writer;
      return writer === this.options.clinic;
    });
  }

  /**
   * Rows with what opens them for a clinic, where it has anything. Rows that are brought under the next key meanwhile lose the packet
   * that they were read under: such a row is given as it is then.
   */
  private async opening(
    ref: ChartRef,
    clinic: ClinicNumber,
    rows: readonly KeyRow[],
  ): Promise<{ readonly rows: readonly KeyRow[]; readonly packets: readonly Packet[] }> {
    for (let now = rows; ; ) {
      const packets = await this.packetsFor(ref, clinic, now);
      const next: KeyRow[] = [];
      for (const row of now) {
        const opens = packets.some(({ category, epoch }) => category === row.category && epoch === row.epoch);
        const moved = opens ? undefined : await this.modules.store.row(ref, row.record, row.version);
        next.push(moved === undefined || moved.epoch === row.epoch ? row : moved);
      }
      if (next.every((row, index) => row === now[index])) return { rows: now, packets };
      now = next;
    }
  }

  private async packetsFor(ref: ChartRef, clinic: ClinicNumber, rows: readonly KeyRow[]): Promise<Packet[]> {
    const now = this.modules.clock.now();
    const needed = new Map<Category, Set<number>>();
    for (const { category, epoch } of rows) {
      needed.set(category, (needed.get(category) ?? new Set<number>()).add(epoch));
    }
    const packets: Packet[] = [];
    for (const [category, epochs] of needed) {
      for (const packet of await this.modules.store.packets(ref, category)) {
        if (packet.grantee === clinic && epochs.has(packet.epoch) && packet.ends > now) packets.push(packet);
      }
    }
    return packets.filter(
      (packet, index) =>
        packets.findIndex(({ category, epoch }) => category === packet.category && epoch === packet.epoch) === index,
    );
  }
}

function readerOf({ account, application, role }: Ticket, { number: clinic, organisation }: Member): Reader {
  return { account, application, roles: role === undefined ? [] : [role], clinic, organisation };
}

function refusal(reason: Reason | ServeFault): Verdict {
  return { permit: false, here: reason !== 'not-here' && reason !== 'not-fresh', reason };
}
