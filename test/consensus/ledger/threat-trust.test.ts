// Trust between organisations on the chain (PROTOCOL 7.10.6 to 7.10.11): what counts elsewhere, quotas, reputation,
// disputes, and what leaves the state. Clinics 1 and 2 are organisation 1, clinic 3 is 2, clinic 4 is 3.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePayload } from '../../../consensus/ledger/payload.ts';
import { findThreat } from '../../../consensus/ledger/threats/apply.ts';
import { encodeDispute, readDispute } from '../../../consensus/ledger/threats/dispute.ts';
import {
  AUTOMATIC_BURST,
  AUTOMATIC_PER_DAY,
  MANUAL_PER_DAY,
  MAX_ACTIVE,
  RANGES_PER_DAY,
} from '../../../consensus/ledger/threats/trust/bounds.ts';
import { findThreats } from '../../../consensus/ledger/threats/trust/network-row.ts';
import {
  decodeTrust,
  encodeTrust,
  findTrust,
  newTrust,
  type TrustRow,
} from '../../../consensus/ledger/threats/trust/organisation-row.ts';
import { takeReport } from '../../../consensus/ledger/threats/trust/quota.ts';
import { confirmed, mistaken, reputationOf, rolled } from '../../../consensus/ledger/threats/trust/reputation.ts';
import { decodeTag, encodeTag, findTag } from '../../../consensus/ledger/threats/trust/tag-row.ts';
import { weigh } from '../../../consensus/ledger/threats/trust/weigh.ts';
import { named, START, salt, TestLedger } from './fixture.ts';
import { said } from './refusals.ts';
import { DAY, dispute, extend, report, reportOf, revoke } from './threat-statements.ts';

const TAG = { keyEpoch: 1, tag: named('tag', 16) };
const standingOf = (ledger: TestLedger, clinic: number, name: string) =>
  findThreat(ledger.state, reportOf(clinic, name))?.standing;

/** Reports of one clinic with tags of their own, in one block each. */
function send(ledger: TestLedger, clinic: number, from: number, count: number, fields = {}): string[] {
  return Array.from({ length: count }, (_, i) => {
    const name = `n${from + i}`;
    const tag = named(`tag ${from + i}`, 16);
    const statement = report(clinic, name, { tag, expires: ledger.time + DAY, ...fields }, { issued: ledger.time });
    expect(said(ledger.apply(clinic, statement))).toBe('applied');
    return standingOf(ledger, clinic, name)!;
  });
}

describe('quotas', () => {
  it('make what is over them advice, for every branch of the organisation together (7.10.8)', () => {
    const ledger = new TestLedger();
    const manual = { mode: 'manual' };
    const standings = [...send(ledger, 1, 0, 15, manual), ...send(ledger, 2, 15, 10, manual)];
    expect(standings.filter((one) => one === 'full')).toHaveLength(MANUAL_PER_DAY);
    expect(standings.slice(MANUAL_PER_DAY)).toEqual(Array(5).fill('quota'));
    // another organisation is not touched by it
    expect(send(ledger, 3, 0, 1, manual)).toEqual(['full']);
    // the next day begins anew
    ledger.wait(DAY);
    expect(send(ledger, 1, 100, 1, manual)).toEqual(['full']);
  });

  it('let five ranges a day through', () => {
    const ledger = new TestLedger();
    const standings = send(ledger, 1, 0, 8, { prefix: 24 });
    expect(standings).toEqual([...Array(RANGES_PER_DAY).fill('full'), 'quota', 'quota', 'quota']);
  });

  it('let a burst of 60 automatic reports through, then one in two seconds, 500 a day', () => {
    let row: TrustRow | undefined = newTrust(START);
    let taken = 0;
    const use = { mode: 'automatic', isRange: false } as const;
    for (let next = takeReport(row, use, START); next !== undefined; next = takeReport(row, use, START)) {
      row = next;
      taken++;
    }
    expect(taken).toBe(AUTOMATIC_BURST);
    expect(takeReport(row, use, START + 1_999)).toBeUndefined();
    expect(takeReport(row, use, START + 2_000)).toBeDefined();
    for (let at = START + 2_000; at < START + DAY / 10; at += 2_000) {
      const next = takeReport(row, use, at);
      if (next === undefined) continue;
      row = next;
      taken++;
    }
    expect(taken).toBe(AUTOMATIC_PER_DAY);
  });

  it('hold the reports in force of one organisation and of all', () => {
    const now = START;
    const tag = { supporters: [], disputers: [], bars: [] };
    const payload = { ...decodeReport(), mode: 'automatic' as const };
    const full = { ...newTrust(now), active: MAX_ACTIVE };
    expect(weigh({ trust: full, tag, active: 0 }, 1, payload, now).standing).toBe('quota');
    expect(weigh({ trust: undefined, tag, active: 50_000 }, 1, payload, now).standing).toBe('quota');
    expect(weigh({ trust: undefined, tag, active: 49_999 }, 1, payload, now).standing).toBe('full');
  });
});

function decodeReport() {
  const base = {
    salt: salt('x'),
    keyEpoch: 1,
    tag: TAG.tag,
    category: 'scan',
    severity: 80,
    family: 4,
    prefix: 32,
  } as const;
  return { ...base, reported: START, expires: START + DAY } as const;
}

describe('reputation', () => {
  it('begins at a half, and moves by a tenth a day at most (7.10.7)', () => {
    const row = newTrust(START);
    expect(reputationOf(row)).toBe(500);
    let worse: TrustRow = row;
    for (let i = 0; i < 50; i++) worse = mistaken(worse, 3);
    expect(reputationOf(worse)).toBe(400);
    expect(reputationOf(rolled(worse, START + DAY))).toBe(300);
    expect(reputationOf(rolled(worse, START + 2 * DAY))).toBe(200);
    let better: TrustRow = row;
    for (let i = 0; i < 50; i++) better = confirmed(better);
    expect(reputationOf(better)).toBe(600);
  });

  it('forgets half in thirty days, and all in the end', () => {
    let row: TrustRow = newTrust(START);
    for (let i = 0; i < 100; i++) row = mistaken(row, 1);
    const later = rolled(row, START + 30 * DAY);
    expect(later.wrong / row.wrong).toBeCloseTo(0.5, 3);
    expect(reputationOf(rolled(row, START + 5_000 * DAY))).toBe(500);
  });

  it('stays within its bounds and never depends on how often it was looked at', () => {
    const step = fc.record({ days: fc.nat(40), what: fc.constantFrom('right', 'wrong', 'look') });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let now = START;
        let often: TrustRow = newTrust(now);
        let seldom: TrustRow = often;
        for (const { days, what } of steps) {
          for (let day = 0; day < days; day++) often = rolled(often, now + day * DAY);
          now += days * DAY;
          often = rolled(often, now);
          if (what === 'look') continue;
          seldom = rolled(seldom, now);
          const change = what === 'right' ? confirmed : (row: TrustRow) => mistaken(row, 1);
          [often, seldom] = [change(often), change(seldom)];
          expect(reputationOf(often)).toBeGreaterThanOrEqual(0);
          expect(reputationOf(often)).toBeLessThanOrEqual(1_000);
        }
        expect(often).toEqual(rolled(seldom, now));
        expect(decodeTrust(encodeTrust(often).slice())).toEqual(often);
      }),
    );
  });

  it('rises by what another organisation confirms within a day, once, and not by a branch', () => {
    const ledger = new TestLedger();
    ledger.apply(1, report(1, 'r'));
    ledger.apply(2, report(2, 's'));
    expect(reputationOf(findTrust(ledger.state, 1)!)).toBe(500);
    ledger.apply(3, report(3, 't'));
    expect(reputationOf(findTrust(ledger.state, 1)!)).toBe(600);
    const once = findTrust(ledger.state, 1)!.right;
    ledger.apply(4, report(4, 'u'));
    expect(findTrust(ledger.state, 1)!.right).toBe(once);
    expect(findTrust(ledger.state, 2)!.right).toBeGreaterThan(1_000);
  });

  it('falls by a mistake that is taken back, not by what has been dealt with', () => {
    const ledger = new TestLedger();
    ledger.apply(1, report(1, 'a'));
    ledger.apply(1, revoke(1, reportOf(1, 'a'), 1, 'resolved'));
    expect(reputationOf(findTrust(ledger.state, 1)!)).toBe(500);
    ledger.apply(1, report(1, 'b'));
    ledger.apply(1, revoke(1, reportOf(1, 'b'), 1, 'mistake'));
    expect(reputationOf(findTrust(ledger.state, 1)!)).toBe(400);
    ledger.apply(1, report(1, 'c'));
    expect(standingOf(ledger, 1, 'c')).toBe('low');
  });
});

describe('copies', () => {
  it('count only with evidence of their own when a machine says them within ten minutes (7.10.9)', () => {
    const ledger = new TestLedger();
    ledger.apply(1, report(1, 'first'));
    ledger.apply(3, report(3, 'copy', { severity: 55 }));
    expect(standingOf(ledger, 3, 'copy')).toBe('copied');
    expect(findTrust(ledger.state, 1)!.right).toBe(1_000);
    ledger.apply(3, report(3, 'own', { severity: 60 }));
    expect(standingOf(ledger, 3, 'own')).toBe('full');
    ledger.apply(4, report(4, 'hand', { severity: 5, mode: 'manual' }));
    expect(standingOf(ledger, 4, 'hand')).toBe('full');
  });

  it('are none after ten minutes, or of a branch', () => {
    const ledger = new TestLedger();
    ledger.apply(1, report(1, 'first'));
    ledger.apply(2, report(2, 'branch', { severity: 5 }));
    expect(standingOf(ledger, 2, 'branch')).toBe('full');
    ledger.wait(600_001);
    ledger.apply(3, report(3, 'later', { severity: 5 }));
    expect(standingOf(ledger, 3, 'later')).toBe('full');
  });
});

describe('threats.dispute', () => {
  const R = reportOf(1, 'r');
  const disputed = () => {
    const ledger = new TestLedger();
    ledger.apply(1, report(1, 'r'));
    return ledger;
  };

  it('by two organisations suspends the reports of a tag and bars their reporters for seven days (7.10.11)', () => {
    const ledger = disputed();
    expect(said(ledger.apply(3, dispute(3, R)))).toBe('applied');
    expect(findTag(ledger.state, TAG).bars).toEqual([]);
    const { events, outcomes } = ledger.block([{ clinic: 4, statements: [dispute(4, R)] }]);
    expect(said(outcomes[0][0])).toBe('applied');
    expect(events.filter(({ family }) => family === 'threats').map(({ type }) => type)).toEqual([
      'disputed',
      'suspended',
    ]);
    expect(findTag(ledger.state, TAG).bars).toEqual([{ organisation: 1, until: ledger.time + 7 * DAY }]);
    expect(reputationOf(findTrust(ledger.state, 1)!)).toBe(400);
    const again = (name: string) => report(1, name, { expires: ledger.time + DAY }, { issued: ledger.time });
    ledger.apply(1, again('again'));
    expect(standingOf(ledger, 1, 'again')).toBe('barred');
    ledger.wait(7 * DAY + 1);
    ledger.apply(1, again('after'));
    expect(standingOf(ledger, 1, 'after')).not.toBe('barred');
  });

  it('does not stop others who report the same, and needs two organisations, not two clinics', () => {
    const ledger = new TestLedger();
    ledger.apply(4, report(4, 'r'));
    const object = reportOf(4, 'r');
    expect(said(ledger.apply(1, dispute(1, object)))).toBe('applied');
    expect(said(ledger.apply(2, dispute(2, object)))).toBe('already-applied');
    expect(findTag(ledger.state, TAG).bars).toEqual([]);
    ledger.apply(3, dispute(3, object));
    expect(findTag(ledger.state, TAG).bars.map(({ organisation }) => organisation)).toEqual([3]);
  });

  it('refuses the reporter, whoever reports it too, unknown reports and reasons; says nothing twice', () => {
    const ledger = disputed();
    expect(said(ledger.apply(2, dispute(2, R)))).toBe('authority');
    expect(said(ledger.apply(3, dispute(3, named('x'))))).toBe('unknown-object');
    expect(said(ledger.apply(3, dispute(3, R, 'not-hostile', { payload: Uint8Array.of(9) })))).toBe('payload');
    expect(said(ledger.apply(3, dispute(3, R, 'not-hostile', { version: 2 })))).toBe('version');
    ledger.apply(3, report(3, 'too'));
    expect(said(ledger.apply(3, dispute(3, R)))).toBe('authority');
    ledger.apply(3, revoke(3, reportOf(3, 'too'), 1));
    expect(said(ledger.apply(3, dispute(3, R)))).toBe('applied');
    expect(said(ledger.apply(3, dispute(3, R)))).toBe('already-applied');
    ledger.apply(1, revoke(1, R, 1));
    expect(said(ledger.apply(4, dispute(4, R)))).toBe('already-applied');
  });

  it('bars extending what is suspended', () => {
    const ledger = new TestLedger();
    ledger.apply(1, report(1, 'r', { mode: 'manual' }));
    ledger.apply(3, dispute(3, R));
    ledger.apply(4, dispute(4, R));
    expect(said(ledger.apply(1, extend(1, R, 2, START + 2 * DAY)))).toBe('threat-barred');
  });

  it('for what nobody may block costs three times as much, and three in a day stop the sharing', () => {
    const ledger = new TestLedger();
    for (const name of ['a', 'b', 'c']) {
      ledger.apply(1, report(1, name, { tag: named(name, 16) }));
      ledger.apply(3, dispute(3, reportOf(1, name), 'never-block'));
      ledger.apply(4, dispute(4, reportOf(1, name), 'never-block'));
    }
    expect(findTrust(ledger.state, 1)).toMatchObject({ stopped: true, wrong: 10_000 });
    ledger.apply(1, report(1, 'd', { tag: named('d', 16) }));
    expect(standingOf(ledger, 1, 'd')).toBe('muted');
    // and its disputes do not count
    ledger.apply(3, report(3, 'honest', { tag: named('h', 16) }));
    expect(said(ledger.apply(1, dispute(1, reportOf(3, 'honest'))))).toBe('applied');
    expect(findTag(ledger.state, { keyEpoch: 1, tag: named('h', 16) }).disputers).toEqual([]);
  });

  it('loses nothing in payload and rows', () => {
    for (const reason of ['not-hostile', 'shared-address', 'never-block'] as const) {
      expect(decodePayload(encodeDispute(reason), readDispute)).toBe(reason);
    }
    const organisation = fc.nat(0xffff);
    const row = fc.record({
      supporters: fc.array(
        fc.record({ organisation, since: fc.maxSafeNat(), reports: fc.nat(99), credited: fc.boolean() }),
      ),
      disputers: fc.array(
        fc.record({
          organisation,
          reason: fc.constantFrom('not-hostile' as const, 'never-block' as const),
          at: fc.maxSafeNat(),
        }),
      ),
      bars: fc.array(fc.record({ organisation, until: fc.maxSafeNat() })),
    });
    fc.assert(
      fc.property(row, (value) => {
        expect(decodeTag(encodeTag(value).slice())).toEqual(value);
      }),
    );
  });
});

describe('what is over', () => {
  it('leaves no row behind, whatever was reported, extended, revoked and disputed (7.10.10)', () => {
    const what = fc.constantFrom('report', 'manual', 'extend', 'revoke', 'dispute');
    const step = fc.record({
      what,
      clinic: fc.constantFrom(1, 3, 4),
      about: fc.constantFrom(1, 3, 4),
      thing: fc.nat(2),
      wait: fc.constantFrom(0, 60_000, 3_600_000, DAY / 2),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const ledger = new TestLedger();
        const before = new Set(ledger.state.rows.keys());
        let made = 0;
        const latest = new Map<string, string>();
        for (const { what: kind, clinic, about, thing, wait } of steps) {
          ledger.wait(wait);
          const issued = ledger.time;
          const name = latest.get(`${about} ${thing}`);
          if (kind === 'report' || kind === 'manual') {
            const mode = kind === 'manual' ? kind : 'automatic';
            latest.set(`${clinic} ${thing}`, `made ${made}`);
            const fields = { mode, tag: named(`tag ${thing}`, 16), expires: issued + DAY } as const;
            ledger.apply(clinic, report(clinic, `made ${made++}`, fields, { issued }));
          } else if (name === undefined) continue;
          else if (kind === 'extend')
            ledger.apply(about, extend(about, reportOf(about, name), 2, issued + 3 * DAY, { issued }));
          else if (kind === 'revoke')
            ledger.apply(about, revoke(about, reportOf(about, name), 1, 'mistake', { issued }));
          else ledger.apply(clinic, dispute(clinic, reportOf(about, name), 'not-hostile', { issued }));
        }
        for (let i = 0; i < 60; i++) {
          ledger.wait(DAY / 3);
          ledger.block([]);
        }
        expect(findThreats(ledger.state)?.active ?? 0).toBe(0);
        for (const organisation of [1, 2, 3]) expect(findTrust(ledger.state, organisation)?.active ?? 0).toBe(0);
        const tables = [...ledger.state.rows.keys()].filter((key) => !before.has(key)).map((key) => key.slice(0, 2));
        expect(new Set(tables.filter((table) => ['a0', 'a2', 'a4'].includes(table)))).toEqual(new Set());
      }),
      { numRuns: 40 },
    );
  });

  it('goes in bounded steps, and counts against the quota until it is gone', () => {
    const ledger = new TestLedger();
    const statements = Array.from({ length: 600 }, (_, i) => report(1, `r${i}`, { tag: named(`t${i}`, 16) }));
    const sends = [];
    for (let i = 0; i < 600; i += 60) sends.push({ clinic: 1, statements: statements.slice(i, i + 60) });
    ledger.block(sends);
    expect(findThreats(ledger.state)!.active).toBe(AUTOMATIC_BURST);
    ledger.wait(DAY + 600_000);
    const left = [ledger.block([]), ledger.block([]), ledger.block([])].map(
      ({ writes }) => writes.filter(([key, value]) => key[0] === 0xa0 && value === null).length,
    );
    expect(left).toEqual([256, 256, 88]);
    expect(findThreats(ledger.state)!.active).toBe(0);
  });

  it('cannot be brought back: a report whose row is gone is over', () => {
    const ledger = new TestLedger();
    ledger.apply(1, report(1, 'r'));
    ledger.wait(DAY + 600_000);
    ledger.block([]);
    expect(findThreat(ledger.state, reportOf(1, 'r'))).toBeUndefined();
    expect(said(ledger.apply(1, report(1, 'r')))).toBe('threat-expired');
  });
});
