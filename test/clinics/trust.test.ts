// Four organisations with one clinic each: what one of them can do to the others with what it reports, what two can, and how
// fast two others undo it.
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestNodes } from '../helpers/nodes.ts';
import { spread, writeReport } from '../helpers/report.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
const CLINICS = [1, 2, 3, 4];
const PATIENT = '203.0.113.7';
const COLLUDED = ['203.0.113.8', '203.0.113.9', '203.0.113.10', '203.0.113.11', '203.0.113.12'];

let net: TestNodes;

beforeAll(async () => {
  net = await TestNodes.found({ apart: true, miners: [2] });
  for (const number of CLINICS) await net.start(number);
  await net.connected();
}, 5 * MINUTE);

afterAll(() => net?.remove(), MINUTE);

const verdict = async (number: number, address: string) =>
  (await net.client(number).call('threat_check', { address })).verdict;
const verdicts = (address: string) => Promise.all(CLINICS.map((number) => verdict(number, address)));

/** How long until every clinic says this of the address, ms. */
async function until(address: string, expected: readonly string[]): Promise<number> {
  const start = performance.now();
  await waitFor(async () => String(await verdicts(address)) === String(expected), {
    timeoutMs: 3 * MINUTE,
    intervalMs: 20,
    what: `${expected} for ${address}`,
  });
  return performance.now() - start;
}

describe('trust between organisations', { timeout: 15 * MINUTE }, () => {
  it('one hostile organisation of four causes no refusal elsewhere, whatever it reports and however often', async () => {
    const hostile = net.client(4);
    for (const address of [PATIENT, '203.0.112.0/24', '2001:db8:7::/48', '2001:db8:7::1']) {
      await hostile.call('threat_block', { address });
    }
    for (let i = 0; i < 40; i++) await hostile.call('threat_block', { address: `203.0.113.${100 + i}` });
    await hostile.call('threat_block', { address: PATIENT, lasting: true });
    await until(PATIENT, ['challenge', 'challenge', 'challenge', 'block']);
    // Also once blocks hold all of it.
    await waitFor(async () => isEmpty((await hostile.call('node_status')).outbox), {
      timeoutMs: 4 * MINUTE,
      what: 'an empty outbox',
    });
    await net.reaches(1, net.node(1).chain.tip.header.height + 2);
    await net.agreed();
    const addresses = [PATIENT, '203.0.113.200', '203.0.112.9', '2001:db8:7::1', '2001:db8:7:9::1'];
    addresses.push(...Array.from({ length: 40 }, (_, i) => `203.0.113.${100 + i}`));
    const seen = await Promise.all(addresses.flatMap((address) => [1, 2, 3].map((at) => verdict(at, address))));
    expect(seen).not.toContain('block');
    // Beyond its quota of a day it is not even heeded, and its own branch still is.
    const last = await Promise.all([1, 4].map((at) => verdict(at, '203.0.112.9')));
    expect(last).toEqual(['challenge', 'block']);
    const { reasons } = await net.client(1).call('threat_check', { address: '203.0.113.139' });
    expect(reasons.join(' ')).toContain('reported more than it may');
  });

  it('two of them refuse a patient until two others dispute it, which takes less than five seconds', async () => {
    // All of it before the first dispute: what is disputed makes them count less.
    for (const address of COLLUDED) {
      await Promise.all([3, 2].map((at) => net.client(at).call('threat_block', { address })));
    }
    for (const address of COLLUDED) await until(address, ['block', 'block', 'block', 'block']);
    const took: number[] = [];
    for (const address of COLLUDED) {
      const start = performance.now();
      await Promise.all([1, 4].map((at) => net.client(at).call('threat_dispute', { address })));
      await until(address, ['allow', 'block', 'block', 'allow']);
      took.push(performance.now() - start);
    }
    expect(Math.max(...took)).toBeLessThan(5_000);
    await writeReport(
      'trust',
      'Two hostile organisations of four, undone by two disputes',
      'Four whole nodes on loopback, one organisation each; `test/clinics/trust.test.ts`.',
      [[`from two disputes until every clinic obeys, ${took.length} times`, spread(took)]],
    );
  });

  it('and it stays so once blocks hold the disputes, also at a clinic that starts again', async () => {
    for (const at of [1, 4]) {
      await waitFor(async () => isEmpty((await net.client(at).call('node_status')).outbox), {
        timeoutMs: 4 * MINUTE,
        what: 'an empty outbox',
      });
    }
    await net.reaches(1, net.node(1).chain.tip.header.height + 2);
    await net.agreed();
    await net.stop(1);
    await net.start(1);
    for (const address of COLLUDED) await until(address, ['allow', 'block', 'block', 'allow']);
    const { reasons } = await net.client(1).call('threat_check', { address: COLLUDED[0] });
    expect(reasons.filter((reason) => reason.includes('disputed'))).toHaveLength(2);
  });

  it('property 43: new branch synchronisation: with nothing of the chain, a clinic takes the list from the others as it stands', async () => {
    const known = () =>
      Promise.all([PATIENT, ...COLLUDED].map((at) => net.client(1).call('threat_check', { address: at })));
    const before = await known();
    const { chain, attachments } = net.clinic(1).paths;
    await net.stop(1);
    await Promise.all([chain, attachments].map((path) => rm(path, { recursive: true })));
    await net.start(1);
    await waitFor(async () => JSON.stringify(await known()) === JSON.stringify(before), {
      timeoutMs: 4 * MINUTE,
      intervalMs: 100,
      what: 'the list that it had',
    });
  });
});

const isEmpty = ({ queued, pending }: { queued: number; pending: number }) => queued + pending === 0;
