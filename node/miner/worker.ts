// One mining thread: searches in slices, sleeps between them by the duty cycle, hears orders in between.
// Owns no header: it gets preimages and gives nonces.
import { parentPort, workerData } from 'node:worker_threads';
import { LAST, lowerThreadPriority } from '../../common/thread-priority.node.ts';
import { createJavaScriptKernel } from './kernel/javascript.ts';
import { createSimdKernel } from './kernel/simd.ts';
import type { Order, Report, WorkerData } from './messages.ts';
import { Search } from './search.ts';

/**
 * A thread that wakes up may wait until the slice is over: schedulers let who runs go on for some 3 ms, whatever its priority.
 * Every disk access of an answer is such a waking.
 */
const SLICE_MS = 1;
const FIRST_SLICE = 512;
const MAX_SLICE = 1 << 20;
const REPORT_MS = 250;
/** Weight of the newest slice in the reported rate. */
const SMOOTHING = 0.01;

const port = parentPort;
if (port === null) throw new Error('worker.ts is a worker thread');
const { dutyCycle, kernel: wanted } = workerData as WorkerData;
const kernel = (wanted === 'js' ? undefined : createSimdKernel()) ?? createJavaScriptKernel();

let job = 0;
let search: Search | undefined;
let timer: NodeJS.Timeout | NodeJS.Immediate | undefined;
let slice = FIRST_SLICE;
let rate = 0;
/** Rest that is owed, ms: timers know no shorter one than 1. */
let rest = 0;
let counted = 0;
let reportedAt = 0;

port.on('message', (order: Order) => {
  halt();
  if (order.type === 'idle') return;
  job = order.job;
  search = new Search(kernel, order.preimage, order.target);
  timer = setImmediate(step);
});
tell({ type: 'ready', kernel: kernel.name, nice: lowerThreadPriority(LAST) });

function step(): void {
  if (search === undefined) return;
  const before = search.tried;
  const started = performance.now();
  const nonce = search.next(slice);
  const spent = Math.max(performance.now() - started, 0.01);
  count(search.tried - before, spent);
  if (nonce !== undefined) {
    halt();
    tell({ type: 'solution', job, nonce });
    return;
  }
  slice = Math.round(Math.min(MAX_SLICE, Math.max(FIRST_SLICE, (slice * SLICE_MS) / spent, slice / 2)));
  rest += (spent * (1 - dutyCycle)) / dutyCycle;
  timer = rest < 1 ? setImmediate(step) : setTimeout(afterRest, rest, performance.now());
}

/** A timer may come late; what it was late is rest too, up to what a slice owes: nothing is made up for in a burst. */
function afterRest(since: number): void {
  rest = Math.max(rest - (performance.now() - since), -SLICE_MS);
  step();
}

function count(hashes: number, spent: number): void {
  const current = (hashes / spent) * 1000 * dutyCycle;
  rate = rate === 0 ? current : rate + SMOOTHING * (current - rate);
  counted += hashes;
  if (performance.now() - reportedAt >= REPORT_MS) report();
}

function report(): void {
  reportedAt = performance.now();
  tell({ type: 'progress', hashes: counted, rate });
  counted = 0;
}

function halt(): void {
  if (search === undefined) return;
  search = undefined;
  rest = 0;
  clearTimeout(timer as NodeJS.Timeout);
  clearImmediate(timer as NodeJS.Immediate);
  report();
}

function tell(message: Report): void {
  port?.postMessage(message);
}
