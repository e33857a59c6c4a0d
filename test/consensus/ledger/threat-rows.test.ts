// How many reports of an organisation the state holds, and that blocks take them away faster than they come (PROTOCOL 7.10.8
// to 7.10.10). Clinics 1 and 2 are organisation 1, clinic 3 is 2, clinic 4 is 3.
import { describe, expect, it } from 'vitest';
import { MAX_CLINICS } from '../../../consensus/ledger/members/check-change.ts';
import { threatOrganisationKey } from '../../../consensus/ledger/tables.ts';
import { findThreat } from '../../../consensus/ledger/threats/apply.ts';
import { LEAST_EXTENSION, MAX_ACTIVE, MAX_ROWS_ALL } from '../../../consensus/ledger/threats/trust/bounds.ts';
import { SWEPT_REPORTS } from '../../../consensus/ledger/threats/trust/expiry.ts';
import { encodeTrust, findTrust, newTrust } from '../../../consensus/ledger/threats/trust/organisation-row.ts';
import { mostRows } from '../../../consensus/ledger/threats/trust/quota.ts';
import { PRODUCTION } from '../../../consensus/params.ts';
import { named, START, T, TestLedger } from './fixture.ts';
import { said } from './refusals.ts';
import { DAY, extend, report, reportOf, revoke } from './threat-statements.ts';

const standingOf = (ledger: TestLedger, clinic: number, name: string) =>
  findThreat(ledger.state, reportOf(clinic, name))?.standing;

describe('rows of reports', () => {
  const withRows = (rows: number): TestLedger => {
    const ledger = new TestLedger();
    ledger.state.write([[threatOrganisationKey(1), encodeTrust({ ...newTrust(START), rows })]]);
    return ledger;
  };

  it('are so many of one organisation, whatever they count for, and each that goes makes room (7.10.8)', () => {
    const ledger = withRows(mostRows(3, 'manual') - 2);
    const manual = (name: string, clinic = 1) =>
      report(
        clinic,
        name,
        { mode: 'manual', tag: named(name, 16), expires: ledger.time + DAY },
        { issued: ledger.time },
      );
    expect(said(ledger.apply(1, manual('a')))).toBe('applied');
    expect(said(ledger.apply(1, manual('e')))).toBe('applied');
    expect(said(ledger.apply(1, manual('b')))).toBe('threat-rows');
    expect(said(ledger.apply(2, manual('b', 2)))).toBe('threat-rows');
    expect(said(ledger.apply(3, report(3, 'other', { tag: named('o', 16) })))).toBe('applied');
    // taking one back makes none: its row stays for as long as it could be said again
    expect(said(ledger.apply(1, revoke(1, reportOf(1, 'a'), 1, 'resolved')))).toBe('applied');
    expect(said(ledger.apply(1, manual('c')))).toBe('threat-rows');
    ledger.wait(DAY + 600_000);
    ledger.block([]);
    expect(said(ledger.apply(1, manual('d')))).toBe('applied');
    expect(findTrust(ledger.state, 1)!.rows).toBe(mostRows(3, 'manual') - 1);
  });

  it('leave an eighth of the room to reports by hand, whatever machines of the organisation fill', () => {
    for (const organisations of [1, 3, 100, MAX_CLINICS]) {
      expect(mostRows(organisations, 'automatic')).toBeLessThan(mostRows(organisations, 'manual'));
    }
    expect(mostRows(3, 'automatic')).toBe(7_000);
    const ledger = withRows(7_000 - 1);
    // what is only advice elsewhere is a row like any other
    ledger.apply(3, report(3, 'first'));
    expect(said(ledger.apply(1, report(1, 'copy', { severity: 5 })))).toBe('applied');
    expect(standingOf(ledger, 1, 'copy')).toBe('copied');
    expect(said(ledger.apply(1, report(1, 'more', { tag: named('m', 16) })))).toBe('threat-rows');
    expect(said(ledger.apply(2, report(2, 'more', { tag: named('m', 16) })))).toBe('threat-rows');
    expect(said(ledger.apply(1, report(1, 'hand', { mode: 'manual', tag: named('h', 16) })))).toBe('applied');
    expect(standingOf(ledger, 1, 'hand')).toBe('full');
    expect(said(ledger.apply(3, report(3, 'other', { tag: named('o', 16) })))).toBe('applied');
  });

  it('of all organisations are taken away faster than they can be added, in a network of any size', () => {
    const perBlock = SWEPT_REPORTS;
    for (let organisations = 1; organisations <= MAX_CLINICS; organisations++) {
      const rows = organisations * mostRows(organisations, 'manual');
      expect(rows).toBeLessThanOrEqual(MAX_ROWS_ALL);
      // an organisation at its quotas of a day is not stopped by it while the network takes that many in force
      if (organisations <= 30) expect(mostRows(organisations, 'manual')).toBeGreaterThanOrEqual(MAX_ACTIVE);
      // All over at once: gone within five hours of blocks of 30 s, and within the day that the design gives.
      expect((rows / perBlock) * PRODUCTION.blockInterval).toBeLessThan(5 * 3_600_000);
      // All extended again and again by the least that an extension adds: at most half of what blocks look at.
      expect(rows * 2).toBeLessThanOrEqual((LEAST_EXTENSION / PRODUCTION.blockInterval) * perBlock);
    }
  });

  it('that are flooded never outgrow the sweep: nothing is late by more than what stands there', () => {
    const ledger = withRows(mostRows(3, 'automatic') - 400);
    let made = 0;
    let refused = 0;
    for (let round = 0; round < 4; round++) {
      const statements = Array.from({ length: 180 }, () =>
        report(1, `f${made}`, { tag: named(`f${made++}`, 16), expires: ledger.time + 2 * T }, { issued: ledger.time }),
      );
      const sends = [0, 60, 120].map((at) => ({ clinic: 1, statements: statements.slice(at, at + 60) }));
      const { outcomes } = ledger.block(sends);
      refused += outcomes.flat().filter((one) => said(one) === 'threat-rows').length;
      expect(findTrust(ledger.state, 1)!.rows).toBeLessThanOrEqual(mostRows(3, 'automatic'));
      ledger.wait(120_000);
    }
    expect(refused).toBeGreaterThan(0);
    ledger.wait(1_200_000);
    for (let i = 0; i < Math.ceil(400 / SWEPT_REPORTS); i++) ledger.block([]);
    expect(findTrust(ledger.state, 1)!.rows).toBe(mostRows(3, 'automatic') - 400);
  });

  it('are extended by twelve hours at least', () => {
    const ledger = new TestLedger();
    const R = reportOf(1, 'r');
    ledger.apply(1, report(1, 'r', { mode: 'manual' }));
    expect(said(ledger.apply(1, extend(1, R, 2, START + DAY + LEAST_EXTENSION - 1)))).toBe('threat-expiry');
    expect(said(ledger.apply(1, extend(1, R, 2, START + DAY + LEAST_EXTENSION)))).toBe('applied');
  });
});
