import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../common/bytes.ts';
import {
  decodeElement,
  decodeScalar,
  interpolateElements,
  publicOf,
  type Scalar,
  times,
} from '../../common/crypto/group.ts';
import { oprfBlind, oprfFinalize } from '../../common/crypto/oprf.ts';
import type { Purpose } from '../../consensus/ledger/ceremony/purpose.ts';
import { SWITCH_BLOCKS } from '../../node/ceremony/chain-shares.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import { secretOf } from './clinics.ts';
import { TestCeremonies } from './drivers.ts';

const FOUR = [1, 1, 2, 3];

function sharesOf(all: TestCeremonies, purpose: Purpose, generation: number): Map<number, Scalar> {
  const held = all.clinics.flatMap(({ number, shares }) => {
    const own = shares.own(purpose, generation);
    return own === undefined ? [] : [[number, decodeScalar(own)] as const];
  });
  return new Map(held);
}

async function made(all: TestCeremonies, purpose: Purpose, generation = 1): Promise<Map<number, Scalar>> {
  await all.rounds(() => all.row(purpose)?.made === generation);
  await all.round();
  return sharesOf(all, purpose, generation);
}

const publicBytes = (secret: Scalar) => toHex(publicOf(secret).toBytes());

test('four clinics make a key of three shares in four blocks, and each holds its own', async () => {
  const all = new TestCeremonies(FOUR);
  await all.begin('emergency', 'generate');
  const from = all.network.height;
  const shares = await made(all, 'emergency');
  expect(all.network.height - from).toBeLessThanOrEqual(4);
  expect([...shares.keys()]).toEqual([1, 2, 3, 4]);
  const key = all.clinic(1).shares.current('emergency')!;
  expect(key).toMatchObject({ generation: 1, threshold: 3, origin: 3 });
  expect(toHex(key.publicKey)).toBe(publicBytes(secretOf(shares, [1, 2, 4])));
  for (const { clinic, index, verificationShare } of key.holders) {
    expect(index).toBe(clinic);
    expect(toHex(verificationShare)).toBe(publicBytes(shares.get(clinic)!));
  }
});

describe('the key of genesis', () => {
  test('becomes shares of the same key; the whole one is destroyed once that is final and everybody saw it', async () => {
    const all = new TestCeremonies(FOUR);
    all.open = 6;
    await all.clinic(1).shares.follow();
    expect(all.clinic(1).shares.current('identifier')).toMatchObject({ generation: 0, threshold: 1 });
    await all.begin('identifier', 'reshare');
    const shares = await made(all, 'identifier');
    expect(publicBytes(secretOf(shares, [2, 3, 4]))).toBe(toHex(all.network.genesis.identifierKey));
    // another branch might still win: until then the key is what it was
    expect(all.clinic(2).shares.current('identifier')).toMatchObject({ generation: 0 });
    for (let i = 0; i < all.open; i++) await all.round();
    expect(all.clinic(2).shares.current('identifier')).toMatchObject({ generation: 1, threshold: 3, origin: 1 });
    expect(all.clinic(2).shares.own('identifier', 0)).toBeDefined();
    // A branch took over that has the same blocks, but not yet the certificate: the key of before is not in force again.
    all.open += 3;
    await all.clinic(2).shares.follow();
    expect(all.clinic(2).shares.current('identifier')).toMatchObject({ generation: 1 });
    all.open -= 3;
    for (let i = 0; i < SWITCH_BLOCKS; i++) await all.round();
    for (const { shares: own, contents } of all.clinics) {
      expect(own.own('identifier', 0)).toBeUndefined();
      expect(contents.shared?.identifierKey).toBeUndefined();
      expect(contents).toMatchObject({ dealings: [], shares: [{ generation: 1 }] });
    }
  });

  test('gives way to another only while no patient is registered: else nobody takes part', async () => {
    const all = new TestCeremonies(FOUR);
    all.patients = true;
    await all.begin('identifier', 'generate');
    await all.rounds(() => all.row('identifier')?.step === 'failed');
    expect(all.row('identifier')).toMatchObject({ made: 0 });
    expect(all.row('identifier')?.parts.every(({ committed }) => !committed)).toBe(true);
  });
});

test('a clinic that is killed in the middle goes on from its keystore and the chain', async () => {
  const all = new TestCeremonies(FOUR);
  await all.begin('emergency', 'generate');
  await all.round();
  expect(all.row('emergency')?.step).toBe('deal');
  await all.clinic(2).kill();
  await all.round();
  all.clinic(2).start();
  await all.round();
  // and again when it has its share, before anybody knows
  await all.clinic(2).driver?.look();
  await all.clinic(2).kill();
  all.clinic(2).start();
  const shares = await made(all, 'emergency');
  expect([...shares.keys()]).toEqual([1, 2, 3, 4]);
  expect(secretOf(shares, [1, 2, 3])).toBe(secretOf(shares, [2, 3, 4]));
});

test('who gives a wrong share and then shows the right one has lied in vain; the share is known from the chain', async () => {
  const all = new TestCeremonies(FOUR);
  all.lies = (dealer, asker) => dealer === 4 && asker === 1;
  await all.begin('emergency', 'generate');
  const shares = await made(all, 'emergency');
  expect(all.row('emergency')).toMatchObject({ attempt: 1 });
  expect([...shares.keys()]).toEqual([1, 2, 3, 4]);
  expect(secretOf(shares, [1, 2, 3])).toBe(secretOf(shares, [1, 2, 4]));
});

test('who gives wrong shares and shows wrong ones is blamed, and the key is made without it', async () => {
  const all = new TestCeremonies(FOUR);
  await all.begin('emergency', 'generate');
  await all.round();
  // it committed to one polynomial and deals another
  const liar = all.clinic(4);
  liar.contents = {
    ...liar.contents,
    dealings: liar.contents.dealings.map((one) => ({ ...one, seed: new Uint8Array(32) })),
  };
  const shares = await made(all, 'emergency');
  const row = all.row('emergency')!;
  expect(row.attempt).toBe(2);
  expect(['wrong-share', 'many-complaints-against']).toContain(row.parts[3].blame);
  expect([...shares.keys()]).toEqual([1, 2, 3]);
  expect(
    all
      .clinic(1)
      .shares.current('emergency')
      ?.holders.map(({ clinic }) => clinic),
  ).toEqual([1, 2, 3]);
});

test('a clinic that is away holds no share, and comes to one when the key is reshared', async () => {
  const all = new TestCeremonies(FOUR);
  await all.clinic(3).kill();
  await all.begin('emergency', 'generate');
  const first = await made(all, 'emergency');
  expect([...first.keys()]).toEqual([1, 2, 4]);
  const secret = secretOf(first, [1, 2, 4]);
  all.clinic(3).start();
  for (let i = 0; i < 5; i++) await all.round();
  await all.begin('emergency', 'reshare', 2);
  const second = await made(all, 'emergency', 2);
  expect([...second.keys()]).toEqual([1, 2, 3, 4]);
  expect(secretOf(second, [2, 3, 4])).toBe(secret);
});

test('property 2: patient id determinism: 3 of 5 shares become 4 of 7 with two clinics more, and evaluate as before', async () => {
  const all = new TestCeremonies([1, 2, 3, 4, 5]);
  await all.begin('identifier', 'generate');
  const old = await made(all, 'identifier');
  const before = all.clinic(1).shares.current('identifier')!;
  expect(before).toMatchObject({ threshold: 3, origin: 3 });
  for (const number of [6, 7]) all.admit(number);
  for (let i = 0; i < SWITCH_BLOCKS; i++) await all.round();
  await all.begin('identifier', 'reshare', 2);
  const fresh = await made(all, 'identifier', 2);
  const after = all.clinic(7).shares.current('identifier')!;
  expect(after).toMatchObject({ generation: 2, threshold: 4, origin: 3, publicKey: before.publicKey });
  expect([...fresh.keys()]).toEqual([1, 2, 3, 4, 5, 6, 7]);
  const input = new TextEncoder().encode('wardmesh/pid/1|US|ssn|078051120');
  const { blind, blinded } = oprfBlind(input);
  const element = decodeElement(blinded).point;
  const identifierBy = (shares: ReadonlyMap<number, Scalar>, clinics: readonly number[]) => {
    const parts = clinics.map((index) => ({ index, point: times(element, shares.get(index)!) }));
    return toHex(oprfFinalize(input, blind, interpolateElements(parts).toBytes()));
  };
  const identifier = identifierBy(old, [1, 3, 5]);
  for (const four of [
    [1, 2, 3, 4],
    [2, 5, 6, 7],
  ]) {
    expect(identifierBy(fresh, four)).toBe(identifier);
  }
  expect(identifierBy(fresh, [5, 6, 7])).not.toBe(identifier);
  expect(identifierBy(new Map([...fresh, [1, old.get(1)!]]), [1, 5, 6, 7])).not.toBe(identifier);
});

test('a share is given to the clinic that is to hold it, and to nobody else', async () => {
  const all = new TestCeremonies(FOUR);
  await all.begin('emergency', 'generate');
  await all.round();
  const { ceremony, attempt } = all.row('emergency')!;
  const ask = (from: string, run = attempt) =>
    all.handlers.get(1)!(from, Uint8Array.from([2, ...ceremony, run]))
      [Symbol.asyncIterator]()
      .next();
  await expect(ask('a stranger')).rejects.toMatchObject({ code: 'p2p.unavailable' });
  const member = peerIdOf(all.network.members.clinic(2)!.nodeKey);
  await expect(ask(member, 2)).rejects.toMatchObject({ code: 'p2p.unavailable' });
  const { value } = await ask(member);
  expect(value).toHaveLength(80);
});

test('whatever one clinic of four does, no honest one is left out, and the key is made with all who are honest', async () => {
  // what the liar does to each of the others: gives good shares, altered ones, or none
  const conduct = fc.constantFrom('good', 'altered', 'none');
  const scene = fc.record({
    given: fc.tuple(conduct, conduct, conduct),
    another: fc.boolean(),
    accuses: fc.option(fc.integer({ min: 2, max: 4 }), { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(scene, async ({ given, another, accuses }) => {
      const all = new TestCeremonies(FOUR);
      await all.begin('emergency', 'generate');
      await all.round();
      const liar = all.clinic(1);
      const { dealings } = liar.contents;
      if (another)
        liar.contents = { ...liar.contents, dealings: dealings.map((one) => ({ ...one, seed: new Uint8Array(32) })) };
      all.lies = (dealer, asker) => dealer === 1 && given[asker - 2] === 'altered';
      all.silent = (dealer, asker) => dealer === 1 && given[asker - 2] === 'none';
      if (accuses !== undefined) all.accuse(1, accuses);
      const shares = await made(all, 'emergency');
      const row = all.row('emergency')!;
      expect(row.parts.filter(({ blame }) => blame !== undefined).every(({ clinic }) => clinic === 1)).toBe(true);
      for (const honest of [2, 3, 4]) expect(shares.has(honest)).toBe(true);
      const key = all.clinic(2).shares.current('emergency')!;
      expect(publicBytes(secretOf(shares, [2, 3, 4]))).toBe(toHex(key.publicKey));
      expect(key.threshold).toBe(3);
    }),
    { numRuns: 4 },
  );
});
