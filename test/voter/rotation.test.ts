// Another vote key for a clinic, in a network of whole nodes in virtual time: after a suspension, and beside a thief.
import { describe, expect, it } from 'vitest';
import { EPOCH_BLOCKS } from '../../consensus/limits.ts';
import { publicKeyOf } from '../../node/keystore/rotation.ts';
import type { SimClinic } from '../../node/simulation/nodes/clinic.ts';
import { SimNetwork } from '../../node/simulation/nodes/sim-network.ts';
import { decide } from './governance.ts';

const LONG = 200 * 30_000;

describe('a clinic whose vote key is in the hands of a thief', { timeout: 60_000 }, () => {
  it('loses its vote by evidence, votes again with a new key, and is not blamed for what the old one signs', async () => {
    const net = new SimNetwork({ clinics: 4, seed: 51, lies: (clinic) => (clinic === 4 ? ['two-votes'] : []) });
    const robbed = net.clinic(4);
    const seed = new Uint8Array(32).fill(77);
    robbed.spares.push({ role: 'vote', state: 'next', since: 0, seed });
    await net.start();
    const suspended = ({ core }: SimClinic): boolean => core.members.current.record(4)?.voteSuspended === true;
    await net.pass(LONG, () => net.clinics.every(suspended));
    expect(net.clinics.every(suspended)).toBe(true);
    expect(robbed.core.voting.voter.state).toBe('none');

    const change = { type: 'update', clinic: 4, fields: { voteKey: publicKeyOf('vote', seed) } } as const;
    await decide(net, change, net.clinics.slice(0, 3));
    await net.pass(LONG, () => net.clinics.every((clinic) => !suspended(clinic)));
    expect(net.clinics.every((clinic) => !suspended(clinic))).toBe(true);
    expect(robbed.core.voting.voter.state).toBe('voting');
    await net.pass(LONG, () => net.clinics.every(({ core }) => core.chain.view.set.previous === undefined));
    // Three of four are needed now, and one of the others is gone: without its votes nothing would be final.
    net.clinic(3).crash();
    const before = net.clinic(1).core.voting.finality.finalised.epoch;
    const height = net.clinic(1).height;
    expect(await net.reach(height + 6 * EPOCH_BLOCKS, LONG)).toBe(true);
    expect(net.clinic(1).core.voting.finality.finalised.epoch).toBeGreaterThan(before + 2);
    expect(suspended(net.clinic(1))).toBe(false);
    expect(net.violations).toEqual([]);
  });
});
