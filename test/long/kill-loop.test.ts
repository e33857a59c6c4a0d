// Two hundred kills of any clinic at any moment under load: each restarts and syncs, all agree on one state root, and nothing
// that was acknowledged is lost.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestNetwork } from '../helpers/devnet.ts';
import { spread, writeReport } from '../helpers/report.ts';
import { newAccount } from '../helpers/statements.ts';
import { waitFor } from '../helpers/wait-for.ts';

const KILLS = Number(process.env.WARDMESH_TEST_KILLS ?? 200);
let net: TestNetwork;

beforeAll(async () => {
  net = await TestNetwork.found();
  await net.startAll();
  await net.connected();
});

afterAll(() => net?.remove());

it(`restarts, syncs and loses nothing when clinics are killed ${KILLS} times under load`, {
  timeout: 7_200_000,
}, async () => {
  const acknowledged = new Map<string, number>();
  const outages: number[] = [];
  const caughtUp: number[] = [];
  let refusedCalls = 0;
  let loading = true;
  const load = net.numbers.map(async (clinic) => {
    while (loading) {
      const made = Array.from({ length: 2 }, () => newAccount(net.founded.bundle.genesis));
      try {
        const answer = await net
          .client(clinic)
          .call('tx_submit', { statements: made.map(({ statement }) => ({ statement })) });
        for (const { id } of answer.statements) acknowledged.set(String(id), clinic);
      } catch {
        refusedCalls++;
      }
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
  });
  for (let kill = 0; kill < KILLS; kill++) {
    const victim = 1 + Math.floor(Math.random() * net.numbers.length);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 3_000));
    const others = net.numbers.filter((number) => number !== victim);
    await net.kill(victim);
    outages.push(await net.start(victim));
    const began = performance.now();
    const { height } = await net.client(others[0]).call('chain_head');
    await net.reaches(victim, height, 180_000);
    caughtUp.push(performance.now() - began);
  }
  loading = false;
  await Promise.all(load);
  expect(acknowledged.size).toBeGreaterThan(KILLS * 8);

  const statuses = new Map<string, number>();
  for (const clinic of net.numbers) {
    const ids = [...acknowledged].filter(([, at]) => at === clinic).map(([id]) => id);
    for (let at = 0; at < ids.length; at += 512) {
      const statements = ids.slice(at, at + 512);
      const states = await waitFor(
        async () => {
          const result = await net.client(clinic).call('tx_wait', { statements, timeoutMs: 5_000 });
          return result.reached && result.statements;
        },
        { timeoutMs: 300_000, what: `the statements of clinic ${clinic}` },
      );
      for (const { status, reason } of states) {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        expect(['applied', 'final'], reason ?? undefined).toContain(status);
      }
    }
  }
  const { height, stateRoot } = await net.agreed();
  // Every clinic knows every statement, not only the one that took it.
  for (const [id] of [...acknowledged].filter((_, index) => index % 97 === 0)) {
    for (const clinic of net.numbers) {
      expect(['applied', 'final']).toContain((await net.client(clinic).call('chain_statement', { id })).status);
    }
  }
  const dangling = net.numbers.flatMap((number) =>
    net
      .logText(number)
      .split('\n')
      .filter((line) => line.includes('"level":"error"')),
  );
  await writeReport(
    'kill-loop',
    'Killed clinics under load',
    'Four clinics as processes; SIGKILL of a random one at a random moment while all four take statements in (`test/long/kill-loop.test.ts`).',
    [
      ['block interval T', '500 ms'],
      ['kills', KILLS],
      ['start to doors open', spread(outages)],
      ['then to the height of another clinic', spread(caughtUp)],
      ['statements acknowledged', acknowledged.size],
      ...[...statuses].map(([status, count]): [string, number] => [`of these ${status}`, count]),
      ['calls that failed while a clinic was down', refusedCalls],
      ['errors in the logs', dangling.length],
      ['height at the end', height],
      ['state root, the same at all four', `\`${stateRoot.slice(0, 16)}...\``],
    ],
  );
  expect(dangling).toEqual([]);
});
