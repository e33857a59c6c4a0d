// How an organisation whose sharing was stopped begins anew, and what that costs whoever stopped it (PROTOCOL 7.10.12). In
// the test ledger clinics 1 and 2 are organisation 1, clinic 3 is 2, clinic 4 is 3; in networks each clinic is its own.
import { describe, expect, it } from 'vitest';
import { threatOrganisationKey } from '../../../consensus/ledger/tables.ts';
import { findThreat } from '../../../consensus/ledger/threats/apply.ts';
import { encodeTrust, findTrust, newTrust } from '../../../consensus/ledger/threats/trust/organisation-row.ts';
import { isMuted, reputationOf, rolled } from '../../../consensus/ledger/threats/trust/reputation.ts';
import { named, START, T, TestLedger } from './fixture.ts';
import { genesisOf, TestNetwork } from './network.ts';
import { said } from './refusals.ts';
import { DAY, dispute, reinstate, report, reportOf } from './threat-statements.ts';

describe('threats.reinstate', () => {
  /** Organisations 1 and 2 stop the sharing of `victim` with three disputes each. */
  function stopped(organisations: readonly number[], victim: number): TestNetwork {
    const network = new TestNetwork(genesisOf(organisations));
    for (const name of ['a', 'b', 'c']) {
      network.say(network.dated(report(victim, name, { tag: named(name, 16), expires: START + DAY })));
      for (const liar of [1, 2]) {
        expect(network.say(network.dated(dispute(liar, reportOf(victim, name), 'never-block')))).toBe('applied');
      }
    }
    expect(findTrust(network.state, victim)).toMatchObject({ stopped: true });
    return network;
  }
  const say = (network: TestNetwork, by: number, about: number): string =>
    network.say(network.dated(reinstate(by, about)));

  it('by most of the others begins the sharing anew, and weighs on whoever stopped it (7.10.12)', () => {
    const network = stopped([1, 2, 3, 4, 5], 3);
    expect(reputationOf(findTrust(network.state, 3)!)).toBe(400);
    expect(say(network, 4, 3)).toBe('applied');
    expect(findTrust(network.state, 3)!.stopped).toBe(true);
    expect(say(network, 4, 3)).toBe('already-applied');
    // the two who stopped it cannot keep it stopped by saying nothing
    expect(say(network, 5, 3)).toBe('applied');
    const trust = findTrust(network.state, 3)!;
    expect(trust).toMatchObject({ stopped: false, right: 1_000, wrong: 1_000, hits: [], reinstating: [] });
    expect(say(network, 5, 3)).toBe('already-applied');
    network.say(network.dated(report(3, 'again', { tag: named('again', 16), expires: START + DAY })));
    expect(findThreat(network.state, reportOf(3, 'again'))?.standing).toBe('full');
    for (const liar of [1, 2]) {
      expect(findTrust(network.state, liar)).toMatchObject({ wrong: 10_000 });
      expect(reputationOf(findTrust(network.state, liar)!)).toBe(400);
      expect(isMuted(rolled(findTrust(network.state, liar)!, START + 3 * DAY))).toBe(true);
    }
  });

  it('is for others with a node key alone, and for whom it is stopped or muted', () => {
    const network = stopped([1, 2, 3, 4, 5], 3);
    expect(say(network, 3, 3)).toBe('authority');
    expect(say(network, 4, 9)).toBe('unknown-organisation');
    expect(say(network, 4, 5)).toBe('already-applied');
    const { object } = reinstate(4, 5);
    expect(network.say(network.dated(reinstate(4, 3, { object })))).toBe('object');
    expect(network.say(network.dated(reinstate(4, 3, { version: 2 })))).toBe('version');
    expect(network.say(network.dated(reinstate(4, 3, { payload: Uint8Array.of(1) })))).toBe('payload');
    const ledger = new TestLedger();
    expect(said(ledger.apply(3, reinstate(3, 1), 'gateway'))).toBe('authority');
  });

  it('needs everybody where those who stopped it leave fewer than two', () => {
    const network = stopped([1, 2, 3, 4], 3);
    expect([say(network, 4, 3), say(network, 2, 3)]).toEqual(['applied', 'applied']);
    expect(findTrust(network.state, 3)!.stopped).toBe(true);
    expect(say(network, 1, 3)).toBe('applied');
    expect(findTrust(network.state, 3)!.stopped).toBe(false);
  });

  it('forgets a word after thirty days, and one by who has left', () => {
    const ledger = new TestLedger();
    const muted = { ...newTrust(START), wrong: 4_000_000, opened: 0, stopped: true };
    const put = (reinstating: { organisation: number; at: number }[]) =>
      ledger.state.write([[threatOrganisationKey(1), encodeTrust({ ...muted, reinstating })]]);
    put([{ organisation: 2, at: ledger.time + T - 30 * DAY }]);
    expect(said(ledger.apply(4, reinstate(4, 1)))).toBe('applied');
    expect(findTrust(ledger.state, 1)!.stopped).toBe(true);
    put([{ organisation: 9, at: ledger.time }]);
    expect(said(ledger.apply(4, reinstate(4, 1)))).toBe('applied');
    expect(findTrust(ledger.state, 1)!.stopped).toBe(true);
    put([{ organisation: 2, at: ledger.time + 2 * T - 30 * DAY }]);
    expect(said(ledger.apply(4, reinstate(4, 1)))).toBe('applied');
    expect(findTrust(ledger.state, 1)!.stopped).toBe(false);
  });
});
