// The security log of a clinic: every request that its gateways judged, in the order of judgement, on disk within seconds,
// for as long as the retention says and the room lasts. The model is node/access/event-log/, which is of calls and chained;
// this one is of requests, many more of them, and ends with the keys of its days. Owns writing; reading is reader.ts.
import type { Clock, TimerHandle } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import { Serial } from '../../common/serial.ts';
import type { Decision } from '../../gateway/judge/decision.ts';
import {
  type BlockHead,
  dayOf,
  MAX_BLOCK_ENTRIES,
  openBlock,
  type SealedBlock,
  sealBlock,
} from '../../gateway/log/block.ts';
import { type LoggedRequest, minuteOf } from '../../gateway/log/entry.ts';
import { MinuteCounts } from '../../gateway/log/series.ts';
import { DayKeys } from './day-keys.ts';
import { SecurityError } from './errors.ts';
import { PendingRequests, type Waiting } from './pending.ts';
import { type Segment, Segments } from './segments.ts';

export interface SecurityLogOptions {
  /** A folder of its own; never part of a backup, which would outlive the keys. */
  readonly path: string;
  /** From the keystore; the keys of the days lie under it. */
  readonly storageKey: Uint8Array;
  /** Days for which entries are kept after their own. */
  readonly retention?: number;
  readonly maxBytes?: number;
  readonly segmentBytes?: number;
}

export interface SecurityLogModules {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Throws where the disk has no room for anything new. */
  readonly demandRoom: () => void;
}

/** What a gateway elsewhere judged, by its own count. */
export interface Reported extends LoggedRequest {
  /** Grows by one from entry to entry of one gateway. */
  readonly sequence: number;
}

export const RETENTION_DAYS = 14;
/** About four million entries. */
export const MAX_SECURITY_LOG_BYTES = 512 * 1024 * 1024;
export const SEGMENT_BYTES = 512 * 1024;
/** Gateways that bring entries to one node. */
export const MAX_GATEWAYS = 64;
/** By how much a gateway's count may go on at once: two weeks of 200 requests a second that the node never got. */
export const MAX_SEQUENCE_STEP = 2 ** 28;
/** With these two a process that dies takes the requests of its last 1.25 s with it, MAX_PENDING_REQUESTS at most. */
const WRITE_EVERY_MS = 250;
const ANSWER_WAIT_MS = 1000;
/** Entries that one write takes. */
const AT_ONCE = 2048;
const EXPIRE_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;

export class SecurityLog {
  /** What stands in the log, minute by minute. */
  readonly counts = new MinuteCounts();
  private readonly modules: SecurityLogModules;
  private readonly keys: DayKeys;
  private readonly segments: Segments;
  private readonly pending = new PendingRequests();
  private readonly serial = new Serial();
  private readonly gateways = new Map<string, number>();
  private readonly retention: number;
  private next = 1;
  private lostBefore = 0;
  private timer: TimerHandle | undefined;
  private expiry: TimerHandle | undefined;

  constructor(options: SecurityLogOptions, modules: SecurityLogModules) {
    const { path, storageKey, retention = RETENTION_DAYS } = options;
    const { maxBytes = MAX_SECURITY_LOG_BYTES, segmentBytes = SEGMENT_BYTES } = options;
    this.modules = modules;
    this.retention = retention;
    this.keys = new DayKeys({ path, storageKey, retention });
    this.segments = new Segments({ path, maxBytes, segmentBytes });
  }

  /** Days for which entries are kept after their own. */
  get days(): number {
    return this.retention;
  }

  /** Number of the next entry on disk. */
  get end(): number {
    return this.next;
  }

  /** Requests that were judged and are in no entry: the disk could not follow. */
  get lost(): number {
    return this.lostBefore + this.pending.lost;
  }

  async start(): Promise<void> {
    await this.keys.open();
    await this.segments.open(
      (block) => this.holds(block),
      (head) => this.noted(head),
    );
    await this.expire();
  }

  async stop(): Promise<void> {
    const { clock } = this.modules;
    clock.clearTimeout(this.expiry);
    await this.settled().catch(() => undefined);
    clock.clearTimeout(this.timer);
    [this.timer, this.expiry] = [undefined, undefined];
    await this.serial.run(() => this.segments.close());
  }

  /** A request that this node's gateway judged. */
  append(decision: Decision): void {
    const since = this.modules.clock.monotonic();
    const ready = decision.action !== 'allow';
    this.pending.add({ decision, status: undefined, source: '', sequence: 0, since, ready });
    this.watch();
  }

  /** What the application answered to it; too late, the entry stands without. */
  answered({ reference }: Decision, status: number): void {
    this.pending.answered(reference, status);
  }

  /**
   * Entries of a gateway elsewhere, in its order; those that it brought before are passed over. Resolves with the last
   * sequence that is on disk. Throws SecurityError `threat.gateways`, `threat.sequence`, `threat.log-full`.
   */
  async bring(source: string, entries: readonly Reported[]): Promise<number> {
    const known = this.gateways.get(source) ?? 0;
    if (!this.gateways.has(source) && this.gateways.size >= MAX_GATEWAYS) {
      throw new SecurityError({ code: 'threat.gateways', limit: MAX_GATEWAYS });
    }
    const since = this.modules.clock.monotonic();
    const oldest = this.modules.clock.now() - this.retention * DAY_MS;
    const fresh = entries.filter(({ sequence }) => sequence > known);
    // One that is new here may have counted for long; from then on no entry says that all between was brought.
    const steps = fresh.map(({ sequence }, at) => sequence - (fresh[at - 1]?.sequence ?? (known || sequence)));
    if (steps.some((step) => step > MAX_SEQUENCE_STEP)) {
      throw new SecurityError({ code: 'threat.sequence', longest: MAX_SEQUENCE_STEP });
    }
    const last = fresh.reduce((highest, { sequence }) => Math.max(highest, sequence), known);
    // Past its retention an entry has no key any more.
    const kept = fresh.filter(({ decision }) => decision.at >= oldest);
    if (kept.length > this.pending.room) throw new SecurityError({ code: 'threat.log-full' });
    this.gateways.set(source, last);
    for (const entry of kept) this.pending.add({ ...entry, source, since, ready: true });
    await this.settled();
    return last;
  }

  /** The last sequence that this gateway brought; 0 for none. */
  sequenceOf(source: string): number {
    return this.gateways.get(source) ?? 0;
  }

  /** Resolves when all that was judged is on disk, answered or not; rejects when it cannot be. */
  settled(): Promise<void> {
    return this.serial.run(() => this.write(Number.MAX_SAFE_INTEGER));
  }

  /** Oldest first. */
  get files(): readonly Segment[] {
    return this.segments.list;
  }

  /** Blocks of a file, in order. */
  blocks(segment: Segment): Promise<SealedBlock[]> {
    return this.segments.read(segment);
  }

  /** In the order of judgement; undefined when the key of its day is gone, or the block is not what was written. */
  open(block: SealedBlock): readonly LoggedRequest[] | undefined {
    const key = this.keys.get(block.head.key);
    if (key === undefined) return undefined;
    try {
      return openBlock(key.key, block);
    } catch (error) {
      this.modules.logger.error({ err: error }, 'a block of the security log does not open');
      return undefined;
    }
  }

  private holds(block: SealedBlock): boolean {
    // What has had its time need not open any more.
    return this.keys.get(block.head.key) === undefined || this.open(block) !== undefined;
  }

  private noted(head: BlockHead): void {
    this.counts.add(head);
    this.next = head.first + head.count;
    this.lostBefore += head.lost;
    if (head.source !== '') this.gateways.set(head.source, head.sequence);
  }

  private watch(): void {
    this.timer ??= this.modules.clock.setTimeout(() => {
      this.timer = undefined;
      const until = this.modules.clock.monotonic() - ANSWER_WAIT_MS;
      this.serial
        .run(() => this.write(until))
        .catch((error: unknown) => this.modules.logger.error({ err: error }, 'the security log cannot be written'))
        .finally(() => {
          if (this.pending.size > 0) this.watch();
        });
    }, WRITE_EVERY_MS);
  }

  /** One at a time. Until what came last at `until`, monotonic ms. */
  private async write(until: number): Promise<void> {
    for (;;) {
      const taken = this.pending.first(AT_ONCE, until);
      if (taken.length === 0) return;
      this.modules.demandRoom();
      const lost = this.pending.lost;
      const blocks = await this.sealed(taken, lost);
      await this.segments.append(blocks);
      this.pending.done(taken.length, lost);
      for (const { head } of blocks) this.noted(head);
      await this.trim();
    }
  }

  private async sealed(taken: readonly Waiting[], lost: number): Promise<SealedBlock[]> {
    const today = dayOf(minuteOf(this.modules.clock.now()));
    const blocks: SealedBlock[] = [];
    let first = this.next;
    for (const run of runsOf(taken)) {
      const { source, decision } = run[0];
      const minute = minuteOf(decision.at);
      const { number, key } = await this.keys.of(dayOf(minute), today);
      const facts = { key: number, first, minute, lost: blocks.length === 0 ? lost : 0, source };
      blocks.push(sealBlock(key, { ...facts, sequence: run[run.length - 1].sequence }, run));
      first += run.length;
    }
    return blocks;
  }

  private async expire(): Promise<void> {
    const { clock, logger } = this.modules;
    await this.serial.run(async () => {
      await this.keys.expire(dayOf(minuteOf(clock.now())));
      await this.trim();
    });
    this.expiry = clock.setTimeout(() => {
      this.expire().catch((error: unknown) => {
        logger.error({ err: error }, 'keys of the security log outlive their time');
      });
    }, EXPIRE_EVERY_MS);
  }

  private async trim(): Promise<void> {
    const gone = await this.segments.trim((key) => this.keys.get(key) !== undefined);
    for (const head of gone) {
      this.counts.remove(head);
      this.lostBefore -= head.lost;
    }
  }
}

/** What can stand in one block: of one source and one minute. */
function runsOf(entries: readonly Waiting[]): Waiting[][] {
  const runs: Waiting[][] = [];
  for (const entry of entries) {
    const run = runs.at(-1);
    const alike =
      run !== undefined &&
      run.length < MAX_BLOCK_ENTRIES &&
      run[0].source === entry.source &&
      minuteOf(run[0].decision.at) === minuteOf(entry.decision.at);
    if (alike) run.push(entry);
    else runs.push([entry]);
  }
  return runs;
}
