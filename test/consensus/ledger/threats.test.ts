import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePayload } from '../../../consensus/ledger/payload.ts';
import { findThreat } from '../../../consensus/ledger/threats/apply.ts';
import {
  encodeReport,
  REVOKE_REASONS,
  type ReportPayload,
  readReport,
  THREAT_CATEGORIES,
  THREAT_MODES,
  type ThreatMode,
} from '../../../consensus/ledger/threats/types.ts';
import { DEVELOPMENT } from '../../../consensus/params.ts';
import { byClinic, named, person, START, T, TestLedger } from './fixture.ts';
import { said } from './refusals.ts';
import { DAY, extend, report, reportOf, revoke } from './threat-statements.ts';

const R = reportOf(1, 'r');

function withReport(mode: ThreatMode = 'automatic'): TestLedger {
  const ledger = new TestLedger();
  expect(said(ledger.apply(1, report(1, 'r', { mode }), 'gateway'))).toBe('applied');
  return ledger;
}

describe('threats.report', () => {
  it('keeps what an index needs, from a gateway key and from a node key (7.10.1, 7.10.2)', () => {
    const ledger = withReport();
    expect(said(ledger.apply(3, report(3, 'other')))).toBe('applied');
    expect(findThreat(ledger.state, R)).toMatchObject({
      clinic: 1,
      organisation: 1,
      tag: named('tag', 16),
      commitment: named('attachment r'),
      category: 'scan',
      mode: 'automatic',
      severity: 80,
      keyEpoch: 1,
      expires: START + DAY,
      version: 1,
      live: true,
      revoked: undefined,
    });
  });

  it('tells its event what an index needs', () => {
    const ledger = new TestLedger();
    const { events } = ledger.block([{ clinic: 1, role: 'gateway', statements: [report(1, 'r')] }]);
    const [event] = events.filter((one) => one.family === 'threats');
    expect(event.type).toBe('reported');
    expect(event.data).toMatchObject({
      clinic: 1,
      organisation: 1,
      category: 'scan',
      family: 4,
      prefix: 32,
      version: 1,
    });
    expect(JSON.parse(JSON.stringify(event.data))).toEqual(event.data);
  });

  it('is applied once', () => {
    const ledger = withReport();
    expect(said(ledger.apply(1, report(1, 'r'), 'gateway'))).toBe('already-applied');
    expect(said(ledger.apply(1, report(1, 'r', { severity: 5 })))).toBe('exists');
  });

  it('refuses a missing attachment, a wrong object and a person', () => {
    const ledger = new TestLedger();
    expect(said(ledger.apply(1, report(1, 'r', {}, { attachment: undefined })))).toBe('attachment');
    expect(said(ledger.apply(1, report(1, 'r', {}, { object: named('x') })))).toBe('object');
    expect(said(ledger.apply(1, report(1, 'r', {}, { version: 2 })))).toBe('version');
    const { author } = person('pat');
    expect(said(ledger.apply(1, report(1, 'r', {}, { author, signature: new Uint8Array(64) })))).toBe('author');
  });

  it('refuses times that are exact, ahead, too long or over (7.10.3)', () => {
    const ledger = new TestLedger();
    const reported = START - (START % 600_000);
    expect(said(ledger.apply(1, report(1, 'a', { reported: reported + 1 })))).toBe('threat-time');
    expect(said(ledger.apply(1, report(1, 'a', { reported: reported + 600_000 })))).toBe('threat-time');
    expect(said(ledger.apply(1, report(1, 'a', { expires: START + DAY + 1 })))).toBe('threat-expiry');
    const longest = START + DEVELOPMENT.threatMaxLife;
    expect(said(ledger.apply(1, report(1, 'a', { mode: 'manual', expires: longest + 1 })))).toBe('threat-expiry');
    expect(said(ledger.apply(1, report(1, 'a', { mode: 'manual', expires: longest })))).toBe('applied');
    expect(said(ledger.apply(1, report(1, 'b', { expires: ledger.time + T })))).toBe('threat-expired');
    expect(said(ledger.apply(1, report(1, 'b', { expires: ledger.time + T + 1 })))).toBe('applied');
  });

  it('refuses values that its payload does not define', () => {
    const ledger = new TestLedger();
    const { payload } = report(1, 'r');
    for (const [at, value] of [
      [40 - 4, 0],
      [36, 7],
      [37, 81],
      [37, 105],
      [38, 0],
      [38, 3],
      [39, 5],
      [40, 33],
    ]) {
      const bad = payload.slice();
      bad[at] = value;
      expect(said(ledger.apply(1, report(1, 'r', {}, { payload: bad })))).toBe('payload');
    }
    expect(said(ledger.apply(1, report(1, 'r', { family: 6, prefix: 65 })))).toBe('payload');
    expect(said(ledger.apply(1, report(1, 'r', { family: 6, prefix: 47 })))).toBe('payload');
    expect(said(ledger.apply(1, report(1, 'r', { family: 4, prefix: 23 })))).toBe('payload');
    expect(said(ledger.apply(1, report(1, 'r', { family: 6, prefix: 64 })))).toBe('applied');
  });

  it('loses nothing in its payload', () => {
    const payloads = fc.record({
      salt: fc.uint8Array({ minLength: 16, maxLength: 16 }),
      keyEpoch: fc.nat(0xffff_ffff),
      tag: fc.uint8Array({ minLength: 16, maxLength: 16 }),
      category: fc.constantFrom(...THREAT_CATEGORIES),
      severity: fc.nat(20).map((step) => 5 * step),
      mode: fc.constantFrom(...THREAT_MODES),
      network: fc.constantFrom({ family: 4, prefix: 24 }, { family: 4, prefix: 32 }, {
        family: 6,
        prefix: 48,
      } as const),
      reported: fc.maxSafeNat(),
      expires: fc.maxSafeNat(),
    });
    fc.assert(
      fc.property(payloads, ({ network, ...rest }) => {
        const value = { ...rest, ...network } as ReportPayload;
        expect(decodePayload(encodeReport(value), readReport)).toEqual(value);
      }),
    );
  });
});

describe('threats.extend', () => {
  it('makes the next version with a later end, by any clinic of the organisation (7.10.4)', () => {
    const ledger = withReport('manual');
    const next = extend(2, R, 2, START + 2 * DAY);
    expect(said(ledger.apply(2, next, 'gateway'))).toBe('applied');
    expect(said(ledger.apply(2, next, 'gateway'))).toBe('already-applied');
    expect(findThreat(ledger.state, R)).toMatchObject({ version: 2, expires: START + 2 * DAY, clinic: 1 });
    // the report itself, wrapped again, is known to have been applied
    expect(said(ledger.apply(1, report(1, 'r', { mode: 'manual' })))).toBe('already-applied');
    expect(said(ledger.apply(1, extend(1, R, 2, START + 3 * DAY)))).toBe('version');
  });

  it('never prolongs an automatic one beyond a day from when it was first said (7.10.4)', () => {
    const ledger = new TestLedger();
    ledger.apply(1, report(1, 'r', { expires: START + DAY / 2 }));
    ledger.wait(DAY / 4);
    const issued = ledger.time;
    expect(said(ledger.apply(1, extend(1, R, 2, START + DAY + 1, { issued })))).toBe('threat-expiry');
    expect(said(ledger.apply(1, extend(1, R, 2, START + DAY, { issued })))).toBe('applied');
  });

  it('property 39: auto-block expiry: no series of extensions takes an automatic report beyond a day from its issue', () => {
    const step = fc.record({ wait: fc.nat(DAY / 4), life: fc.nat(3 * DAY) });
    fc.assert(
      fc.property(fc.nat(DAY), fc.array(step, { maxLength: 8 }), (life, steps) => {
        const ledger = new TestLedger();
        ledger.apply(1, report(1, 'r', { expires: START + life }));
        for (const { wait, life: more } of steps) {
          ledger.wait(wait);
          const row = findThreat(ledger.state, R);
          if (row === undefined) break;
          ledger.apply(1, extend(1, R, row.version + 1, ledger.time + more, { issued: ledger.time }));
          expect(findThreat(ledger.state, R)?.expires ?? 0).toBeLessThanOrEqual(START + DAY);
        }
        ledger.time = START + DAY + 600_000;
        ledger.block([]);
        expect(findThreat(ledger.state, R)).toBeUndefined();
      }),
      { numRuns: 40 },
    );
  });

  it('refuses strangers, an end that does not grow or is too late, and what is unknown or over', () => {
    const ledger = withReport('manual');
    expect(said(ledger.apply(3, extend(3, R, 2, START + 2 * DAY)))).toBe('authority');
    expect(said(ledger.apply(1, extend(1, R, 2, START + DAY)))).toBe('threat-expiry');
    expect(said(ledger.apply(1, extend(1, R, 2, START + DEVELOPMENT.threatMaxLife + 1)))).toBe('threat-expiry');
    expect(said(ledger.apply(1, extend(1, named('x'), 2, START + 2 * DAY)))).toBe('unknown-object');
    expect(said(ledger.apply(1, extend(1, R, 2, START, { payload: new Uint8Array(7) })))).toBe('payload');
    ledger.apply(1, report(1, 'short', { mode: 'manual', expires: START + DAY / 24 + T }));
    ledger.time = START + DAY / 24;
    expect(said(ledger.apply(1, extend(1, reportOf(1, 'short'), 2, START + 2 * DAY)))).toBe('threat-expired');
  });
});

describe('threats.revoke', () => {
  it('property 18: manual unblock: ends a report for good and keeps who and why (7.10.5)', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...REVOKE_REASONS),
        fc.constantFrom(1, 2),
        fc.nat(3),
        fc.array(fc.constantFrom('report', 'extend', 'next', 'revoke'), { maxLength: 6 }),
        (reason, by, extensions, later) => {
          const ledger = withReport('manual');
          const statements = [report(1, 'r', { mode: 'manual' })];
          for (let i = 0; i < extensions; i++) {
            statements.push(extend(1, R, i + 2, START + DAY + i + 1));
            ledger.apply(1, statements[i + 1]);
          }
          expect(said(ledger.apply(by, revoke(by, R, 1, reason)))).toBe('applied');
          const row = findThreat(ledger.state, R);
          expect(row).toMatchObject({ live: false, revoked: { clinic: by, reason } });
          for (const what of later) {
            if (what === 'report') ledger.apply(1, statements[0]);
            else if (what === 'extend') ledger.apply(1, statements.at(-1)!);
            else if (what === 'next')
              expect(said(ledger.apply(1, extend(1, R, extensions + 2, START + 2 * DAY)))).toBe('ended');
            else ledger.apply(2, revoke(2, R, 1, 'policy'));
            expect(findThreat(ledger.state, R)).toEqual(row);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('refuses strangers, unknown reports, versions that never were and reasons without a meaning', () => {
    const ledger = withReport('manual');
    expect(said(ledger.apply(4, revoke(4, R, 1)))).toBe('authority');
    expect(said(ledger.apply(1, revoke(1, named('x'), 1)))).toBe('unknown-object');
    expect(said(ledger.apply(1, revoke(1, R, 2)))).toBe('version');
    expect(said(ledger.apply(1, revoke(1, R, 0)))).toBe('version');
    expect(said(ledger.apply(1, revoke(1, R, 1, 'mistake', { payload: Uint8Array.of(5) })))).toBe('payload');
    expect(said(ledger.apply(1, revoke(1, R, 1, 'mistake', { author: byClinic(1), attachment: named('note') })))).toBe(
      'applied',
    );
  });
});
