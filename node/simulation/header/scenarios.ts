// Named scenarios of the header model, at the network's standard parameters (T = 30 s). Each says what must hold.
import { PRODUCTION } from '../../../consensus/params.ts';
import { Random } from '../random.ts';
import { type Claim, percent, type Scenario, type ScenarioOptions, type ScenarioReport, seconds } from '../scenario.ts';
import { HeaderModel } from './model.ts';
import type { ModelChange, ModelMiner, ModelOptions, ModelReport, PartReport } from './types.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** One thread with SIMD on a common computer, 10 % of the time. */
const HASH_RATE = 550_000;
const FAST_MINER = 1000;
const NEAR_MS = 300;
const FAR_MS = 1000;
/** A change of the hash rate or of who is there has settled after this long. */
const SETTLED = 6 * HOUR;
const STALE_BOUND = 0.02;
const SHARE_BOUND = 0.15;
/** With fewer clinics turns alone leave a fast one a larger part. */
const EQUAL_FROM = 20;
const GAP_ERROR = 0.2;
const RESUME_BLOCKS = 8;
const TARGET_GAP = PRODUCTION.blockInterval / 1000;

export const HEADER_SCENARIOS: readonly Scenario[] = [
  {
    name: 'year',
    about: 'all clinics mine and vote, blocks take 0.3 s on average',
    clinics: 20,
    days: 365,
    run: (options) => steady(options, NEAR_MS),
  },
  {
    name: 'year-slow',
    about: 'the same where blocks take 1 s on average',
    clinics: 20,
    days: 365,
    run: (options) => steady(options, FAR_MS),
  },
  {
    name: 'fast-miner',
    about: 'one clinic has a thousand times the hash rate of all others together',
    clinics: 20,
    days: 30,
    leastDays: 2 * (SETTLED / DAY),
    run: fastMiner,
  },
  {
    name: 'half-offline',
    about: 'every other clinic is away for half of each second day, all at once',
    clinics: 20,
    days: 30,
    run: halfOffline,
  },
  {
    name: 'few-online',
    about: 'all but k clinics leave, for every k, one after the other, with equal miners and with one fast one',
    clinics: 20,
    days: 1,
    run: fewOnline,
  },
  {
    name: 'hash-rate-steps',
    about: 'the hash rate of the network grows to ten times, falls to a tenth of that, then to a tenth of what it was',
    clinics: 20,
    days: 8,
    run: hashRateSteps,
  },
  {
    name: 'clock-skew',
    about: 'clocks are up to one block interval wrong, either way',
    clinics: 20,
    days: 30,
    run: clockSkew,
  },
];

function steady(options: ScenarioOptions, meanDelay: number): ScenarioReport {
  const { clinics, days } = options;
  // The first day starts from the easiest target: how a network begins is not how it goes on.
  const parts = days > 2 ? [DAY] : [];
  const report = runModel(options, { miners: equalMiners(clinics), meanDelay, parts, finality: true });
  const settled = report.parts[report.parts.length - 1];
  const claim = `fewer than ${percent(STALE_BOUND, 0)} of the blocks are stale`;
  const stale: Claim[] = meanDelay > NEAR_MS ? [] : [{ claim, holds: settled.staleRate < STALE_BOUND }];
  return {
    facts: [
      ...facts(report.total),
      ['stale on the first day', percent(report.parts[0].staleRate)],
      ...finalityFacts(report),
    ],
    claims: [...stale, meanGap(report.total), ...neverConflicting(report)],
  };
}

function fastMiner(options: ScenarioOptions): ScenarioReport {
  const { clinics } = options;
  const miners = withFastMiner(equalMiners(clinics));
  const report = runModel(options, { miners, meanDelay: NEAR_MS, parts: [SETTLED], finality: true });
  const [, settled] = report.parts;
  const share = latecomers(options, miners).parts[2].shares[0];
  const bounded = { claim: `the fast miner signs fewer than ${percent(SHARE_BOUND, 0)} of the blocks` };
  return {
    facts: [
      ...facts(settled),
      ["the fast miner's part of the blocks", percent(settled.shares[0])],
      ['its part where it was alone for two days, a day after the others came', percent(share)],
      ['an equal part', percent(1 / clinics)],
      ...finalityFacts(report),
    ],
    claims: [
      ...(clinics < EQUAL_FROM ? [] : [{ ...bounded, holds: settled.shares[0] < SHARE_BOUND }]),
      ...(clinics < EQUAL_FROM
        ? []
        : [{ claim: `${bounded.claim} also where it was alone before`, holds: share < SHARE_BOUND }]),
      meanGap(settled),
      ...neverConflicting(report),
    ],
  };
}

/** The fast one is alone for two days, then all others come at once. */
function latecomers({ seed }: ScenarioOptions, miners: readonly ModelMiner[]): ModelReport {
  const others = miners.map((_, index) => index).slice(1);
  const changes: ModelChange[] = [
    { at: 0, type: 'offline', miners: others },
    { at: 2 * DAY, type: 'online', miners: others },
  ];
  const model = { miners, meanDelay: NEAR_MS, parts: [2 * DAY, 3 * DAY], changes };
  return runModel({ clinics: miners.length, days: 5, seed }, model);
}

function halfOffline(options: ScenarioOptions): ScenarioReport {
  const { clinics, days } = options;
  const away = Array.from({ length: Math.floor(clinics / 2) }, (_, index) => 2 * index);
  const changes: ModelChange[] = [];
  for (let day = 1; day + 1 <= days; day += 2) {
    changes.push({ at: day * DAY, type: 'offline', miners: away });
    changes.push({ at: day * DAY + DAY / 2, type: 'online', miners: away });
  }
  const parts = changes.map(({ at }) => at);
  const report = runModel(options, {
    miners: equalMiners(clinics),
    meanDelay: NEAR_MS,
    parts,
    changes,
    finality: true,
  });
  const alone = report.parts.filter((_, index) => index % 2 === 1);
  const blocks = alone.reduce((sum, part) => sum + part.blocks, 0);
  const time = alone.reduce((sum, { from, to }) => sum + to - from, 0) / 1000;
  const { resumptions = [], neverResumed = 0 } = report.finality ?? {};
  const latest = resumptions.reduce((most, resumption) => Math.max(most, resumption.blocks), 0);
  return {
    facts: [
      ...facts(report.total),
      ['mean gap while half are away', seconds(time / blocks)],
      ['longest gap while half are away', seconds(alone.reduce((most, { gap }) => Math.max(most, gap.most), 0))],
      ['returns', resumptions.length],
      ['blocks from a return until one finalises, most', latest],
      ...finalityFacts(report),
    ],
    claims: [
      { claim: 'the chain advances while half of the clinics are away', holds: alone.every((part) => advances(part)) },
      {
        claim: 'finality resumes within two epochs of each return',
        holds: resumptions.length === alone.length && neverResumed === 0 && latest <= RESUME_BLOCKS,
      },
      ...neverConflicting(report),
    ],
  };
}

function fewOnline(options: ScenarioOptions): ScenarioReport {
  const { clinics, days, onProgress } = options;
  const rows: (readonly [string, string])[] = [];
  let runs = 0;
  let halted = 0;
  for (let live = clinics; live >= 1; live--) {
    const gone = Array.from({ length: clinics - live }, (_, index) => live + index);
    const gaps: string[] = [];
    for (const miners of [equalMiners(clinics), withFastMiner(equalMiners(clinics))]) {
      const changes: ModelChange[] = [{ at: DAY, type: 'offline', miners: gone }];
      const model = { miners, meanDelay: NEAR_MS, parts: [DAY, DAY + SETTLED], changes };
      const { parts } = runModel({ ...options, days: days + 1 + SETTLED / DAY, onProgress: undefined }, model);
      const settled = parts[2];
      if (!advances(parts[1]) || !advances(settled)) halted++;
      gaps.push(`${seconds(settled.gap.mean)}, longest ${seconds(parts[1].gap.most)}`);
      onProgress?.(++runs / (2 * clinics));
    }
    rows.push([`mean gap with ${live} of ${clinics}; with a fast one among them`, gaps.join('; ')]);
  }
  return { facts: rows, claims: [{ claim: 'the chain never halts, however few are left', holds: halted === 0 }] };
}

function hashRateSteps(options: ScenarioOptions): ScenarioReport {
  const { clinics, days } = options;
  const step = (days * DAY) / 4;
  const all = Array.from({ length: clinics }, (_, index) => index);
  const changes: ModelChange[] = [10, 1 / 10, 1 / 10].map((factor, index) => ({
    at: (index + 1) * step,
    type: 'factor',
    miners: all,
    factor,
  }));
  const parts = [1, 2, 3].flatMap((index) => [index * step, index * step + SETTLED]);
  const report = runModel(options, { miners: equalMiners(clinics), meanDelay: NEAR_MS, parts, changes });
  const [, grown, afterGrown, fallen, afterFallen, low, afterLow] = report.parts;
  const settled = [afterGrown, afterFallen, afterLow];
  return {
    facts: [
      [
        'mean gap in the hours after ten times, after a tenth, after a tenth again',
        [grown, fallen, low].map(({ gap }) => seconds(gap.mean)).join(', '),
      ],
      ['mean gap after that', settled.map(({ gap }) => seconds(gap.mean)).join(', ')],
      ['longest gap', seconds(report.total.gap.most)],
      ['stale', percent(report.total.staleRate)],
    ],
    claims: settled.map((part, index) => ({
      claim: `six hours after step ${index + 1} the mean gap is within ${percent(GAP_ERROR, 0)} of T`,
      holds: meanGap(part).holds,
    })),
  };
}

function clockSkew(options: ScenarioOptions): ScenarioReport {
  const random = new Random(options.seed, 1);
  const T = PRODUCTION.blockInterval;
  const miners = equalMiners(options.clinics).map((miner) => ({ ...miner, skew: (2 * random.uniform() - 1) * T }));
  const report = runModel(options, { miners, meanDelay: NEAR_MS, finality: true });
  const [least, most] = [Math.min(...report.total.shares), Math.max(...report.total.shares)];
  return {
    facts: [
      ...facts(report.total),
      ['least and largest part of the blocks', `${percent(least)}, ${percent(most)}`],
      ...finalityFacts(report),
    ],
    claims: [meanGap(report.total), ...neverConflicting(report)],
  };
}

function runModel(
  { days, seed, onProgress }: ScenarioOptions,
  model: Omit<ModelOptions, 'seed' | 'params' | 'duration' | 'onProgress'>,
): ModelReport {
  return new HeaderModel({ ...model, seed, params: PRODUCTION, duration: days * DAY, onProgress }).run();
}

function equalMiners(count: number): ModelMiner[] {
  return Array.from({ length: count }, () => ({ hashRate: HASH_RATE }));
}

function withFastMiner([first, ...others]: readonly ModelMiner[]): ModelMiner[] {
  const together = others.reduce((sum, { hashRate }) => sum + hashRate, 0);
  return [{ ...first, hashRate: FAST_MINER * together }, ...others];
}

function facts({ blocks, staleRate, gap }: PartReport): ScenarioReport['facts'][number][] {
  return [
    ['blocks', blocks],
    ['stale', percent(staleRate)],
    ['mean gap', seconds(gap.mean)],
    ['gap: median, 99 %, longest', [gap.median, gap.p99, gap.most].map(seconds).join(', ')],
  ];
}

function finalityFacts({ finality, deepestReorganisation }: ModelReport): ScenarioReport['facts'][number][] {
  if (finality === undefined) return [];
  return [
    ['deepest reorganisation, blocks', deepestReorganisation],
    ['finalised epochs', finality.finalised],
    ['epochs until final: mean, most', `${finality.lag.mean.toFixed(2)}, ${finality.lag.most.toFixed(2)}`],
  ];
}

function meanGap({ gap }: PartReport): Claim {
  return {
    claim: `the mean gap is within ${percent(GAP_ERROR, 0)} of T`,
    holds: Math.abs(gap.mean - TARGET_GAP) <= GAP_ERROR * TARGET_GAP,
  };
}

function neverConflicting({ finality }: ModelReport): Claim[] {
  return [{ claim: 'no two finalised blocks conflict', holds: finality?.conflicts === 0 && finality.finalised > 0 }];
}

/** Each quarter of an hour has a block on average: far slower than T, but no halt. */
function advances({ blocks, from, to }: PartReport): boolean {
  return blocks >= (to - from) / (HOUR / 4);
}
