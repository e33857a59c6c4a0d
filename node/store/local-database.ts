// A small encrypted database of this clinic alone: outbox, clinical data, caches. Every value is sealed under one key and
// bound to its own key; keys are stored as the caller gives them (`blindKey` hides what they say). Nothing here exists
// anywhere else, so a lost write is named at the next start, never passed over.
//
// | prefix | key          | value (sealed)                                                   |
// |--------|--------------|------------------------------------------------------------------|
// | m      | "head"       | number of the last batch; opens only with the right key          |
// | j      | batch u64    | nothing: a number that is missing is a batch that was lost       |
// | d      | key          | value                                                            |
import { aeadOpen, aeadSeal, hkdfSha256, hmacSha256, randomBytes } from '#crypto';
import { concatBytes, EMPTY_BYTES } from '../../common/bytes.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { StoreError } from './errors.ts';
import { type Level, openLevel, ours, plain, prefixRange, writeLevel } from './kv.ts';
import { numberKey, tableKey } from './layout.ts';

export interface LocalOptions {
  readonly path: string;
  /** What is in it, for errors: `outbox`, `clinical data`. */
  readonly name: string;
  /** 32 bytes, from the keystore. */
  readonly key: Uint8Array;
}

export type LocalWrite =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array };

export interface LocalRange {
  readonly prefix: Uint8Array;
  /** Only keys after this one. */
  readonly after?: Uint8Array;
  readonly limit?: number;
  readonly reverse?: boolean;
}

const META = 0x6d;
const JOURNAL = 0x6a;
const DATA = 0x64;
const HEAD_KEY = tableKey(META, new TextEncoder().encode('head'));
const MEMORY = { writeBuffer: 2 * 1024 * 1024, cache: 1024 * 1024 };
/** More batches than a write buffer holds: damage to the log is within it. */
const JOURNAL_KEPT = 16_384;
const NONCE_BYTES = 12;
const SALT = new TextEncoder().encode('wardmesh/local/1');
const SEAL_INFO = new TextEncoder().encode('seal');
const BLIND_INFO = new TextEncoder().encode('blind');

interface Waiting {
  readonly writes: readonly LocalWrite[];
  readonly sync: boolean;
  resolve(): void;
  reject(error: Error): void;
}

export class LocalDatabase {
  private readonly options: LocalOptions;
  private readonly sealKey: Uint8Array;
  private readonly blind: Uint8Array;
  private level: Level | undefined;
  private sequence = 0;
  private waiting: Waiting[] = [];
  private writing: Promise<void> | undefined;

  constructor(options: LocalOptions) {
    this.options = options;
    this.sealKey = hkdfSha256(options.key, SALT, SEAL_INFO, 32);
    this.blind = hkdfSha256(options.key, SALT, BLIND_INFO, 32);
  }

  /** Throws StoreError: `store.key` for another key, `store.damaged` when writes of the past are missing. */
  async open(): Promise<void> {
    if (this.level !== undefined) return;
    const level = await openLevel(this.options.path, MEMORY);
    try {
      this.sequence = await this.readHead(level);
      await this.checkJournal(level);
    } catch (error) {
      await level.close();
      throw error;
    }
    this.level = level;
  }

  /** Writes what waits, then closes. */
  async close(): Promise<void> {
    while (this.writing !== undefined) await this.writing;
    const { level } = this;
    this.level = undefined;
    await level?.close();
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    const row = tableKey(DATA, key);
    try {
      const sealed = await this.opened().get(row);
      return sealed === undefined ? undefined : this.unseal(row, sealed);
    } catch (error) {
      throw ours(error, this.options.name);
    }
  }

  /** All or nothing. What arrives while a batch is being written shares the next. `sync`: on the disk when it resolves. */
  batch(writes: readonly LocalWrite[], options: { readonly sync?: boolean } = {}): Promise<void> {
    if (this.level === undefined) return Promise.reject(new StoreError({ code: 'store.closed' }));
    if (writes.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.waiting.push({ writes, sync: options.sync === true, resolve, reject });
      this.writing ??= this.drain();
    });
  }

  /** Rows whose key begins with `prefix`, in order of their keys, as of now. */
  async *range(range: LocalRange): AsyncGenerator<readonly [key: Uint8Array, value: Uint8Array]> {
    const after = range.after === undefined ? undefined : tableKey(DATA, range.after);
    const bounds = prefixRange(tableKey(DATA, range.prefix), after);
    const { limit = -1, reverse = false } = range;
    try {
      for await (const [key, sealed] of this.opened().iterator({ ...bounds, limit, reverse })) {
        yield [plain(key).slice(1), this.unseal(key, sealed)];
      }
    } catch (error) {
      throw ours(error, this.options.name);
    }
  }

  /** A key that says nothing without the database's own: 32 bytes. Equal parts give equal keys. */
  blindKey(...parts: readonly Uint8Array[]): Uint8Array {
    const framed = parts.flatMap((part) => [new Writer(4).u32(part.length).finish(), part]);
    return hmacSha256(this.blind, concatBytes(...framed));
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      const group = this.waiting;
      this.waiting = [];
      try {
        await this.write(
          group.flatMap(({ writes }) => writes),
          group.some(({ sync }) => sync),
        );
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(ours(error, this.options.name));
      }
    }
    // In the same turn as the last look at what waits, so that nothing is left behind.
    this.writing = undefined;
  }

  private async write(writes: readonly LocalWrite[], sync: boolean): Promise<void> {
    const batch: LocalWrite[] = [];
    const nonces = randomBytes(NONCE_BYTES * (writes.length + 2));
    let used = 0;
    const put = (key: Uint8Array, value: Uint8Array): void => {
      const nonce = nonces.subarray(used, used + NONCE_BYTES);
      used += NONCE_BYTES;
      batch.push({ type: 'put', key, value: this.seal(nonce, key, value) });
    };
    for (const write of writes) {
      const key = tableKey(DATA, write.key);
      if (write.type === 'put') put(key, write.value);
      else batch.push({ type: 'del', key });
    }
    const sequence = this.sequence + 1;
    put(numberKey(JOURNAL, sequence), EMPTY_BYTES);
    if (sequence > JOURNAL_KEPT) batch.push({ type: 'del', key: numberKey(JOURNAL, sequence - JOURNAL_KEPT) });
    put(HEAD_KEY, new Writer(8).u64(sequence).finish());
    await writeLevel(this.opened(), batch, sync);
    this.sequence = sequence;
  }

  private async readHead(level: Level): Promise<number> {
    const sealed = await level.get(HEAD_KEY);
    if (sealed !== undefined) {
      const head = this.tryUnseal(HEAD_KEY, sealed);
      if (head === undefined) throw new StoreError({ code: 'store.key' });
      return new Reader(head).u64();
    }
    const [first] = await level.keys({ limit: 1 }).all();
    if (first !== undefined) throw this.damaged();
    await level.put(HEAD_KEY, this.seal(randomBytes(NONCE_BYTES), HEAD_KEY, new Writer(8).u64(0).finish()));
    return 0;
  }

  private async checkJournal(level: Level): Promise<void> {
    let expected = Math.max(0, this.sequence - JOURNAL_KEPT) + 1;
    for await (const [key, sealed] of level.iterator(prefixRange(tableKey(JOURNAL)))) {
      const number = numberKey(JOURNAL, expected++);
      if (!Buffer.from(number).equals(key) || this.tryUnseal(key, sealed) === undefined) throw this.damaged();
    }
    if (expected !== this.sequence + 1) throw this.damaged();
  }

  /** `nonce` is fresh. */
  private seal(nonce: Uint8Array, key: Uint8Array, value: Uint8Array): Uint8Array {
    return concatBytes(nonce, aeadSeal(this.sealKey, nonce, value, key));
  }

  private unseal(key: Uint8Array, sealed: Uint8Array): Uint8Array {
    const value = this.tryUnseal(key, sealed);
    if (value === undefined) throw this.damaged();
    return value;
  }

  private tryUnseal(key: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    const bytes = plain(sealed);
    try {
      return aeadOpen(this.sealKey, bytes.subarray(0, NONCE_BYTES), bytes.subarray(NONCE_BYTES), key);
    } catch {
      return undefined;
    }
  }

  private damaged(): StoreError {
    return new StoreError({ code: 'store.damaged', what: this.options.name });
  }

  private opened(): Level {
    if (this.level === undefined) throw new StoreError({ code: 'store.closed' });
    return this.level;
  }
}
