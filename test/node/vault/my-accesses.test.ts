// What patients are told of others, as the node counts it.
import { expect, it } from 'vitest';
import { MyAccesses } from '../../../node/vault/my-accesses.ts';

it('counts as shared what something may be read by now, not what shuts somebody out', async () => {
  const share = (status: string, effect: string) => ({ consents: [{ status, terms: { provision: { effect } } }] });
  const shares = [share('active', 'permit'), share('active', 'deny'), share('revoked', 'permit')];
  const modules = { sharing: { shares: async () => shares } };
  expect(await new MyAccesses({ clinic: 1 }, modules as never).activeShares({} as never)).toBe(1);
});
