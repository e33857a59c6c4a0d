// `wardmesh simulate`: runs a named scenario of a whole network in virtual time and prints what became of it.
import { setFlagsFromString } from 'node:v8';
import cliProgress from 'cli-progress';
import type { Command } from 'commander';
import color from 'picocolors';
import type { ScenarioReport } from '../../node/simulation/scenario.ts';
import { SCENARIOS } from '../../node/simulation/scenarios.ts';
import { CommandError, EXIT } from '../exit.ts';
import { answer, fields, table } from '../output/say.ts';

interface Options {
  readonly scenario: string;
  readonly list?: boolean;
  readonly clinics?: number;
  readonly days?: number;
  readonly seed: number;
}

const MOST_CLINICS = 500;

/**
 * A hundred whole clinics live in 3 GB of one heap, and much of what they make lies outside it. The engine marks all of that
 * again after every 64 MiB made outside, half of the whole time; with these it waits until the heap has doubled.
 */
const LARGE_HEAP = ['--external-memory-accounted-in-global-limit', '--heap-growing-percent=100'];

export function addSimulateCommand(program: Command): void {
  program
    .command('simulate')
    .description('run a network of many clinics in virtual time and check what it promises')
    .option('--scenario <name>', 'which one; see --list', 'half-offline')
    .option('--list', 'list the scenarios')
    .option('--clinics <n>', 'how many clinics', wholeNumber)
    .option('--days <n>', 'how long, in days of virtual time; parts of a day are fine', Number)
    .option('--seed <n>', 'the same seed gives the same run', wholeNumber, 1)
    .action(async (options: Options, command: Command) => {
      const json = command.optsWithGlobals<{ json?: boolean }>().json === true;
      if (options.list === true) {
        const known = SCENARIOS.map(({ name, about, clinics, days }) => ({ name, about, clinics, days }));
        answer(json, known, (rows) =>
          table(
            ['Scenario', 'Clinics', 'Days', 'What happens'],
            rows.map(({ name, clinics, days, about }) => [name, clinics, days, about]),
          ),
        );
        return;
      }
      await simulate(options, json);
    });
}

async function simulate(options: Options, json: boolean): Promise<void> {
  const scenario = SCENARIOS.find(({ name }) => name === options.scenario);
  if (scenario === undefined) {
    throw new CommandError(`no scenario is called ${options.scenario}; see wardmesh simulate --list`, EXIT.usage);
  }
  const { clinics = scenario.clinics, days = scenario.days, seed } = options;
  if (!(clinics >= 1 && clinics <= MOST_CLINICS)) {
    throw new CommandError(`--clinics: a whole number from 1 to ${MOST_CLINICS}`, EXIT.usage);
  }
  const { leastDays = 0 } = scenario;
  if (days < leastDays) {
    throw new CommandError(`--days: ${scenario.name} shows nothing before day ${leastDays}`, EXIT.usage);
  }
  if (!(days > 0 && days <= 3660)) throw new CommandError('--days: above 0, at most 3660', EXIT.usage);
  if (Number.isNaN(seed)) throw new CommandError('--seed: a whole number', EXIT.usage);
  for (const flag of LARGE_HEAP) setFlagsFromString(flag);
  const started = performance.now();
  const bar = progressBar(json);
  let report: ScenarioReport;
  try {
    report = await scenario.run({ clinics, days, seed, onProgress: (done) => bar?.update(Math.round(100 * done)) });
  } finally {
    bar?.stop();
  }
  const took = (performance.now() - started) / 1000;
  const result = { scenario: scenario.name, clinics, days, seed, seconds: took, ...report };
  answer(json, result, () => text(scenario.about, result));
  const broken = report.claims.filter(({ holds }) => !holds).length;
  if (broken > 0) throw new CommandError(`${broken} of ${report.claims.length} claims do not hold`, EXIT.failed);
}

function text(
  about: string,
  result: ScenarioReport & { scenario: string; clinics: number; days: number; seed: number; seconds: number },
): string {
  const { scenario, clinics, days, seed, seconds, facts, claims } = result;
  const head = `${color.bold(scenario)}: ${about}\n${clinics} clinics, ${days} days, seed ${seed}, ${seconds.toFixed(1)} s`;
  const marks = claims.map(({ claim, holds }) => `${holds ? color.green('holds') : color.red('fails')}  ${claim}`);
  return [head, fields(facts), marks.join('\n')].join('\n\n');
}

/** On stderr, so that the report can be piped; none where nobody looks. */
function progressBar(json: boolean): cliProgress.SingleBar | undefined {
  if (json || !process.stderr.isTTY) return undefined;
  const bar = new cliProgress.SingleBar({
    format: '{bar} {percentage} % | {eta_formatted} left',
    stream: process.stderr,
  });
  bar.start(100, 0);
  return bar;
}

function wholeNumber(value: string): number {
  const number = Number(value);
  return Number.isSafeInteger(number) && number >= 0 ? number : Number.NaN;
}
