// Named scenarios of whole nodes: real chains, mempools, outboxes, sync and votes over a network in memory. Each says what
// must hold whatever goes wrong.
import { EPOCH_BLOCKS } from '../../../consensus/limits.ts';
import { type Claim, percent, type Scenario, type ScenarioOptions, type ScenarioReport, seconds } from '../scenario.ts';
import { Days } from './days.ts';
import type { Lie } from './liars.ts';
import { SimNetwork } from './sim-network.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const STALE_BOUND = 0.02;
/** With fewer, rates say nothing. */
const ENOUGH_BLOCKS = 1000;
const GAP_ERROR = 0.2;
const RESUME_BLOCKS = 2 * EPOCH_BLOCKS;
const MERGE_SECONDS = 60;
const FAST_MINER = 1000;

export const NODE_SCENARIOS: readonly Scenario[] = [
  {
    name: 'nodes',
    about: 'whole nodes through days of crashes, absences, cuts, bad links and a lost vote file',
    clinics: 4,
    days: 1,
    run: days,
  },
  {
    name: 'nodes-fast-miner',
    about: 'whole nodes, one of which gets a thousand times the hash rate of the others together',
    clinics: 20,
    days: 0.5,
    run: fastMiner,
  },
  {
    name: 'nodes-liars',
    about: 'whole nodes, four of which answer wrongly, give no bodies, make two blocks, sign two votes',
    clinics: 13,
    days: 0.2,
    run: liars,
  },
];

async function days({ clinics, days: count, seed, onProgress }: ScenarioOptions): Promise<ScenarioReport> {
  const network = new SimNetwork({ clinics, seed, skew: (clinic) => ((clinic * 7919) % 9) * 500 - 2000 });
  const run = new Days(network, { duration: count * DAY, onProgress });
  await run.run();
  const { height } = network.clinic(1);
  const { calm, resumptions, merges } = run;
  const gap = network.world.time / 1000 / height;
  const [latest, slowest] = [Math.max(0, ...resumptions), Math.max(0, ...merges)];
  const finalised = network.clinic(1).core.chain.view.finalised.epoch;
  const stale = 1 - calm.blocks / calm.found;
  const steadyGap = `the mean gap is within ${percent(GAP_ERROR, 0)} of T`;
  const fewStale = `fewer than ${percent(STALE_BOUND, 0)} of the blocks are stale while nothing is wrong`;
  return {
    facts: [
      ['blocks', height],
      ['mean gap', seconds(gap)],
      ['stale while nothing is wrong', percent(stale)],
      ['stale over all', percent(1 - height / network.found)],
      ['finalised epochs', finalised],
      ['blocks until finality resumed: most', latest],
      ['seconds until one chain after a cut: most', slowest.toFixed(1)],
      ['registrations acknowledged, waiting at the end', `${run.load.queued}, ${run.load.waiting}`],
      ['events', network.world.ran],
      ...network.violations.map((violation) => ['violation', violation] as const),
    ],
    claims: [
      ...(calm.found < ENOUGH_BLOCKS ? [] : [{ claim: fewStale, holds: stale < STALE_BOUND }]),
      ...(height < ENOUGH_BLOCKS ? [] : [{ claim: steadyGap, holds: gapHolds(network, gap) }]),
      { claim: 'the chain advances while half of the clinics are away', holds: run.advanced },
      {
        claim: 'finality resumes within two epochs of each return',
        holds: resumptions.length > 0 && latest <= RESUME_BLOCKS,
      },
      {
        claim: `one chain within ${MERGE_SECONDS} s after each cut`,
        holds: merges.length > 0 && slowest <= MERGE_SECONDS,
      },
      { claim: 'every acknowledged registration is decided', holds: run.load.queued > 0 && run.load.waiting === 0 },
      ...(await agreement(network)),
    ],
  };
}

async function fastMiner({ clinics, days: count, seed, onProgress }: ScenarioOptions): Promise<ScenarioReport> {
  const network = new SimNetwork({ clinics, seed });
  await network.start();
  // A network in operation, in which one buys machines.
  await passAll(network, (count * DAY) / 4, (done) => onProgress?.(done / 4));
  const fast = network.clinic(1);
  fast.setHashRate(FAST_MINER * (clinics - 1) * fast.hashRate);
  const before = fast.height;
  await passAll(network, (count * DAY * 3) / 4, (done) => onProgress?.((1 + 3 * done) / 4));
  const signers = (await signersOf(network)).slice(before);
  const share = signers.filter((signer) => signer === 1).length / signers.length;
  const gap = network.world.time / 1000 / network.clinic(1).height;
  // Half of those who are active must sign before it may again: with few clinics that alone is a large part.
  const bound = Math.max(0.15, 1.3 / (Math.floor(clinics / 2) + 1));
  return {
    facts: [
      ['blocks', signers.length],
      ['mean gap', seconds(gap)],
      ["the fast miner's part of the blocks", percent(share)],
      ['finalised epochs', network.clinic(1).core.chain.view.finalised.epoch],
    ],
    claims: [
      { claim: `the fast miner signs fewer than ${percent(bound, 0)} of the blocks`, holds: share < bound },
      ...(await agreement(network)),
    ],
  };
}

/** Fewer than a third lie, and the last clinics are the liars. */
async function liars({ clinics, days: count, seed, onProgress }: ScenarioOptions): Promise<ScenarioReport> {
  const kinds: readonly Lie[] = ['wrong-ranges', 'withheld-bodies', 'two-blocks', 'two-votes'];
  const liarOf = (lie: Lie): number => clinics - kinds.indexOf(lie);
  const network = new SimNetwork({
    clinics,
    seed,
    lies: (clinic) => kinds.filter((lie) => liarOf(lie) === clinic),
  });
  await network.start();
  const blamed: Lie[] = [];
  const part = (count * DAY) / 4;
  await passAll(network, part, (done) => onProgress?.(done / 4));
  // Somebody who was away hears of the chain from a liar alone, then from the others too.
  for (const [index, lie] of (['wrong-ranges', 'withheld-bodies'] as const).entries()) {
    const victim = network.clinic(1 + index);
    const liar = network.clinic(liarOf(lie));
    victim.crash();
    await network.pass(part / 2);
    network.cut([victim.number, liar.number]);
    await victim.start();
    await network.pass(part / 4);
    network.heal();
    await network.agree(part / 4);
    if (victim.core.blames.of(liar.peerId).length > 0) blamed.push(lie);
    onProgress?.((2 + index) / 4);
  }
  await passAll(network, part, (done) => onProgress?.(0.75 + done / 4));
  const honest = network.clinics.filter(({ number }) => number <= clinics - kinds.length);
  const twice = liarOf('two-votes');
  const suspended = honest.every(({ core }) => core.members.current.voters.every(({ number }) => number !== twice));
  const finalised = Math.min(...honest.map(({ core }) => core.chain.view.finalised.epoch));
  const head = network.clinic(1).height / EPOCH_BLOCKS;
  return {
    facts: [
      ['blocks', network.clinic(1).height],
      ['blocks found, both of a pair', network.found],
      ['finalised epochs', finalised],
      ['blamed', blamed.join(', ')],
    ],
    claims: [
      { claim: 'who answers wrongly is blamed', holds: blamed.includes('wrong-ranges') },
      { claim: 'who gives no bodies is blamed', holds: blamed.includes('withheld-bodies') },
      { claim: 'who signed two votes has lost its vote', holds: suspended },
      { claim: 'finality keeps up with the chain', holds: finalised > 0 && head - finalised < 4 },
      ...(await agreement(network)),
    ],
  };
}

async function agreement(network: SimNetwork): Promise<Claim[]> {
  const agreed = await network.agree(20 * network.interval);
  return [
    { claim: 'all clinics end on one chain', holds: agreed && (await network.firstDifference()) === undefined },
    { claim: 'finality never goes back and never differs', holds: network.violations.length === 0 },
    { claim: 'what was final is on the chain', holds: (await network.undone(network.clinic(1))).length === 0 },
  ];
}

async function passAll(network: SimNetwork, ms: number, onProgress?: (done: number) => void): Promise<void> {
  const steps = Math.max(1, Math.ceil(ms / HOUR));
  for (let step = 1; step <= steps; step++) {
    await network.pass(ms / steps);
    onProgress?.(step / steps);
  }
}

async function signersOf(network: SimNetwork): Promise<number[]> {
  const { store, height } = network.clinic(1);
  const entries = await store.entries(1, height);
  return entries.map(({ header }) => header.signer);
}

function gapHolds({ interval }: SimNetwork, gap: number): boolean {
  return Math.abs(gap - interval / 1000) <= (GAP_ERROR * interval) / 1000;
}
