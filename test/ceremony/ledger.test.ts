import { describe, expect, test } from 'vitest';
import { bytesToBigInt, toHex } from '../../common/bytes.ts';
import { encodeScalar, lagrangeAtZero, multiply, publicOf, randomScalar } from '../../common/crypto/group.ts';
import { oprfBlind, oprfEvaluate, oprfFinalize, oprfPublicKey } from '../../common/crypto/oprf.ts';
import {
  ANSWER_BLOCKS,
  COMMIT_BLOCKS,
  DEAL_BLOCKS,
  holdersOf,
  REST_BLOCKS,
} from '../../consensus/ledger/ceremony/run.ts';
import { thresholdOf } from '../../consensus/ledger/ceremony/threshold.ts';
import { ceremonyCommitKey } from '../../consensus/ledger/tables.ts';
import { admit } from '../consensus/ledger/network.ts';
import { Ceremonies, GENESIS_KEY, ORDER, secretOf } from './clinics.ts';

const FOUR = [1, 1, 2, 3];
const publicBytes = (secret: bigint) => toHex(publicOf(secret).toBytes());

function begun(organisations: readonly number[], mode: 'generate' | 'reshare', purpose?: 'identifier' | 'emergency') {
  const all = new Ceremonies(organisations, purpose);
  expect(all.network.say(all.begin(1, mode, 1))).toBe('applied');
  return all;
}

describe('how many shares make a key', () => {
  const threshold = (organisations: readonly number[]) =>
    thresholdOf(organisations.map((organisation) => ({ organisation })));

  test('is the majority', () => {
    expect([1, 2, 3, 4, 5, 7].map((count) => threshold(Array.from({ length: count }, (_, n) => n)))).toEqual([
      1, 2, 2, 3, 3, 4,
    ]);
  });

  test('is one more than the largest organisation has, while two thirds of the clinics suffice for it', () => {
    expect(threshold([1, 1, 1, 1, 1, 2, 3, 4, 5])).toBe(6);
    expect(threshold([1, 1, 1, 1, 1, 1, 2, 3, 4])).toBe(5);
    expect(threshold(FOUR)).toBe(3);
  });
});

describe('a key that the members make', () => {
  test('3 of 4: any three shares make it, no two do, and nobody ever had it', () => {
    const all = begun(FOUR, 'generate', 'emergency');
    all.finish();
    const made = all.generation(1)!;
    expect(all.row).toMatchObject({ step: 'made', made: 1, threshold: 3 });
    expect(made).toMatchObject({ threshold: 3, origin: 3 });
    const secret = secretOf(all.shares, [1, 2, 3]);
    expect(toHex(made.publicKey)).toBe(publicBytes(secret));
    for (const three of [
      [1, 2, 4],
      [1, 3, 4],
      [2, 3, 4],
    ])
      expect(secretOf(all.shares, three)).toBe(secret);
    for (const two of [
      [1, 2],
      [3, 4],
    ])
      expect(secretOf(all.shares, two)).not.toBe(secret);
    expect(made.holders.map(({ clinic }) => clinic)).toEqual([1, 2, 3, 4]);
    for (const { clinic, verificationShare } of made.holders) {
      expect(toHex(verificationShare)).toBe(publicBytes(all.shares.get(clinic)!));
    }
  });

  test('needs no more than the threshold of clinics, and those who are away hold no share', () => {
    const all = begun(FOUR, 'generate', 'emergency');
    all.network.block([1, 2, 4].map((clinic) => all.commit(clinic)));
    expect(all.row.step).toBe('commit');
    all.network.blocksTo(all.row.since + COMMIT_BLOCKS + 1);
    expect(all.row.step).toBe('deal');
    const shares = new Map([1, 2, 4].map((clinic) => [clinic, all.shareOf(clinic)]));
    all.network.block([1, 2, 4].map((clinic) => all.result(clinic)));
    all.network.blocksTo(all.row.since + DEAL_BLOCKS + 1);
    expect(all.row.step).toBe('answer');
    all.network.blocksTo(all.row.since + ANSWER_BLOCKS + 1);
    const made = all.generation(1)!;
    expect(made.holders.map(({ clinic }) => clinic)).toEqual([1, 2, 4]);
    expect(toHex(made.publicKey)).toBe(publicBytes(secretOf(shares, [1, 2, 4])));
  });

  test('fails at the deadline when fewer than the threshold said what they deal', () => {
    const all = begun(FOUR, 'generate', 'emergency');
    all.network.block([1, 2].map((clinic) => all.commit(clinic)));
    all.network.blocksTo(all.row.since + COMMIT_BLOCKS);
    expect(all.row.step).toBe('commit');
    all.network.block();
    expect(all.row).toMatchObject({ step: 'failed', made: 0 });
    expect(all.network.state.get(ceremonyCommitKey(all.row.ceremony, 1))).toBeUndefined();
    expect(all.network.ask(all.begin(2, 'generate', 1))).toBe('ceremony-rest');
    all.network.blocksTo(all.row.since + REST_BLOCKS);
    expect(all.network.say(all.begin(2, 'generate', 1))).toBe('applied');
  });

  test('fails when fewer than the threshold have their share in time', () => {
    const all = begun(FOUR, 'generate', 'emergency');
    all.network.block([1, 2, 3, 4].map((clinic) => all.commit(clinic)));
    all.network.block([1, 2].map((clinic) => all.result(clinic)));
    all.network.blocksTo(all.row.since + DEAL_BLOCKS + ANSWER_BLOCKS + 3);
    expect(all.row.step).toBe('failed');
    expect(all.generation(1)).toBeUndefined();
  });
});

describe('new shares of the same key', () => {
  test('the key of genesis, whole with every member, becomes 3 of 4 with the same public key and evaluations', () => {
    const all = begun(FOUR, 'reshare');
    all.shares = new Map([1, 2, 3, 4].map((clinic) => [clinic, GENESIS_KEY]));
    all.finish();
    const made = all.generation(1)!;
    expect(made).toMatchObject({ threshold: 3, origin: 1, publicKey: all.network.genesis.identifierKey });
    expect(secretOf(all.shares, [2, 3, 4])).toBe(GENESIS_KEY);
    expect(secretOf(all.shares, [2, 3])).not.toBe(GENESIS_KEY);
  });

  test('3 of 5 become 4 of 7: the same key and evaluations, and old shares do not go with new ones', () => {
    const all = begun([1, 2, 3, 4, 5], 'generate');
    all.finish();
    const { network } = all;
    expect(all.generation(1)).toMatchObject({ threshold: 3 });
    const old = new Map(all.shares);
    const secret = secretOf(old, [1, 2, 3]);
    for (const name of ['six', 'seven']) {
      expect(network.decide(admit(name, `Organisation ${name}`), [1, 2, 3, 4])).toBe('applied');
    }
    network.settle();
    expect(network.members.size).toBe(7);
    expect(network.say(all.begin(7, 'reshare', 2))).toBe('applied');
    expect(all.row).toMatchObject({ threshold: 4, needed: 3 });
    expect(all.row.parts.filter(({ mayDeal }) => mayDeal).map(({ clinic }) => clinic)).toEqual([1, 2, 3, 4, 5]);
    all.finish();
    const made = all.generation(2)!;
    expect(made.publicKey).toEqual(all.generation(1)!.publicKey);
    expect(made).toMatchObject({ threshold: 4, origin: 3 });
    expect(made.holders).toHaveLength(7);
    expect(secretOf(all.shares, [2, 4, 6, 7])).toBe(secret);
    expect(secretOf(all.shares, [2, 4, 6])).not.toBe(secret);
    const mixed = new Map([...all.shares, [1, old.get(1)!]]);
    expect(secretOf(mixed, [1, 5, 6, 7])).not.toBe(secret);
    const element = oprfPublicKey(encodeScalar(randomScalar()));
    const whole = (clinics: number[]) => oprfEvaluate(encodeScalar(secretOf(all.shares, clinics)), element);
    expect(toHex(whole([1, 3, 5, 7]))).toBe(toHex(oprfEvaluate(encodeScalar(secretOf(old, [2, 3, 5])), element)));
  });

  test('nobody deals another secret than its share', () => {
    const all = begun(FOUR, 'generate', 'emergency');
    all.finish();
    all.network.blocksTo(all.network.height + REST_BLOCKS);
    expect(all.network.say(all.begin(1, 'reshare', 2))).toBe('applied');
    expect(all.network.ask(all.commit(1, randomScalar()))).toBe('ceremony-commitments');
    expect(all.network.say(all.commit(1))).toBe('applied');
  });
});

describe('a wrong share', () => {
  function dealing() {
    const all = begun(FOUR, 'generate', 'emergency');
    all.network.block([1, 2, 3, 4].map((clinic) => all.commit(clinic)));
    expect(all.row.step).toBe('deal');
    return all;
  }

  test('is complained about, shown and blamed, and the ceremony ends without the liar', () => {
    const all = dealing();
    const { network } = all;
    expect(network.say(all.complain(1, 4))).toBe('applied');
    expect(network.say(all.complain(1, 4))).toBe('exists');
    expect(network.ask(all.result(1))).toBe('ceremony-open');
    expect(network.say(all.answer(4, 1, (all.dealt(4, 1) + 1n) % ORDER))).toBe('applied');
    expect(all.row).toMatchObject({ step: 'commit', attempt: 2 });
    expect(all.row.parts[3]).toMatchObject({ blame: 'wrong-share', holds: false, mayDeal: false });
    expect(network.ask(all.commit(4))).toBe('ceremony-part');
    all.finish([1, 2, 3]);
    const made = all.generation(1)!;
    expect(made.holders.map(({ clinic }) => clinic)).toEqual([1, 2, 3]);
    expect(toHex(made.publicKey)).toBe(publicBytes(secretOf(all.shares, [1, 2, 3])));
  });

  test('that its dealer does not show in time is blamed on it too', () => {
    const all = dealing();
    all.network.say(all.complain(2, 3));
    all.network.block([1, 4].map((clinic) => all.result(clinic)));
    all.network.blocksTo(all.row.since + DEAL_BLOCKS + ANSWER_BLOCKS + 2);
    expect(all.row).toMatchObject({ step: 'commit', attempt: 2 });
    expect(all.row.parts[2].blame).toBe('no-answer');
    expect(holdersOf(all.row)).toEqual([1, 2, 4]);
  });

  test('that was right after all is known to its holder from the answer', () => {
    const all = dealing();
    all.network.say(all.complain(1, 4));
    expect(all.network.say(all.answer(4, 1))).toBe('applied');
    expect(all.network.say(all.result(1))).toBe('applied');
    all.network.block([2, 3, 4].map((clinic) => all.result(clinic)));
    expect(all.row.step).toBe('made');
  });

  test('a clinic that accuses more than a third of the dealers is left out itself, before its share is public', () => {
    const all = dealing();
    expect(all.network.say(all.complain(1, 4))).toBe('applied');
    expect(all.network.say(all.complain(1, 3))).toBe('applied');
    expect(all.row.parts[0]).toMatchObject({ blame: 'many-complaints-by', holds: false });
    expect(all.row.attempt).toBe(2);
  });

  test('ends the ceremony when the others are fewer than the threshold', () => {
    const all = begun([1, 2, 3], 'generate', 'emergency');
    all.network.block([1, 2, 3].map((clinic) => all.commit(clinic)));
    for (const [holder, dealer] of [
      [1, 3],
      [1, 2],
    ] as const) {
      if (all.row.step === 'commit') all.network.block([1, 2].map((clinic) => all.commit(clinic)));
      all.network.say(all.complain(holder, dealer));
      all.network.say(all.answer(dealer, holder, 1n));
    }
    expect(all.row).toMatchObject({ step: 'failed', made: 0 });
  });
});

test('refuses what is not the next generation, a second ceremony, other runs and steps, and proofs of others', () => {
  const all = begun(FOUR, 'generate');
  const { network } = all;
  expect(network.ask(all.begin(2, 'generate', 1))).toBe('ceremony-running');
  expect(network.ask(all.result(1))).toBe('ceremony-step');
  expect(network.ask(all.complain(1, 2))).toBe('ceremony-step');
  const good = all.commit(1);
  expect(network.ask({ ...good, author: { type: 'clinic', clinic: 2 } })).toBe('object');
  const stolen = all.commit(2);
  expect(network.ask({ ...stolen, payload: good.payload })).toBe('ceremony-commitments');
  expect(network.say(good)).toBe('applied');
  expect(network.say(good)).toBe('already-applied');
  network.block([2, 3, 4].map((clinic) => all.commit(clinic)));
  expect(network.ask(all.complain(1, 1))).toBe('ceremony-part');
  all.network.block([1, 2, 3, 4].map((clinic) => all.result(clinic)));
  expect(all.row.step).toBe('made');
  network.blocksTo(network.height + REST_BLOCKS);
  expect(network.ask(all.begin(1, 'generate', 2))).toBe('ceremony-generation');
  expect(network.ask(all.begin(1, 'reshare', 1))).toBe('ceremony-generation');
  expect(new Ceremonies(FOUR, 'emergency').network.ask(new Ceremonies(FOUR, 'emergency').begin(1, 'reshare', 1))).toBe(
    'ceremony-generation',
  );
});

test('two of three shares, with everything on the chain, make every identifier of a patient as likely as any other', () => {
  const all = begun(FOUR, 'generate');
  all.finish();
  const made = all.generation(1)!;
  const stolen = [1, 2].map((clinic) => ({ clinic, share: all.shares.get(clinic)! }));
  const input = new TextEncoder().encode('wardmesh/pid/1|US|ssn|078051120');
  const { blind, blinded } = oprfBlind(input);
  const outputOf = (secret: bigint) => toHex(oprfFinalize(input, blind, oprfEvaluate(encodeScalar(secret), blinded)));
  const truth = outputOf(secretOf(all.shares, [1, 2, 3]));
  // what they can combine: each share, every sum of the two that stands for a whole key, and what is public
  const tries = [
    ...stolen.map(({ share }) => share),
    secretOf(all.shares, [1, 2]),
    ...made.holders.map(({ verificationShare }) => bytesToBigInt(verificationShare) % ORDER),
    bytesToBigInt(made.publicKey) % ORDER,
  ];
  for (const secret of tries) expect(outputOf(secret)).not.toBe(truth);
  // for every key that one may guess there is a third share that goes with the two: they rule no guess out
  for (const guess of [1n, 12_345n, ORDER - 1n]) {
    const [one, two, three] = lagrangeAtZero([1, 2, 3]);
    const known = one * stolen[0].share + two * stolen[1].share;
    const third = multiply((((guess - known) % ORDER) + ORDER) % ORDER, inverse(three));
    expect(secretOf(new Map([...all.shares, [3, third]]), [1, 2, 3])).toBe(guess);
  }
});

function inverse(scalar: bigint): bigint {
  let result = 1n;
  let base = scalar % ORDER;
  for (let power = ORDER - 2n; power > 0n; power >>= 1n) {
    if (power & 1n) result = (result * base) % ORDER;
    base = (base * base) % ORDER;
  }
  return result;
}
