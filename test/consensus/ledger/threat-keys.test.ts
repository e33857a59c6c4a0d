// Epochs of the threat key on the chain: who may begin one and when, what reports count for it, when nobody needs it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../../common/bytes.ts';
import { decodePayload } from '../../../consensus/ledger/payload.ts';
import { findThreat } from '../../../consensus/ledger/threats/apply.ts';
import { overAt, TURN_T, whoMay } from '../../../consensus/ledger/threats/key-epoch/rotation.ts';
import {
  decodeEpochRow,
  type EpochRow,
  encodeEpochRow,
  findEpoch,
  newestEpoch,
} from '../../../consensus/ledger/threats/key-epoch/rows.ts';
import { encodeKey, encodeRetag, readKey, readRetag } from '../../../consensus/ledger/threats/key-epoch/types.ts';
import { DEVELOPMENT } from '../../../consensus/params.ts';
import { GENESIS, named, START, T, TestLedger } from './fixture.ts';
import { genesisOf, TestNetwork } from './network.ts';
import { said } from './refusals.ts';
import { DAY, dispute, extend, key, report, reportOf, retag, revoke } from './threat-statements.ts';

const WEEK = DEVELOPMENT.threatMaxLife;
const TURN = TURN_T * T;
const R = reportOf(1, 'r');
const CLINICS = [1, 2, 3, 4];

const row = (ledger: TestLedger, epoch = newestEpoch(ledger.state)): EpochRow =>
  findEpoch(GENESIS, ledger.state, epoch)!;

/** Whose statement the next block takes. */
function mayNext(ledger: TestLedger): readonly number[] {
  const newest = newestEpoch(ledger.state);
  return whoMay(DEVELOPMENT, ledger.rules.members, newest, row(ledger), ledger.time + T);
}

/** Begins the next epoch, as whose turn it is. */
function renew(ledger: TestLedger): number {
  const [clinic] = mayNext(ledger);
  const epoch = newestEpoch(ledger.state) + 1;
  expect(said(ledger.apply(clinic, key(clinic, epoch, `key ${epoch}`, { issued: ledger.time }), 'gateway'))).toBe(
    'applied',
  );
  return epoch;
}

describe('threats.key', () => {
  it('begins the next epoch after a week, by whose turn it is, and once (7.10.20)', () => {
    const ledger = new TestLedger();
    expect(newestEpoch(ledger.state)).toBe(1);
    expect(row(ledger)).toMatchObject({ hash: GENESIS.threatKeyHash, since: START, clinic: 0 });
    ledger.time = START + WEEK - T - 1;
    const [clinic] = mayNext(ledger);
    const issued = START + WEEK;
    expect(said(ledger.apply(clinic, key(clinic, 2, 'k', { issued })))).toBe('threat-key-early');
    const may = mayNext(ledger);
    const others = CLINICS.filter((one) => !may.includes(one));
    for (const other of others)
      expect(said(ledger.apply(other, key(other, 2, 'k', { issued })))).toBe('threat-key-turn');
    const first = key(may[0], 2, 'k', { issued });
    expect(said(ledger.apply(may[0], first, 'gateway'))).toBe('applied');
    expect(said(ledger.apply(may[0], first))).toBe('already-applied');
    expect(said(ledger.apply(may[1], key(may[1], 2, 'another', { issued })))).toBe('exists');
    expect(row(ledger, 2)).toMatchObject({ hash: named('k'), clinic: may[0], departed: 0, lastExpires: 0 });
  });

  it('refuses another epoch than the next, another object, and what its payload does not define', () => {
    const ledger = new TestLedger();
    ledger.time = START + WEEK;
    const [clinic] = mayNext(ledger);
    const fields = { issued: ledger.time };
    expect(said(ledger.apply(clinic, key(clinic, 3, 'k', fields)))).toBe('threat-epoch');
    expect(said(ledger.apply(clinic, key(clinic, 1, 'k', fields)))).toBe('exists');
    expect(said(ledger.apply(clinic, key(clinic, 0, 'k', fields)))).toBe('threat-epoch');
    expect(said(ledger.apply(clinic, key(clinic, 2, 'k', { ...fields, object: named('x') })))).toBe('object');
    expect(said(ledger.apply(clinic, key(clinic, 2, 'k', { ...fields, version: 2 })))).toBe('version');
    expect(said(ledger.apply(clinic, key(clinic, 2, 'k', { ...fields, payload: new Uint8Array(35) })))).toBe('payload');
    expect(said(ledger.apply(clinic, key(clinic, 2, 'k', { ...fields, attachment: named('a') })))).toBe('attachment');
  });

  it('gives every clinic its turn while nobody takes one, and the next clinic the next week', () => {
    const ledger = new TestLedger();
    ledger.time = START + WEEK;
    const seen = CLINICS.map(() => {
      const [clinic] = mayNext(ledger);
      ledger.time += TURN;
      return clinic;
    });
    expect(new Set(seen)).toEqual(new Set(CLINICS));
    const makers = [2, 3, 4, 5, 6, 7, 8, 9].map((epoch) => {
      ledger.time = row(ledger).since + WEEK;
      expect(renew(ledger)).toBe(epoch);
      return row(ledger).clinic;
    });
    expect(new Set(makers.slice(0, 4))).toEqual(new Set(CLINICS));
    expect(makers.slice(4)).toEqual(makers.slice(0, 4));
  });

  it('is due at once when a clinic is a member no more, and once for each', () => {
    const network = new TestNetwork(genesisOf([1, 1, 2, 3]));
    expect(network.say(network.leave(4))).toBe('applied');
    network.settle();
    const { params } = network.genesis;
    const begin = (epoch: number): string => {
      const current = findEpoch(network.genesis, network.state, epoch - 1)!;
      const time = START + (network.height + 1) * T;
      const [clinic] = whoMay(params, network.members, epoch - 1, current, time);
      expect(clinic).not.toBe(4);
      return network.say(network.dated(key(clinic, epoch)));
    };
    expect(begin(2)).toBe('applied');
    expect(findEpoch(network.genesis, network.state, 2)).toMatchObject({ departed: 1 });
    expect(begin(3)).toBe('threat-key-early');
  });
});

describe('reports and the epochs of their keys', () => {
  it('are refused under a key that has not begun, and two weeks after the next one began (7.10.23)', () => {
    const ledger = new TestLedger();
    expect(said(ledger.apply(1, report(1, 'a', { keyEpoch: 2 })))).toBe('threat-epoch');
    expect(said(ledger.apply(1, report(1, 'a', { keyEpoch: 0 })))).toBe('threat-epoch');
    ledger.time = START + WEEK;
    renew(ledger);
    const until = row(ledger, 2).since + 2 * WEEK;
    const late = (name: string, keyEpoch: number) => {
      const issued = ledger.time;
      return report(1, name, { keyEpoch, expires: issued + DAY }, { issued });
    };
    ledger.time = until - T - 1;
    expect(said(ledger.apply(1, late('b', 1)))).toBe('applied');
    expect(said(ledger.apply(1, late('c', 1)))).toBe('threat-epoch');
    expect(said(ledger.apply(1, late('c', 2)))).toBe('applied');
  });

  it('are retagged by their organisation to a later key, and nothing else of them changes (7.10.22)', () => {
    const ledger = new TestLedger();
    ledger.time = START + WEEK - DAY;
    const issued = ledger.time;
    ledger.apply(1, report(1, 'r', { mode: 'manual', expires: issued + 3 * DAY }, { issued }));
    const before = findThreat(ledger.state, R)!;
    expect(said(ledger.apply(1, retag(1, R, 2, 2, { issued })))).toBe('threat-epoch');
    ledger.time = START + WEEK;
    renew(ledger);
    const later = { issued: ledger.time };
    expect(said(ledger.apply(3, retag(3, R, 2, 2, later)))).toBe('authority');
    expect(said(ledger.apply(1, retag(1, R, 2, 1, later)))).toBe('threat-epoch');
    expect(said(ledger.apply(1, retag(1, R, 2, 3, later)))).toBe('threat-epoch');
    expect(said(ledger.apply(1, retag(1, R, 3, 2, later)))).toBe('version');
    expect(said(ledger.apply(1, retag(1, named('x'), 2, 2, later)))).toBe('unknown-object');
    expect(said(ledger.apply(1, retag(1, R, 2, 2, { ...later, attachment: undefined })))).toBe('attachment');
    const good = retag(2, R, 2, 2, later);
    expect(said(ledger.apply(2, good))).toBe('applied');
    expect(said(ledger.apply(2, good))).toBe('already-applied');
    const after = findThreat(ledger.state, R)!;
    expect(after).toEqual({
      ...before,
      version: 2,
      latest: after.latest,
      keyEpoch: 2,
      tag: named('tag 2', 16),
      commitment: named('attachment under 2'),
    });
    expect(row(ledger, 1).lastExpires).toBe(before.expires);
    expect(row(ledger, 2).lastExpires).toBe(before.expires);
    ledger.time = before.expires;
    expect(said(ledger.apply(1, retag(1, R, 3, 2, { issued: ledger.time })))).toBe('threat-expired');
  });

  it('stay under their key while they are disputed or barred: nobody gets away from what others said of a tag', () => {
    const ledger = new TestLedger();
    ledger.time = START + WEEK - DAY;
    const manual = { mode: 'manual', expires: ledger.time + 7 * DAY } as const;
    ledger.apply(1, report(1, 'r', manual, { issued: ledger.time }));
    ledger.time = START + WEEK;
    renew(ledger);
    const later = () => ({ issued: ledger.time });
    ledger.apply(3, dispute(3, R, 'not-hostile', later()));
    expect(said(ledger.apply(1, retag(1, R, 2, 2, later())))).toBe('threat-disputed');
    ledger.apply(4, dispute(4, R, 'not-hostile', later()));
    expect(said(ledger.apply(1, retag(1, R, 2, 2, later())))).toBe('threat-barred');
    // what it says again of that tag is advice, since the bar is where it was
    ledger.apply(1, report(1, 'again', { expires: ledger.time + DAY }, later()));
    expect(findThreat(ledger.state, reportOf(1, 'again'))?.standing).toBe('barred');
    // another's report of the same tag goes its way
    ledger.apply(3, report(3, 'other', { mode: 'manual', expires: ledger.time + DAY }, later()));
    expect(said(ledger.apply(3, retag(3, reportOf(3, 'other'), 2, 2, later())))).toBe('applied');
  });

  it('lose nothing in their payloads and rows', () => {
    const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const u32 = fc.nat(0xffff_ffff);
    fc.assert(
      fc.property(fc.record({ epoch: u32, hash }), (value) => {
        expect(decodePayload(encodeKey(value), readKey)).toEqual(value);
      }),
    );
    const tag = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(fc.record({ keyEpoch: u32, tag }), (value) => {
        expect(decodePayload(encodeRetag(value), readRetag)).toEqual(value);
      }),
    );
    const rows = fc.record({
      ...{ hash, statement: hash, clinic: fc.nat(0xffff), height: fc.maxSafeNat(), since: fc.maxSafeNat() },
      ...{ departed: u32, lastExpires: fc.maxSafeNat() },
    });
    fc.assert(
      fc.property(rows, (value) => {
        expect(decodeEpochRow(encodeEpochRow(value))).toEqual(value);
      }),
    );
  });
});

describe('property 17: blocklist synchronisation, through changes of the threat key', () => {
  it('never says a key is over while a report under it is in force, and says so at last', () => {
    const step = fc.record({
      wait: fc.integer({ min: 0, max: 4 * DAY }),
      act: fc.constantFrom('key', 'report', 'extend', 'retag', 'revoke'),
      clinic: fc.constantFrom(...CLINICS),
      name: fc.nat(3),
      back: fc.nat(1),
      life: fc.integer({ min: T, max: WEEK }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const ledger = new TestLedger();
        const made = new Set<string>();
        for (const { wait, act, clinic, name, back, life } of steps) {
          ledger.wait(wait);
          const issued = ledger.time;
          const newest = newestEpoch(ledger.state);
          const object = reportOf(clinic, `r${name}`);
          const version = (findThreat(ledger.state, object)?.version ?? 0) + 1;
          const fields = { issued };
          const reported = issued - (issued % 600_000);
          const keyEpoch = newest - back;
          if (act === 'key') ledger.apply(mayNext(ledger)[0], key(mayNext(ledger)[0], newest + 1, 'k', fields));
          else if (act === 'report')
            ledger.apply(clinic, report(clinic, `r${name}`, { keyEpoch, reported, expires: issued + life }, fields));
          else if (act === 'extend') ledger.apply(clinic, extend(clinic, object, version, issued + life, fields));
          else if (act === 'retag') ledger.apply(clinic, retag(clinic, object, version, newest, fields));
          else ledger.apply(clinic, revoke(clinic, object, 1, 'mistake', fields));
          made.add(toHex(object));
          const now = ledger.time;
          const held = CLINICS.flatMap((one) =>
            [0, 1, 2, 3].map((n) => findThreat(ledger.state, reportOf(one, `r${n}`))),
          );
          for (let epoch = 1; epoch <= newestEpoch(ledger.state); epoch++) {
            const under = held.filter((found) => found?.keyEpoch === epoch);
            for (const found of under) expect(row(ledger, epoch).lastExpires).toBeGreaterThanOrEqual(found!.expires);
            if (epoch === newestEpoch(ledger.state)) continue;
            const end = overAt(DEVELOPMENT, row(ledger, epoch), row(ledger, epoch + 1));
            expect(end).toBeLessThanOrEqual(row(ledger, epoch + 1).since + 3 * WEEK + DEVELOPMENT.keyGrace);
            if (end <= now) for (const found of under) expect(found!.expires).toBeLessThan(now);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
