// What stays of a vault when it is changed: the one that stood before its first change in a while.
import { expect, it } from 'vitest';
import type { PartName, PartValue, VaultPart } from '../../identity/people/types.ts';
import { changePasswordAndVault, EARLIER_VAULT_TTL_MS } from '../../node/people/password-and-vault.ts';

const USER = '0'.repeat(32);

it('keeps the vault as it was however often it is changed, until the change is long past', async () => {
  let vault: VaultPart | undefined;
  const store = {
    get: async <N extends PartName>(_: string, name: N) =>
      (name === 'vault' ? vault : undefined) as PartValue<N> | undefined,
  };
  const put = async (text: string, now: number): Promise<string | undefined> => {
    const { changes } = await changePasswordAndVault(store, USER, { vault: text }, now);
    vault = changes.find(({ name }) => name === 'vault')?.value as VaultPart;
    return vault.before?.vault;
  };
  expect(await put('mine', 0)).toBeUndefined();
  expect(await put('spoilt', 1000)).toBe('mine');
  expect(await put('spoilt again', 2000)).toBe('mine');
  // Put back: nobody who has the session still gets rid of it.
  expect(await put('mine', 3000)).toBe('mine');
  expect(await put('spoilt once more', 999 + EARLIER_VAULT_TTL_MS)).toBe('mine');
  expect(vault?.before).toEqual({ vault: 'mine', version: 1, replaced: 1000 });
  expect(await put('later', 1000 + EARLIER_VAULT_TTL_MS)).toBe('spoilt once more');
});
