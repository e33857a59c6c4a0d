// What patients are told of others, as the node counts it.
import { expect, it } from 'vitest';
import { MyAccesses } from '../../../node/vault/my-accesses.ts';

it('counts as shared what something may be read by now, not what shuts somebody out', async () => {
  const share = (status: string, effect: string) => ({ consents: [{ status, terms: { provision: { effect } } }] });
  const shares = [share('active', 'permit'), share('active', 'deny'), share('revoked', 'permit')];
  const modules = { sharing: { shares: async () => shares } };
  expect(await new MyAccesses({ clinic: 1 }, modules as never).activeShares({} as never)).toBe(1);
});

it('says of an emergency of this patient alone what was found by who looked at it, once somebody did', async () => {
  const [mine, another] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  const emergency = (handle: Uint8Array, opened: number, review?: object) => ({
    ...{ object: new Uint8Array(32).fill(opened), review },
    signed: { request: { handle, opened, account: another, clinic: 4, reason: 'unconscious' } },
  });
  const found = { verdict: 'unjustified', at: 20 };
  const known = [emergency(mine, 1), emergency(mine, 2, found), emergency(another, 3, found)];
  const modules = {
    emergencies: { list: () => known, isOpen: () => false },
    sharing: { requests: async () => [], shares: async () => [] },
    representatives: { ofPatient: async () => [] },
    takeOvers: { ofPatient: async () => ({ views: [] }) },
    clock: { now: () => 30 },
  };
  const notices = await new MyAccesses({ clinic: 1 }, modules as never).notices({ handle: mine } as never);
  expect(notices.map(({ at, review }) => ({ at, review }))).toEqual([
    { at: 2, review: found },
    { at: 1, review: undefined },
  ]);
});
