// A network of whole nodes that grows by governance and shrinks again, in virtual time: finality goes on after each change.
import { describe, expect, it } from 'vitest';
import { EPOCH_BLOCKS } from '../../consensus/limits.ts';
import { founderOf, newClinicSecrets } from '../../node/genesis/founding.ts';
import type { SimClinic } from '../../node/simulation/nodes/clinic.ts';
import { SimNetwork } from '../../node/simulation/nodes/sim-network.ts';
import { decide } from './governance.ts';

/** Far more than a change takes. */
const LONG = 100 * 30_000;

/** Lets time pass until it holds; false when it takes too long. */
async function comes(net: SimNetwork, done: () => boolean): Promise<boolean> {
  if (!done()) await net.pass(LONG, done);
  return done();
}

const finalHeight = ({ core }: SimClinic): number => core.chain.view.finalised.epoch * EPOCH_BLOCKS;

/** The set of so many is in force everywhere. */
function hasSize(net: SimNetwork, size: number, at: readonly SimClinic[] = net.live): Promise<boolean> {
  return comes(net, () => at.every(({ core }) => core.members.current.size === size));
}

/** The transition is over, and everybody makes final what the new set signs alone. */
async function goesOn(net: SimNetwork, at: readonly SimClinic[] = net.live): Promise<boolean> {
  const since = Math.max(...at.map(({ height }) => height)) + EPOCH_BLOCKS;
  return comes(net, () =>
    at.every((clinic) => finalHeight(clinic) >= since && clinic.core.chain.view.set.previous === undefined),
  );
}

describe('a network of whole nodes', { timeout: 120_000 }, () => {
  it('grows from one clinic to four and shrinks back to one, and makes blocks final after each change', async () => {
    const net = new SimNetwork({ clinics: 1, seed: 8 });
    await net.start();
    for (let size = 2; size <= 4; size++) {
      const members = net.clinics.slice();
      const newcomer = net.add(newClinicSecrets((length) => net.random.bytes(length)));
      const name = `Clinic ${size}`;
      const { organisation, ...clinic } = founderOf(newcomer.seeds, {
        ...{ organisation: size === 3 ? 'Branches' : name, name, addresses: [], networks: [] },
      });
      await decide(net, { type: 'admit', organisation, clinic }, members);
      expect(await hasSize(net, size)).toBe(true);
      await newcomer.start();
      expect(await goesOn(net)).toBe(true);
      expect(newcomer.core.voting.voter.state).toBe('voting');
    }
    for (let size = 3; size >= 1; size--) {
      const last = net.clinic(size + 1);
      const others = net.live.filter((clinic) => clinic !== last);
      if (size > 1) await decide(net, { type: 'remove-clinic', clinic: last.number }, others);
      else await decide(net, { type: 'leave', clinic: last.number }, [last]);
      expect(await hasSize(net, size, others)).toBe(true);
      expect(await goesOn(net, others), `down to ${size}`).toBe(true);
      last.crash();
    }
    expect(net.clinic(1).core.members.current.clinics.map(({ number }) => number)).toEqual([1]);
    expect(net.violations).toEqual([]);
  });
});
