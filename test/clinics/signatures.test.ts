// An attack signature from its proposal to its end, with the whole nodes of four clinics of three organisations.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestNodes } from '../helpers/nodes.ts';
import { waitFor } from '../helpers/wait-for.ts';

const LONG = 60_000;

let net: TestNodes;

beforeAll(async () => {
  net = await TestNodes.found();
  await Promise.all(net.numbers.map((number) => net.start(number)));
  await net.connected();
}, 2 * LONG);

afterAll(() => net?.remove());

const listed = async (number: number) => (await net.client(number).call('threat_signatureList', {})).signatures;

const everywhere = (holds: (states: string[]) => boolean, what: string) =>
  waitFor(
    async () => {
      const lists = await Promise.all(net.numbers.map(listed));
      return lists.every((signatures) => holds(signatures.map(({ state }) => state)));
    },
    { timeoutMs: LONG, what },
  );

describe('an attack signature', { timeout: 3 * LONG }, () => {
  it('property 42: signature sharing: is at every clinic as it was proposed, confirmed by another organisation, until it is retired', async () => {
    const conditions = [{ fields: ['path' as const], pattern: '^/forum/*install.php$' }];
    const { signature } = await net
      .client(1)
      .call('threat_signaturePropose', { name: 'old-forum', category: 'probe', conditions });
    await everywhere(([state]) => state === 'proposed', 'the proposal');
    // Of the same organisation: no second voice.
    await net.client(2).call('threat_signatureConfirm', { signature });
    await net.client(3).call('threat_signatureConfirm', { signature });
    await everywhere(([state]) => state === 'shadow', 'the confirmation');
    // Two blocks of one height may each hold the confirmation for a moment: one of them stays.
    const first = await waitFor(
      async () => {
        const lists = await Promise.all(net.numbers.map(listed));
        return new Set(lists.map((list) => JSON.stringify(list))).size === 1 && lists[0];
      },
      { timeoutMs: LONG, what: 'one list at every clinic' },
    );
    expect(first).toMatchObject([
      { id: signature, supporters: [1, 2], clinic: 1, conditions: [{ pattern: '^/forum/*install.php$' }] },
    ]);
    await net.client(2).call('threat_signatureRetire', { signature, reason: 'mistake' });
    await everywhere((states) => states.length === 0, 'the end');
  });
});
