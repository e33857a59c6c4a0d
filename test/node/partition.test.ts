// Whole clinics whose network is cut and joined while they run: what one side acknowledged is applied or refused on the
// chain of all.
import { afterEach, describe, expect, it } from 'vitest';
import { TestNodes } from '../helpers/nodes.ts';
import { newAccount, rivals } from '../helpers/statements.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
let net: TestNodes;

afterEach(() => net.remove(), MINUTE);

async function submit(clinic: number, statement: { id: string; statement: string }): Promise<string> {
  const { statements } = await net
    .client(clinic)
    .call('tx_submit', { statements: [{ statement: statement.statement }] });
  expect(statements[0].id).toBe(statement.id);
  return statement.id;
}

/** Finality comes while the test waits, or not, as quick as the machine is: a statement that is final was applied. */
const decided = (status: string): string => (status === 'final' ? 'applied' : status);

async function statusAt(clinic: number, id: string): Promise<string> {
  return decided((await net.client(clinic).call('chain_statement', { id })).status);
}

const applied = (clinic: number, id: string): Promise<unknown> =>
  waitFor(async () => (await statusAt(clinic, id)) === 'applied', {
    timeoutMs: 3 * MINUTE,
    intervalMs: 50,
    what: `statement ${id} at clinic ${clinic}`,
  });

describe('a network that was cut', { timeout: 15 * MINUTE }, () => {
  it('property 44: offline queue and sync: one chain and one state after a cut, the losing side applied or refused with a reason', async () => {
    net = await TestNodes.found();
    for (const number of net.numbers) await net.start(number);
    await net.connected();
    await net.cut([1, 2], [3, 4]);
    const [left, right] = rivals(net.founded.bundle.genesis);
    const leftIds = [await submit(1, left), await submit(2, newAccount(net.founded.bundle.genesis))];
    const rightIds = [await submit(3, right), await submit(4, newAccount(net.founded.bundle.genesis))];
    for (const id of leftIds) await applied(1, id);
    for (const id of rightIds) await applied(3, id);
    const height = Math.max(...[1, 3].map((number) => net.node(number).chain.tip.header.height));
    for (const number of [1, 3]) await net.reaches(number, height + 2);
    await net.heal();
    await net.connected();
    await net.agreed();
    for (const number of net.numbers) {
      await applied(number, leftIds[1]);
      await applied(number, rightIds[1]);
      const states = await waitFor(
        async () => {
          const both = await Promise.all(
            [left, right].map(({ id }) => net.client(number).call('chain_statement', { id })),
          );
          return both.every(({ status }) => ['applied', 'refused'].includes(decided(status))) && both;
        },
        { timeoutMs: 3 * MINUTE },
      );
      expect(states.map(({ status }) => decided(status)).sort()).toEqual(['applied', 'refused']);
      const refused = states.find(({ status }) => status === 'refused');
      expect(refused?.outcome?.code).toMatch(/^[a-z]/);
      expect(refused?.outcome?.message).toMatch(/ /);
    }
    await net.agreed();
  });

  it('mines at the other side what a clinic without a miner had in a block that was undone', async () => {
    net = await TestNodes.found({ clinics: 3 });
    await net.start(1);
    await net.start(2, { 'mining-threads': '0' });
    await net.start(3);
    await net.cut([1, 2], [3]);
    await waitFor(() => net.node(2).network.peers().length === 1, { timeoutMs: 3 * MINUTE });
    const id = await submit(2, newAccount(net.founded.bundle.genesis));
    await applied(2, id);
    await net.stop(1);
    const { work } = net.node(2).chain.tip;
    await waitFor(() => net.node(3).chain.tip.work > work, { timeoutMs: 3 * MINUTE, what: 'more work at clinic 3' });
    await net.cut([2, 3]);
    await applied(3, id);
    await net.agreed();
  });
});
