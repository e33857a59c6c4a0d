import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { CodecError } from '../../../common/codec/errors.ts';
import { ProofError } from '../../../consensus/proofs/errors.ts';
import { encodeLightChain, type LightState, verifyLightChain } from '../../../consensus/proofs/light-chain.ts';
import { decodeLightStep, encodeLightStep, type LightStep } from '../../../consensus/proofs/light-step.ts';
import { admit, encodeSteps, voteKey, WORLD_GENESIS, World } from './world.ts';

const follow = (steps: readonly LightStep[]): Promise<LightState> =>
  verifyLightChain(WORLD_GENESIS, encodeLightChain(encodeSteps(steps)));

async function codeOf(run: Promise<unknown>): Promise<string> {
  try {
    await run;
  } catch (error) {
    if (error instanceof ProofError || error instanceof CodecError) return error.code;
    throw error;
  }
  return 'accepted';
}

/** Clinic 5 comes (change 1), then all rotate their vote keys (changes 2 to 6), each in its own transition. */
async function movedWorld(): Promise<World> {
  const world = new World();
  await world.grow(5);
  await world.add({ approve: [admit(5)] });
  await world.grow(19);
  // Final with epoch 2, so in force from 20 on.
  await world.add({ set: 1 });
  await world.grow(25);
  await world.add({
    approve: [1, 2, 3, 4, 5].map((clinic) => ({
      type: 'update',
      clinic,
      fields: { voteKey: voteKey(clinic, 1) },
    })),
  });
  await world.grow(43);
  await world.add({ set: 6 });
  await world.grow(60);
  return world;
}

describe('a light chain', () => {
  let world: World;
  let honest: LightStep[];
  const rotated = [1, 2, 3, 4, 5].map((clinic) => [clinic, 1] as const);
  const only = (n: number) => ({ current: world.setAt(n), previous: undefined });
  const joint = (n: number, before: number) => ({ current: world.setAt(n), previous: world.setAt(before) });

  beforeAll(async () => {
    world = await movedWorld();
    honest = [
      world.step(2, world.certificate(2, only(0)), 1, 1),
      world.step(5, world.certificate(5, joint(1, 0))),
      world.step(8, world.certificate(8, only(1)), 2, 6),
      world.step(11, world.certificate(11, joint(6, 1), rotated)),
      world.step(13, world.certificate(13, only(6), rotated)),
    ];
  });

  test('ends with the founders while nothing is final', async () => {
    const state = await follow([]);
    expect(state).toMatchObject({ epoch: 0, current: { id: 0 }, previous: undefined });
  });

  test('leads from the founders to the members of today through every change of them', async () => {
    const state = await follow(honest);
    expect(state.current.id).toBe(6);
    expect(state.current.clinics.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
    expect(state.current.clinic(3)?.voteKey).toEqual(voteKey(3, 1));
    expect(state.previous).toBeUndefined();
    expect(state.header).toEqual(world.headers[52]);
    expect(state.id).toEqual(world.idAt(52));
  });

  test('stays in the transition until a header of the new set is final', async () => {
    const [first] = honest;
    const state = await follow([first, world.step(4, world.certificate(4, joint(1, 0)))]);
    expect(state).toMatchObject({ current: { id: 1 }, previous: { id: 0 } });
  });

  test('needs the quorum of the set before as well in a transition', async () => {
    const five = [2, 3, 4, 5].map((clinic) => [clinic, 0] as const);
    expect(await codeOf(follow([honest[0], world.step(5, world.certificate(5, joint(1, 0), five))]))).toBe('accepted');
    const few = [1, 2, 5].map((clinic) => [clinic, 0] as const);
    expect(await codeOf(follow([honest[0], world.step(5, world.certificate(5, joint(1, 0), few))]))).toBe(
      'proof.quorum',
    );
    // All five sign with the new keys: enough of the new set, and of the old one only where its keys are named anew.
    const alone = [...honest.slice(0, 3), world.step(11, world.certificate(11, only(6), rotated.slice(0, 3)))];
    expect(await codeOf(follow(alone))).toBe('proof.quorum');
  });

  test('believes in no set whose changes were not final before', async () => {
    expect(await codeOf(follow([world.step(5, world.certificate(5, joint(1, 0)), 1, 1)]))).toBe('proof.set');
    expect(await codeOf(follow([honest[0], honest[1], honest[3]]))).toBe('proof.set');
    expect(await codeOf(follow([honest[0], honest[3]]))).toBe('proof.set');
    // Set 3 has a part of the changes that became final at once: it never came into force.
    const part = world.step(11, world.certificate(11, joint(3, 1), rotated));
    expect(await codeOf(follow([...honest.slice(0, 3), part]))).toBe('proof.set');
  });

  test('leaves out no change, invents none and hides none', async () => {
    expect(await codeOf(follow([...honest.slice(0, 2), world.step(8, honest[2].certificate, 3, 6)]))).toBe(
      'proof.change',
    );
    const [first] = honest;
    const forged = {
      ...first,
      changes: [{ ...first.changes[0], value: first.changes[0].value.slice().fill(9, 40, 72) }],
    };
    expect(await codeOf(follow([forged]))).toBe('proof.change');
    // The state after block 7 has a change: no proof says that there is none.
    expect(await codeOf(follow([world.step(2, first.certificate, 1, 0, true)]))).toBe('proof.change');
    expect(await codeOf(follow([world.step(2, first.certificate, 1, 2)]))).toBe('proof.change');
  });

  test('takes two thirds for no majority, a wrong signature for none, and each clinic once', async () => {
    const three = [1, 2, 3].map((clinic) => [clinic, 0] as const);
    expect(await codeOf(follow([world.step(2, world.certificate(2, only(0), three))]))).toBe('accepted');
    expect(await codeOf(follow([world.step(2, world.certificate(2, only(0), three.slice(1)))]))).toBe('proof.quorum');
    const wrong = [...three.slice(1), [4, 1] as const];
    expect(await codeOf(follow([world.step(2, world.certificate(2, only(0), wrong))]))).toBe('proof.signature');
    const stranger = [...three, [7, 0] as const];
    expect(await codeOf(follow([world.step(2, world.certificate(2, only(0), stranger))]))).toBe('proof.quorum');
  });

  test('goes by links to the very next epoch, of headers that they name, upwards', async () => {
    const three = world.certificate(3, only(0));
    expect(await codeOf(follow([world.step(2, three)]))).toBe('proof.checkpoint');
    expect(await codeOf(follow([{ ...world.step(2, honest[0].certificate), header: world.headers[9] }]))).toBe(
      'proof.checkpoint',
    );
    const two = world.step(2, honest[0].certificate);
    expect(await codeOf(follow([world.step(3, three), two]))).toBe('proof.checkpoint');
    expect(await codeOf(follow([two, two]))).toBe('proof.checkpoint');
  });

  test('goes on by a checkpoint file where votes can never come, and the set that it made ripe stands alone', async () => {
    const file = world.governanceCertificate(8, only(1).current, [1, 2, 3, 4]);
    const [first, second] = honest;
    const step = world.step(8, file, 2, 6);
    const alone = world.step(11, world.certificate(11, only(6), rotated));
    const state = await follow([first, second, step, alone]);
    expect(state).toMatchObject({ current: { id: 6 }, previous: undefined });
    // Three of the five governance keys are too few, and foreign ones none.
    const few = world.governanceCertificate(8, only(1).current, [1, 2, 3]);
    expect(await codeOf(follow([first, second, world.step(8, few)]))).toBe('proof.quorum');
    const wrong = world.governanceCertificate(8, only(1).current, [1, 2, 3, 4], 1);
    expect(await codeOf(follow([first, second, world.step(8, wrong)]))).toBe('proof.signature');
    // Without the proof that there are no more changes the set before keeps its say.
    const open = world.step(8, file, 2, 6, false);
    expect(await codeOf(follow([first, second, open, alone]))).toBe('proof.set');
    // A set that never was in force has no governance.
    const never = world.governanceCertificate(8, world.setAt(3), [1, 2, 3, 4]);
    expect(await codeOf(follow([first, second, world.step(8, never)]))).toBe('proof.set');
  });

  test('gives the set before its say where votes made the changes ripe, whatever a checkpoint file shows later', async () => {
    const [first, second, votes] = honest;
    const file = world.step(9, world.governanceCertificate(9, only(1).current, [1, 2, 3, 4]), 7, 6, true);
    const later = world.step(10, world.certificate(10, joint(6, 1), rotated));
    const state = await follow([first, second, votes, file, later]);
    expect(state).toMatchObject({ current: { id: 6 }, previous: { id: 1 } });
    // Nor does a file for a checkpoint under the old set end the transition.
    const four = world.governanceCertificate(4, only(1).current, [1, 2, 3, 4]);
    expect(await follow([first, world.step(4, four)])).toMatchObject({ current: { id: 1 }, previous: { id: 0 } });
  });

  test('is refused with any bit changed anywhere', async () => {
    const bytes = encodeLightChain(encodeSteps(honest));
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (at, bit) => {
        const forged = bytes.slice();
        forged[at] ^= 1 << bit;
        expect(await codeOf(verifyLightChain(WORLD_GENESIS, forged))).not.toBe('accepted');
      }),
      { numRuns: 150 },
    );
  });

  test('of another network is refused', async () => {
    const other = { ...WORLD_GENESIS, network: 'other' };
    const bytes = encodeLightChain(encodeSteps(honest));
    expect(await codeOf(verifyLightChain(other, bytes))).toBe('proof.signature');
  });

  test('has steps with one encoding, and its decoder takes any bytes', () => {
    const samples = honest.map(encodeLightStep);
    for (const [i, bytes] of samples.entries()) expect(decodeLightStep(bytes)).toEqual(honest[i]);
    fc.assert(
      fc.property(fc.nat(samples.length - 1), fc.nat(), fc.nat(255), fc.nat(3), (which, at, value, cut) => {
        const bytes = samples[which].slice(0, samples[which].length - (cut === 0 ? at % 50 : 0));
        bytes[at % bytes.length] = value;
        let step: LightStep;
        try {
          step = decodeLightStep(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
          return;
        }
        expect(encodeLightStep(step)).toEqual(bytes);
      }),
      { numRuns: 500 },
    );
  });
});
