// 2,880 blocks of four clinics as processes under steady load: memory and open files stay flat, finality keeps up, and every
// member is connected at the end.
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestNetwork } from '../helpers/devnet.ts';
import { writeReport } from '../helpers/report.ts';
import { newAccount } from '../helpers/statements.ts';
import { waitFor } from '../helpers/wait-for.ts';

const BLOCKS = Number(process.env.WARDMESH_TEST_SOAK_BLOCKS ?? 2_880);
/** A warmed-up process, whose caches (headers, done statements) have come to their bounds: what grows after this part of the run is a leak. */
const WARM_PART = 0.5;
const MOST_GROWTH_MIB = 25;
const MOST_FILES = 24;
let net: TestNetwork;

beforeAll(async () => {
  net = await TestNetwork.found({ lean: true });
  await net.startAll();
  await net.connected();
});

afterAll(() => net?.remove());

interface Sample {
  readonly height: number;
  /** MiB of each clinic. */
  readonly memory: readonly number[];
  readonly files: readonly number[];
}

function sample(height: number): Sample {
  const pids = net.numbers.map((number) => net.pid(number));
  const resident = (pid: number | undefined): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  return { height, memory: pids.map(resident), files: pids.map((pid) => readdirSync(`/proc/${pid}/fd`).length) };
}

/** The middle value of each clinic over some samples: garbage that is about to be collected is no leak. */
function middle(samples: readonly Sample[], what: 'memory' | 'files'): number[] {
  return net.numbers.map((_, index) => {
    const values = samples.map((one) => one[what][index]).sort((a, b) => a - b);
    return values[Math.floor(values.length / 2)];
  });
}

function tenths(samples: readonly Sample[]): Sample[] {
  return Array.from({ length: 10 }, (_, part) => samples[Math.floor(((part + 1) * samples.length) / 10) - 1]);
}

it(`stays flat over ${BLOCKS} blocks under load`, { timeout: 5_400_000 }, async () => {
  const samples: Sample[] = [];
  let acknowledged = 0;
  let height = 0;
  const began = performance.now();
  while (height < BLOCKS) {
    for (const clinic of net.numbers) {
      const made = Array.from({ length: 4 }, () => newAccount(net.founded.bundle.genesis));
      const answer = await net.client(clinic).call('tx_submit', {
        statements: made.map(({ statement }) => ({ statement })),
      });
      acknowledged += answer.statements.length;
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    height = (await net.client(1).call('chain_head')).height;
    samples.push(sample(height));
  }
  const seconds = (performance.now() - began) / 1000;
  const settled = async (): Promise<boolean> => {
    const counts = await Promise.all(
      net.numbers.map(async (clinic) => (await net.client(clinic).call('node_status')).outbox),
    );
    return counts.every(({ queued, pending }) => queued + pending === 0);
  };
  await waitFor(settled, { timeoutMs: 300_000, what: 'empty outboxes' });
  const { stateRoot } = await net.agreed();
  const statuses = await Promise.all(net.numbers.map((clinic) => net.client(clinic).call('node_status')));
  const warm = samples.filter((one) => one.height >= WARM_PART * BLOCKS);
  const tenth = Math.max(5, Math.floor(warm.length / 10));
  const [early, late] = [warm.slice(0, tenth), warm.slice(-tenth)];
  const growth = middle(late, 'memory').map((value, index) => value - middle(early, 'memory')[index]);
  const moreFiles = middle(late, 'files').map((value, index) => value - middle(early, 'files')[index]);
  const list = (values: readonly number[]): string => values.map((value) => value.toFixed(0)).join(', ');
  await writeReport(
    'soak',
    'A soak',
    'Four clinics as processes at T = 0.5 s, 16 accounts created a second (`test/long/soak.test.ts`). Memory is the median of a tenth of the samples, from half of the run on.',
    [
      ['blocks', BLOCKS],
      ['time', `${seconds.toFixed(0)} s`],
      ['statements acknowledged', acknowledged],
      ['refused', statuses.reduce((sum, { outbox }) => sum + outbox.refused, 0)],
      ['memory of clinic 1 at each tenth of the run, MiB', list(tenths(samples).map((one) => one.memory[0]))],
      ['memory at the beginning, MiB', list(middle(early, 'memory'))],
      ['memory at the end, MiB', list(middle(late, 'memory'))],
      [
        'most memory, MiB',
        list(net.numbers.map((_, index) => Math.max(...samples.map(({ memory }) => memory[index])))),
      ],
      ['open files at the beginning', list(middle(early, 'files'))],
      ['open files at the end', list(middle(late, 'files'))],
      [
        'blocks behind the head that are not final',
        list(statuses.map(({ head, final }) => head.height - final.height)),
      ],
      ['peers at the end', list(statuses.map(({ peers }) => peers))],
      ['state root, the same at all four', `\`${stateRoot.slice(0, 16)}...\``],
    ],
  );
  expect(statuses.map(({ peers }) => peers)).toEqual([3, 3, 3, 3]);
  expect(Math.max(...growth)).toBeLessThan(MOST_GROWTH_MIB);
  expect(Math.max(...moreFiles)).toBeLessThan(MOST_FILES);
  for (const { head, final } of statuses) expect(head.height - final.height).toBeLessThan(40);
});
