// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a write that is sent again is not done again.
// The key is on disk before the work begins and the answer before it is given, so that neither a lost connection nor a
// new start does anything twice. Owns the keys and their answers; bounded in number, by caller and in bytes.
import { sha256 } from '#crypto';
import { equalBytes, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import type { KeyValueStore } from '../../records/ports.ts';
import { doorError, RpcError } from '../errors.ts';
import { decodeRow, encodeRow, type KeptRow, PRINCIPAL_BYTES } from './idempotency-row.ts';

/** Keys that are kept at once, over all callers and of one. */
const MAX_IDEMPOTENCY_KEYS = 20_000;
const MAX_IDEMPOTENCY_KEYS_PER_CALLER = 2000;
/** Bytes of kept answers, of all and of one caller; one that finds no room is not kept, and its key answers that it is lost. */
const MAX_KEPT_ANSWERS_BYTES = 64 * 1024 * 1024;
const MAX_KEPT_ANSWERS_BYTES_PER_CALLER = 6 * 1024 * 1024;
const MAX_KEPT_ANSWER_BYTES = 512 * 1024;
/** How long a key is known. */
const IDEMPOTENCY_TTL_MS = 24 * 60 * 60_000;
/** Rows that are read at a time at the start. */
const LOAD_AT_ONCE = 256;

export interface IdempotentRequest {
  /** Who asks: two callers never share a key. */
  readonly principal: string;
  readonly key: string;
  /** What is asked: method, path and body. */
  readonly fingerprint: Uint8Array;
  /** Ends when the caller is gone or the node stops. */
  readonly signal: AbortSignal;
}

export interface KeptResult {
  readonly result: unknown;
  /** Whether it was done before. */
  readonly replayed: boolean;
}

interface Entry {
  readonly row: Uint8Array;
  readonly principal: string;
  readonly fingerprint: Uint8Array;
  readonly made: number;
  state: 'running' | 'done' | 'lost';
  bytes: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class KeptAnswers {
  private readonly store: KeyValueStore;
  private readonly clock: Clock;
  /** By row key, oldest first. */
  private readonly entries = new Map<string, Entry>();
  private readonly callers = new Map<string, { keys: number; bytes: number }>();
  private bytes = 0;

  constructor({ store, clock }: { readonly store: KeyValueStore; readonly clock: Clock }) {
    this.store = store;
    this.clock = clock;
  }

  /** What was begun before this start and not finished counts as lost: whether it took effect is not known. */
  async open(): Promise<void> {
    const found: (readonly [Uint8Array, KeptRow])[] = [];
    let after: Uint8Array | undefined;
    for (;;) {
      const page = await this.store.range(new Uint8Array(), { limit: LOAD_AT_ONCE, ...(after && { after }) });
      for (const [key, value] of page) {
        const row = decodeRow(value);
        if (row === undefined) await this.store.delete(key);
        else found.push([key, row]);
      }
      if (page.length < LOAD_AT_ONCE) break;
      [after] = page[page.length - 1];
    }
    for (const [row, { done, principal, fingerprint, made, answer }] of found.sort((a, b) => a[1].made - b[1].made)) {
      const state = done ? 'done' : 'lost';
      this.add({ row, principal: toHex(principal), fingerprint, made, state, bytes: answer.length });
    }
  }

  /** Runs the work once for a key. Throws RpcError where the key stands for another request, or for one without an end. */
  async once(request: IdempotentRequest, work: () => Promise<unknown>): Promise<KeptResult> {
    const principal = sha256(encoder.encode(request.principal)).subarray(0, PRINCIPAL_BYTES);
    const row = sha256(principal, encoder.encode(request.key));
    await this.sweep();
    const known = this.entries.get(toHex(row));
    if (known !== undefined) return this.replay(known, request.fingerprint);
    const made = this.clock.now();
    const { fingerprint } = request;
    const entry: Entry = { row, principal: toHex(principal), fingerprint, made, state: 'running', bytes: 0 };
    this.checkRoom(entry.principal);
    this.add(entry);
    const kept = { principal, fingerprint, made };
    try {
      await this.store.put(row, encodeRow({ ...kept, done: false, answer: new Uint8Array() }));
    } catch (error) {
      this.remove(entry);
      throw error;
    }
    return { result: await this.work(entry, kept, request.signal, work), replayed: false };
  }

  private async work(
    entry: Entry,
    kept: Omit<KeptRow, 'done' | 'answer'>,
    signal: AbortSignal,
    work: () => Promise<unknown>,
  ): Promise<unknown> {
    let result: unknown;
    try {
      result = await work();
    } catch (error) {
      // A refusal means that nothing was done; a failure may have come after it was.
      if (error instanceof RpcError && error.cause === undefined && !signal.aborted) await this.forget(entry);
      else entry.state = 'lost';
      throw error;
    }
    const answer = encoder.encode(JSON.stringify(result) ?? 'null');
    entry.state = 'lost';
    if (!this.hasRoomFor(answer.length, entry.principal)) return result;
    // It is done whether or not the answer can be kept.
    const written = this.store.put(entry.row, encodeRow({ ...kept, done: true, answer }));
    if (await settled(written)) {
      entry.state = 'done';
      entry.bytes = answer.length;
      this.bytes += answer.length;
      this.count(entry.principal, 0, answer.length);
    }
    return result;
  }

  private async replay(entry: Entry, fingerprint: Uint8Array): Promise<KeptResult> {
    if (!equalBytes(entry.fingerprint, fingerprint)) throw doorError('rpc.idempotency-reused');
    if (entry.state === 'running') throw doorError('rpc.idempotency-running', { retryAfterMs: 1000 });
    const value = entry.state === 'done' ? await this.store.get(entry.row) : undefined;
    const answer = value === undefined ? undefined : decodeRow(value);
    if (answer === undefined) throw doorError('rpc.idempotency-lost');
    return { result: JSON.parse(decoder.decode(answer.answer)), replayed: true };
  }

  /** No key goes before its time for another: the next one is refused, its caller's or, when all are taken, anybody's. */
  private checkRoom(principal: string): void {
    const full = (this.callers.get(principal)?.keys ?? 0) >= MAX_IDEMPOTENCY_KEYS_PER_CALLER;
    if (!full && this.entries.size < MAX_IDEMPOTENCY_KEYS) return;
    const oldest = [...this.entries.values()].find((entry) => !full || entry.principal === principal) as Entry;
    const retryAfterMs = Math.max(1000, oldest.made + IDEMPOTENCY_TTL_MS - this.clock.now());
    throw doorError('rpc.idempotency-full', { retryAfterMs: Math.min(retryAfterMs, 3_600_000) });
  }

  private hasRoomFor(bytes: number, principal: string): boolean {
    const own = this.callers.get(principal)?.bytes ?? 0;
    return (
      bytes <= MAX_KEPT_ANSWER_BYTES &&
      own + bytes <= MAX_KEPT_ANSWERS_BYTES_PER_CALLER &&
      this.bytes + bytes <= MAX_KEPT_ANSWERS_BYTES
    );
  }

  private async sweep(): Promise<void> {
    const limit = this.clock.now() - IDEMPOTENCY_TTL_MS;
    for (const entry of this.entries.values()) {
      if (entry.made > limit) break;
      if (entry.state !== 'running') await this.forget(entry);
    }
  }

  private async forget(entry: Entry): Promise<void> {
    this.remove(entry);
    await settled(this.store.delete(entry.row));
  }

  private add(entry: Entry): void {
    this.entries.set(toHex(entry.row), entry);
    this.bytes += entry.bytes;
    this.count(entry.principal, 1, entry.bytes);
  }

  private remove(entry: Entry): void {
    if (!this.entries.delete(toHex(entry.row))) return;
    this.bytes -= entry.bytes;
    this.count(entry.principal, -1, -entry.bytes);
  }

  private count(principal: string, keys: number, bytes: number): void {
    const known = this.callers.get(principal) ?? { keys: 0, bytes: 0 };
    const now = { keys: known.keys + keys, bytes: known.bytes + bytes };
    if (now.keys === 0) this.callers.delete(principal);
    else this.callers.set(principal, now);
  }
}

async function settled(done: Promise<unknown>): Promise<boolean> {
  return done.then(
    () => true,
    () => false,
  );
}
