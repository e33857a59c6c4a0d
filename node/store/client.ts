// The chain store as the node sees it: every call goes to a thread of its own and comes back as a promise, errors with
// their codes. A dead thread fails what is pending and all that follows with `store.worker`. Owns no data.
import { Worker } from 'node:worker_threads';
import { codeOf } from '../../common/errors.ts';
import type { Outcome } from '../../consensus/ledger/types.ts';
import { StoreError } from './errors.ts';
import { type PackedConnected, unpackConnected } from './packed-block.ts';
import type {
  ChainEntry,
  ChainStore,
  Connected,
  Disconnected,
  Found,
  Location,
  OpenReport,
  Provable,
  Settled,
  StoreOptions,
} from './ports.ts';
import type { ImportProgress, ImportTarget, SnapshotInfo } from './snapshot/ports.ts';
import { type Answer, type Call, type Method, tight, unpackError } from './worker-protocol.ts';

export interface ClientModules {
  /**
   * Told once when this store can serve no more: its thread died, rows that were met are damaged, or the next block needs a
   * feature that this version lacks. A new start opens it again, from what is sound.
   */
  onFailure?(error: Error): void;
}

interface Pending {
  readonly method: Method;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** Sources run as they are; a published package has them compiled. */
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);

/** Most of what a block makes is garbage at once: a small nursery costs no time and keeps the process small. */
const HEAP = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 512 };

export class ChainStoreClient implements ChainStore {
  private readonly options: StoreOptions;
  private readonly modules: ClientModules;
  private readonly pending = new Map<number, Pending>();
  private worker: Worker | undefined;
  private exited: Promise<void> = Promise.resolve();
  private failure: StoreError | undefined;
  private nextId = 0;
  private closing = false;
  private told = false;

  constructor(options: StoreOptions, modules: ClientModules = {}) {
    this.options = options;
    this.modules = modules;
  }

  open(): Promise<OpenReport> {
    if (this.worker === undefined) this.start();
    return this.call('open');
  }

  /** Resolves when the thread is gone and the directory is free. */
  async close(): Promise<void> {
    const { worker } = this;
    if (worker === undefined) return;
    this.closing = true;
    if (this.failure === undefined) await this.call('close').catch(() => undefined);
    await this.exited;
    if (this.worker === worker) this.worker = undefined;
  }

  putBlock(id: Uint8Array, bytes: Uint8Array, work: bigint): Promise<void> {
    return this.call('putBlock', id, bytes, work);
  }

  async connect(id: Uint8Array): Promise<Connected> {
    return unpackConnected(await this.call<PackedConnected>('connect', id));
  }

  disconnect(): Promise<Disconnected> {
    return this.call('disconnect');
  }

  entry(id: Uint8Array): Promise<ChainEntry | undefined> {
    return this.call('entry', id);
  }

  entryAt(height: number): Promise<ChainEntry | undefined> {
    return this.call('entryAt', height);
  }

  entries(from: number, limit: number): Promise<readonly ChainEntry[]> {
    return this.call('entries', from, limit);
  }

  block(id: Uint8Array): Promise<Uint8Array | undefined> {
    return this.call('block', id);
  }

  outcomes(id: Uint8Array): Promise<readonly (readonly Outcome[])[] | undefined> {
    return this.call('outcomes', id);
  }

  transaction(id: Uint8Array): Promise<Location | undefined> {
    return this.call('transaction', id);
  }

  statement(id: Uint8Array): Promise<Location | undefined> {
    return this.call('statement', id);
  }

  settled(id: Uint8Array): Promise<Settled | undefined> {
    return this.call('settled', id);
  }

  find(digits: string, limit: number): Promise<readonly Found[]> {
    return this.call('find', digits, limit);
  }

  states(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.call('states', keys);
  }

  stateRange(
    table: number,
    prefix: Uint8Array,
    after: Uint8Array | undefined,
    limit: number,
  ): Promise<readonly (readonly [Uint8Array, Uint8Array])[]> {
    return this.call('stateRange', table, prefix, after, limit);
  }

  lightChain(): Promise<readonly Uint8Array[]> {
    return this.call('lightChain');
  }

  prove(what: Provable): Promise<Uint8Array | undefined> {
    return this.call('prove', what);
  }

  headers(from: number, limit: number): Promise<readonly Uint8Array[]> {
    return this.call('headers', from, limit);
  }

  bodiesFrom(): Promise<number> {
    return this.call('bodiesFrom');
  }

  prune(below: number, limit: number): Promise<number> {
    return this.call('prune', below, limit);
  }

  outcomeBytes(id: Uint8Array): Promise<Uint8Array | undefined> {
    return this.call('outcomeBytes', id);
  }

  fillBody(block: Uint8Array, outcomes: Uint8Array): Promise<number> {
    return this.call('fillBody', block, outcomes);
  }

  snapshots(): Promise<readonly SnapshotInfo[]> {
    return this.call('snapshots');
  }

  makeSnapshot(height: number): Promise<SnapshotInfo | undefined> {
    return this.call('makeSnapshot', height);
  }

  snapshotCut(id: Uint8Array): Promise<Uint8Array | undefined> {
    return this.call('snapshotCut', id);
  }

  snapshotPart(id: Uint8Array, part: number): Promise<Uint8Array | undefined> {
    return this.call('snapshotPart', id, part);
  }

  importBegin(target: ImportTarget): Promise<ImportProgress> {
    return this.call('importBegin', target);
  }

  importHeaders(items: readonly Uint8Array[]): Promise<ImportProgress> {
    return this.call('importHeaders', items);
  }

  importPart(part: number, bytes: Uint8Array): Promise<ImportProgress> {
    return this.call('importPart', part, bytes);
  }

  importFinish(): Promise<OpenReport> {
    return this.call('importFinish');
  }

  importDrop(): Promise<void> {
    return this.call('importDrop');
  }

  /** Ends the thread at once, as a crash would: for tests of what a crash does. */
  async terminate(): Promise<void> {
    await this.worker?.terminate();
  }

  private start(): void {
    this.failure = undefined;
    this.closing = false;
    const worker = new Worker(WORKER, {
      workerData: tight(this.options),
      execArgv: [],
      resourceLimits: HEAP,
      name: 'wardmesh-store',
    });
    worker.on('message', (answer: Answer) => this.settle(answer));
    worker.on('error', (error) => this.fail(error instanceof Error ? error.message : String(error)));
    this.exited = new Promise((resolve) => {
      worker.once('exit', () => {
        this.fail('exited');
        resolve();
      });
    });
    this.worker = worker;
  }

  private call<T>(method: Method, ...args: readonly unknown[]): Promise<T> {
    const { worker, failure } = this;
    if (worker === undefined) return Promise.reject(new StoreError({ code: 'store.closed' }));
    if (failure !== undefined) return Promise.reject(failure);
    return new Promise<T>((resolve, reject) => {
      const id = this.nextId++;
      this.pending.set(id, { method, resolve: (result) => resolve(result as T), reject });
      worker.postMessage({ id, method, args: tight(args) } satisfies Call);
    });
  }

  private settle(answer: Answer): void {
    const pending = this.pending.get(answer.id);
    this.pending.delete(answer.id);
    if (!('error' in answer)) {
      pending?.resolve(answer.result);
      return;
    }
    const error = unpackError(answer.error);
    pending?.reject(error);
    const code = codeOf(error);
    // Whoever opens it decides by itself what damage means then.
    if (code === 'feature.unknown' || (code === 'store.damaged' && pending?.method !== 'open')) this.tell(error);
  }

  private fail(reason: string): void {
    this.failure ??= new StoreError({ code: 'store.worker', reason });
    for (const { reject } of this.pending.values()) reject(this.failure);
    this.pending.clear();
    this.tell(this.failure);
  }

  private tell(error: Error): void {
    if (this.closing || this.told) return;
    this.told = true;
    this.modules.onFailure?.(error);
  }
}
