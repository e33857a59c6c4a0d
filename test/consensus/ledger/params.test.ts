import { describe, expect, it } from 'vitest';
import { FEATURES, FeatureError } from '../../../consensus/features.ts';
import { PARAMS_APPROVE, PARAMS_PROPOSE, PARAMS_REHEARSE } from '../../../consensus/ledger/kinds.ts';
import { objectId } from '../../../consensus/ledger/objects.ts';
import { encodeActivation } from '../../../consensus/ledger/params/apply.ts';
import { activationsOf, isActive, MAX_ACTIVATIONS } from '../../../consensus/ledger/params/rows.ts';
import type { Statement } from '../../../consensus/ledger/types.ts';
import { byClinic, salt } from './fixture.ts';
import { genesisOf, TestNetwork } from './network.ts';

const REHEARSAL = FEATURES.rehearsal;
const UNKNOWN = 999;

const propose = (network: TestNetwork, feature: number, height: number, by = 1): Statement =>
  network.proposal(PARAMS_PROPOSE, encodeActivation({ feature, height }), by);

function rehearse(network: TestNetwork): Statement {
  const author = byClinic(1);
  const object = objectId(PARAMS_REHEARSE, author, salt('rehearsal'));
  return network.dated({ kind: PARAMS_REHEARSE, author, object, version: 1, payload: salt('rehearsal') });
}

describe('a feature (7.2)', () => {
  it('is activated by more than two thirds, from its height on', () => {
    const network = new TestNetwork(genesisOf([1, 1, 2, 3]));
    const content = encodeActivation({ feature: REHEARSAL, height: 20 });
    const proposed = network.proposal(PARAMS_PROPOSE, content, 1);
    network.block([proposed, network.approval(PARAMS_APPROVE, proposed, content, 2)]);
    expect(activationsOf(network.state)).toEqual([]);
    expect(network.say(network.approval(PARAMS_APPROVE, proposed, content, 3))).toBe('applied');
    expect(activationsOf(network.state)).toEqual([{ feature: REHEARSAL, height: 20 }]);
    network.blocksTo(18);
    expect(network.say(rehearse(network))).toBe('unknown-kind');
    expect(network.height).toBe(19);
    expect(network.say(rehearse(network))).toBe('applied');
    expect(isActive(network.state, REHEARSAL, 19)).toBe(false);
    expect(isActive(network.state, REHEARSAL, 20)).toBe(true);
  });

  it('that this version does not know stops the node at its height, by name, and is no fault of the block', () => {
    const network = new TestNetwork(genesisOf([1]));
    expect(network.say(propose(network, UNKNOWN, 12))).toBe('applied');
    network.blocksTo(11);
    expect(() => network.block()).toThrow(FeatureError);
    expect(() => network.block()).toThrow(
      expect.objectContaining({
        code: 'feature.unknown',
        type: { code: 'feature.unknown', feature: UNKNOWN, height: 12 },
      }),
    );
    network.features = new Set([UNKNOWN]);
    network.blocksTo(14);
    // an older version that is started again stops at any later block as well
    network.features = new Set([REHEARSAL]);
    expect(() => network.block()).toThrow(FeatureError);
  });

  it('is activated once, in good time, and not too far ahead', () => {
    const network = new TestNetwork(genesisOf([1]));
    expect(network.ask(propose(network, REHEARSAL, 8))).toBe('feature-height');
    expect(network.ask(propose(network, REHEARSAL, 9))).toBe('applied');
    expect(network.ask(propose(network, REHEARSAL, 1_000_000))).toBe('feature-height');
    expect(network.say(propose(network, REHEARSAL, 30))).toBe('applied');
    expect(network.ask(propose(network, REHEARSAL, 60))).toBe('feature-known');
  });

  it('leaves no row that grows without end', () => {
    const network = new TestNetwork(genesisOf([1]));
    network.features = new Set(Array.from({ length: 100 }, (_, feature) => feature));
    for (let feature = 1; feature <= MAX_ACTIVATIONS; feature++) {
      expect(network.say(propose(network, feature, network.height + 10))).toBe('applied');
    }
    expect(network.say(propose(network, MAX_ACTIVATIONS + 1, network.height + 10))).toBe('feature-known');
  });

  it('is no change of the members: neither approval does for the other', () => {
    const network = new TestNetwork(genesisOf([1, 2]));
    const content = encodeActivation({ feature: REHEARSAL, height: 30 });
    const proposed = network.proposal(PARAMS_PROPOSE, content, 1);
    network.block([proposed]);
    expect(network.say(network.approval(0x0102, proposed, content, 2))).toBe('unknown-object');
    expect(network.say(network.approval(PARAMS_APPROVE, proposed, content, 2))).toBe('applied');
  });
});
