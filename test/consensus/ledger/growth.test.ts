// Networks that grow and shrink through governance and finality, against a plain model of who is a member.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../consensus/ledger/members/change.ts';
import { decodeClinicRow } from '../../../consensus/ledger/members/rows.ts';
import { changeCount, finalityRow, setForBlock } from '../../../consensus/ledger/members/set-rows.ts';
import { clinicKey } from '../../../consensus/ledger/tables.ts';
import { EPOCH_BLOCKS } from '../../../consensus/limits.ts';
import { admit, genesisOf, keyOf, TestNetwork, update } from './network.ts';

/** Everyone in force approves. */
function decide(network: TestNetwork, change: Change): void {
  const accused = change.type === 'remove-clinic' ? change.clinic : 0;
  const by = network.members.clinics.map(({ number }) => number).filter((number) => number !== accused);
  const before = changeCount(network.state);
  const [first, ...others] = by;
  const proposed = network.propose(change, first);
  network.block([proposed]);
  for (const clinic of others) {
    if (changeCount(network.state) > before) break;
    network.block([network.approve(proposed, change, clinic)]);
  }
  expect(changeCount(network.state)).toBe(before + 1);
}

/** The rows of clinics are the set in force. */
function expectRows(network: TestNetwork): void {
  for (const member of network.members.records) {
    expect(decodeClinicRow(member.number, network.state.get(clinicKey(member.number))!)).toEqual(member);
  }
}

describe('a network', () => {
  it('grows from one clinic to ten and shrinks back to one, each set in force and final on the way', () => {
    const network = new TestNetwork(genesisOf([1]));
    for (let size = 2; size <= 10; size++) {
      decide(network, admit(`n${size}`, size % 3 === 0 ? `New ${size}` : 1));
      network.settle();
      expect(network.members.size).toBe(size);
    }
    expectRows(network);
    expect(network.members.organisations.length).toBe(4);
    const finalised = finalityRow(network.state).finalised.epoch;
    decide(network, { type: 'remove-organisation', organisation: 2 });
    network.settle();
    expect(network.members.size).toBe(9);
    while (network.members.size > 2) {
      const last = network.members.clinics.at(-1)!.number;
      decide(network, { type: 'remove-clinic', clinic: last });
      network.settle();
      expect(network.members.clinic(last)).toBeUndefined();
    }
    const [, second] = network.members.clinics;
    expect(network.say(network.leave(second.number))).toBe('applied');
    network.settle();
    expect(network.members.clinics.map(({ number }) => number)).toEqual([1]);
    expectRows(network);
    expect(finalityRow(network.state).finalised.epoch).toBeGreaterThan(finalised);
    // numbers are never used again
    decide(network, admit('late', 1));
    network.settle();
    expect(network.members.clinics.map(({ number }) => number)).toEqual([1, 11]);
  });

  it('ends after any changes with the set that a plain list says, by transitions of one set at a time', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ type: fc.constant('admit' as const), fresh: fc.boolean() }) },
      { weight: 2, arbitrary: fc.record({ type: fc.constant('remove' as const), pick: fc.nat(9) }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('leave' as const), pick: fc.nat(9) }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('key' as const), pick: fc.nat(9) }) },
      { weight: 3, arbitrary: fc.record({ type: fc.constant('blocks' as const), count: fc.nat(30) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 14 }), (steps) => {
        const network = new TestNetwork(genesisOf([1, 2, 3]));
        const model = new Set([1, 2, 3]);
        let next = 4;
        let seen = setForBlock(network.state, 1);
        const look = () => {
          const now = setForBlock(network.state, network.height + 1);
          expect(now.id).toBeGreaterThanOrEqual(seen.id);
          if (now.id !== seen.id) {
            // a new set comes at a checkpoint, when the transition before it is over
            expect((network.height + 1) % EPOCH_BLOCKS).toBe(0);
            expect(seen.previous).toBeUndefined();
            expect(now.previous).toBe(seen.id);
          }
          seen = now;
        };
        const run = (blocks: number) => {
          for (let i = 0; i < blocks; i++) {
            network.runTo(network.height + 1);
            look();
          }
        };
        const electorate = () => network.members.clinics.map(({ number }) => number);
        for (const [at, one] of steps.entries()) {
          if (one.type === 'blocks') {
            run(one.count);
            continue;
          }
          // whoever is picked must be a member still, now and by all that was approved
          const present = electorate().filter((number) => model.has(number));
          const pick = one.type === 'admit' ? 0 : present[one.pick % present.length];
          if (one.type !== 'admit' && pick === undefined) continue;
          const accepted = () => changeCount(network.state);
          const before = accepted();
          const change: Change =
            one.type === 'admit'
              ? admit(`${at} ${next}`, one.fresh ? `Fresh ${at}` : network.members.clinics[0].organisation)
              : one.type === 'key'
                ? update(pick, { voteKey: keyOf(`vote ${at} ${pick}`) })
                : { type: one.type === 'leave' ? 'leave' : 'remove-clinic', clinic: pick };
          if (change.type === 'leave') {
            network.say(network.leave(pick));
            look();
          } else {
            const [first, ...others] = electorate().filter((number) => one.type !== 'remove' || number !== pick);
            if (first === undefined) continue;
            const proposed = network.propose(change, first);
            network.block([proposed]);
            look();
            for (const by of others) {
              if (accepted() > before || network.members.clinic(by) === undefined) continue;
              network.block([network.approve(proposed, change, by)]);
              look();
            }
          }
          if (accepted() === before) continue;
          if (change.type === 'admit') model.add(next++);
          else if (change.type !== 'update') model.delete(pick);
        }
        network.settle();
        expect(network.members.clinics.map(({ number }) => number)).toEqual([...model]);
        expectRows(network);
      }),
      { numRuns: 12 },
    );
  });
});
