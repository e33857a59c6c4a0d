// The offline queue (design section 7): what was acknowledged here is sent in transactions until the chain applied or
// refused it, through restarts, expiry and reorganisations. Owns states and packing; disk rows are outbox-store.ts.
import { toHex } from '../../common/bytes.ts';
import type { Clock, TimerHandle } from '../../common/clock.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { Serial } from '../../common/serial.ts';
import { decodeStatement } from '../../consensus/ledger/statement.ts';
import { sealTransaction, signTransaction } from '../../consensus/ledger/transaction.ts';
import type { SealedTransaction } from '../../consensus/ledger/types.ts';
import { EPOCH_BLOCKS, MAX_STATEMENTS } from '../../consensus/limits.ts';
import type { SenderRole } from '../../consensus/member-set.ts';
import type { Chain, TipChange } from '../chain/chain.ts';
import type { Intake, Received } from '../intake.ts';
import type { Mempool } from '../mempool/mempool.ts';
import type { ChainStore } from '../store/ports.ts';
import { OutboxError } from './errors.ts';
import type { OutboxStore, SentKey } from './outbox-store.ts';
import { fitting } from './packing.ts';
import type { OutboxRecord } from './record.ts';

/** Statements that may wait; beyond it the door says so before anything is acknowledged. */
export const MAX_WAITING = 100_000;
/** Finished statements that stay listed. */
export const HISTORY = 2_000;
/** They are forgotten this many at a time. */
export const MAX_DONE = HISTORY + 16 * MAX_STATEMENTS;
/** Blocks that a transaction stays valid for. */
export const VALID_BLOCKS = 240;
/** Neighbours of a statement get this long to join its transaction. */
const PACK_MS = 20;
/** Statements that a start asks the chain about at a time. */
const RESTORE_SLICE = 256;
/** Transactions of one key that wait for a block at a time. */
const IN_FLIGHT = 256;

export interface OutboxKey {
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

export interface OutboxOptions {
  readonly genesisId: Uint8Array;
  readonly keys: Readonly<Record<SenderRole, OutboxKey>>;
}

export interface OutboxModules {
  readonly store: OutboxStore;
  readonly chain: Chain;
  readonly chainStore: ChainStore;
  readonly mempool: Mempool;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Sends a transaction to the peers; the mempool has it already. */
  announce(received: Received, role: SenderRole): void;
}

export type NewStatement = Pick<OutboxRecord, 'id' | 'statement' | 'attachment' | 'role'>;

type OutcomesByBlock = Map<string, ReturnType<ChainStore['outcomes']>>;

const ROLES: readonly SenderRole[] = ['gateway', 'node'];

export class Outbox {
  private readonly options: OutboxOptions;
  private readonly modules: OutboxModules;
  private readonly records = new Map<string, OutboxRecord>();
  private readonly queues: Record<SenderRole, OutboxRecord[]> = { node: [], gateway: [] };
  private readonly sent: Record<SenderRole, Map<string, SealedTransaction>> = { node: new Map(), gateway: new Map() };
  private readonly listeners = new Set<(record: OutboxRecord) => void>();
  /** Statements that are not on disk yet. */
  private readonly writing = new Map<string, Promise<void>>();
  private readonly serial = new Serial();
  private nextOrder = 1;
  /** Height up to which attachments are gone. */
  private shedTo = 0;
  private waitingCount = 0;
  private timer: TimerHandle | undefined;
  private running = false;
  private held = false;

  constructor(options: OutboxOptions, modules: OutboxModules) {
    this.options = options;
    this.modules = modules;
  }

  async start(): Promise<void> {
    for await (const record of this.modules.store.records()) {
      this.records.set(toHex(record.id), record);
      this.nextOrder = Math.max(this.nextOrder, record.order + 1);
    }
    this.modules.mempool.onRemoved((entry, reason) => {
      if (reason !== 'included') this.lost(entry.sealed);
    });
    this.running = true;
    this.waitingCount = [...this.records.values()].filter(({ state }) => state !== 'done').length;
    if (!this.held) await this.begin();
  }

  /** Before `start`: what is submitted waits, and nothing is sent or asked of the chain until `release`. */
  hold(): void {
    this.held = true;
  }

  async release(): Promise<void> {
    if (!this.held) return;
    this.held = false;
    if (this.running) await this.begin();
  }

  private async begin(): Promise<void> {
    await this.restore();
    this.schedule(0);
  }

  async stop(): Promise<void> {
    if (!this.running) return;
    this.running = false;
    if (this.timer !== undefined) this.modules.clock.clearTimeout(this.timer);
    await this.serial.idle();
  }

  /** Statements that are not done. */
  get waiting(): number {
    return this.waitingCount;
  }

  onChange(listener: (record: OutboxRecord) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  get(id: Uint8Array): OutboxRecord | undefined {
    return this.records.get(toHex(id));
  }

  /** Newest first. */
  list(): OutboxRecord[] {
    // Read from disk and added in order.
    return [...this.records.values()].reverse();
  }

  /** Resolves when the statements are safe on disk: the acknowledgement. A statement given twice is one. */
  async submit(statements: readonly NewStatement[]): Promise<OutboxRecord[]> {
    if (!this.running) throw new OutboxError({ code: 'outbox.stopped' });
    // Done ones stay until they are final: more of them than that wait for it as well.
    const waiting = Math.max(this.waitingCount, this.records.size - MAX_DONE);
    if (waiting + statements.length > MAX_WAITING) {
      throw new OutboxError({ code: 'outbox.full', waiting });
    }
    const fresh: OutboxRecord[] = [];
    const all = statements.map((statement) => {
      const known = this.get(statement.id);
      if (known !== undefined) return known;
      const record: OutboxRecord = {
        ...statement,
        order: this.nextOrder++,
        made: this.modules.clock.now(),
        state: 'queued',
        transaction: undefined,
        validUntil: undefined,
        height: undefined,
        outcome: undefined,
      };
      this.records.set(toHex(record.id), record);
      this.waitingCount++;
      fresh.push(record);
      return record;
    });
    // A statement that another call is just writing is acknowledged with that write, not before.
    const others = all.flatMap((record) => this.writing.get(toHex(record.id)) ?? []);
    const written = this.modules.store.append(fresh);
    for (const record of fresh) this.writing.set(toHex(record.id), written);
    try {
      await written;
    } catch (error) {
      for (const record of fresh) this.drop(record);
      throw error;
    } finally {
      for (const record of fresh) this.writing.delete(toHex(record.id));
    }
    for (const record of fresh) this.queues[record.role].push(record);
    const urgent = fresh.some(({ role }) => role === 'gateway') || this.queues.node.length >= MAX_STATEMENTS;
    if (fresh.length > 0) this.schedule(urgent ? 0 : PACK_MS);
    await Promise.all(others);
    return all;
  }

  /** Follows the main chain, before the mempool does: what a block holds is done, what an undone block held is not. */
  async follow(change: TipChange): Promise<void> {
    const changed = new Map<string, OutboxRecord>();
    const kept: (SentKey & { readonly bytes: Uint8Array })[] = [];
    const dropped: SentKey[] = [];
    for (const { transactions } of change.disconnected) {
      for (const bytes of transactions) {
        const sealed = sealTransaction(this.options.genesisId, bytes);
        const role = this.roleOf(sealed.transaction.sender);
        let open = false;
        for (const id of sealed.statementIds) {
          const record = this.get(id);
          if (record?.state !== 'done') continue;
          open = true;
          this.waitingCount++;
          const state = role === undefined ? 'queued' : 'pending';
          Object.assign(record, { state, height: undefined, outcome: undefined, transaction: sealed.id });
          changed.set(toHex(id), record);
        }
        if (role !== undefined && open) {
          this.sent[role].set(toHex(sealed.id), sealed);
          kept.push({ role, sequence: sealed.transaction.sequence, bytes: sealed.bytes });
        }
      }
    }
    // Before the connected ones drop what they hold again: of one transaction the later change must win.
    if (kept.length > 0) await this.modules.store.apply({ kept });
    for (const { entry, results } of change.connected) {
      for (const result of results) {
        for (const role of ROLES) {
          if (this.sent[role].delete(toHex(result.id))) dropped.push({ role, sequence: result.sequence });
        }
        for (const { id, outcome } of result.statements) {
          const record = this.get(id);
          if (record === undefined || record.state === 'done') continue;
          this.waitingCount--;
          Object.assign(record, { state: 'done', height: entry.header.height, outcome, transaction: result.id });
          changed.set(toHex(id), record);
        }
      }
    }
    if (changed.size + dropped.length > 0) {
      await this.modules.store.apply({ records: [...changed.values()], dropped });
    }
    for (const record of changed.values()) {
      if (record.state === 'queued') this.requeue(record);
      this.tell(record);
    }
    if (change.connected.length > 0) {
      await this.shed();
      await this.trim();
    }
    if (this.waitingCount > 0) this.schedule(PACK_MS);
  }

  /** After a start: ask the chain what became of each statement, send again what was sent, queue the rest. */
  private async restore(): Promise<void> {
    const sent: SealedTransaction[] = [];
    for await (const bytes of this.modules.store.transactions()) {
      const sealed = sealTransaction(this.options.genesisId, bytes);
      sent.push(sealed);
      for (const id of sealed.statementIds) {
        const record = this.get(id);
        if (record !== undefined && record.state !== 'done') record.transaction = sealed.id;
      }
    }
    const changed = new Set(await this.reopen());
    const open = [...this.records.values()].filter((record) => record.state !== 'done');
    this.waitingCount = open.length;
    // Neighbours mostly stand in one block.
    const outcomes: OutcomesByBlock = new Map();
    await inSlices(open, async (record) => {
      const end = await this.endOf(record, outcomes);
      // A block may have come with it meanwhile.
      if (end === undefined || record.state === 'done') return;
      Object.assign(record, { state: 'done', ...end });
      this.waitingCount--;
      changed.add(record);
    });
    if (changed.size > 0) await this.modules.store.apply({ records: [...changed] });
    for (const sealed of sent) await this.resend(sealed);
    for (const record of this.records.values()) if (record.state !== 'done') this.requeueUnlessSent(record);
  }

  /** Done statements whose block left the main chain when nobody could follow: in a crash, or with a lost database. */
  private async reopen(): Promise<OutboxRecord[]> {
    const { chainStore } = this.modules;
    const standing = new Map<string, Promise<boolean>>();
    const stands = ({ id, transaction }: OutboxRecord): Promise<boolean> => {
      const key = toHex(transaction ?? id);
      const known = standing.get(key);
      if (known !== undefined) return known;
      const found = transaction === undefined ? chainStore.statement(id) : chainStore.transaction(transaction);
      const there = found.then((location) => location !== undefined);
      standing.set(key, there);
      return there;
    };
    const undone: OutboxRecord[] = [];
    const done = [...this.records.values()].filter((record) => record.state === 'done');
    await inSlices(done, async (record) => {
      if ((await stands(record)) || record.state !== 'done') return;
      Object.assign(record, { state: 'queued', height: undefined, outcome: undefined, transaction: undefined });
      undone.push(record);
    });
    return undone;
  }

  /** Where the chain holds a statement and how it ended. */
  private async endOf(
    record: OutboxRecord,
    outcomes: OutcomesByBlock,
  ): Promise<Pick<OutboxRecord, 'height' | 'outcome' | 'transaction'> | undefined> {
    const { chainStore } = this.modules;
    const location = await chainStore.statement(record.id);
    if (location === undefined) return undefined;
    const { block, height, transaction: index, statement = 0 } = location;
    const key = toHex(block);
    const ofBlock = outcomes.get(key) ?? chainStore.outcomes(block);
    outcomes.set(key, ofBlock);
    const outcome = (await ofBlock)?.[index]?.[statement];
    // It may stand in another clinic's transaction.
    const own = record.transaction && (await chainStore.transaction(record.transaction));
    const mine = own !== undefined && own.height === height && own.transaction === index;
    return { height, outcome, transaction: mine ? record.transaction : undefined };
  }

  /**
   * The very transaction that was sent before: another one with its sequence would compete with it. Also when all of it was
   * settled elsewhere: what was sent after it waits for its sequence.
   */
  private async resend(sealed: SealedTransaction): Promise<void> {
    const role = this.roleOf(sealed.transaction.sender);
    if (role === undefined) return;
    const records = sealed.statementIds.map((id) => this.get(id));
    const open = records.filter((record): record is OutboxRecord => record !== undefined && record.state !== 'done');
    const attachments = open.flatMap((record) => record.attachment ?? []);
    const { sequence, validUntil } = sealed.transaction;
    // First: a block may take it, or the mempool lose it, before it is there.
    this.sent[role].set(toHex(sealed.id), sealed);
    for (const record of open) Object.assign(record, { state: 'pending', transaction: sealed.id, validUntil });
    try {
      await this.modules.intake.takeTrusted({ sealed, attachments });
    } catch {
      this.sent[role].delete(toHex(sealed.id));
      await this.modules.store.apply({ dropped: [{ role, sequence }] });
      return;
    }
    this.modules.announce({ sealed, attachments }, role);
  }

  private requeueUnlessSent(record: OutboxRecord): void {
    const sent = record.transaction !== undefined && this.sent[record.role].has(toHex(record.transaction));
    if (!(record.state === 'pending' && sent)) this.requeue(record);
  }

  /** A transaction that can no longer enter a block: its statements are wrapped again. */
  lost(sealed: SealedTransaction): void {
    const role = this.roleOf(sealed.transaction.sender);
    if (role === undefined || !this.sent[role].delete(toHex(sealed.id))) return;
    const wrapAgain = async (): Promise<void> => {
      await this.modules.store.apply({ dropped: [{ role, sequence: sealed.transaction.sequence }] });
      for (const id of sealed.statementIds) {
        const record = this.get(id);
        const mine = record?.transaction !== undefined && toHex(record.transaction) === toHex(sealed.id);
        if (record !== undefined && record.state === 'pending' && mine) this.requeue(record);
      }
      this.schedule(PACK_MS);
    };
    this.serial.run(wrapAgain).catch((error) => {
      this.modules.logger.error({ err: error }, 'a lost transaction is wrapped again only at the next start');
    });
  }

  /** The author's order: what was acknowledged first goes first. */
  private requeue(record: OutboxRecord): void {
    record.state = 'queued';
    const queue = this.queues[record.role];
    let at = queue.length;
    while (at > 0 && queue[at - 1].order >= record.order) at--;
    if (queue[at] !== record) queue.splice(at, 0, record);
  }

  private schedule(ms: number): void {
    if (!this.running || this.held) return;
    if (this.timer !== undefined) {
      if (ms > 0) return;
      this.modules.clock.clearTimeout(this.timer);
    }
    this.timer = this.modules.clock.setTimeout(() => {
      this.timer = undefined;
      void this.serial.run(() => this.pump()).catch((error) => this.sendLater(error));
    }, ms);
  }

  /** What was taken from the queue is in it again. */
  private sendLater(error: unknown): void {
    const { logger } = this.modules;
    if (codeOf(error) === 'mempool.stale') {
      // What was sent before the last stop came back in a block of another clinic, at this very moment.
      logger.info({ err: error }, 'a block took the sequence that was about to be sent');
      this.schedule(PACK_MS);
      return;
    }
    logger.error({ err: error }, 'the outbox could not send');
    this.schedule(1_000);
  }

  private async pump(): Promise<void> {
    for (const role of ROLES) {
      const queue = this.queues[role];
      // A statement may have reached the chain on another way meanwhile.
      for (let at = queue.length - 1; at >= 0; at--) if (queue[at].state !== 'queued') queue.splice(at, 1);
      while (this.running && queue.length > 0) {
        const gap = await this.gapOf(role);
        if (gap === 0 && this.sent[role].size >= IN_FLIGHT) break;
        // Each free sequence needs a transaction of its own before any that waits above it can stand in a block.
        const share = gap === 0 ? queue.length : Math.max(1, Math.floor(queue.length / gap));
        const records = queue.splice(0, Math.min(fitting(queue), share));
        try {
          await this.send(role, records);
        } catch (error) {
          for (const record of records) if (record.state !== 'done') this.requeue(record);
          throw error;
        }
      }
    }
  }

  /** Sequences without a transaction below one that was sent: where some expired, all above them wait. */
  private async gapOf(role: SenderRole): Promise<number> {
    const free = await this.modules.mempool.nextFree(this.options.keys[role].publicKey);
    let above = Number.POSITIVE_INFINITY;
    for (const { transaction } of this.sent[role].values()) {
      if (transaction.sequence > free) above = Math.min(above, transaction.sequence);
    }
    return above === Number.POSITIVE_INFINITY ? 0 : above - free;
  }

  private async send(role: SenderRole, queued: readonly OutboxRecord[]): Promise<void> {
    const { publicKey, sign } = this.options.keys[role];
    const sequence = await this.modules.mempool.nextFree(publicKey);
    const validUntil = this.modules.chain.tip.header.height + VALID_BLOCKS;
    // A block may have come with some of them meanwhile, and may do so until the end of this.
    const records = queued.filter(({ state }) => state === 'queued');
    if (records.length === 0) return;
    const statements = records.map((record) => decodeStatement(record.statement));
    const unsigned = { sender: publicKey, sequence, validUntil, statements };
    const sealed = signTransaction(this.options.genesisId, unsigned, sign);
    const attachments = records.flatMap((record) => record.attachment ?? []);
    this.sent[role].set(toHex(sealed.id), sealed);
    try {
      await this.modules.store.apply({ kept: [{ role, sequence, bytes: sealed.bytes }] });
      await this.modules.intake.takeTrusted({ sealed, attachments });
    } catch (error) {
      this.sent[role].delete(toHex(sealed.id));
      throw error;
    }
    for (const record of records) {
      if (record.state === 'queued') Object.assign(record, { state: 'pending', transaction: sealed.id, validUntil });
    }
    this.modules.announce({ sealed, attachments }, role);
    // Not written: what was sent is on disk as the transaction, and a start reads its statements from there.
    for (const record of records) this.tell(record);
  }

  /** An attachment goes once its statement is final: nothing sends it again, and its own end is kept elsewhere. */
  private async shed(): Promise<void> {
    const final = EPOCH_BLOCKS * this.modules.chain.view.finalised.epoch;
    if (final <= this.shedTo) return;
    this.shedTo = final;
    const shed = [...this.records.values()].filter(
      ({ attachment, state, height }) =>
        attachment !== undefined && state === 'done' && height !== undefined && height <= final,
    );
    if (shed.length === 0) return;
    for (const record of shed) record.attachment = undefined;
    await this.modules.store.apply({ records: shed });
  }

  private async trim(): Promise<void> {
    if (this.records.size - this.waitingCount <= MAX_DONE) return;
    const done = [...this.records.values()].filter((record) => record.state === 'done');
    // What is not final may be undone yet, and is sent again from here then.
    const final = EPOCH_BLOCKS * this.modules.chain.view.finalised.epoch;
    const old = done
      .sort((a, b) => a.order - b.order)
      .slice(0, done.length - HISTORY)
      .filter(({ height }) => height !== undefined && height <= final);
    for (const record of old) this.records.delete(toHex(record.id));
    await this.modules.store.forget(old);
  }

  private drop(record: OutboxRecord): void {
    this.records.delete(toHex(record.id));
    this.waitingCount--;
  }

  private tell(record: OutboxRecord): void {
    for (const listener of this.listeners) listener(record);
  }

  private roleOf(sender: Uint8Array): SenderRole | undefined {
    return ROLES.find((role) => toHex(this.options.keys[role].publicKey) === toHex(sender));
  }
}

async function inSlices<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += RESTORE_SLICE) {
    await Promise.all(items.slice(at, at + RESTORE_SLICE).map(work));
  }
}
