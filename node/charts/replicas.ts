// Ciphertext follows the rows: what this clinic keeps rows of, its own and those in custody, it fetches from whoever else keeps
// them until it has it: the clinic of the chart first, another one when that is away or has lost it. The other side serves
// those that keep the row. Owns who and when; moving bytes is node/blobs.
import { randomBytes } from '#crypto';
import type { Clock, TimerHandle } from '../../common/clock.ts';
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { BlobStore } from '../../records/blobs/blob-store.ts';
import { custodyOrder } from '../../records/chart/custodians.ts';
import { decodeKeyRow, type KeyRow } from '../../records/chart/key-row.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { ChainStore } from '../store/ports.ts';
import type { ChartStore } from './chart-store.ts';
import { erasedRows } from './erased-rows.ts';
import { CHART_TABLES } from './layout.ts';
import {
  decodeReplicaTicket,
  encodeReplicaTicket,
  possessionOf,
  provesPossession,
  REPLICA_FORM,
  REPLICA_NONCE_BYTES,
  verifyReplicaTicket,
} from './replica-ticket.ts';
import { ROWS_TTL_MS } from './rows-wire.ts';

const RETRY_MS = 15_000;
/** Envelopes that are waited for; more are found by the next start, or the next round. */
const WAITING = 10_000;
/** Clinics that are asked for one envelope. */
const ASKED = 8;

/** Ciphertext that belongs here, and who may have it. */
export interface ReplicaWish {
  readonly cid: string;
  readonly size: number;
  /** PeerIds, the best first. */
  readonly sources: readonly string[];
  ticket(peerId: string): Uint8Array;
}

/** node/blobs/keeper.ts. */
export interface BlobBringer {
  keep(wish: ReplicaWish, signal?: AbortSignal): Promise<unknown>;
}

export interface ReplicasOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: ClinicNumber;
  readonly nodeSeed: Uint8Array;
}

export interface ReplicasModules {
  readonly store: ChartStore;
  readonly blobs: BlobStore;
  readonly bringer: BlobBringer;
  readonly members: MemberSets;
  readonly chain: Pick<ChainStore, 'states'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

type RowName = Pick<KeyRow, 'clinic' | 'chart' | 'record' | 'version' | 'cid'>;

export class Replicas {
  private readonly options: ReplicasOptions;
  private readonly modules: ReplicasModules;
  private readonly wanted = new BoundedMap<string, RowName>({ maxEntries: WAITING, whenFull: 'refuse' });
  private readonly abort = new AbortController();
  private timer: TimerHandle | undefined;
  private bringing: Promise<void> | undefined;

  constructor(options: ReplicasOptions, modules: ReplicasModules) {
    this.options = options;
    this.modules = modules;
  }

  /** Finds what is missing beside the rows that are here. */
  async start(): Promise<void> {
    for await (const row of this.rows()) await this.want([row]);
    this.wake();
  }

  async stop(): Promise<void> {
    this.abort.abort();
    this.modules.clock.clearTimeout(this.timer);
    await this.bringing;
  }

  /** Rows that came into custody. */
  async want(rows: readonly RowName[]): Promise<void> {
    for (const { clinic, chart, record, version, cid } of rows) {
      if (cid === '' || (await this.modules.blobs.has(cid))) continue;
      this.wanted.set(cid, { clinic, chart, record, version, cid });
    }
  }

  wake(): void {
    if (this.abort.signal.aborted) return;
    this.modules.clock.clearTimeout(this.timer);
    this.bringing ??= this.bringAll().finally(() => {
      this.bringing = undefined;
      if (!this.abort.signal.aborted) this.timer = this.modules.clock.setTimeout(() => this.wake(), RETRY_MS);
    });
  }

  /** All ciphertext that belongs here. */
  async *all(): AsyncGenerator<ReplicaWish, void, undefined> {
    for await (const row of this.rows()) yield this.wish(row);
  }

  /** Whether a peer may have this ciphertext for keeping. Undefined: what it shows is no ticket for that. */
  async authorise(from: string, bytes: Uint8Array, cid: string): Promise<boolean | undefined> {
    if (bytes[0] !== REPLICA_FORM) return undefined;
    const { members, store, clock } = this.modules;
    const { genesisId, clinic } = this.options;
    const member = members.current.clinics.find(({ nodeKey }) => peerIdOf(nodeKey) === from);
    if (member === undefined) return false;
    const signed = decodeReplicaTicket(bytes);
    const { asker, serving, ends, writer, chart, record, version } = signed.ticket;
    const now = clock.now();
    const timely = ends > now && ends <= now + 2 * ROWS_TTL_MS;
    if (asker !== member.number || serving !== clinic || !timely) return false;
    if (!(await verifyReplicaTicket(signed, genesisId, member.nodeKey))) return false;
    const ref = { clinic: writer, chart };
    const row = await store.row(ref, record, version);
    if (row?.cid !== cid || (await this.isErased(row))) return false;
    // A clinic that lost its own has it back from whoever keeps it.
    if (asker === writer) return true;
    if (writer === clinic && (await store.custodians(ref, row.category)).includes(asker)) return true;
    return writer !== clinic && provesPossession(signed.ticket, row.wrap);
  }

  private async *rows(): AsyncGenerator<KeyRow, void, undefined> {
    for await (const [, bytes] of this.modules.store.database.range({ prefix: Uint8Array.of(CHART_TABLES.row) })) {
      const row = decodeKeyRow(bytes);
      if (row.cid !== '') yield row;
    }
  }

  private async bringAll(): Promise<void> {
    const { bringer, blobs, store, logger } = this.modules;
    for (const [cid, name] of [...this.wanted]) {
      if (this.abort.signal.aborted) return;
      const row = await store.row(name, name.record, name.version);
      if (row?.cid !== cid || (await blobs.has(cid)) || (await this.isErased(row))) {
        this.wanted.delete(cid);
        continue;
      }
      try {
        await bringer.keep(this.wish(row), this.abort.signal);
        this.wanted.delete(cid);
      } catch (error) {
        logger.debug(
          { clinic: row.clinic, code: codeOf(error) },
          'ciphertext of rows that are kept here is not here yet',
        );
      }
    }
  }

  private async isErased(row: KeyRow): Promise<boolean> {
    return (await erasedRows(this.modules.chain, [row])).has(row);
  }

  private wish(row: KeyRow): ReplicaWish {
    const { clinic: own } = this.options;
    const { clinics } = this.modules.members.current;
    const order = [
      row.clinic,
      ...custodyOrder(
        row.handle,
        row.clinic,
        clinics.map(({ number }) => number),
      ),
    ];
    const asked = new Map<string, ClinicNumber>();
    for (const number of order) {
      const member = clinics.find((one) => one.number === number);
      if (number !== own && member !== undefined && asked.size < ASKED) asked.set(peerIdOf(member.nodeKey), number);
    }
    return {
      ...{ cid: row.cid, size: row.size, sources: [...asked.keys()] },
      ticket: (peerId) => this.ticket(row, asked.get(peerId) ?? row.clinic),
    };
  }

  private ticket({ clinic: writer, chart, record, version, wrap }: KeyRow, serving: ClinicNumber): Uint8Array {
    const { clinic: asker, genesisId, nodeSeed } = this.options;
    const nonce = randomBytes(REPLICA_NONCE_BYTES);
    const ends = this.modules.clock.now() + ROWS_TTL_MS;
    const proof = wrap === undefined ? new Uint8Array(32) : possessionOf(wrap, nonce);
    const ticket = { asker, serving, ends, nonce, writer, chart, record, version, proof };
    return encodeReplicaTicket(ticket, genesisId, nodeSeed);
  }
}
