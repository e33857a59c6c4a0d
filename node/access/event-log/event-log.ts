// The clinic's event log: what was refused and what was done, each entry naming the one before, the head signed by the
// clinic's key once a second. Entries are never changed; when the log is full the oldest go, and the log says so.
// Owns writing; reader.ts pages and checks it.
import { hmacSha256, signEd25519 } from '#crypto';
import { fromHex } from '../../../common/bytes.ts';
import type { Clock, TimerHandle } from '../../../common/clock.ts';
import type { Logger } from '../../../common/logger.ts';
import type { Principal } from '../../../rpc/access/principal.ts';
import type { AccessEvent, AccessLog } from '../../../rpc/ports.ts';
import type { LocalDatabase, LocalWrite } from '../../store/local-database.ts';
import { AlikeEvents } from './alike.ts';
import { decodeEntry, type EventEntry, encodeEntry, entryHash, signedHead, TAG_BYTES } from './entry.ts';
import {
  BEGIN_KEY,
  type Begin,
  decodeBegin,
  ENTRIES_PREFIX,
  encodeBegin,
  encodeSignature,
  entryKey,
  numberOfKey,
  SIGNATURES_PREFIX,
  signatureKey,
} from './rows.ts';

export interface EventLogOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: number;
  /** From the keystore; tags of objects say nothing without it. */
  readonly tagKey: Uint8Array;
  /** Bytes of entries that are kept; the oldest go first. */
  readonly maxBytes?: number;
}

export interface EventLogModules {
  readonly database: LocalDatabase;
  /** The clinic's signing key as it is now. */
  readonly key: () => { readonly seed: Uint8Array; readonly publicKey: Uint8Array };
  readonly clock: Clock;
  readonly logger: Logger;
}

/** About a million entries. */
export const MAX_EVENT_LOG_BYTES = 128 * 1024 * 1024;
/** Entries that wait for the disk; more are counted and the count is written. */
export const MAX_PENDING_EVENTS = 4096;
const SIGN_EVERY_MS = 1000;
const SIGN_EVERY_ENTRIES = 256;
/** Entries that go at a time at most when the log is full. */
const CUT_ENTRIES = 4096;
const NOTHING = new Uint8Array(0);
const encoder = new TextEncoder();

interface Written {
  readonly number: number;
  readonly hash: Uint8Array;
}

interface Pending extends Written {
  readonly bytes: Uint8Array;
}

export class EventLog implements AccessLog {
  private readonly options: EventLogOptions;
  private readonly modules: EventLogModules;
  private readonly alike = new AlikeEvents();
  private begin: Begin = { first: 1, previous: new Uint8Array(32), bytes: 0 };
  private next = 1;
  private head: Uint8Array = new Uint8Array(32);
  private lastTime = 0;
  private pending: Pending[] = [];
  private lost = 0;
  /** The last entry that is on disk. */
  private written: Written | undefined;
  private signedTo = 0;
  private signNext = false;
  private writing: Promise<void> = Promise.resolve();
  private queued: Promise<void> | undefined;
  private timer: TimerHandle | undefined;
  private alikeTimer: TimerHandle | undefined;

  constructor(options: EventLogOptions, modules: EventLogModules) {
    this.options = options;
    this.modules = modules;
  }

  /** After the database was opened: goes on where the log ended. */
  async start(): Promise<void> {
    const { database } = this.modules;
    const begin = await database.get(BEGIN_KEY);
    if (begin !== undefined) this.begin = decodeBegin(begin);
    this.head = this.begin.previous;
    this.next = this.begin.first;
    for await (const [, bytes] of database.range({ prefix: ENTRIES_PREFIX, reverse: true, limit: 1 })) {
      const { number, time } = decodeEntry(bytes);
      this.next = number + 1;
      this.lastTime = time;
      this.head = entryHash(bytes);
      this.written = { number, hash: this.head };
    }
    // A stop without warning leaves entries that nobody signed; the next signature is over them too.
    for await (const [key] of database.range({ prefix: SIGNATURES_PREFIX, reverse: true, limit: 1 })) {
      this.signedTo = numberOfKey(key);
    }
    this.note('log.started');
    await this.settled();
  }

  /** Writes and signs what waits. The database is still open then. */
  async stop(): Promise<void> {
    const { clock } = this.modules;
    clock.clearTimeout(this.alikeTimer);
    this.alikeTimer = undefined;
    for (const { event, times } of this.alike.due(clock.now(), true)) this.append(event, times);
    await this.write(true).catch((error: unknown) => this.failed(error));
    clock.clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** Numbers of the first entry that is kept and of the next one to come. */
  get span(): { readonly first: number; readonly next: number; readonly previous: Uint8Array } {
    return { first: this.begin.first, next: this.next, previous: this.begin.previous };
  }

  record(event: AccessEvent): void {
    const now = this.modules.clock.now();
    const written = this.alike.take(event, now);
    if (written !== undefined) this.append(written, 1);
    this.watchAlike(now);
  }

  settled(): Promise<void> {
    if (this.queued === undefined && this.pending.length === 0) return this.writing;
    return this.write(false);
  }

  /** How the log names an object: by it nobody finds the object, but what was about the same one is found. */
  tagOf(object: string): Uint8Array {
    return hmacSha256(this.options.tagKey, encoder.encode(object)).subarray(0, TAG_BYTES);
  }

  private append(event: AccessEvent, times: number): void {
    const { principal, method, outcome, code, object, client } = event;
    this.add({
      ...actorOf(principal),
      ...{ method, outcome, code: code ?? '', address: client.address, times },
      object: object === null ? NOTHING : this.tagOf(object),
    });
  }

  private note(method: string, times = 1): void {
    const nobody = {
      kind: 'node',
      actor: NOTHING,
      name: '',
      roles: [],
      code: '',
      object: NOTHING,
      address: '',
    } as const;
    this.add({ ...nobody, method, outcome: 'permitted', times });
  }

  private add(about: Omit<EventEntry, 'number' | 'time' | 'previous'>): void {
    if (this.pending.length >= MAX_PENDING_EVENTS) {
      this.lost++;
      return;
    }
    this.lastTime = Math.max(this.lastTime, this.modules.clock.now());
    const bytes = encodeEntry({ ...about, number: this.next, time: this.lastTime, previous: this.head });
    this.head = entryHash(bytes);
    this.pending.push({ number: this.next++, bytes, hash: this.head });
    if (this.next - 1 - this.signedTo >= SIGN_EVERY_ENTRIES && !this.signNext)
      void this.write(true).catch((error: unknown) => this.failed(error));
    else this.watch();
  }

  private watch(): void {
    this.timer ??= this.modules.clock.setTimeout(() => {
      this.timer = undefined;
      this.write(true).catch((error: unknown) => {
        this.failed(error);
        this.watch();
      });
    }, SIGN_EVERY_MS);
  }

  private watchAlike(now: number): void {
    const { next } = this.alike;
    if (this.alikeTimer !== undefined || next === undefined) return;
    this.alikeTimer = this.modules.clock.setTimeout(
      () => {
        this.alikeTimer = undefined;
        const then = this.modules.clock.now();
        for (const { event, times } of this.alike.due(then)) this.append(event, times);
        this.watchAlike(then);
      },
      Math.max(1, next - now),
    );
  }

  /** One write at a time; whoever asks while one runs shares the next. */
  private write(sign: boolean): Promise<void> {
    if (sign) this.signNext = true;
    this.queued ??= this.writing
      .catch(() => undefined)
      .then(() => {
        this.queued = undefined;
        this.writing = this.writeNow();
        return this.writing;
      });
    return this.queued;
  }

  private async writeNow(): Promise<void> {
    const { pending, signNext } = this;
    const last = pending.at(-1) ?? this.written;
    this.signNext = false;
    const sign = signNext && last !== undefined && last.number > this.signedTo;
    if (pending.length === 0 && !sign) return;
    this.pending = [];
    const added = pending.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const begin = { ...this.begin, bytes: this.begin.bytes + added };
    const writes = pending.map(({ number, bytes }) => put(entryKey(number), bytes));
    writes.push(put(BEGIN_KEY, encodeBegin(begin)));
    if (sign) writes.push(this.signature(last));
    try {
      // A signature alone may be lost, the next one is over the same entries: nobody's answer waits behind its way to the disk.
      await this.modules.database.batch(writes, { sync: pending.length > 0 });
    } catch (error) {
      this.pending = [...pending, ...this.pending];
      throw error;
    }
    this.begin = begin;
    this.written = last;
    if (sign) this.signedTo = last.number;
    const { lost } = this;
    this.lost = 0;
    if (lost > 0) this.note('log.lost', lost);
    const { maxBytes = MAX_EVENT_LOG_BYTES } = this.options;
    if (begin.bytes > maxBytes) await this.cut(Math.floor((maxBytes / 8) * 7));
  }

  private signature({ number, hash }: Written): LocalWrite {
    const { genesisId, clinic } = this.options;
    const { seed, publicKey } = this.modules.key();
    const signature = signEd25519(seed, signedHead(genesisId, clinic, number, hash));
    return put(signatureKey(number), encodeSignature({ publicKey, signature }));
  }

  /** The chain goes on from the hash of what was cut off, and an entry tells how much that was. */
  private async cut(downTo: number): Promise<void> {
    const { database } = this.modules;
    const removed: LocalWrite[] = [];
    let { first, previous, bytes } = this.begin;
    for await (const [key, value] of database.range({ prefix: ENTRIES_PREFIX, limit: CUT_ENTRIES })) {
      if (bytes <= downTo) break;
      removed.push({ type: 'del', key });
      bytes -= value.length;
      first = numberOfKey(key) + 1;
      previous = entryHash(value);
    }
    const count = removed.length;
    for await (const [key] of database.range({ prefix: SIGNATURES_PREFIX, limit: CUT_ENTRIES })) {
      if (numberOfKey(key) >= first) break;
      removed.push({ type: 'del', key });
    }
    const begin = { first, previous, bytes };
    await database.batch([...removed, put(BEGIN_KEY, encodeBegin(begin))], { sync: true });
    this.begin = begin;
    this.note('log.cut', count);
  }

  private failed(error: unknown): void {
    this.modules.logger.error({ err: error }, 'the event log cannot be written: what must be logged is refused');
  }
}

function put(key: Uint8Array, value: Uint8Array): LocalWrite {
  return { type: 'put', key, value };
}

function actorOf(principal: Principal): Pick<EventEntry, 'kind' | 'actor' | 'name' | 'roles'> {
  if (principal.kind === 'session') {
    const { user, name, roles } = principal.session;
    return { kind: 'session', actor: fromHex(user), name, roles };
  }
  if (principal.kind === 'application') {
    return { kind: 'application', actor: fromHex(principal.key.id), name: principal.key.name, roles: [] };
  }
  return { kind: principal.kind, actor: NOTHING, name: '', roles: [] };
}
