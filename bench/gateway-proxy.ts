// What judging costs a proxy: the same proxy with judging switched off and on, with lists of three sizes, rounds interleaved
// over all of them. Each in a process of its own; one more is the application.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { SHORT } from './lib/benchmark.ts';
import { clientText, type GatewayProxyTask } from './lib/gateway-proxy-task.ts';
import { describeMachine, formatMachine } from './lib/machine.ts';
import { formatRate, summarise } from './lib/statistics.ts';

const ROUNDS = SHORT ? 5 : 9;
const ROUND_MS = SHORT ? 1_000 : 3_000;
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

interface Round {
  readonly perSecond: number;
  readonly cpuMicros: number;
  readonly p50: number;
  readonly p99: number;
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

/** One request after the other on each connection; times in ms. */
async function load(port: number, connections: number, ms: number): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + ms;
  await Promise.all(Array.from({ length: connections }, () => oneConnection(port, end, times)));
  return times;
}

async function oneConnection(port: number, end: number, times: number[]): Promise<void> {
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
      if (performance.now() < end) ask();
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

async function round(worker: Worker): Promise<Round> {
  const before = await worker.usage();
  const from = performance.now();
  const times = await load(worker.port, CONNECTIONS, ROUND_MS);
  const seconds = (performance.now() - from) / 1000;
  const after = await worker.usage();
  // One at a time: what a visitor waits longer, not how long a queue is.
  const alone = await load(worker.port, 1, ROUND_MS / 2);
  return {
    perSecond: times.length / seconds,
    cpuMicros: (after.micros - before.micros) / times.length,
    p50: percentile(alone, 0.5),
    p99: percentile(alone, 0.99),
  };
}

const application = await new Worker('application', {
  upstream: undefined,
  judged: false,
  blocked: 0,
  ranges: 0,
  clients: 0,
}).ready();
const task = { upstream: application.port, judged: true, ranges: RANGES, clients: CLIENTS };
const workers: Worker[] = [];
for (const [name, change] of [
  ['plain', { judged: false, blocked: 0 }],
  ['judged, 0 blocked', { blocked: 0, ranges: 0 }],
  ['judged, 100,000 blocked', { blocked: 100_000 }],
  ['judged, 1,000,000 blocked', { blocked: 1_000_000 }],
] as const) {
  workers.push(await new Worker(name, { ...task, ...change }).ready());
}
const rounds = workers.map((): Round[] => []);
try {
  for (const worker of workers) await load(worker.port, CONNECTIONS, ROUND_MS);
  for (let i = 0; i < ROUNDS; i++) {
    for (let j = 0; j < workers.length; j++)
      rounds[(i + j) % workers.length].push(await round(workers[(i + j) % workers.length]));
  }
  const machine = describeMachine();
  const plain = rounds[0];
  const results = await Promise.all(
    workers.map(async ({ name }, index) => {
      const own = rounds[index];
      const of = (get: (one: Round, other: Round) => number) => summarise(own.map((one, i) => get(one, plain[i])));
      const { rss, tracked } = await workers[index].usage();
      return {
        name,
        perSecond: of((one) => one.perSecond),
        ratio: of((one, other) => one.perSecond / other.perSecond),
        cpuMicros: of((one) => one.cpuMicros),
        cpuRatio: of((one, other) => other.cpuMicros / one.cpuMicros),
        addedP50: of((one, other) => one.p50 - other.p50),
        addedP99: of((one, other) => one.p99 - other.p99),
        rss,
        tracked,
      };
    }),
  );
  const said = results.map(({ name, perSecond, ratio, cpuMicros, cpuRatio, addedP50, addedP99, rss, tracked }) => {
    const met = ratio.median >= TARGET.ratio && addedP50.median <= TARGET.p50 && addedP99.median <= TARGET.p99;
    const judgedWord =
      name === 'plain'
        ? ''
        : `; target ${TARGET.ratio}, ${TARGET.p50} ms, ${TARGET.p99} ms (${met ? 'met' : 'MISSED'})`;
    return `  ${name}: ${formatRate(perSecond.median)} requests/s, ${ratio.median.toFixed(2)} of plain (${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)}), by processor time ${cpuRatio.median.toFixed(2)} (${cpuMicros.median.toFixed(0)} µs each); added p50 ${addedP50.median.toFixed(3)} ms, p99 ${addedP99.median.toFixed(3)} ms; ${tracked} clients, ${(rss / 2 ** 20).toFixed(0)} MiB${judgedWord}`;
  });
  console.log(
    [
      `gateway-proxy: ${CONNECTIONS} connections, 1 KiB, ${ROUNDS} rounds interleaved`,
      `  ${formatMachine(machine)}`,
      ...said,
    ].join('\n'),
  );
  const folder = new URL('./results/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL('gateway-proxy.json', folder), `${JSON.stringify({ machine, results, rounds }, null, 2)}\n`);
} finally {
  for (const worker of [...workers, application]) worker.stop();
}
