import { describe, expect, it } from 'vitest';
import * as kinds from '../../../consensus/ledger/kinds.ts';
import { MAX_WAITING_CHANGES } from '../../../consensus/ledger/members/apply.ts';
import type { Change } from '../../../consensus/ledger/members/change.ts';
import { findProposal } from '../../../consensus/ledger/members/proposal-rows.ts';
import { MAX_PROPOSAL_BLOCKS } from '../../../consensus/ledger/members/proposals.ts';
import { changeCount, changeRow } from '../../../consensus/ledger/members/set-rows.ts';
import { UNITS_TORSION, UNITS_VERIFY } from '../../../consensus/limits.ts';
import { admit, genesisOf, keyOf, TestNetwork, update } from './network.ts';

/** Clinics 1 and 2 of organisation 1, 3 of 2, 4 of 3. */
const four = (mode?: 'clinic' | 'organisation') => new TestNetwork(genesisOf([1, 1, 2, 3], mode));

describe('a proposal (7.1.6)', () => {
  it("counts as its proposer's approval, and is accepted by more than two thirds", () => {
    const network = four();
    const change = admit('e', 2);
    const proposed = network.propose(change, 1);
    expect(network.say(proposed)).toBe('applied');
    expect(network.say(network.approve(proposed, change, 2))).toBe('applied');
    expect(changeCount(network.state)).toBe(0);
    expect(network.say(network.approve(proposed, change, 3))).toBe('applied');
    expect(changeRow(network.state, 1)).toEqual({ height: 3, change });
    expect(findProposal(network.state, proposed.object)).toMatchObject({ live: false, approvals: [1, 2, 3] });
    expect(network.say(network.approve(proposed, change, 4))).toBe('ended');
  });

  it('is sent and approved by any member for the clinic whose governance key signed', () => {
    const network = four();
    const change = admit('e', 2);
    const proposed = network.propose(change, 1, { sender: 4 });
    expect(network.say(proposed)).toBe('applied');
    expect(network.say(network.approve(proposed, change, 2, 3))).toBe('applied');
    expect(findProposal(network.state, proposed.object)?.approvals).toEqual([1, 2]);
  });

  it('is refused without a good governance signature of a member', () => {
    const network = four();
    const change = admit('e', 2);
    const signature = new Uint8Array(64);
    expect(network.ask(network.propose(change, 1, { signature }))).toBe('governance-signature');
    expect(network.ask(network.propose(change, 9, { sender: 1 }))).toBe('governance-signature');
    const proposed = network.propose(change, 1);
    network.block([proposed]);
    // by the right key, but for another change
    expect(network.ask(network.approve(proposed, admit('f', 2), 2))).toBe('governance-signature');
  });

  it('counts a clinic once, and the same statement as applied already', () => {
    const network = four();
    const change = admit('e', 2);
    const proposed = network.propose(change, 1);
    network.block([proposed]);
    expect(network.say(proposed)).toBe('already-applied');
    expect(network.say(network.approve(proposed, change, 1))).toBe('exists');
    const second = network.approve(proposed, change, 2);
    expect(network.say(second)).toBe('applied');
    expect(network.say(second)).toBe('already-applied');
    expect(network.say(network.approve(proposed, change, 2, 3))).toBe('exists');
    expect(changeCount(network.state)).toBe(0);
  });

  it('ends at its height', () => {
    const network = four();
    const change = admit('e', 2);
    for (const expiry of [network.height, network.height + 1, network.height + 2 + MAX_PROPOSAL_BLOCKS]) {
      expect(network.ask(network.propose(change, 1, { expiry }))).toBe('proposal-expiry');
    }
    const proposed = network.propose(change, 1, { expiry: 3 });
    network.block([proposed]);
    network.block();
    expect(network.ask(network.approve(proposed, change, 2))).toBe('applied');
    network.block();
    expect(network.ask(network.approve(proposed, change, 2))).toBe('proposal-expired');
  });

  it('that no longer applies is refused at approval', () => {
    const network = four();
    const first = network.propose(admit('e', 2), 1);
    const again = network.propose(admit('e', 3), 1);
    network.block([first, again]);
    for (const by of [2, 3]) network.block([network.approve(first, admit('e', 2), by)]);
    expect(changeCount(network.state)).toBe(1);
    expect(network.say(network.approve(again, admit('e', 3), 2))).toBe('name-taken');
    const renamed = admit('e', 3, { name: 'Other' });
    expect(network.ask(network.propose(renamed, 1))).toBe('member-key-known');
  });

  it('does not count an approval by a governance key that was replaced since', () => {
    const network = four();
    const change = admit('e', 2);
    const proposed = network.propose(change, 1, { expiry: 900 });
    network.block([proposed]);
    expect(network.decide(update(1, { governanceKey: keyOf('fresh') }), [1, 2, 3])).toBe('applied');
    network.settle();
    network.block([network.approve(proposed, change, 2), network.approve(proposed, change, 3)]);
    expect(changeCount(network.state)).toBe(1);
    expect(network.say(network.approve(proposed, change, 4))).toBe('applied');
    expect(changeCount(network.state)).toBe(2);
  });

  it('holds no change that has a statement of its own, and only what decodes', () => {
    const network = four();
    for (const change of [
      { type: 'leave', clinic: 2 },
      { type: 'suspend-vote', clinic: 2 },
    ] as Change[]) {
      expect(network.ask(network.propose(change, 1))).toBe('payload');
    }
    expect(network.ask(network.proposal(kinds.MEMBERS_PROPOSE, Uint8Array.of(9), 1))).toBe('payload');
  });

  it('waits while too many changes do', () => {
    const network = new TestNetwork(genesisOf([1]));
    for (let n = 0; n < MAX_WAITING_CHANGES; n++) {
      expect(network.say(network.propose(update(1, { name: `Name ${n}` }), 1))).toBe('applied');
    }
    expect(network.say(network.propose(update(1, { name: 'One more' }), 1))).toBe('too-many-changes');
    network.settle();
    expect(network.members.clinic(1)?.name).toBe(`Name ${MAX_WAITING_CHANGES - 1}`);
    expect(network.say(network.propose(update(1, { name: 'One more' }), 1))).toBe('applied');
  });
});

describe('an admission or update (7.1.4)', () => {
  const network = four();
  const refusal = (change: Change) => network.ask(network.propose(change, 1));

  it('is refused for an organisation that is no member, and for names that are taken', () => {
    expect(refusal(admit('e', 4))).toBe('unknown-organisation');
    expect(refusal(admit('e', 'Organisation 2'))).toBe('name-taken');
    expect(refusal(admit('e', 2, { name: 'Clinic 3' }))).toBe('name-taken');
    expect(refusal(update(2, { name: 'Clinic 3' }))).toBe('name-taken');
    expect(refusal(update(3, { name: 'Clinic 3' }))).toBe('applied');
    expect(refusal(update(9, { name: 'Nobody' }))).toBe('not-member');
  });

  it('is refused for keys that any clinic has, in any role, or that come twice', () => {
    const known = network.genesis.clinics[2];
    for (const key of [known.governanceKey, known.nodeKey, known.gatewayKey, known.voteKey, known.encryptionKey]) {
      expect(refusal(admit('e', 2, { voteKey: key }))).toBe('member-key-known');
      expect(refusal(update(2, { nodeKey: key }))).toBe('member-key-known');
    }
    expect(refusal(admit('e', 2, { voteKey: keyOf('x'), nodeKey: keyOf('x') }))).toBe('member-key-known');
  });

  it('is refused for a key that is no point of the prime-order group', () => {
    const small = new Uint8Array(32).fill(0xff);
    expect(refusal(admit('e', 2, { gatewayKey: small }))).toBe('key-invalid');
    expect(refusal(update(2, { voteKey: small }))).toBe('key-invalid');
  });

  it('is refused for names, addresses and networks that nobody could use', () => {
    for (const name of ['', ' x', 'x ', 'a\nb']) expect(refusal(admit('e', 2, { name }))).toBe('payload');
    expect(refusal(admit('e', 2, { addresses: ['http://x'] }))).toBe('payload');
    expect(refusal(admit('e', 2, { networks: ['localhost'] }))).toBe('payload');
    // wide enough to keep others from being blocked
    for (const network of ['0.0.0.0/0', '::/0', '8.0.0.0/8', '192.0.0.0/16', '192.0.2.0/27', '2001:db8::/48']) {
      expect(refusal(admit('e', 2, { networks: ['192.0.2.0/28', network] }))).toBe('payload');
      expect(refusal(update(2, { networks: [network] }))).toBe('payload');
    }
    expect(refusal(admit('e', 2, { addresses: ['/dns4/clinic.example/tcp/9641'], networks: ['2001:db8::/56'] }))).toBe(
      'applied',
    );
  });

  it('keeps a key that was replaced out of use', () => {
    const own = new TestNetwork(genesisOf([1]));
    const { nodeKey } = own.genesis.clinics[0];
    expect(own.say(own.propose(update(1, { nodeKey: keyOf('second') }), 1))).toBe('applied');
    own.settle();
    expect(own.ask(own.propose(admit('e', 1, { nodeKey }), 1))).toBe('member-key-known');
    expect(own.ask(own.propose(update(1, { nodeKey }), 1))).toBe('member-key-known');
  });
});

describe('a removal (7.1.5)', () => {
  const removeClinic = (clinic: number): Change => ({ type: 'remove-clinic', clinic });
  const removeOrganisation = (organisation: number): Change => ({ type: 'remove-organisation', organisation });

  it('of an organisation does not ask the accused', () => {
    const network = four();
    const change = removeOrganisation(1);
    expect(network.decide(change, [1, 2])).toBe('applied');
    expect(changeCount(network.state)).toBe(0);
    expect(network.decide(change, [3, 4])).toBe('applied');
    expect(changeCount(network.state)).toBe(1);
    network.settle();
    expect(network.members.clinics.map(({ number }) => number)).toEqual([3, 4]);
    expect(network.members.organisations.map(({ number }) => number)).toEqual([2, 3]);
  });

  it("of a clinic needs its organisation's other branches only when those outside it are too few", () => {
    const shielded = four();
    expect(shielded.decide(removeClinic(1), [3, 4])).toBe('applied');
    expect(changeCount(shielded.state)).toBe(1);
    const branches = new TestNetwork(genesisOf([1, 1, 1]));
    expect(branches.decide(removeClinic(3), [1, 3])).toBe('applied');
    expect(changeCount(branches.state)).toBe(0);
    expect(branches.decide(removeClinic(3), [1, 2])).toBe('applied');
    expect(changeCount(branches.state)).toBe(1);
  });

  it('needs two approvals: in a network of two one can only leave', () => {
    const two = new TestNetwork(genesisOf([1, 2]));
    expect(two.ask(two.propose(removeClinic(2), 1))).toBe('too-few-to-remove');
    expect(two.ask(two.propose(removeOrganisation(2), 1))).toBe('too-few-to-remove');
    const against = new TestNetwork(genesisOf([1, 1, 1, 2]));
    expect(against.ask(against.propose(removeOrganisation(1), 4))).toBe('too-few-to-remove');
    expect(two.say(two.leave(2))).toBe('applied');
    two.settle();
    expect(two.members.clinics.map(({ number }) => number)).toEqual([1]);
    expect(two.members.record(2)?.status).toBe('left');
  });

  it('of somebody who is no member is refused', () => {
    const network = four();
    expect(network.ask(network.propose(removeClinic(9), 1))).toBe('not-member');
    expect(network.ask(network.propose(removeOrganisation(9), 1))).toBe('unknown-organisation');
  });
});

describe('governance by organisation (7.1.5)', () => {
  it('gives an organisation one voice, by more than half of its clinics', () => {
    const network = four('organisation');
    const change = admit('e', 2);
    const proposed = network.propose(change, 3);
    network.block([proposed, network.approve(proposed, change, 4), network.approve(proposed, change, 1)]);
    expect(changeCount(network.state)).toBe(0);
    network.block([network.approve(proposed, change, 2)]);
    expect(changeCount(network.state)).toBe(1);
  });
});

describe('leaving (7.1.7)', () => {
  it("needs the clinic's own governance key alone, and takes effect once", () => {
    const network = four();
    const statement = network.leave(4, 1);
    expect(network.say(statement)).toBe('applied');
    expect(network.say(statement)).toBe('already-applied');
    expect(network.say(network.leave(4))).toBe('not-member');
    network.settle();
    expect(network.members.clinic(4)).toBeUndefined();
    expect(network.ask(network.propose(admit('f', 3), 1))).toBe('unknown-organisation');
  });

  it('is not for the last one', () => {
    const network = new TestNetwork(genesisOf([1]));
    expect(network.say(network.leave(1))).toBe('last-voter');
  });
});

describe('evidence (7.1.8)', () => {
  const ran = (organisations = [1, 1, 2, 3]) => {
    const network = new TestNetwork(genesisOf(organisations));
    network.blocksTo(9);
    return network;
  };

  it('of two votes that cannot both be honest suspends the vote key, until an update brings another', () => {
    const network = ran();
    const votes = [
      network.vote(4, network.link(0, 1)),
      network.vote(4, { ...network.link(0, 1), source: network.checkpoint(0), set: 7 }),
    ] as const;
    const statement = network.evidence(votes, 1);
    expect(network.say(statement)).toBe('applied');
    expect(network.say(statement)).toBe('already-applied');
    expect(network.say(network.evidence(votes, 2))).toBe('vote-suspended');
    network.settle();
    expect(network.members.voters.map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(network.members.size).toBe(4);
    expect(network.decide(update(4, { voteKey: keyOf('vote again') }), [1, 2, 3])).toBe('applied');
    network.settle();
    expect(network.members.voters.length).toBe(4);
  });

  it('takes a vote that surrounds another', () => {
    const network = ran();
    network.blocksTo(17);
    const votes = [network.vote(4, network.link(0, 4)), network.vote(4, network.link(1, 2))] as const;
    expect(network.say(network.evidence(votes, 1))).toBe('applied');
  });

  it('is refused for one vote twice, for votes that agree, of two clinics, or not by the vote key', () => {
    const network = ran();
    const vote = network.vote(4, network.link(0, 1));
    const other = network.vote(4, { ...network.link(0, 1), set: 7 });
    expect(network.ask(network.evidence([vote, vote], 1))).toBe('no-evidence');
    expect(network.ask(network.evidence([vote, network.vote(4, network.link(1, 2))], 1))).toBe('no-evidence');
    expect(network.ask(network.evidence([vote, { ...other, clinic: 3 }], 1))).toBe('no-evidence');
    expect(
      network.ask(
        network.evidence(
          [
            { ...vote, clinic: 3 },
            { ...other, clinic: 3 },
          ],
          1,
        ),
      ),
    ).toBe('no-evidence');
    expect(network.ask(network.evidence([vote, { ...other, signature: vote.signature }], 1))).toBe('no-evidence');
    expect(network.ask(network.evidence([vote, other], 1))).toBe('applied');
  });

  it('against the only voter is refused: nothing would ever be final again', () => {
    const network = ran([1]);
    const votes = [network.vote(1, network.link(0, 1)), network.vote(1, { ...network.link(0, 1), set: 7 })] as const;
    expect(network.say(network.evidence(votes, 1))).toBe('last-voter');
  });
});

it('governance pays for its public-key work in units (4.9)', () => {
  const units = (kind: number) => kinds.kindOf(kind)?.units;
  expect(units(kinds.MEMBERS_PROPOSE)).toBe(4 * UNITS_TORSION + UNITS_VERIFY);
  expect(units(kinds.MEMBERS_APPROVE)).toBe(UNITS_VERIFY);
  expect(units(kinds.MEMBERS_LEAVE)).toBe(UNITS_VERIFY);
  expect(units(kinds.MEMBERS_EVIDENCE)).toBe(2 * UNITS_VERIFY);
});
