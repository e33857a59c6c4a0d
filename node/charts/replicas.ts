// Ciphertext follows the rows: what a custodian took rows of it fetches from the clinic whose chart it is, with a ticket of its
// own for replication, until it has it. The other side lets those fetch that it gave the rows to. Owns who and when; moving
// bytes is node/blobs.
import { randomBytes, signEd25519, verifyEd25519 } from '#crypto';
import type { Clock, TimerHandle } from '../../common/clock.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { BlobStore } from '../../records/blobs/blob-store.ts';
import { decodeKeyRow, type KeyRow } from '../../records/chart/key-row.ts';
import { TICKET_ACTIONS } from '../../records/ticket.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { ChartStore } from './chart-store.ts';
import { CHART_TABLES } from './layout.ts';
import { ROWS_TTL_MS } from './rows-wire.ts';

/** Tells it from tickets of readers, as the first byte. */
export const REPLICA_FORM = TICKET_ACTIONS.length + 1;
const NONCE_BYTES = 16;
const RETRY_MS = 15_000;
/** Envelopes that are waited for; more are found by the next start. */
const WAITING = 10_000;

/** node/blobs/keeper.ts. */
export interface BlobBringer {
  keep(
    wish: {
      readonly cid: string;
      readonly size: number;
      readonly sources: readonly string[];
      ticket(peerId: string): Uint8Array;
    },
    signal?: AbortSignal,
  ): Promise<unknown>;
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
  readonly clock: Clock;
  readonly logger: Logger;
}

type RowName = Pick<KeyRow, 'clinic' | 'chart' | 'record' | 'version' | 'cid' | 'size'>;

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
    for await (const [, bytes] of this.modules.store.database.range({ prefix: Uint8Array.of(CHART_TABLES.row) })) {
      const row = decodeKeyRow(bytes);
      if (row.clinic !== this.options.clinic && row.cid !== '') await this.want([row]);
    }
    this.wake();
  }

  async stop(): Promise<void> {
    this.abort.abort();
    this.modules.clock.clearTimeout(this.timer);
    await this.bringing;
  }

  /** Rows that came into custody. */
  async want(rows: readonly RowName[]): Promise<void> {
    for (const row of rows) {
      if (row.cid !== '' && !(await this.modules.blobs.has(row.cid))) this.wanted.set(row.cid, row);
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

  /** Whether this peer keeps the row that it names, and the row is of this ciphertext. Undefined: no ticket for replication. */
  async authorise(from: string, bytes: Uint8Array, cid: string): Promise<boolean | undefined> {
    if (bytes[0] !== REPLICA_FORM) return undefined;
    const { members, store, clock } = this.modules;
    const { genesisId, clinic } = this.options;
    const member = members.current.clinics.find(({ nodeKey }) => peerIdOf(nodeKey) === from);
    if (member === undefined) return false;
    const input = new Reader(bytes.subarray(1));
    const [asker, serving, ends] = [input.u16(), input.u16(), input.u64()];
    input.fixed(NONCE_BYTES);
    const [chart, record, version] = [input.fixed(32), input.fixed(32), input.u32()];
    const signature = input.fixed(64);
    input.end();
    const now = clock.now();
    const timely = ends > now && ends <= now + 2 * ROWS_TTL_MS;
    if (asker !== member.number || serving !== clinic || !timely) return false;
    const signed = signedBytes(genesisId, bytes.subarray(0, bytes.length - signature.length));
    if (!(await verifyEd25519(member.nodeKey, signed, signature))) return false;
    const ref = { clinic, chart };
    const row = await store.row(ref, record, version);
    return row?.cid === cid && (await store.custodians(ref, row.category)).includes(asker);
  }

  private async bringAll(): Promise<void> {
    const { members, bringer, blobs, logger } = this.modules;
    for (const [cid, row] of [...this.wanted]) {
      if (this.abort.signal.aborted) return;
      const writer = members.current.clinic(row.clinic);
      const held = await this.modules.store.row(row, row.record, row.version);
      if (writer === undefined || held === undefined || (await blobs.has(cid))) {
        this.wanted.delete(cid);
        continue;
      }
      try {
        const source = peerIdOf(writer.nodeKey);
        await bringer.keep(
          { cid, size: row.size, sources: [source], ticket: () => this.ticket(row) },
          this.abort.signal,
        );
        this.wanted.delete(cid);
      } catch (error) {
        logger.debug({ clinic: row.clinic, code: codeOf(error) }, 'ciphertext of rows in custody is not here yet');
      }
    }
  }

  private ticket({ clinic: serving, chart, record, version }: RowName): Uint8Array {
    const { clinic, genesisId, nodeSeed } = this.options;
    const out = new Writer(192).u8(REPLICA_FORM).u16(clinic).u16(serving);
    out.u64(this.modules.clock.now() + ROWS_TTL_MS).fixed(randomBytes(NONCE_BYTES), NONCE_BYTES);
    const body = out.fixed(chart, 32).fixed(record, 32).u32(version).finish();
    const signature = signEd25519(nodeSeed, signedBytes(genesisId, body));
    return new Writer(body.length + 64).fixed(body, body.length).fixed(signature, 64).finish();
  }
}

function signedBytes(genesisId: Uint8Array, body: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/replica/1', genesisId, body);
}
