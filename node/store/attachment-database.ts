// Attachments by commitment, apart from the chain because they may be deleted (PROTOCOL 4.6): each has an end, all together
// have a bound. Owns keeping and forgetting; what they mean and who may have them is decided elsewhere.
//
// | prefix | key                      | value                        |
// |--------|--------------------------|------------------------------|
// | m      | "version"                | u32; absent in version 1     |
// | m      | "sweeping"               | u8 1; absent between sweeps  |
// | a      | commitment               | expiry u64, salt, bytes      |
// | e      | expiry u64, commitment   | u32, bytes counted for it    |
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { Serial } from '../../common/serial.ts';
import { decodeAttachment, encodeAttachment } from '../../consensus/ledger/attachment.ts';
import type { Attachment } from '../../consensus/ledger/types.ts';
import { StoreError } from './errors.ts';
import { CheckedRows, type Level, openLevel, prefixRange } from './kv.ts';
import { numberKey, tableKey } from './layout.ts';

export interface AttachmentOptions {
  readonly path: string;
  /** Bounds on what is kept; beyond them `put` throws `store.full`. */
  readonly maxCount?: number;
  readonly maxBytes?: number;
}

export const ATTACHMENTS_VERSION = 1;

const META = 0x6d;
const BODY = 0x61;
const EXPIRY = 0x65;
const VERSION_KEY = tableKey(META, new TextEncoder().encode('version'));
/** There while a sweep is under way. */
const SWEEPING_KEY = tableKey(META, new TextEncoder().encode('sweeping'));
const NAMES = new Map([
  [META, 'attachment version'],
  [BODY, 'attachment'],
  [EXPIRY, 'attachment expiry'],
]);
const MEMORY = { writeBuffer: 2 * 1024 * 1024, cache: 1024 * 1024 };
const DEFAULT_MAX_COUNT = 1_000_000;
const DEFAULT_MAX_BYTES = 1024 * 1024 * 1024;
/** Counted for the rows around the bytes. */
const ROW_BYTES = 128;
const SWEEP_BATCH = 1024;
const COMMITMENT_AT = 9;

interface Session {
  readonly level: Level;
  readonly rows: CheckedRows;
}

export class AttachmentDatabase {
  private readonly path: string;
  private readonly maxCount: number;
  private readonly maxBytes: number;
  private readonly serial = new Serial();
  private session: Session | undefined;
  private kept = { count: 0, bytes: 0 };

  constructor(options: AttachmentOptions) {
    this.path = options.path;
    this.maxCount = options.maxCount ?? DEFAULT_MAX_COUNT;
    this.maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  }

  /** What is kept now. */
  get usage(): { readonly count: number; readonly bytes: number } {
    return { ...this.kept };
  }

  open(): Promise<void> {
    return this.serial.run(async () => {
      if (this.session !== undefined) return;
      const level = await openLevel(this.path, MEMORY);
      const rows = new CheckedRows(level, NAMES);
      const kept = { count: 0, bytes: 0 };
      try {
        await checkVersion(rows);
        for await (const [, size] of rows.rows(prefixRange(tableKey(EXPIRY)))) {
          kept.count++;
          kept.bytes += new Reader(size).u32();
        }
      } catch (error) {
        await level.close();
        throw error;
      }
      this.kept = kept;
      this.session = { level, rows };
    });
  }

  close(): Promise<void> {
    return this.serial.run(async () => {
      const level = this.session?.level;
      this.session = undefined;
      await level?.close();
    });
  }

  /** Keeps it until `expires` (ms since 1970); of two ends the later holds. Throws StoreError `store.full`. */
  put(commitment: Uint8Array, attachment: Attachment, expires: number): Promise<void> {
    return this.serial.run(async () => {
      const { rows } = this.opened();
      const body = encodeAttachment(attachment);
      const size = body.length + ROW_BYTES;
      const old = await rows.get(tableKey(BODY, commitment));
      const oldExpires = old === undefined ? undefined : new Reader(old).u64();
      if (oldExpires !== undefined && oldExpires >= expires) return;
      if (old === undefined) this.checkRoom(size);
      const batch = rows.batch();
      if (oldExpires !== undefined) batch.del(numberKey(EXPIRY, oldExpires, commitment));
      const value = new Writer(8 + body.length).u64(expires).fixed(body, body.length).finish();
      batch.put(tableKey(BODY, commitment), value);
      batch.put(numberKey(EXPIRY, expires, commitment), new Writer(4).u32(size).finish());
      await batch.write();
      if (old === undefined) this.count(1, size);
    });
  }

  async get(commitment: Uint8Array): Promise<Attachment | undefined> {
    const row = await this.opened().rows.get(tableKey(BODY, commitment));
    return row === undefined ? undefined : decodeAttachment(row.subarray(8));
  }

  /** True when it was here. */
  delete(commitment: Uint8Array): Promise<boolean> {
    return this.serial.run(async () => {
      const { rows } = this.opened();
      const row = await rows.get(tableKey(BODY, commitment));
      if (row === undefined) return false;
      const expires = new Reader(row).u64();
      await rows
        .batch()
        .del(tableKey(BODY, commitment))
        .del(numberKey(EXPIRY, expires, commitment))
        .write();
      this.count(-1, -(row.length - 8 + ROW_BYTES));
      return true;
    });
  }

  /** Removes what ended at or before `now` and lets the engine rewrite its files without it; gives how many. */
  sweep(now: number): Promise<number> {
    return this.serial.run(async () => {
      const { rows } = this.opened();
      // A sweep that was cut short deleted rows and did not rewrite the files.
      if ((await rows.get(SWEEPING_KEY)) === undefined && !(await this.hasEnded(now))) return 0;
      // Before and after: a deletion that is written to the same table as its row is never brought together with it.
      await this.compact();
      await rows.batch().put(SWEEPING_KEY, Uint8Array.of(1)).write();
      let removed = 0;
      for (;;) {
        const found = await this.sweepSome(now);
        removed += found;
        if (found < SWEEP_BATCH) break;
      }
      await this.compact();
      await rows.batch().del(SWEEPING_KEY).write();
      return removed;
    });
  }

  private async hasEnded(now: number): Promise<boolean> {
    for await (const _ of this.opened().rows.rows({ ...ended(now), limit: 1 })) return true;
    return false;
  }

  private compact(): Promise<void> {
    return this.opened().level.compactRange(Uint8Array.of(0), Uint8Array.of(0xff));
  }

  private async sweepSome(now: number): Promise<number> {
    const { rows } = this.opened();
    const batch = rows.batch();
    const removed = { count: 0, bytes: 0 };
    for await (const [key, size] of rows.rows({ ...ended(now), limit: SWEEP_BATCH })) {
      batch.del(key).del(tableKey(BODY, key.subarray(COMMITMENT_AT)));
      removed.count++;
      removed.bytes += new Reader(size).u32();
    }
    if (removed.count === 0) return 0;
    await batch.write();
    this.count(-removed.count, -removed.bytes);
    return removed.count;
  }

  private checkRoom(size: number): void {
    if (this.kept.count >= this.maxCount) throw new StoreError({ code: 'store.full', limit: this.maxCount });
    if (this.kept.bytes + size > this.maxBytes) throw new StoreError({ code: 'store.full', limit: this.maxBytes });
  }

  private count(entries: number, bytes: number): void {
    this.kept.count += entries;
    this.kept.bytes += bytes;
  }

  private opened(): Session {
    if (this.session === undefined) throw new StoreError({ code: 'store.closed' });
    return this.session;
  }
}

function ended(now: number): { gte: Uint8Array; lt: Uint8Array } {
  return { gte: numberKey(EXPIRY, 0), lt: numberKey(EXPIRY, now + 1) };
}

async function checkVersion(rows: CheckedRows): Promise<void> {
  const row = await rows.get(VERSION_KEY);
  const found = row === undefined ? 1 : new Reader(row).u32();
  const expected = ATTACHMENTS_VERSION;
  if (found !== expected) throw new StoreError({ code: 'store.version', what: 'attachments', found, expected });
}
