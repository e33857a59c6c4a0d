// scrypt on threads of its own, which give way to the event loop: in the thread pool that databases and signatures use too
// it would take the processor from whoever waits for an answer. A thread is made when it is needed, and ends when it had
// nothing to do for a while. How many derive at a time is the callers' to bound (identity/slots.ts).
import { Worker } from 'node:worker_threads';
import type { Clock, TimerHandle } from '../clock.ts';
import { checkScrypt, type ScryptOptions, scryptMemory } from './bounds.ts';
import { CryptoError } from './errors.ts';

/** What a thread is told. */
export interface Derivation {
  readonly secret: Uint8Array;
  readonly salt: Uint8Array;
  readonly length: number;
  readonly cost: { readonly N: number; readonly r: number; readonly p: number; readonly maxmem: number };
}

interface Thread {
  readonly worker: Worker;
  /** Of the derivation at hand. */
  settle: ((key: Uint8Array | undefined) => void) | undefined;
  idle: TimerHandle | undefined;
}

const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './scrypt-worker.node.ts' : './scrypt-worker.node.js',
  import.meta.url,
);
/** What scrypt works in is outside of it. */
const HEAP = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16, codeRangeSizeMb: 4 };
const IDLE_MS = 10_000;

export class ScryptThreads {
  private readonly clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>;
  private readonly threads = new Set<Thread>();
  private stopped = false;

  constructor(modules: { readonly clock: Pick<Clock, 'setTimeout' | 'clearTimeout'> }) {
    this.clock = modules.clock;
  }

  /** As `scryptKdf` of #crypto. Throws CryptoError also when its thread ended meanwhile. */
  readonly derive = async (secret: Uint8Array, salt: Uint8Array, options: ScryptOptions): Promise<Uint8Array> => {
    const { N, r, p, length } = checkScrypt(options);
    if (this.stopped) throw new CryptoError({ code: 'crypto.stopped' });
    const thread = [...this.threads].find(({ settle }) => settle === undefined) ?? this.hire();
    this.clock.clearTimeout(thread.idle);
    const key = await new Promise<Uint8Array | undefined>((resolve) => {
      thread.settle = resolve;
      const cost = { N, r, p, maxmem: scryptMemory(options) };
      thread.worker.postMessage({ secret, salt, length, cost } satisfies Derivation);
    });
    if (key === undefined) throw new CryptoError({ code: 'crypto.stopped' });
    return key;
  };

  /** Threads that there are now. */
  get size(): number {
    return this.threads.size;
  }

  /** Resolves when the threads are gone; derivations on their way fail. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all([...this.threads].map((thread) => this.dismiss(thread)));
  }

  private hire(): Thread {
    const worker = new Worker(WORKER, { execArgv: [], resourceLimits: HEAP, name: 'wardmesh-scrypt' });
    const thread: Thread = { worker, settle: undefined, idle: undefined };
    this.threads.add(thread);
    const end = (): void => {
      this.threads.delete(thread);
      thread.settle?.(undefined);
    };
    worker.on('message', (key: Uint8Array) => {
      const { settle } = thread;
      thread.settle = undefined;
      thread.idle = this.clock.setTimeout(() => void this.dismiss(thread), IDLE_MS);
      settle?.(key);
    });
    // Told to who waits for it; another thread takes its place.
    worker.on('error', end);
    worker.on('exit', end);
    return thread;
  }

  private async dismiss(thread: Thread): Promise<void> {
    this.clock.clearTimeout(thread.idle);
    this.threads.delete(thread);
    await thread.worker.terminate();
  }
}
