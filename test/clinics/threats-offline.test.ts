// The shared list at a clinic that is cut off: what it knows goes on, what it reports waits, and what ended while it waited
// is refused where a person sees it.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../common/clock.ts';
import { QUICK } from '../helpers/devnet.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { spread, writeReport } from '../helpers/report.ts';
import { waitFor } from '../helpers/wait-for.ts';

const HOUR = 3_600_000;
const PATIENCE_MS = 240_000;
/** Of one test, which waits for several things. */
const TEST_MS = 4 * PATIENCE_MS;
const KNOWN = '203.0.113.20';
const SHORT = '203.0.113.21';
const LONG = '203.0.113.22';
const ALL = [1, 2, 3, 4];
const AWAY = 2;
/** Said while the clinic is away: each in a cut of its own. */
const MISSED = [31, 32, 33].map((host) => `203.0.113.${host}`);

let ahead = 0;
const clock: Clock = { ...systemClock, now: () => Date.now() + ahead };
let net: TestNodes;

beforeAll(async () => {
  net = await TestNodes.found({ params: QUICK, clock });
  await Promise.all(ALL.map((number) => net.start(number)));
  await net.connected();
});

afterAll(() => net?.remove());

const check = (clinic: number, address: string) => net.client(clinic).call('threat_check', { address });
const verdict = async (clinic: number, address: string) => (await check(clinic, address)).verdict;
const becomes = (clinic: number, address: string, wanted: string) =>
  waitFor(async () => (await verdict(clinic, address)) === wanted, {
    timeoutMs: PATIENCE_MS,
    what: `${address} ${wanted} at clinic ${clinic}`,
  });

it(
  'property 34: fault tolerance: the list goes on with every peer gone',
  async () => {
    const { statement } = await net
      .client(1)
      .call('threat_block', { address: KNOWN, reason: 'scan', forMs: 100 * HOUR });
    await net.applied(1, statement);
    await becomes(AWAY, KNOWN, 'block');
    await net.agreed();
    await net.cut([1, 3, 4], [AWAY]);
    expect(await verdict(AWAY, KNOWN)).toBe('block');
  },
  TEST_MS,
);

it(
  'property 44: offline queue and sync: a branch whose link was cut enforces what it missed as soon as it is back',
  async () => {
    const { network } = net.node(AWAY);
    const missed = async (address: string, wanted: string, act: () => Promise<unknown>): Promise<number> => {
      await net.cut([1, 3, 4], [AWAY]);
      await act();
      await becomes(1, address, wanted);
      expect(await verdict(AWAY, address)).not.toBe(wanted);
      const healed = net.heal();
      await waitFor(() => network.peers().length > 0, { timeoutMs: PATIENCE_MS, intervalMs: 5, what: 'a peer' });
      const began = performance.now();
      await becomes(AWAY, address, wanted);
      const took = performance.now() - began;
      await healed;
      await net.connected();
      return took;
    };
    const { call } = net.client(1);
    const blocks: number[] = [];
    const unblocks: number[] = [];
    for (const address of MISSED) {
      blocks.push(await missed(address, 'block', () => call('threat_block', { address, reason: 'scan', forMs: HOUR })));
      unblocks.push(await missed(address, 'allow', () => call('threat_unblock', { address, reason: 'resolved' })));
    }
    await writeReport(
      'threats-reconnect',
      'What a branch missed while its link was cut',
      'Four clinics in one process, with a block each 250 ms; the link of clinic 2 is cut, clinic 1 of its organisation blocks or unblocks, the link comes back (`test/clinics/threats-offline.test.ts`). From the first peer of clinic 2 until it decides so, asked again and again.',
      [
        ['cuts', 2 * MISSED.length],
        ['a block that it missed', spread(blocks)],
        ['an unblock that it missed', spread(unblocks)],
      ],
    );
    await net.cut([1, 3, 4], [AWAY]);
  },
  2 * TEST_MS,
);

it(
  'property 33: cached reads: a clinic that starts with nobody there answers as it did before',
  async () => {
    const before = await check(AWAY, KNOWN);
    for (const number of ALL) await net.stop(number);
    // Alone it makes no block: what it reports waits.
    await net.start(AWAY, { 'mining-threads': '0' });
    const after = await check(AWAY, KNOWN);
    expect(after).toMatchObject({ verdict: 'block', reports: before.reports.map(({ expires }) => ({ expires })) });
  },
  TEST_MS,
);

it(
  'property 44: offline queue and sync: reports made alone are applied once with their own ends, or visibly refused',
  async () => {
    const began = clock.now();
    const short = await net.client(AWAY).call('threat_block', { address: SHORT, reason: 'flood', forMs: HOUR });
    const long = await net.client(AWAY).call('threat_block', { address: LONG, reason: 'flood', forMs: 50 * HOUR });
    for (const address of [SHORT, LONG]) expect(await verdict(AWAY, address)).toBe('block');
    ahead += 10 * HOUR;
    await becomes(AWAY, SHORT, 'allow');
    await Promise.all([1, 3, 4].map((number) => net.start(number)));
    await net.connected();
    await becomes(1, LONG, 'block');
    const statements = [short.statement, long.statement];
    const { statements: ends } = await waitFor(
      async () => {
        const answer = await net.client(AWAY).call('tx_wait', { statements, until: 'final', timeoutMs: 10_000 });
        return answer.statements.every(({ status }) => status === 'final' || status === 'refused') && answer;
      },
      { timeoutMs: PATIENCE_MS, what: 'the end of both reports' },
    );
    expect(ends.map(({ status }) => status)).toEqual(['refused', 'final']);
    expect(JSON.stringify(ends[0])).toContain('threat-expired');
    // not a moment longer for having waited, at clinic 1 as soon as it has the block too
    await net.applied(1, long.statement);
    const [{ expires }] = (await check(1, LONG)).reports;
    expect(expires).toBeGreaterThanOrEqual(began + 50 * HOUR);
    expect(expires).toBeLessThan(began + 50 * HOUR + 60_000);
    expect((await check(1, LONG)).reports).toHaveLength(1);
    expect(await verdict(1, SHORT)).toBe('allow');
  },
  TEST_MS,
);
