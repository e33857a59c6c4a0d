// Finds nonces for header templates on worker threads, never on this one. Owns threads, jobs and figures; when to mine,
// and with which template, is the producer's to say. A template's timestamp stays as it is: the caller replaces it.
import { Worker } from 'node:worker_threads';
import { equalBytes } from '../../common/bytes.ts';
import type { Logger } from '../../common/logger.ts';
import type { Registry } from '../../common/metrics.ts';
import { headerPreimage } from '../../consensus/chain/header.ts';
import type { Header } from '../../consensus/chain/types.ts';
import { createSimdKernel } from './kernel/simd.ts';
import type { KernelName } from './kernel/types.ts';
import type { Order, Report, WorkerData } from './messages.ts';
import { type MinerMetrics, minerMetrics } from './metrics.ts';

export interface MinerOptions {
  /** 0 mines nothing. */
  readonly threads: number;
  /** Part of the time that each thread works, above 0 up to 1; a tenth by default. */
  readonly dutyCycle?: number;
  /** `js` leaves the SIMD kernel aside; by default it is used where the engine knows it. */
  readonly kernel?: KernelName;
}

export interface MinerModules {
  readonly logger?: Logger;
  readonly registry?: Registry;
}

export interface MinerStats {
  /** Tried since the miner was made. */
  readonly hashes: number;
  /** Per second over all threads, pauses of the duty cycle included; 0 while nothing is mined. */
  readonly hashRate: number;
  readonly threads: number;
  /** Threads that are up. */
  readonly ready: number;
  readonly dutyCycle: number;
  readonly kernel: KernelName;
  /** Of the present template. */
  readonly height: number | undefined;
  /** Solutions given to the caller. */
  readonly found: number;
  /** Of the mining threads alone; undefined where a thread has no priority of its own. */
  readonly nice: number | undefined;
}

interface Thread {
  readonly index: number;
  readonly worker: Worker;
  ready: boolean;
  rate: number;
}

interface Job {
  readonly number: number;
  readonly template: Header;
}

const STANDARD_DUTY_CYCLE = 0.1;
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
/** Replaced templates whose solutions still count, as long as they have the same parent. */
const REMEMBERED_JOBS = 8;

export class Miner {
  private readonly options: Required<Omit<MinerOptions, 'kernel'>> & Pick<MinerOptions, 'kernel'>;
  private readonly modules: MinerModules;
  private readonly metrics: MinerMetrics;
  private readonly threads = new Map<number, Thread>();
  private onSolution: ((header: Header) => void) | undefined;
  /** Newest last; empty while nothing is mined. */
  private jobs: Job[] = [];
  private lastJob = 0;
  private hashes = 0;
  private found = 0;
  private kernel: KernelName | undefined;
  private nice: number | undefined;

  constructor(options: MinerOptions, modules: MinerModules = {}) {
    const { threads, dutyCycle = STANDARD_DUTY_CYCLE, kernel } = options;
    if (!Number.isSafeInteger(threads) || threads < 0) throw new RangeError('threads: a whole number from 0');
    if (!(dutyCycle > 0 && dutyCycle <= 1)) throw new RangeError('dutyCycle: above 0, at most 1');
    this.options = { threads, dutyCycle, kernel };
    this.modules = modules;
    this.metrics = minerMetrics(modules.registry, () => this.stats().hashRate);
  }

  /** Makes the threads; mining begins with `replace`. `onSolution` gets each template at most once, solved. */
  async start(onSolution: (header: Header) => void): Promise<void> {
    if (this.onSolution !== undefined) return;
    this.onSolution = onSolution;
    this.hire();
  }

  /** Mines this template from now on. After a solution the miner waits for the next one. */
  replace(template: Header): void {
    if (this.onSolution === undefined) return;
    const job = { number: ++this.lastJob, template };
    this.jobs = [...this.jobs.slice(1 - REMEMBERED_JOBS), job];
    this.hire();
    for (const thread of this.threads.values()) assign(thread, job);
  }

  /** Mines nothing until the next `replace`. */
  pause(): void {
    this.jobs = [];
    for (const thread of this.threads.values()) {
      thread.rate = 0;
      order(thread, { type: 'idle' });
    }
  }

  /** Ends the threads; resolves when they are gone. */
  async stop(): Promise<void> {
    this.onSolution = undefined;
    this.jobs = [];
    const workers = [...this.threads.values()].map(({ worker }) => worker);
    this.threads.clear();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  stats(): MinerStats {
    let hashRate = 0;
    let ready = 0;
    for (const thread of this.threads.values()) {
      hashRate += thread.rate;
      if (thread.ready) ready++;
    }
    this.kernel ??= this.options.kernel ?? (createSimdKernel() === undefined ? 'js' : 'simd');
    return {
      hashes: this.hashes,
      hashRate,
      threads: this.options.threads,
      ready,
      dutyCycle: this.options.dutyCycle,
      kernel: this.kernel,
      height: this.jobs.at(-1)?.template.height,
      found: this.found,
      nice: this.nice,
    };
  }

  /** Fills up the threads: all at first, those that failed later. */
  private hire(): void {
    for (let index = 0; index < this.options.threads; index++) {
      if (this.threads.has(index)) continue;
      const workerData: WorkerData = { dutyCycle: this.options.dutyCycle, kernel: this.options.kernel };
      const thread: Thread = { index, worker: new Worker(WORKER, { workerData }), ready: false, rate: 0 };
      this.threads.set(index, thread);
      thread.worker.on('message', (report: Report) => this.hear(thread, report));
      thread.worker.on('error', (error) => {
        this.modules.logger?.error({ err: error, thread: index }, 'a mining thread failed');
      });
      thread.worker.on('exit', () => {
        if (this.threads.get(index) === thread) this.threads.delete(index);
      });
    }
  }

  private hear(thread: Thread, report: Report): void {
    if (this.threads.get(thread.index) !== thread) return;
    switch (report.type) {
      case 'ready':
        thread.ready = true;
        this.kernel = report.kernel;
        this.nice = report.nice;
        break;
      case 'progress':
        this.hashes += report.hashes;
        this.metrics.hashes.inc(report.hashes);
        thread.rate = this.jobs.length === 0 ? 0 : report.rate;
        break;
      case 'solution':
        this.solved(thread, report.job, report.nonce);
        break;
    }
  }

  private solved(thread: Thread, number: number, nonce: bigint): void {
    const job = this.jobs.find((known) => known.number === number);
    const current = this.jobs.at(-1);
    // A template replaced only for its time or its transactions is as good as the new one; on another parent it is not.
    if (job === undefined || current === undefined || !equalBytes(job.template.parent, current.template.parent)) return;
    const header = { ...job.template, extraNonce: extraNonceOf(job.template, thread), nonce };
    this.pause();
    this.found++;
    this.metrics.solutions.inc();
    try {
      this.onSolution?.(header);
    } catch (error) {
      this.modules.logger?.error({ err: error, height: header.height }, 'a solution was not taken');
    }
  }
}

/** Each thread has all nonces under an extraNonce of its own. */
function extraNonceOf(template: Header, thread: Thread): bigint {
  return BigInt.asUintN(64, template.extraNonce + BigInt(thread.index));
}

function assign(thread: Thread, { number, template }: Job): void {
  const preimage = headerPreimage({ ...template, extraNonce: extraNonceOf(template, thread) });
  order(thread, { type: 'search', job: number, preimage, target: template.target });
}

function order(thread: Thread, message: Order): void {
  thread.worker.postMessage(message);
}
