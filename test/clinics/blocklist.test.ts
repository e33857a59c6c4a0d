// The shared blocklist at whole clinics: whatever is cut, restarted or revoked in whatever order, every clinic ends with
// what the chain says.
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { TestNodes } from '../helpers/nodes.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
const ADDRESSES = ['203.0.113.1', '2001:db8:7::/64', '198.51.100.0/28'];
const PROBES = ['203.0.113.1', '2001:db8:7::9', '198.51.100.5'];
const CLINICS = [1, 2, 3, 4];
/** Clinics 1 and 2 are branches of one organisation. */
const ORGANISATION = [0, 1, 1, 2, 3];

type Step =
  | { readonly do: 'block' | 'unblock'; readonly clinic: number; readonly address: number }
  | { readonly do: 'cut'; readonly side: number }
  | { readonly do: 'restart'; readonly clinic: number }
  | { readonly do: 'heal' | 'mine' };

const clinic = fc.constantFrom(...CLINICS);
const address = fc.nat({ max: ADDRESSES.length - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('block' as const), clinic, address }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('unblock' as const), clinic, address }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cut' as const), side: fc.integer({ min: 1, max: 14 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), clinic }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('heal' as const, 'mine' as const) }) },
);

let net: TestNodes;

afterEach(() => net.remove(), MINUTE);

/** Address (by index) of each report, by the statement that made it. */
type Reported = Map<string, number>;

async function take(given: Step, reported: Reported, groups: number[][]): Promise<number[][]> {
  if (given.do === 'block') {
    const made = await net.client(given.clinic).call('threat_block', { address: ADDRESSES[given.address] });
    reported.set(made.statement, given.address);
  } else if (given.do === 'unblock') {
    await net.client(given.clinic).call('threat_unblock', { address: PROBES[given.address] });
  } else if (given.do === 'cut' || given.do === 'heal') {
    const side = given.do === 'cut' ? given.side : 0;
    const inside = CLINICS.filter((number) => (side >> (number - 1)) & 1);
    const cut = [inside, CLINICS.filter((number) => !inside.includes(number))];
    await net.cut(...cut);
    return cut;
  } else if (given.do === 'restart') {
    await net.stop(given.clinic);
    await net.start(given.clinic);
    await net.cut(...groups);
  } else {
    await net.reaches(1, net.node(1).chain.tip.header.height + 1);
  }
  return groups;
}

/** What the rules make of the chain: live reports per address, by organisation. */
async function expectedVerdicts(reported: Reported): Promise<Record<string, string>> {
  const live = new Map<string, { address: number; organisation: number }>();
  for await (const { transactions } of net.client(1).exportBlocks()) {
    for (const { statements, clinic: sender } of transactions) {
      for (const { id, name, object, outcome } of statements) {
        const address = reported.get(id);
        if (outcome?.result !== 'applied') continue;
        if (name === 'threats.report' && address !== undefined) {
          live.set(object, { address, organisation: ORGANISATION[Number(sender)] });
        } else if (name === 'threats.revoke') live.delete(object);
      }
    }
  }
  const verdicts: Record<string, string> = {};
  for (const number of CLINICS) {
    for (const index of ADDRESSES.keys()) {
      const by = new Set([...live.values()].filter((one) => one.address === index).map((one) => one.organisation));
      const own = by.has(ORGANISATION[number]);
      // two others are enough for one client, not for the range that is the last
      const many = by.size > 1 && index < ADDRESSES.length - 1;
      verdicts[`${index} at ${number}`] = own || many ? 'block' : by.size > 0 ? 'challenge' : 'allow';
    }
  }
  return verdicts;
}

async function verdicts(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const number of CLINICS) {
    for (const [index, probe] of PROBES.entries()) {
      const { verdict } = await net.client(number).call('threat_check', { address: probe });
      found[`${index} at ${number}`] = verdict;
    }
  }
  return found;
}

async function nothingWaits(): Promise<boolean> {
  const all = await Promise.all(CLINICS.map((number) => net.client(number).call('node_status')));
  return all.every(({ outbox }) => outbox.queued + outbox.pending === 0);
}

describe('the shared blocklist', { timeout: 15 * MINUTE }, () => {
  it('property 17: blocklist synchronisation: after any schedule of cuts and restarts every list is what the chain says', async () => {
    const schedule = fc.array(step, { minLength: 8, maxLength: 14 });
    await fc.assert(
      fc.asyncProperty(schedule, async (steps) => {
        net = await TestNodes.found();
        for (const number of CLINICS) await net.start(number);
        await net.connected();
        const reported: Reported = new Map();
        let groups: number[][] = [CLINICS];
        for (const given of steps) groups = await take(given, reported, groups);
        await net.heal();
        await net.connected();
        await waitFor(nothingWaits, { timeoutMs: 4 * MINUTE, intervalMs: 200, what: 'empty outboxes' });
        await net.agreed();
        let expected: Record<string, string> = {};
        let found: Record<string, string> = {};
        await waitFor(
          async () => {
            [expected, found] = [await expectedVerdicts(reported), await verdicts()];
            return JSON.stringify(expected) === JSON.stringify(found);
          },
          { timeoutMs: 2 * MINUTE, intervalMs: 500 },
        ).catch(() => expect(found).toEqual(expected));
        await net.remove();
      }),
      { numRuns: Number(process.env.WARDMESH_TEST_RUNS ?? 2), endOnFailure: true },
    );
  });
});
