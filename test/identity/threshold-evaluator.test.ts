import { describe, expect, it } from 'vitest';
import { toHex } from '../../common/bytes.ts';
import { oprfBlind, oprfKeyPair } from '../../common/crypto/oprf.ts';
import { combinePartials, type IndexedElements, PartialBatch, verifyPartial } from '../../identity/patient/partials.ts';
import { PatientIdentifiers } from '../../identity/patient/patient-identifiers.ts';
import { handleOf } from '../../identity/patient/pid.ts';
import {
  type EvaluationKey,
  type EvaluationRequest,
  type PartialAnswer,
  type ShareOwner,
  ThresholdEvaluator,
} from '../../identity/patient/threshold-evaluator.ts';
import { type DealtShare, dealShares } from '../helpers/deal-shares.ts';
import { localEvaluator } from '../helpers/local-evaluator.ts';

const CHEAP = { N: 2, r: 1, p: 1 };
const { secretKey, publicKey } = oprfKeyPair(new Uint8Array(32).fill(4));
const ssn = { country: 'US', type: 'ssn', number: '523-45-6789' };
const UNAVAILABLE: PartialAnswer = { type: 'unavailable' };

type Behaviour = (shares: Generation, holder: ShareOwner, request: EvaluationRequest) => Promise<PartialAnswer>;

interface Generation {
  readonly key: EvaluationKey;
  readonly dealt: readonly DealtShare[];
}

function generation(number: number, threshold: number, clinics: readonly number[]): Generation {
  const dealt = dealShares(secretKey, threshold, clinics);
  const holders = dealt.map((one, at) => ({ clinic: clinics[at], ...one }));
  return { key: { generation: number, publicKey, threshold, holders }, dealt };
}

const honest: Behaviour = async ({ dealt }, { index }, { blinded }) => {
  const batch = new PartialBatch(dealt.find((one) => one.index === index)!.share);
  return { type: 'evaluated', evaluated: await batch.add(blinded), proof: batch.prove() };
};

/** Answers as the holder before it would. */
const liar: Behaviour = (shares, holder, request) =>
  honest(shares, { ...holder, index: shares.dealt.find(({ index }) => index !== holder.index)!.index }, request);

const quota =
  (until: number): Behaviour =>
  async () => ({ type: 'quota', until });
const gone: Behaviour = async () => UNAVAILABLE;

/** Clinic 1, as the others behave: honest where nothing is said. */
function clinic(generations: readonly Generation[], others: Readonly<Record<number, Behaviour>> = {}) {
  const asked: number[] = [];
  const wrong: number[] = [];
  const evaluator = new ThresholdEvaluator(
    { clinic: 1, use: 'identifier' },
    {
      keys: () => generations.map(({ key }) => key),
      own: (number) => {
        const found = generations.find(({ key }) => key.generation === number)!;
        const at = found.key.holders.findIndex((holder) => holder.clinic === 1);
        return found.dealt[at]?.share;
      },
      ask: (holder, request) => {
        asked.push(holder.clinic);
        const shares = generations.find(({ key }) => key.generation === request.generation)!;
        return (others[holder.clinic] ?? honest)(shares, holder, request);
      },
      inOrder: (holders) => holders,
      onWrong: (holder) => wrong.push(holder.clinic),
    },
  );
  const identifiers = new PatientIdentifiers({ scrypt: CHEAP }, { evaluator });
  return { asked, wrong, evaluator, pid: () => identifiers.pidOf(ssn) };
}

const expected = () => new PatientIdentifiers({ scrypt: CHEAP }, { evaluator: localEvaluator(secretKey) }).pidOf(ssn);

describe('evaluation by a threshold of clinics', () => {
  it('property 2: patient id determinism: one number gives one identifier with any clinics of the threshold, before and after a resharing', async () => {
    const pid = await expected();
    const first = generation(1, 3, [1, 2, 3, 4]);
    for (const away of [2, 3, 4]) {
      const { pid: found, asked } = clinic([first], { [away]: gone });
      expect(await found()).toBe(pid);
      expect(asked.length).toBeLessThanOrEqual(3);
    }
    // Clinic 1 left the holders, others came: it asks for as many as are needed.
    const reshared = generation(2, 4, [2, 3, 5, 6, 7]);
    const after = clinic([reshared]);
    expect(await after.pid()).toBe(pid);
    expect(after.asked).toEqual([2, 3, 5, 6]);
    expect(clinic([generation(0, 1, [1])]).evaluator.mode).toBe('single-key');
    expect(after.evaluator.mode).toBe('threshold');
  });

  it('uses the generation before while others have not seen the switch', async () => {
    const [before, after] = [generation(1, 2, [1, 2, 3]), generation(2, 3, [1, 2, 3])];
    const late: Behaviour = (shares, holder, request) =>
      request.generation === 2 ? gone(shares, holder, request) : honest(shares, holder, request);
    expect(await clinic([after, before], { 2: late, 3: late }).pid()).toBe(await expected());
  });

  it('blames a wrong part and takes another in its place', async () => {
    const shares = generation(1, 3, [1, 2, 3, 4]);
    const found = clinic([shares], { 2: liar });
    expect(await found.pid()).toBe(await expected());
    expect(found.wrong).toEqual([2]);
    const short: Behaviour = async (...args) => {
      const answer = await honest(...args);
      return answer.type === 'evaluated' ? { ...answer, evaluated: [] } : answer;
    };
    const garbage: Behaviour = async (_, __, { blinded }) => ({
      type: 'evaluated',
      evaluated: blinded.map(() => new Uint8Array(32).fill(255)),
      proof: new Uint8Array(64),
    });
    const two = clinic([shares], { 2: short, 3: garbage });
    await expect(two.pid()).rejects.toMatchObject({ code: 'identifier.unreachable' });
    expect(two.wrong.sort()).toEqual([2, 3]);
  });

  it('says how many are missing, or until when those who are there give no more', async () => {
    const shares = generation(1, 3, [1, 2, 3, 4]);
    await expect(clinic([shares], { 2: gone, 3: gone }).pid()).rejects.toMatchObject({
      type: { code: 'identifier.unreachable', reached: 2, needed: 3 },
    });
    await expect(clinic([shares], { 2: quota(500), 3: quota(900), 4: quota(700) }).pid()).rejects.toMatchObject({
      type: { code: 'identifier.quota', until: 700 },
    });
    await expect(clinic([shares], { 3: quota(900), 4: gone }).pid()).rejects.toMatchObject({
      type: { code: 'identifier.quota', until: 900 },
    });
    await expect(clinic([]).pid()).rejects.toMatchObject({ code: 'identifier.no-key' });
  });

  it('does not use a share of its own that the chain does not name', async () => {
    const shares = generation(1, 2, [1, 2, 3]);
    const other = dealShares(oprfKeyPair(new Uint8Array(32).fill(5)).secretKey, 2, [1, 2, 3]);
    const found = clinic([{ ...shares, dealt: [other[0], ...shares.dealt.slice(1)] }]);
    expect(await found.pid()).toBe(await expected());
    expect(found.asked).toEqual([2, 3]);
  });
});

describe('a batch in parts', () => {
  it('has one proof, the same however it is parted, which finds every change', async () => {
    const [{ share, verificationShare }] = dealShares(secretKey, 2, [1, 2]);
    const blinded = Array.from({ length: 40 }, (_, i) => oprfBlind(Uint8Array.of(i)).blinded);
    const batch = new PartialBatch(share);
    const evaluated = [...(await batch.add(blinded.slice(0, 35))), ...(await batch.add(blinded.slice(35)))];
    const proof = batch.prove();
    expect(await verifyPartial(verificationShare, blinded, { evaluated, proof })).toBe(true);
    const swapped = [...evaluated.slice(0, 38), evaluated[39], evaluated[38]];
    expect(await verifyPartial(verificationShare, blinded, { evaluated: swapped, proof })).toBe(false);
    const cut = { evaluated: evaluated.slice(1), proof };
    expect(await verifyPartial(verificationShare, blinded, cut)).toBe(false);
    expect(await verifyPartial(verificationShare, blinded.slice(1), cut)).toBe(false);
    const short = { evaluated, proof: proof.subarray(1) };
    expect(await verifyPartial(verificationShare, blinded, short)).toBe(false);
  });
});

describe('what clinics below the threshold can do together', () => {
  /** Everything that a guess can be tested against: what the parts that they have make of it. */
  async function search(shares: readonly DealtShare[], numbers: readonly string[], handle: Uint8Array) {
    for (const number of numbers) {
      const evaluator = {
        mode: 'coalition',
        key: publicKey,
        evaluate: async (blinded: readonly Uint8Array[]) => {
          const parts = await Promise.all(
            shares.map(async ({ index, share }): Promise<IndexedElements> => {
              return { index, evaluated: await new PartialBatch(share).add(blinded) };
            }),
          );
          return combinePartials(parts);
        },
      };
      const identifiers = new PatientIdentifiers({ scrypt: CHEAP }, { evaluator });
      const pid = await identifiers.pidOf({ ...ssn, number });
      if (toHex(handleOf(pid)) === toHex(handle)) return number;
    }
    return undefined;
  }

  it('property 5: privacy preservation: no number can be tested with the shares of one clinic less than the threshold, nor with mixed generations', async () => {
    const handle = handleOf(await expected());
    const before = dealShares(secretKey, 3, [1, 2, 3, 4]);
    const after = dealShares(secretKey, 3, [1, 2, 3, 4]);
    const guesses = ['523456788', '523456789'];
    for (const pair of [
      [0, 1],
      [1, 3],
    ]) {
      expect(
        await search(
          pair.map((at) => before[at]),
          guesses,
          handle,
        ),
      ).toBeUndefined();
    }
    expect(await search([before[2]], guesses, handle)).toBeUndefined();
    // Two of before and one of after are three shares of no one polynomial.
    expect(await search([before[0], before[1], after[2]], guesses, handle)).toBeUndefined();
    // The search itself is right: as many as the threshold find the number.
    expect(await search(before.slice(1), guesses, handle)).toBe('523456789');
  });
});
