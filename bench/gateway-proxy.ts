// What judging costs a proxy: the same proxy with judging switched off and on, with lists of three sizes. Short blocks of
// both follow each other and are compared in pairs, so that other work on the machine slows both alike. Each in a process
// of its own; one more is the application, whose own rate is the machine's limit.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { SHORT } from './lib/benchmark.ts';
import { clientText, type GatewayProxyTask } from './lib/gateway-proxy-task.ts';
import { describeMachine, formatMachine } from './lib/machine.ts';
import { formatRate, summarise } from './lib/statistics.ts';

const PAIRS = SHORT ? 5 : 31;
/** Requests of a block; as many decide, however busy the machine is. */
const BLOCK = SHORT ? 1_500 : 3_000;
const ALONE = SHORT ? 300 : 600;
const WARM_UP = 20_000;
const CONNECTIONS = 32;
const CLIENTS = 200_000;
const RANGES = 30_000;
/** What the project promises. */
const TARGET = { ratio: 0.75, p50: 0.3, p99: 1 };

interface Usage {
  readonly micros: number;
  readonly rss: number;
  readonly tracked: number;
}

/** Some requests to one proxy. */
interface Block {
  readonly perSecond: number;
  readonly cpuMicros: number;
  /** Of one request at a time, ms: what a visitor waits longer, not how long a queue is. */
  readonly alone: readonly number[];
}

interface Pair {
  readonly plain: Block;
  readonly judged: Block;
}

class Worker {
  readonly name: string;
  private readonly child: ChildProcess;
  port = 0;

  constructor(name: string, task: GatewayProxyTask) {
    this.name = name;
    const script = fileURLToPath(new URL('./lib/gateway-proxy-worker.ts', import.meta.url));
    this.child = fork(script, [JSON.stringify(task)], { execArgv: ['--expose-gc'] });
  }

  async ready(): Promise<this> {
    const [{ port }] = (await once(this.child, 'message')) as [{ port: number }];
    this.port = port;
    return this;
  }

  async usage(): Promise<Usage> {
    this.child.send('usage');
    const [usage] = (await once(this.child, 'message')) as [Usage];
    return usage;
  }

  stop(): void {
    this.child.disconnect();
  }
}

let next = 0;

/** So many requests, one after the other on each connection; times in ms. */
async function load(port: number, connections: number, requests: number): Promise<number[]> {
  const times: number[] = [];
  const left = { requests: requests - connections };
  await Promise.all(Array.from({ length: connections }, () => oneConnection(port, left, times)));
  return times;
}

async function oneConnection(port: number, left: { requests: number }, times: number[]): Promise<void> {
  const socket = connect(port, '127.0.0.1').setNoDelay();
  await once(socket, 'connect');
  await new Promise<void>((resolve, reject) => {
    let started = 0;
    let expected = 0;
    let got = 0;
    const ask = (): void => {
      next = (next + 7_919) % CLIENTS;
      started = performance.now();
      [expected, got] = [0, 0];
      socket.write(
        `GET /page/${next % 50} HTTP/1.1\r\nHost: clinic.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\nAccept: text/html\r\nAccept-Language: en\r\nX-Forwarded-For: ${clientText(next)}\r\nCookie: ${next % 2 === 0 ? 's' : 'x'}=${next}\r\n\r\n`,
      );
    };
    socket.on('data', (chunk: Buffer) => {
      if (expected === 0) expected = lengthOf(chunk);
      got += chunk.length;
      if (got < expected) return;
      times.push(performance.now() - started);
      if (left.requests-- > 0) ask();
      else resolve();
    });
    socket.on('error', reject);
    ask();
  });
  socket.destroy();
}

/** Of the whole answer; the head comes in one piece. */
function lengthOf(chunk: Buffer): number {
  const head = chunk.toString('latin1', 0, 2_048);
  if (!head.startsWith('HTTP/1.1 200')) throw new Error(`answered ${head.slice(0, 40)}`);
  const length = /content-length: (\d+)/i.exec(head);
  if (length === null) throw new Error('no length');
  return head.indexOf('\r\n\r\n') + 4 + Number(length[1]);
}

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
}

async function block(worker: Worker): Promise<Block> {
  const before = await worker.usage();
  const from = performance.now();
  const times = await load(worker.port, CONNECTIONS, BLOCK);
  const seconds = (performance.now() - from) / 1000;
  const after = await worker.usage();
  return {
    perSecond: times.length / seconds,
    cpuMicros: (after.micros - before.micros) / times.length,
    alone: await load(worker.port, 1, ALONE),
  };
}

/** What came first in one pair comes last in the next. */
async function pairOf(plain: Worker, judged: Worker, plainFirst: boolean): Promise<Pair> {
  if (plainFirst) return { plain: await block(plain), judged: await block(judged) };
  const first = await block(judged);
  return { plain: await block(plain), judged: first };
}

function resultOf(name: string, pairs: readonly Pair[], { rss, tracked }: Usage) {
  const of = (get: (pair: Pair) => number) => summarise(pairs.map(get));
  const all = (get: (pair: Pair) => Block) => pairs.flatMap((pair) => get(pair).alone);
  const [plain, judged] = [all((pair) => pair.plain), all((pair) => pair.judged)];
  const added = (part: number) => percentile(judged, part) - percentile(plain, part);
  return {
    name,
    perSecond: of((pair) => pair.judged.perSecond),
    ratio: of((pair) => pair.judged.perSecond / pair.plain.perSecond),
    cpuMicros: of((pair) => pair.judged.cpuMicros),
    plainMicros: of((pair) => pair.plain.cpuMicros),
    cpuRatio: of((pair) => pair.plain.cpuMicros / pair.judged.cpuMicros),
    addedP50: added(0.5),
    addedP99: added(0.99),
    // How far the 99 % of blocks of the same proxy are apart: what the machine does by itself.
    plainP99: of((pair) => percentile(pair.plain.alone, 0.99)),
    rss,
    tracked,
  };
}

function said(result: ReturnType<typeof resultOf>): string {
  const { name, perSecond, ratio, cpuMicros, plainMicros, cpuRatio, addedP50, addedP99, plainP99, rss, tracked } =
    result;
  const met = ratio.median >= TARGET.ratio && addedP50 <= TARGET.p50 && addedP99 <= TARGET.p99;
  return [
    `  ${name}: ${formatRate(perSecond.median)} requests/s, ${ratio.median.toFixed(2)} of plain (${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)})`,
    `by processor time ${cpuRatio.median.toFixed(2)} (${cpuRatio.min.toFixed(2)} to ${cpuRatio.max.toFixed(2)}; ${plainMicros.median.toFixed(0)} and ${cpuMicros.median.toFixed(0)} µs)`,
    `added p50 ${addedP50.toFixed(3)} ms, p99 ${addedP99.toFixed(3)} ms (plain p99 by block ${plainP99.min.toFixed(2)} to ${plainP99.max.toFixed(2)} ms)`,
    `${tracked} clients, ${(rss / 2 ** 20).toFixed(0)} MiB`,
    `target ${TARGET.ratio}, ${TARGET.p50} ms, ${TARGET.p99} ms (${met ? 'met' : 'MISSED'})`,
  ].join('; ');
}

const nothing = { judged: false, blocked: 0, ranges: 0, clients: 0 };
const application = await new Worker('application', { upstream: undefined, ...nothing }).ready();
const plain = await new Worker('plain', { upstream: application.port, ...nothing }).ready();
const workers: Worker[] = [];
for (const blocked of [0, 100_000, 1_000_000]) {
  const task = { upstream: application.port, judged: true, blocked, ranges: RANGES, clients: CLIENTS };
  workers.push(await new Worker(`${blocked.toLocaleString('en')} blocked`, task).ready());
}
const pairs = workers.map((): Pair[] => []);
const straight: number[] = [];
try {
  for (const worker of [plain, ...workers]) await load(worker.port, CONNECTIONS, WARM_UP);
  for (let i = 0; i < PAIRS; i++) {
    const from = performance.now();
    await load(application.port, CONNECTIONS, BLOCK);
    straight.push((BLOCK * 1000) / (performance.now() - from));
    for (let j = 0; j < workers.length; j++) pairs[j].push(await pairOf(plain, workers[j], (i + j) % 2 === 0));
  }
  const machine = describeMachine();
  const limit = summarise(straight);
  const results = await Promise.all(
    workers.map(async (worker, j) => resultOf(worker.name, pairs[j], await worker.usage())),
  );
  console.log(
    [
      `gateway-proxy: ${CONNECTIONS} connections, 1 KiB, ${PAIRS} pairs of blocks of ${BLOCK} requests, ${RANGES} ranges; medians`,
      `  ${formatMachine(machine)}`,
      `  the application without a proxy: ${formatRate(limit.median)} requests/s (${formatRate(limit.min)} to ${formatRate(limit.max)})`,
      ...results.map(said),
    ].join('\n'),
  );
  const folder = new URL('./results/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL('gateway-proxy.json', folder), `${JSON.stringify({ machine, limit, results }, null, 2)}\n`);
} finally {
  for (const worker of [...workers, plain, application]) worker.stop();
}
