import { describe, expect, it } from 'vitest';
import type { Change } from '../../consensus/ledger/members/change.ts';
import { encodeChangeRow } from '../../consensus/ledger/members/set-rows.ts';
import { MemberSets } from '../../node/members/member-sets.ts';
import { testGenesis } from '../store/chain-fixture.ts';

describe('the member sets of a node', () => {
  it('give the newest record of a clinic, also after an old set was asked for again', async () => {
    const rename = (n: number): Change => ({ type: 'update', clinic: 1, fields: { name: `Name ${n}` } });
    const count = 40;
    const states = async (keys: readonly Uint8Array[]) =>
      keys.map((key) => encodeChangeRow({ height: 4, change: rename(key[key.length - 1]) }));
    const sets = new MemberSets({ genesis: testGenesis() }, { states });
    await sets.follow({ id: count, previous: undefined });
    expect(sets.at(1)?.clinic(1)?.name).toBe('Name 1');
    expect(sets.record(1)?.name).toBe(`Name ${count}`);
    expect(sets.current.id).toBe(count);
  });
});
