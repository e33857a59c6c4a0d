// All benchmarks one after the other, each in a process of its own, and a table of what they found beside the machine's
// limits and the project's targets. Short forms by default; `--full` runs the stated sizes. Fails only when one breaks.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import type { BenchmarkResult } from './lib/benchmark.ts';
import { measureCounts } from './lib/counts.ts';
import { formatRate } from './lib/statistics.ts';

interface Row {
  readonly figure: string;
  readonly value: string;
  readonly limit: string;
  readonly ratio: string;
  readonly target: string;
  readonly met: boolean;
}

interface Submitted {
  readonly clinics: number;
  readonly perSecond: number;
  readonly target: number;
  readonly rawVerificationsPerSecond: number;
}

interface Remembered {
  readonly transactions: number;
  readonly rssMiB: readonly number[];
  readonly readyMs: readonly number[];
  readonly emptyStartMs: number;
  readonly targetMiB: number;
  readonly targetMs: number;
}

interface Gossiped {
  readonly targetMs: number;
  readonly limitMs: number;
  readonly warm: { readonly p99: number };
  readonly sent: { readonly perSecond: number };
  readonly rawVerificationsPerSecond: number;
  readonly targetPerSecond: number;
}

interface Identified {
  readonly known: {
    readonly patients: number;
    readonly appliedPerSecond: number;
    readonly lookupMs: { readonly p99: number; readonly target: number };
  };
}

const SIZE = process.argv.includes('--full') ? [] : ['--short'];
const HARNESS = ['codec', 'signatures', 'sign-in', 'mining', 'state-tree', 'import'];

async function run(name: string, ...flags: readonly string[]): Promise<void> {
  const script = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, [script, ...SIZE, ...flags], { stdio: 'inherit' });
  const code = await new Promise((resolve, reject) => child.once('exit', resolve).once('error', reject));
  if (code !== 0) throw new Error(`${name} ended with ${code}`);
}

function result<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`./results/${name}.json`, import.meta.url), 'utf8'));
}

function harnessRows(name: string): Row[] {
  const { jobs } = result<BenchmarkResult>(name);
  return jobs
    .filter(({ met }) => met !== undefined)
    .map((job) => {
      const limit = jobs.find((other) => other.name === job.limit);
      return {
        figure: `${name}: ${job.name}`,
        value: `${formatRate(job.median)} ${job.unit}/s`,
        limit: limit === undefined ? '' : `${formatRate(limit.median)} ${limit.unit}/s (${limit.name})`,
        ratio: job.ofLimit?.toFixed(2) ?? '',
        target: job.promise ?? '',
        met: job.met === true,
      };
    });
}

function submitRow(clinics: number): Row {
  const { perSecond, target, rawVerificationsPerSecond } = result<Submitted>(`submit-${clinics}`);
  const limit = rawVerificationsPerSecond / clinics;
  return {
    figure: `submit to applied, ${clinics === 1 ? 'one clinic' : `${clinics} clinics`}`,
    value: `${formatRate(perSecond)} statements/s`,
    limit: `${formatRate(limit)} statements/s (verifying each at every clinic)`,
    ratio: (perSecond / limit).toFixed(2),
    target: `${target}/s`,
    met: perSecond >= target,
  };
}

function memoryRows(): Row[] {
  const { transactions, rssMiB, readyMs, emptyStartMs, targetMiB, targetMs } = result<Remembered>('memory');
  const rss = Math.max(...rssMiB);
  const ready = Math.max(...readyMs);
  return [
    {
      figure: `resident memory on ${transactions} transactions`,
      value: `${rss.toFixed(0)} MiB`,
      limit: '',
      ratio: '',
      target: `${targetMiB} MiB`,
      met: rss < targetMiB,
    },
    {
      figure: `start to ready on ${transactions} transactions`,
      value: `${ready.toFixed(0)} ms`,
      limit: `${emptyStartMs.toFixed(0)} ms (without a chain)`,
      ratio: (ready / emptyStartMs).toFixed(2),
      target: `${targetMs} ms`,
      met: ready < targetMs,
    },
  ];
}

function gossipRows(): Row[] {
  const { targetMs, limitMs, warm, sent, rawVerificationsPerSecond: raw, targetPerSecond } = result<Gossiped>('gossip');
  return [
    {
      figure: 'block of 4,000 transactions at nine of ten processes, 99 %',
      value: `${warm.p99.toFixed(0)} ms`,
      limit: `${limitMs.toFixed(0)} ms (the root over the body at each)`,
      ratio: (warm.p99 / limitMs).toFixed(2),
      target: `${targetMs} ms`,
      met: warm.p99 < targetMs,
    },
    {
      figure: 'transactions between two processes, validated',
      value: `${formatRate(sent.perSecond)}/s`,
      limit: `${formatRate(raw)}/s (raw verification)`,
      ratio: (sent.perSecond / raw).toFixed(2),
      target: `${targetPerSecond}/s`,
      met: sent.perSecond > targetPerSecond,
    },
  ];
}

function identifierRows(): Row[] {
  const { patients, appliedPerSecond, lookupMs } = result<Identified>('identifiers').known;
  return [
    {
      figure: `looking a known patient up among ${patients}, 99 %`,
      value: `${lookupMs.p99.toFixed(2)} ms`,
      limit: `${formatRate(appliedPerSecond)}/s registered`,
      ratio: '',
      target: `${lookupMs.target} ms`,
      met: lookupMs.p99 < lookupMs.target,
    },
  ];
}

for (const name of HARNESS) await run(name);
for (const clinics of [1, 4]) await run('submit', '--clinics', String(clinics));
await run('gossip');
await run('compression');
await run('identifiers');
await run('memory');

const rows = [
  ...HARNESS.flatMap(harnessRows),
  submitRow(1),
  submitRow(4),
  ...gossipRows(),
  ...memoryRows(),
  ...identifierRows(),
];
const table = new Table({
  head: ['figure', 'measured', 'limit', 'ratio', 'target', ''],
  style: { head: [], border: [] },
});
for (const { figure, value, limit, ratio, target, met } of rows) {
  table.push([figure, value, limit, ratio, target, met ? 'met' : 'MISSED']);
}
console.log(table.toString());
console.log('counts, the same on every machine:');
for (const [name, value] of Object.entries(await measureCounts())) console.log(`  ${name}: ${value}`);
