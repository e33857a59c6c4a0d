// Keys that change places in a keystore: next, in force, former, gone.
import { describe, expect, it } from 'vitest';
import { KEY_ROLES } from '../../node/keystore/contents.ts';
import {
  adoptKeys,
  nextKey,
  publicKeyOf,
  publicKeysOf,
  RECORD_KEYS,
  seedsOf,
  withNextKey,
  withoutFormer,
} from '../../node/keystore/rotation.ts';
import { sampleContents } from './samples.ts';

const seed = (fill: number) => new Uint8Array(32).fill(fill);

describe.each(KEY_ROLES)('a %s key', (role) => {
  const before = sampleContents();
  const waiting = withNextKey(before, role, seed(90), 5);
  const named = (fill: number) => ({
    ...publicKeysOf(before.seeds),
    [RECORD_KEYS[role]]: publicKeyOf(role, seed(fill)),
  });

  it('waits as the next one until the member set names it, and no second one is made meanwhile', () => {
    expect(nextKey(waiting, role)).toMatchObject({ state: 'next', seed: seed(90), since: 5 });
    expect(withNextKey(waiting, role, seed(91), 6)).toBe(waiting);
    expect(adoptKeys(waiting, publicKeysOf(before.seeds), 7)).toBe(waiting);
    expect(adoptKeys(waiting, named(92), 7)).toBe(waiting);
  });

  it('takes the place of the one before, and gives it back on a branch where it never changed', () => {
    const changed = adoptKeys(waiting, named(90), 7);
    expect(changed.seeds).toEqual({ ...before.seeds, [role]: seed(90) });
    expect(changed.spares).toEqual([{ role, state: 'former', since: 7, seed: before.seeds[role] }]);
    expect(seedsOf(changed, role)).toEqual([seed(90), before.seeds[role]]);
    expect(adoptKeys(changed, publicKeysOf(before.seeds), 8).seeds).toEqual(before.seeds);
    expect(withoutFormer(changed, () => true)).toBe(changed);
    expect(withoutFormer(changed, () => false).spares).toEqual([]);
    expect(withoutFormer(waiting, () => false)).toBe(waiting);
  });
});
