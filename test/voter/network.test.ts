// Finality among four real clinics: it advances, waits while two are away, and resumes when they are back.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EPOCH_BLOCKS } from '../../consensus/limits.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
let net: TestNodes;

beforeAll(async () => {
  net = await TestNodes.found();
  await Promise.all(net.numbers.map((number) => net.start(number)));
  await net.connected();
}, 5 * MINUTE);

afterAll(() => net?.remove());

const finalHeight = async (number: number): Promise<number> =>
  (await net.client(number).call('chain_head')).final.height;

describe('four clinics', { timeout: 10 * MINUTE }, () => {
  it('make blocks final, and say so of a statement at every clinic', async () => {
    const { patients } = await net.client(1).call('patient_register', { patients: [{ number: '536-22-1234' }] });
    const [{ statement }] = patients;
    expect(statement).not.toBeNull();
    const asked = { statements: [statement ?? ''], until: 'final' as const, timeoutMs: 5_000 };
    const { statements } = await waitFor(
      async () => {
        const waited = await net.client(1).call('tx_wait', asked);
        return waited.reached && waited;
      },
      { timeoutMs: 4 * MINUTE, what: 'finality of the statement' },
    );
    expect(statements[0].status).toBe('final');
    const { height } = statements[0];
    for (const number of net.numbers) {
      await waitFor(async () => (await finalHeight(number)) >= (height ?? 0), {
        timeoutMs: 3 * MINUTE,
        what: 'finality',
      });
      const block = await net.client(number).call('chain_block', { height: height ?? 0 });
      expect(block.status).toBe('final');
    }
  });

  it('wait while two of them are cut off, and resume within two epochs when they are back', async () => {
    await net.cut([1, 2], [3, 4]);
    const waiting = await finalHeight(1);
    // Votes of the last moment may make one more epoch final, and none after it.
    await net.reaches(1, net.node(1).chain.tip.header.height + 2 * EPOCH_BLOCKS);
    const stopped = await finalHeight(1);
    expect(stopped).toBeLessThanOrEqual(waiting + EPOCH_BLOCKS);
    await net.reaches(1, net.node(1).chain.tip.header.height + EPOCH_BLOCKS);
    expect(await finalHeight(1)).toBe(stopped);
    await net.heal();
    await net.connected();
    await net.agreed();
    const returned = net.node(1).chain.tip.header.height;
    await waitFor(async () => (await finalHeight(3)) > stopped, { timeoutMs: 4 * MINUTE, what: 'finality to resume' });
    const resumed = net.node(3).chain.tip.header.height;
    expect(resumed - returned).toBeLessThanOrEqual(12);
  });
});
