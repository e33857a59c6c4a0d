import { describe, expect, it } from 'vitest';
import { EMPTY_BYTES } from '../../../common/bytes.ts';
import { BlockError } from '../../../consensus/chain/errors.ts';
import {
  checkpointMessage,
  decodeCertificate,
  encodeCertificate,
} from '../../../consensus/chain/finality/certificate.ts';
import type { Certificate } from '../../../consensus/chain/finality/types.ts';
import { MEMBERS_APPROVE, MEMBERS_PROPOSE } from '../../../consensus/ledger/kinds.ts';
import { decodeClinicRow } from '../../../consensus/ledger/members/rows.ts';
import {
  changeCount,
  finalityRow,
  findCheckpoint,
  setForBlock,
  setRow,
} from '../../../consensus/ledger/members/set-rows.ts';
import { viewOf } from '../../../consensus/ledger/members/view.ts';
import { clinicKey } from '../../../consensus/ledger/tables.ts';
import { EPOCH_BLOCKS } from '../../../consensus/limits.ts';
import { byClinic } from './fixture.ts';
import { admit, genesisOf, keyOf, sign, TestNetwork, update } from './network.ts';

const four = () => new TestNetwork(genesisOf([1, 1, 2, 3]));

function problem(network: TestNetwork, certificate: Uint8Array): string {
  try {
    network.try([], certificate);
  } catch (error) {
    if (error instanceof BlockError && error.type.code === 'block.certificate') return error.type.problem;
    throw error;
  }
  return 'valid';
}

/** The checkpoint file of an epoch by these clinics. */
function file(network: TestNetwork, epoch: number, by: readonly number[], set = network.members.id): Uint8Array {
  const claim = { set, checkpoint: network.checkpoint(epoch), height: epoch * EPOCH_BLOCKS };
  const message = checkpointMessage(network.id, claim);
  const signatures = by.map((clinic) => {
    const { governanceKey } = network.members.clinic(clinic)!;
    return { clinic, signature: sign(governanceKey, message) };
  });
  return encodeCertificate({ type: 'governance', ...claim, signatures });
}

describe('checkpoints (5.13.1)', () => {
  it('stand in the state from the block after them, with the set that votes on them', () => {
    const network = four();
    network.blocksTo(4);
    expect(findCheckpoint(network.state, 1)).toBeUndefined();
    network.block();
    const { id: block } = network.checkpoint(1);
    expect(findCheckpoint(network.state, 1)).toEqual({ block, id: 0, previous: undefined, justified: false });
    expect(findCheckpoint(network.state, 0)).toMatchObject({ justified: true });
  });

  it('below the final one are forgotten, a few with each block', () => {
    const network = four();
    network.blocksTo(121);
    network.block([], network.votes(0, 29));
    network.block([], network.votes(29, 30));
    expect(viewOf(network.state, network.height + 1).finalised.epoch).toBe(29);
    const left = () => Array.from({ length: 31 }, (_, epoch) => epoch).filter((e) => findCheckpoint(network.state, e));
    expect(left().length).toBe(31);
    network.block();
    expect(left()[0]).toBe(8);
    network.blocksTo(network.height + 4);
    expect(left()[0]).toBe(29);
  });
});

describe("a block's certificate (5.13.6)", () => {
  it('justifies its target, and finalises its source when the epochs follow each other', () => {
    const network = four();
    network.blocksTo(7);
    network.block([], network.votes(0, 1));
    expect(finalityRow(network.state)).toMatchObject({ justified: { epoch: 1 }, finalised: { epoch: 0 } });
    network.blocksTo(15);
    network.block([], network.votes(1, 3));
    expect(finalityRow(network.state)).toMatchObject({ justified: { epoch: 3 }, finalised: { epoch: 0 } });
    network.block();
    network.block([], network.votes(3, 4));
    const view = viewOf(network.state, network.height + 1);
    expect(view.finalised).toEqual(network.checkpoint(3));
    expect(view.justified).toEqual(network.checkpoint(4));
  });

  it('may finalise what is justified already, and must show something new', () => {
    const network = four();
    network.blocksTo(11);
    network.block([], network.votes(0, 1));
    network.block([], network.votes(0, 2));
    expect(problem(network, network.votes(0, 2))).toBe('nothing-new');
    expect(problem(network, network.votes(1, 2))).toBe('valid');
    network.block([], network.votes(1, 2));
    expect(finalityRow(network.state).finalised.epoch).toBe(1);
    expect(problem(network, network.votes(1, 2))).toBe('nothing-new');
  });

  it('is invalid below the quorum, with a stranger, another set, or one bad signature', () => {
    const network = four();
    network.blocksTo(7);
    expect(
      problem(
        network,
        network.votes(0, 1, (clinic) => clinic < 3),
      ),
    ).toBe('quorum');
    expect(
      problem(
        network,
        network.votes(0, 1, (clinic) => clinic < 4),
      ),
    ).toBe('valid');
    const good = decodeCertificate(network.votes(0, 1));
    if (good.type !== 'votes') throw new Error('votes');
    const [first, ...others] = good.votes;
    const altered = (votes: typeof good.votes, link = good.link) => encodeCertificate({ ...good, link, votes });
    expect(problem(network, altered([...good.votes, { ...first, clinic: 5 }]))).toBe('quorum');
    expect(problem(network, altered([{ ...first, signature: new Uint8Array(64) }, ...others]))).toBe('signature');
    expect(problem(network, altered(good.votes, { ...good.link, set: 1 }))).toBe('quorum');
  });

  it('is invalid from a source that is not justified here, and for checkpoints of another branch', () => {
    const network = four();
    network.blocksTo(11);
    expect(problem(network, network.votes(1, 2))).toBe('source');
    const good = decodeCertificate(network.votes(0, 2)) as Extract<Certificate, { type: 'votes' }>;
    const foreign = { epoch: 2, id: new Uint8Array(32) };
    expect(problem(network, encodeCertificate({ ...good, link: { ...good.link, target: foreign } }))).toBe(
      'checkpoint',
    );
    network.runTo(20);
    expect(problem(network, encodeCertificate(good))).toBe('old');
  });

  it('does not count a suspended vote key', () => {
    const network = four();
    network.blocksTo(9);
    const double = [network.vote(4, network.link(0, 1)), network.vote(4, { ...network.link(0, 1), set: 9 })] as const;
    network.block([network.evidence(double, 1)]);
    network.settle();
    network.blocksTo(network.height + 8 - (network.height % 4));
    network.block();
    const target = network.height / 4 - 0.25;
    const { justified } = finalityRow(network.state);
    const two = (clinic: number) => clinic < 3;
    expect(problem(network, network.votes(justified.epoch, target, two))).toBe('quorum');
    expect(problem(network, network.votes(justified.epoch, target))).toBe('valid');
  });

  it('counts its signatures as units of the block', () => {
    const network = four();
    network.blocksTo(7);
    const one = (kind: number) => network.dated({ kind, author: byClinic(1), version: 1 });
    // 588 x (10 + 330) + 4 x (10 + 10) is the whole budget
    const full = [...Array(588).fill(one(MEMBERS_PROPOSE)), ...Array(4).fill(one(MEMBERS_APPROVE))];
    expect(network.try(full).outcomes.length).toBe(592);
    expect(() => network.try(full, network.votes(0, 1))).toThrow(expect.objectContaining({ code: 'block.units' }));
    expect(network.try(full.slice(1), network.votes(0, 1)).outcomes.length).toBe(591);
  });
});

describe('the checkpoint file (5.13.9)', () => {
  it('stands for a certificate when more than two thirds of the governance keys sign it', () => {
    const network = four();
    network.blocksTo(13);
    expect(problem(network, file(network, 2, [1, 2]))).toBe('quorum');
    expect(problem(network, file(network, 2, [1, 2, 3], 1))).toBe('quorum');
    network.block([], file(network, 2, [1, 2, 3]));
    expect(finalityRow(network.state)).toMatchObject({ justified: { epoch: 2 }, finalised: { epoch: 2 } });
    expect(problem(network, file(network, 2, [1, 2, 3]))).toBe('old');
  });

  it('counts organisations where genesis does', () => {
    const network = new TestNetwork(genesisOf([1, 1, 2, 3], 'organisation'));
    network.blocksTo(9);
    expect(problem(network, file(network, 1, [1, 3, 4]))).toBe('quorum');
    expect(problem(network, file(network, 1, [1, 2, 3, 4]))).toBe('valid');
  });

  it('lets a change bite without the set that is lost', () => {
    const network = four();
    const removal = { type: 'remove-organisation', organisation: 1 } as const;
    expect(network.decide(removal, [3, 4])).toBe('applied');
    network.blocksTo(9);
    // clinics 1 and 2 are gone for good: no quorum of votes, but one of governance by those who signed
    network.block([], file(network, 2, [1, 2, 3]));
    const { ripe } = finalityRow(network.state);
    expect(ripe).toEqual({ count: 1, bites: 20, waived: true });
    network.blocksTo(20);
    expect(setRow(network.state)).toEqual({ id: 1, previous: undefined, since: 20 });
    network.blocksTo(24);
    network.block([], network.votes(2, 5));
    expect(finalityRow(network.state).justified.epoch).toBe(5);
  });
});

describe('an approved change (7.1.2)', () => {
  it('bites at the first checkpoint two epochs after the certificate that makes it final, and not before', () => {
    const network = four();
    expect(network.decide(admit('e', 2), [1, 2, 3])).toBe('applied');
    expect(network.height).toBe(1);
    network.blocksTo(7);
    network.block([], network.votes(0, 1));
    network.blocksTo(11);
    network.block([], network.votes(1, 2));
    expect(finalityRow(network.state)).toMatchObject({ finalised: { epoch: 1 }, ripe: { count: 1, bites: 20 } });
    network.blocksTo(19);
    expect(network.members.id).toBe(1);
    expect(setRow(network.state).id).toBe(0);
    expect(setForBlock(network.state, 19).id).toBe(0);
    expect(network.state.get(clinicKey(5))).toBeUndefined();
    const { events } = network.block();
    expect(setRow(network.state)).toEqual({ id: 1, previous: 0, since: 20 });
    expect(decodeClinicRow(5, network.state.get(clinicKey(5))!)).toEqual(network.members.clinic(5));
    expect(events).toContainEqual(expect.objectContaining({ family: 'members', type: 'set' }));
  });

  it('is final only when approved below the final checkpoint', () => {
    const network = four();
    network.blocksTo(3);
    expect(network.decide(admit('e', 2), [1, 2, 3])).toBe('applied');
    network.blocksTo(7);
    network.block([], network.votes(0, 1));
    network.blocksTo(11);
    network.block([], network.votes(1, 2));
    expect(finalityRow(network.state)).toMatchObject({ finalised: { epoch: 1 }, ripe: undefined });
    network.blocksTo(15);
    network.block([], network.votes(2, 3));
    expect(finalityRow(network.state).ripe?.count).toBe(1);
  });

  it('needs the quorum of the old and of the new set until a checkpoint of the new one is final', () => {
    const network = new TestNetwork(genesisOf([1]));
    for (const name of ['b', 'c', 'd']) expect(network.say(network.propose(admit(name, 1), 1))).toBe('applied');
    network.runTo(16);
    const { ripe } = finalityRow(network.state);
    expect(ripe?.count).toBe(3);
    network.runTo(ripe!.bites + 1);
    expect(setRow(network.state)).toMatchObject({ id: 3, previous: 0 });
    const target = ripe!.bites / 4;
    const { justified } = finalityRow(network.state);
    expect(
      problem(
        network,
        network.votes(justified.epoch, target, (clinic) => clinic === 1),
      ),
    ).toBe('quorum');
    expect(
      problem(
        network,
        network.votes(justified.epoch, target, (clinic) => clinic !== 1),
      ),
    ).toBe('quorum');
    expect(
      problem(
        network,
        network.votes(justified.epoch, target, (clinic) => clinic !== 4),
      ),
    ).toBe('valid');
    // another change waits for the end of the transition
    network.block([network.propose(update(1, { name: 'Next' }), 1)]);
    const changed = network.propose(update(2, { name: 'Two' }), 1);
    network.block([changed, ...[2, 3].map((by) => network.approve(changed, update(2, { name: 'Two' }), by))]);
    expect(changeCount(network.state)).toBe(4);
    network.block([], network.votes(justified.epoch, target));
    expect(setRow(network.state).previous).toBe(0);
    network.runTo(4 * (target + 1) + 4);
    expect(finalityRow(network.state).finalised.epoch).toBeGreaterThanOrEqual(target);
    expect(setRow(network.state).previous).toBeUndefined();
    network.settle();
    expect(network.members.clinic(2)?.name).toBe('Two');
  });

  it('does not become ripe by a checkpoint of the old set while the transition lasts', () => {
    const network = new TestNetwork(genesisOf([1]));
    network.block([network.propose(admit('b', 1), 1)]);
    network.runTo(13);
    expect(finalityRow(network.state).ripe).toEqual({ count: 1, bites: 20, waived: false });
    network.block([network.propose(admit('c', 1), 1)]);
    network.runTo(23);
    expect(finalityRow(network.state)).toMatchObject({ finalised: { epoch: 4 }, ripe: undefined });
    expect(setRow(network.state)).toMatchObject({ id: 1, previous: 0 });
    network.runTo(27);
    expect(setRow(network.state)).toMatchObject({ id: 1, previous: undefined });
    expect(finalityRow(network.state)).toMatchObject({ finalised: { epoch: 5 }, ripe: { count: 2, bites: 36 } });
  });

  it('of a vote key counts the new key, for both sets', () => {
    const network = new TestNetwork(genesisOf([1]));
    const old = network.genesis.clinics[0].voteKey;
    expect(network.say(network.propose(update(1, { voteKey: keyOf('rotated') }), 1))).toBe('applied');
    network.runTo(16);
    const bites = finalityRow(network.state).ripe!.bites;
    network.runTo(bites + 1);
    const { justified } = finalityRow(network.state);
    const link = network.link(justified.epoch, bites / 4);
    const by = (key: Uint8Array) => encodeCertificate({ type: 'votes', link, votes: [network.vote(1, link, key)] });
    expect(problem(network, by(old))).toBe('signature');
    expect(problem(network, by(keyOf('rotated')))).toBe('valid');
  });

  it('makes a block invalid that names another set', () => {
    const network = four();
    expect(() => network.try([], EMPTY_BYTES, 1)).toThrow(expect.objectContaining({ code: 'block.member-set' }));
    expect(() => network.try([], EMPTY_BYTES, 0)).not.toThrow();
  });
});
