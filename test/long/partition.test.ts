// A partition of 2 + 2 between real processes for ten minutes of the development network's blocks: both sides mine, neither
// can make anything final, and seconds after they meet again there is one chain that goes on to become final.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { signingKeyPair } from '#crypto';
import { DEVELOPMENT } from '../../consensus/params.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import { TestNetwork } from '../helpers/devnet.ts';
import { writeReport } from '../helpers/report.ts';
import { newAccount } from '../helpers/statements.ts';
import { waitFor } from '../helpers/wait-for.ts';

const CUT_MS = Number(process.env.WARDMESH_TEST_CUT_MS ?? 600_000);
const SIDES = [
  [1, 2],
  [3, 4],
] as const;
let net: TestNetwork;

beforeAll(async () => {
  net = await TestNetwork.found({ params: DEVELOPMENT, config: { mining: { duty: 0.5 } } });
  await net.startAll();
  await net.connected();
});

afterAll(() => net?.remove());

const peerOf = (clinic: number): string => peerIdOf(signingKeyPair(net.clinic(clinic).seeds.node).publicKey);

async function acrossTheCut(method: 'peer_ban' | 'peer_unban'): Promise<void> {
  for (const [side, others] of [SIDES, SIDES.toReversed()]) {
    for (const clinic of side) {
      for (const other of others) await net.client(clinic).call(method, { peer: peerOf(other) });
    }
  }
}

it(`is one chain again seconds after a partition of 2 + 2 for ${CUT_MS / 1000} s`, { timeout: 3_600_000 }, async () => {
  const statusOf = (clinic: number) => net.client(clinic).call('node_status');
  await waitFor(async () => (await statusOf(1)).final.height > 0, { timeoutMs: 600_000, what: 'finality' });
  await acrossTheCut('peer_ban');
  const began = performance.now();
  const atCut = (await statusOf(1)).final.height;
  const acknowledged = new Map<string, number>();
  while (performance.now() - began < CUT_MS) {
    for (const clinic of net.numbers) {
      const { statement } = newAccount(net.founded.bundle.genesis);
      const answer = await net.client(clinic).call('tx_submit', { statements: [{ statement }] });
      acknowledged.set(String(answer.statements[0].id), clinic);
    }
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
  const [left, right] = await Promise.all([statusOf(1), statusOf(3)]);
  expect(left.head.id).not.toBe(right.head.id);
  // What was under way when the cut came may still have been voted for; afterwards two of four are no quorum.
  expect(Math.max(left.final.height, right.final.height) - atCut).toBeLessThanOrEqual(8);

  await acrossTheCut('peer_unban');
  const met = performance.now();
  await waitFor(
    async () => {
      const heads = await Promise.all(
        net.numbers.map(async (clinic) => (await net.client(clinic).call('chain_head')).id),
      );
      return new Set(heads).size === 1;
    },
    { timeoutMs: 60_000, what: 'one head' },
  );
  const oneChainMs = performance.now() - met;
  const finalAt = Math.max(left.head.height, right.head.height);
  await waitFor(async () => (await statusOf(2)).final.height > finalAt, { timeoutMs: 300_000, what: 'finality again' });
  const finalMs = performance.now() - met;
  let applied = 0;
  for (const clinic of net.numbers) {
    const ids = [...acknowledged].filter(([, at]) => at === clinic).map(([id]) => id);
    for (let at = 0; at < ids.length; at += 512) {
      const statements = ids.slice(at, at + 512);
      const states = await waitFor(
        async () => {
          const result = await net.client(clinic).call('tx_wait', { statements, until: 'final', timeoutMs: 5_000 });
          return result.reached && result.statements;
        },
        { timeoutMs: 300_000, what: `the statements of clinic ${clinic}` },
      );
      for (const { status, reason } of states) {
        if (status === 'final') applied++;
        else expect(reason).toBeTruthy();
      }
    }
  }
  const { height, stateRoot } = await net.agreed();
  await writeReport(
    'partition',
    'A partition of 2 + 2',
    'Four clinics as processes, T = 2 s; each bans the two of the other side, later unbans them (`test/long/partition.test.ts`).',
    [
      ['cut for', `${(CUT_MS / 1000).toFixed(0)} s`],
      [
        'blocks of the sides at its end',
        `${left.head.height} and ${right.head.height}, final ${left.final.height} and ${right.final.height}`,
      ],
      ['from the first unban to one head at all four', `${(oneChainMs / 1000).toFixed(1)} s`],
      ['to finality beyond both sides', `${(finalMs / 1000).toFixed(1)} s`],
      ['statements acknowledged during the cut', acknowledged.size],
      ['of these final', applied],
      ['height at the end', height],
      ['state root, the same at all four', `\`${stateRoot.slice(0, 16)}...\``],
    ],
  );
  expect(oneChainMs).toBeLessThan(10_000);
  expect(applied).toBe(acknowledged.size);
});
