// What custodians of this clinic's charts are still to be sent: queued on disk in the batch that made it, sent to each clinic
// while it is connected, of one chart in order, forgotten once it has it. Owns when; what is sent is rows-wire.ts, what has to
// wait held-charts.ts.
import { concatBytes, toHex } from '../../common/bytes.ts';
import type { Clock, TimerHandle } from '../../common/clock.ts';
import { Reader } from '../../common/codec/reader.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network } from '../../p2p/ports.ts';
import type { BlobStore } from '../../records/blobs/blob-store.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { LocalWrite } from '../store/local-database.ts';
import { HeldCharts, RETRY_MS } from './held-charts.ts';
import { CHART_TABLES, queueKey, queuePrefix } from './layout.ts';
import type { KeyRowsDatabase } from './ports.ts';
import {
  chartOfItem,
  decodeRowItem,
  decodeRowsAnswer,
  encodeRowItem,
  isTakingAway,
  MAX_ROW_ITEMS,
  makeRowsMessage,
  ROWS,
  ROWS_MESSAGE_BYTES,
  type RowItem,
} from './rows-wire.ts';

const REQUEST_MS = 20_000;

export interface OutgoingOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: ClinicNumber;
  readonly nodeSeed: Uint8Array;
}

export interface OutgoingModules {
  readonly database: KeyRowsDatabase;
  readonly network: Network;
  readonly members: MemberSets;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Queued {
  readonly key: Uint8Array;
  readonly bytes: Uint8Array;
  /** Hex. */
  readonly chart: string;
}

export class Outgoing {
  private readonly options: OutgoingOptions;
  private readonly modules: OutgoingModules;
  private readonly abort = new AbortController();
  private readonly sending = new Map<ClinicNumber, Promise<void>>();
  private readonly held = new Map<ClinicNumber, HeldCharts>();
  private next = 1;
  private timer: TimerHandle | undefined;

  constructor(options: OutgoingOptions, modules: OutgoingModules) {
    this.options = options;
    this.modules = modules;
    modules.network.onPeer((event) => {
      if (event === 'connected') this.wake();
    });
  }

  async start(): Promise<void> {
    const prefix = Uint8Array.of(CHART_TABLES.queue);
    for await (const [key] of this.modules.database.range({ prefix })) {
      this.next = Math.max(this.next, new Reader(key.subarray(3)).u64() + 1);
    }
    this.wake();
  }

  async stop(): Promise<void> {
    this.abort.abort();
    this.modules.clock.clearTimeout(this.timer);
    await Promise.allSettled(this.sending.values());
  }

  /** For the batch that makes what is to be sent; `wake` once it is on the disk. */
  queue(targets: readonly ClinicNumber[], items: readonly RowItem[]): LocalWrite[] {
    const encoded = items.map(encodeRowItem);
    return targets.flatMap((target) =>
      encoded.map((value): LocalWrite => ({ type: 'put', key: queueKey(target, this.next++), value })),
    );
  }

  /**
   * What waits for a clinic is queued anew by `work`: rows, keys and terms that waited before go then. What takes something away
   * still goes out, ahead of the new.
   */
  async anew(target: ClinicNumber, work: () => Promise<void>): Promise<void> {
    const { database } = this.modules;
    const before: LocalWrite[] = [];
    for await (const [key, queued] of database.range({ prefix: queuePrefix(target) })) {
      if (!isTakingAway(decodeRowItem(queued))) before.push({ type: 'del', key });
    }
    await work();
    if (before.length > 0) await database.batch(before);
  }

  wake(): void {
    if (this.abort.signal.aborted) return;
    const up = new Set(this.modules.network.peers().map(({ peerId }) => peerId));
    for (const { number, nodeKey } of this.modules.members.current.clinics) {
      const peerId = peerIdOf(nodeKey);
      if (number === this.options.clinic || !up.has(peerId) || this.sending.has(number)) continue;
      const work = this.send(number, peerId).finally(() => this.sending.delete(number));
      this.sending.set(number, work);
    }
    this.modules.clock.clearTimeout(this.timer);
    this.timer = this.modules.clock.setTimeout(() => this.wake(), RETRY_MS);
  }

  /** Resolves when every clinic that is connected has what it was to be sent and takes. */
  async settled(): Promise<void> {
    for (const held of this.held.values()) held.release();
    this.wake();
    await Promise.allSettled(this.sending.values());
  }

  private async send(target: ClinicNumber, peerId: string): Promise<void> {
    const { database, network, clock, logger } = this.modules;
    const { genesisId, clinic, nodeSeed } = this.options;
    const held = this.heldOf(target);
    held.begin(clock.now());
    try {
      while (!held.isFull) {
        const { queued, last } = await this.page(target, held);
        if (queued.length > 0) {
          const to = { from: clinic, to: target, now: clock.now() };
          const items = queued.map(({ bytes }) => bytes);
          const message = makeRowsMessage(to, items, genesisId, nodeSeed);
          const signal = AbortSignal.any([this.abort.signal, AbortSignal.timeout(REQUEST_MS)]);
          for await (const answer of network.request(peerId, ROWS.protocol, message, signal)) {
            for (const index of decodeRowsAnswer(answer, queued.length)) held.hold(queued[index].chart, clock.now());
          }
          // Of one chart nothing or all, so that it stays in order: what takes away is told now, and again in its place.
          const done = queued.filter(({ chart }) => !held.has(chart));
          await database.batch(done.map(({ key }) => ({ type: 'del', key })));
        }
        held.position = last;
        if (queued.length === 0) return;
      }
    } catch (error) {
      logger.debug({ clinic: target, code: codeOf(error) }, 'rows are not with a custodian yet');
    }
  }

  private heldOf(target: ClinicNumber): HeldCharts {
    const held = this.held.get(target) ?? new HeldCharts();
    this.held.set(target, held);
    return held;
  }

  /** `last`: how far the queue was read. */
  private async page(target: ClinicNumber, held: HeldCharts) {
    const queued: Queued[] = [];
    let bytes = 0;
    let last = held.position;
    let chart = '';
    for await (const [key, value] of this.modules.database.range({ prefix: queuePrefix(target), after: last })) {
      const item = decodeRowItem(value);
      // An envelope is of the row before it, and not parted from it.
      const isBlob = item.type === 'blob';
      chart = isBlob ? chart : toHex(chartOfItem(item));
      if (!held.has(chart) || isTakingAway(item)) {
        const filled = isBlob ? await this.filled(item) : value;
        bytes += filled.length + 4;
        const isFull = bytes > ROWS_MESSAGE_BYTES || queued.length >= MAX_ROW_ITEMS - 1;
        if (isFull && !isBlob && queued.length > 0) break;
        queued.push({ key, bytes: filled, chart });
      }
      last = key;
    }
    return { queued, last };
  }

  /** With the bytes of an envelope, as they are now. */
  private async filled(item: Extract<RowItem, { readonly type: 'blob' }>): Promise<Uint8Array> {
    if (!(await this.modules.blobs.has(item.cid))) return encodeRowItem(item);
    const parts: Uint8Array[] = [];
    for await (const part of this.modules.blobs.get(item.cid)) parts.push(part);
    return encodeRowItem({ ...item, bytes: concatBytes(...parts) });
  }
}
