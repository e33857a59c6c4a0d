// Measures jobs against limits of the same machine in the same run: rounds alternate over all jobs, so that a busy machine
// slows all alike. Prints machine, median, spread and limit; keeps raw values. Judges no wall-clock time: a target that
// is missed is printed, and nothing fails.
import { mkdirSync, writeFileSync } from 'node:fs';
import { describeMachine, formatMachine, type Machine } from './machine.ts';
import { formatRate, type Summary, summarise } from './statistics.ts';

export interface Job {
  readonly name: string;
  /** What is counted, e.g. `hashes`. */
  readonly unit: string;
  /** Does one round of work and gives how many units that were. */
  run(): number | Promise<number>;
  /** Name of the job that shows the machine's limit; the figure is shown as a multiple of it. */
  readonly limit?: string;
  /** Least multiple of the limit that the project promises. */
  readonly target?: number;
  /** Least rate that the project promises. */
  readonly targetPerSecond?: number;
}

export interface BenchmarkOptions {
  readonly name: string;
  /** What one unit is, in a line. */
  readonly about: string;
  /** Odd; 7 by default, 3 with `--short`. */
  readonly rounds?: number;
  /** Anything else worth keeping with the figures. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface JobResult extends Summary {
  readonly name: string;
  readonly unit: string;
  /** Per second, in order of the rounds. */
  readonly rates: readonly number[];
  /** Processor time of one unit over all threads, microseconds: what others at work on the machine change least. */
  readonly cpuMicros: number;
  readonly limit: string | undefined;
  /** Median of the ratios to the limit, round by round. */
  readonly ofLimit: number | undefined;
  /** What is promised, in words. */
  readonly promise: string | undefined;
  /** Undefined without a target. */
  readonly met: boolean | undefined;
}

export interface BenchmarkResult extends BenchmarkOptions {
  readonly machine: Machine;
  readonly at: string;
  readonly jobs: readonly JobResult[];
}

export const SHORT = process.argv.includes('--short');

const RESULTS = new URL('../results/', import.meta.url);

/** Runs one round of each job to warm up, then the rounds. */
export async function measure(options: BenchmarkOptions, jobs: readonly Job[]): Promise<BenchmarkResult> {
  const rounds = options.rounds ?? (SHORT ? 3 : 7);
  const rates = new Map<string, Round[]>(jobs.map(({ name }) => [name, []]));
  const machine = describeMachine();
  for (const job of jobs) await rateOf(job);
  for (let round = 0; round < rounds; round++) {
    for (const job of jobs) rates.get(job.name)?.push(await rateOf(job));
  }
  return { ...options, rounds, machine, at: new Date().toISOString(), jobs: jobs.map((job) => judge(job, rates)) };
}

/** As `measure`, printed, and kept in bench/results/NAME.json. */
export async function benchmark(options: BenchmarkOptions, jobs: readonly Job[]): Promise<BenchmarkResult> {
  const result = await measure(options, jobs);
  console.log(formatResult(result));
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(new URL(`${options.name}.json`, RESULTS), `${JSON.stringify(result, null, 2)}\n`);
  return result;
}

export function formatResult({ name, about, rounds, machine, jobs }: BenchmarkResult): string {
  const width = Math.max(...jobs.map((job) => job.name.length));
  const lines = jobs.map((job) => {
    const cpu = `${job.cpuMicros.toPrecision(3)} us of processor each`;
    const spread = `${formatRate(job.min)} to ${formatRate(job.max)}`;
    const limit = job.ofLimit === undefined ? '' : `  ${job.ofLimit.toFixed(2)} x ${job.limit}`;
    const verdict = job.met === undefined ? '' : job.met ? '  (target met)' : '  (TARGET MISSED)';
    return `  ${job.name.padEnd(width)}  ${formatRate(job.median).padStart(7)} ${job.unit}/s  (${spread}; ${cpu})${limit}${verdict}`;
  });
  return [
    `${name}: ${about}; median of ${rounds} rounds (least to most)`,
    `  ${formatMachine(machine)}`,
    ...lines,
  ].join('\n');
}

interface Round {
  readonly rate: number;
  readonly cpuMicros: number;
}

async function rateOf(job: Job): Promise<Round> {
  const before = process.cpuUsage();
  const start = performance.now();
  const units = await job.run();
  const rate = (units / (performance.now() - start)) * 1000;
  if (!(rate > 0 && Number.isFinite(rate))) throw new Error(`${job.name} did nothing that can be measured`);
  const { user, system } = process.cpuUsage(before);
  return { rate, cpuMicros: (user + system) / units };
}

function judge(job: Job, rounds: ReadonlyMap<string, readonly Round[]>): JobResult {
  const ratesOf = (name: string): number[] | undefined => rounds.get(name)?.map(({ rate }) => rate);
  const own = ratesOf(job.name) ?? [];
  const cpuMicros = summarise((rounds.get(job.name) ?? []).map((round) => round.cpuMicros)).median;
  const limits = job.limit === undefined ? undefined : ratesOf(job.limit);
  if (job.limit !== undefined && limits === undefined) throw new Error(`${job.name}: no job is named ${job.limit}`);
  const ofLimit = limits && summarise(own.map((rate, round) => rate / limits[round])).median;
  const summary = summarise(own);
  const targets = [
    job.target !== undefined && ofLimit !== undefined ? ofLimit >= job.target : undefined,
    job.targetPerSecond !== undefined ? summary.median >= job.targetPerSecond : undefined,
  ].filter((met) => met !== undefined);
  const met = targets.length === 0 ? undefined : targets.every(Boolean);
  const promises = [
    job.target === undefined ? undefined : `${job.target} x limit`,
    job.targetPerSecond === undefined ? undefined : `${formatRate(job.targetPerSecond)}/s`,
  ].filter((promise) => promise !== undefined);
  return {
    name: job.name,
    unit: job.unit,
    ...summary,
    rates: own,
    cpuMicros,
    limit: job.limit,
    ofLimit,
    promise: promises.length === 0 ? undefined : promises.join(', '),
    met,
  };
}
