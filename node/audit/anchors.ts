// Anchors this clinic's access events on the chain: each minute when another clinic was served since, else hourly. One
// anchor is under way at a time, because the chain takes them in their order; what the chain says, it says by its state,
// so a restart or a restored copy goes on where the chain is. Owns batches and proofs.
import { equalBytes } from '../../common/bytes.ts';
import type { Clock, TimerHandle } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import { Serial } from '../../common/serial.ts';
import { decodeAnchorRow, decodeAnchorsRow } from '../../consensus/ledger/audit/rows.ts';
import { encodeAnchors } from '../../consensus/ledger/audit/types.ts';
import { AUDIT_ANCHOR } from '../../consensus/ledger/kinds.ts';
import { NO_OBJECT } from '../../consensus/ledger/objects.ts';
import { anchorKey, anchorsKey } from '../../consensus/ledger/tables.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { eventLeaf } from '../../records/audit/event.ts';
import { type Anchored, type LeafProof, leafProof, rootOf } from '../../records/audit/leaf-proof.ts';
import type { ClinicAuthor } from '../clinic-author.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { willStand } from '../outbox/record.ts';
import type { LocalDatabase } from '../store/local-database.ts';
import type { ChainStore } from '../store/ports.ts';
import type { ClinicAccessEvents, RecordedEvent } from './access-events.ts';
import { BATCHES, type Batch, batchKey, decodeBatch, encodeBatch } from './rows.ts';

export const ANCHOR_EVERY_MS = 60_000;
/** While nobody but this clinic read anything. */
const QUIET_ANCHOR_MS = 3_600_000;
/** Events that one anchor covers here: a leaf proof reads them all. */
export const MAX_BATCH_EVENTS = 4096;

export interface AnchorsModules {
  readonly events: Pick<ClinicAccessEvents, 'from' | 'onAppended' | 'settledBefore'>;
  readonly database: Pick<LocalDatabase, 'get' | 'batch' | 'range'>;
  readonly store: Pick<ChainStore, 'states'>;
  readonly outbox: Pick<Outbox, 'submit' | 'get'>;
  readonly author: Pick<ClinicAuthor, 'make' | 'clinic'>;
  /** Nobody takes what an observer says. */
  readonly isMember: () => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class Anchors {
  private readonly modules: AnchorsModules;
  private timer: TimerHandle | undefined;
  private running = false;
  private last: Batch | undefined;
  private servedOther = true;
  private readonly serial = new Serial();

  constructor(modules: AnchorsModules) {
    this.modules = modules;
    modules.events.onAppended(({ clinic }) => {
      if (clinic !== modules.author.clinic) this.servedOther = true;
    });
  }

  async start(): Promise<void> {
    for await (const [, bytes] of this.modules.database.range({ prefix: BATCHES, reverse: true, limit: 1 })) {
      this.last = decodeBatch(bytes);
    }
    this.running = true;
    this.watch();
  }

  async stop(): Promise<void> {
    this.running = false;
    this.modules.clock.clearTimeout(this.timer);
    this.timer = undefined;
    await this.serial.idle();
  }

  /** Up to which number the events are known to be anchored. */
  get anchoredTo(): number {
    const { last } = this;
    if (last === undefined) return 0;
    return last.anchored ? last.to : last.from - 1;
  }

  /** Looks what became of the last anchor, and makes the next when it is due. */
  tick(): Promise<void> {
    return this.serial.run(async () => {
      if ((await this.settled()) && this.isDue()) await this.anchor();
    });
  }

  /** Undefined while the event is not anchored, or there is no such event. */
  async prove(number: number): Promise<(LeafProof & { readonly statement: Uint8Array }) | undefined> {
    const batch = await this.batchOf(number);
    if (batch === undefined || !batch.anchored) return undefined;
    const events: RecordedEvent[] = [];
    for await (const one of this.modules.events.from(batch.from, batch.count)) events.push(one);
    const index = events.findIndex(({ event }) => event.number === number);
    if (index < 0 || events.length !== batch.count) return undefined;
    const about = { clinic: this.modules.author.clinic, first: batch.first, event: events[index].signed };
    const leaves = events.map(({ signed }) => eventLeaf(signed));
    return { ...leafProof(about, leaves, index), statement: batch.statement };
  }

  private watch(): void {
    const { clock, logger } = this.modules;
    this.timer = clock.setTimeout(() => {
      this.tick()
        .catch((error: unknown) => logger.error({ err: error }, 'access events could not be anchored'))
        .finally(() => {
          if (this.running) this.watch();
        });
    }, ANCHOR_EVERY_MS);
  }

  /** Whether nothing is under way. */
  private async settled(): Promise<boolean> {
    const { last } = this;
    if (last === undefined || last.anchored) return true;
    const { store, outbox, author, database } = this.modules;
    const anchor = await anchorOf(store, author.clinic, last.first);
    if (anchor !== undefined && equalBytes(anchor.root, last.root)) {
      this.last = { ...last, anchored: true };
      await database.batch([{ type: 'put', key: batchKey(last.to), value: encodeBatch(this.last) }], { sync: true });
      return true;
    }
    const record = outbox.get(last.statement);
    // Applied and not in the state: the block is being replaced, and the outbox sends it again.
    if (willStand(record)) return false;
    // Refused, or never sent: the events are anchored anew, where the chain goes on.
    await database.batch([{ type: 'del', key: batchKey(last.to) }], { sync: true });
    this.last = await this.batchBefore();
    return this.last === undefined || this.last.anchored;
  }

  private isDue(): boolean {
    const { events, clock, isMember } = this.modules;
    if (!isMember() || this.anchoredTo + 1 >= events.settledBefore) return false;
    return this.servedOther || clock.now() - (this.last?.made ?? 0) >= QUIET_ANCHOR_MS;
  }

  private async anchor(): Promise<void> {
    const { events, database, store, outbox, author, clock } = this.modules;
    const batch: RecordedEvent[] = [];
    this.servedOther = false;
    const end = events.settledBefore;
    for await (const one of events.from(this.anchoredTo + 1, MAX_BATCH_EVENTS)) {
      if (one.event.number < end) batch.push(one);
    }
    if (batch.length === 0) return;
    const [row] = await store.states([anchorsKey(author.clinic)]);
    const first = row === undefined ? 1 : decodeAnchorsRow(row).next;
    const [from, to] = [batch[0].event.number, batch[batch.length - 1].event.number];
    if (batch.length === MAX_BATCH_EVENTS) this.servedOther = true;
    const root = rootOf(batch.map(({ signed }) => eventLeaf(signed)));
    const payload = encodeAnchors([{ first, count: batch.length, root }]);
    const statement = author.make({ kind: AUDIT_ANCHOR, object: NO_OBJECT, version: 0, payload });
    const made = Math.floor(clock.now());
    const next = { from, to, first, count: batch.length, root, statement: statement.id, made, anchored: false };
    await database.batch([{ type: 'put', key: batchKey(to), value: encodeBatch(next) }], { sync: true });
    this.last = next;
    await outbox.submit([statement]);
  }

  private async batchOf(number: number): Promise<Batch | undefined> {
    const range = { prefix: BATCHES, after: batchKey(number - 1), limit: 1 };
    for await (const [, bytes] of this.modules.database.range(range)) {
      const batch = decodeBatch(bytes);
      return batch.from <= number ? batch : undefined;
    }
    return undefined;
  }

  private async batchBefore(): Promise<Batch | undefined> {
    for await (const [, bytes] of this.modules.database.range({ prefix: BATCHES, reverse: true, limit: 1 })) {
      return decodeBatch(bytes);
    }
    return undefined;
  }
}

/** What the chain says at its tip of the anchor of a clinic that begins with an event. */
export async function anchorOf(
  store: Pick<ChainStore, 'states'>,
  clinic: ClinicNumber,
  first: number,
): Promise<Anchored | undefined> {
  const [row] = await store.states([anchorKey(clinic, first)]);
  return row === undefined ? undefined : decodeAnchorRow(row);
}
