// Take-overs: witnesses, acknowledgements, objections and their times, by the rules alone.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signEd25519, signingKeyPair } from '#crypto';
import type { Genesis } from '../../../consensus/genesis.ts';
import * as kinds from '../../../consensus/ledger/kinds.ts';
import { attachmentObject } from '../../../consensus/ledger/patients/apply.ts';
import { findAuthority, findPart, findTakeOver } from '../../../consensus/ledger/patients/take-over/rows.ts';
import {
  acknowledgeObject,
  encodeOutvote,
  encodeStart,
  encodeTakeOver,
  objectionObject,
  outvoteMessage,
  outvoteObject,
  takeOverObject,
  witnessObject,
} from '../../../consensus/ledger/patients/take-over/types.ts';
import { encodeRegister } from '../../../consensus/ledger/patients/types.ts';
import type { Author, Statement } from '../../../consensus/ledger/types.ts';
import { founders } from '../../../consensus/member-set.ts';
import { DEVELOPMENT } from '../../../consensus/params.ts';
import { byClinic, GENESIS, named, type Person, person, RULES, START, statement, T, TestLedger } from './fixture.ts';
import { said } from './refusals.ts';

const ANNA = named('anna');
const MIA = person('mia');
const OLD = person('an earlier device');
const { takeOverDelay: DELAY, takeOverLongest: LONGEST } = DEVELOPMENT;

const idOf = (who: Person): Uint8Array => takeOverObject(ANNA, who.key);

function start(who: Person, fields: Partial<Statement> = {}): Statement {
  const payload = encodeStart({ handle: ANNA, encryptionKey: named('x25519'), commitment: named('terms') });
  const kind = kinds.PATIENTS_TAKE_OVER_START;
  return statement({ kind, author: who.author, object: idOf(who), version: 1, payload, ...fields });
}

function byOne(kind: number, clinic: number, who: Person, issued = START): Statement {
  const of = kind === kinds.PATIENTS_TAKE_OVER_WITNESS ? witnessObject : acknowledgeObject;
  const payload = encodeTakeOver(idOf(who));
  return statement({ kind, author: byClinic(clinic), object: of(idOf(who), clinic), version: 1, payload, issued });
}

const witness = (clinic: number, who: Person): Statement => byOne(kinds.PATIENTS_TAKE_OVER_WITNESS, clinic, who);
const acknowledge = (clinic: number, who: Person): Statement =>
  byOne(kinds.PATIENTS_TAKE_OVER_ACKNOWLEDGE, clinic, who);

function objection(author: Author, who: Person, version: number, kind: number, issued = START): Statement {
  const object = objectionObject(idOf(who), author);
  return statement({ kind, author, object, version, payload: encodeTakeOver(idOf(who)), issued });
}

const object = (author: Author, who: Person, version = 1, issued = START): Statement =>
  objection(author, who, version, kinds.PATIENTS_TAKE_OVER_OBJECT, issued);
const withdraw = (author: Author, who: Person, version = 1, issued = START): Statement =>
  objection(author, who, version, kinds.PATIENTS_TAKE_OVER_WITHDRAW, issued);

function finish(who: Person, fields: Partial<Statement> = {}): Statement {
  const kind = kinds.PATIENTS_TAKE_OVER_FINISH;
  return statement({ kind, author: who.author, object: idOf(who), version: 1, ...fields });
}

/** Clinics 1, 3 and 4 hold the patient; 2 is a branch of 1. */
function withPatient(): TestLedger {
  const ledger = new TestLedger();
  for (const clinic of [1, 3, 4]) {
    const payload = encodeRegister([ANNA]);
    ledger.apply(clinic, statement({ kind: kinds.PATIENTS_REGISTER, author: byClinic(clinic), payload }));
  }
  return ledger;
}

function noticed(who: Person = MIA): TestLedger {
  const ledger = withPatient();
  for (const [clinic, one] of [
    [2, start(who)],
    [1, witness(1, who)],
    [3, witness(3, who)],
  ] as const) {
    expect(said(ledger.apply(clinic, one))).toBe('applied');
  }
  return ledger;
}

function tookOver(who: Person, ledger = noticed(who)): TestLedger {
  expect(said(ledger.apply(4, acknowledge(4, who)))).toBe('applied');
  ledger.wait(DELAY);
  expect(said(ledger.apply(2, finish(who)))).toBe('applied');
  return ledger;
}

describe('a take-over', () => {
  it('begins by a key of its own for a patient that is known (7.4.8)', () => {
    expect(said(new TestLedger().apply(1, start(MIA)))).toBe('unknown-patient');
    const ledger = withPatient();
    expect(said(ledger.apply(1, start(MIA, { object: named('x') })))).toBe('object');
    expect(said(ledger.apply(1, start(MIA)))).toBe('applied');
    expect(said(ledger.apply(1, start(MIA)))).toBe('already-applied');
    expect(said(ledger.apply(1, start(MIA, { issued: START + 1 })))).toBe('exists');
    expect(findTakeOver(ledger.state, idOf(MIA))).toMatchObject({ handle: ANNA, key: MIA.key, live: true, ready: 0 });
  });

  it('needs witnesses of two organisations before anybody is asked (7.4.9)', () => {
    const ledger = withPatient();
    ledger.apply(1, start(MIA));
    expect(said(ledger.apply(1, witness(1, MIA)))).toBe('applied');
    expect(said(ledger.apply(1, witness(1, MIA)))).toBe('already-applied');
    expect(said(ledger.apply(2, witness(2, MIA)))).toBe('applied');
    expect(said(ledger.apply(4, acknowledge(4, MIA)))).toBe('not-witnessed');
    ledger.wait(LONGEST);
    expect(said(ledger.apply(1, finish(MIA)))).toBe('not-witnessed');
    expect(said(ledger.apply(3, witness(3, MIA)))).toBe('applied');
    // the witnesses that hold the patient know of it
    expect(findTakeOver(ledger.state, idOf(MIA))).toMatchObject({ waiting: [4], ready: ledger.time + LONGEST });
    expect(said(ledger.apply(4, witness(4, MIA)))).toBe('known');
  });

  it('needs two clinics where there is one organisation', () => {
    const genesis: Genesis = { ...GENESIS, clinics: GENESIS.clinics.map((one) => ({ ...one, organisation: 1 })) };
    const ledger = withPatient();
    ledger.rules = { ...RULES, members: founders(genesis) };
    ledger.apply(1, start(MIA));
    ledger.apply(1, witness(1, MIA));
    expect(findTakeOver(ledger.state, idOf(MIA))?.ready).toBe(0);
    ledger.apply(2, witness(2, MIA));
    expect(findTakeOver(ledger.state, idOf(MIA))?.ready).not.toBe(0);
  });

  it('is ready 72 h after the last clinic acknowledged it, and gives authority once (7.4.10, 7.4.11)', () => {
    const ledger = noticed();
    expect(said(ledger.apply(2, acknowledge(2, MIA)))).toBe('not-attached');
    expect(said(ledger.apply(4, acknowledge(4, MIA)))).toBe('applied');
    expect(said(ledger.apply(4, acknowledge(4, MIA)))).toBe('already-applied');
    ledger.wait(DELAY - 2 * T - 1);
    expect(said(ledger.apply(1, finish(MIA)))).toBe('take-over-early');
    expect(said(ledger.apply(1, finish(OLD, { object: idOf(MIA) })))).toBe('take-over-other');
    expect(said(ledger.apply(1, finish(MIA)))).toBe('applied');
    const since = ledger.time;
    expect(said(ledger.apply(1, finish(MIA)))).toBe('already-applied');
    expect(said(ledger.apply(1, finish(MIA, { issued: START + 1 })))).toBe('ended');
    expect(findAuthority(ledger.state, ANNA)).toMatchObject({ key: MIA.key, takeOver: idOf(MIA), since, first: since });
  });

  it('keeps when each of several ended, and when the first began, whatever is sent again (7.4.14)', () => {
    const ledger = tookOver(OLD);
    const first = ledger.time;
    const authority = findAuthority(ledger.state, ANNA);
    expect(authority).toMatchObject({ since: first, first });
    expect(findTakeOver(ledger.state, idOf(OLD))?.until).toBe(0);
    ledger.wait(DEVELOPMENT.statementMaxAge + T);
    const replayed = finish(OLD);
    expect(said(ledger.apply(1, replayed))).toBe('issued-old');
    expect(findAuthority(ledger.state, ANNA)).toEqual(authority);
    let last = first;
    for (const [who, before] of [
      [MIA, OLD],
      [person('a third device'), MIA],
    ]) {
      const issued = ledger.time;
      for (const [clinic, one] of [
        [1, start(who, { issued })],
        [1, byOne(kinds.PATIENTS_TAKE_OVER_WITNESS, 1, who, issued)],
        [3, byOne(kinds.PATIENTS_TAKE_OVER_WITNESS, 3, who, issued)],
      ] as const) {
        expect(said(ledger.apply(clinic, one))).toBe('applied');
      }
      ledger.wait(LONGEST);
      expect(said(ledger.apply(1, finish(who, { issued: ledger.time })))).toBe('applied');
      expect(ledger.time).toBeGreaterThan(last);
      last = ledger.time;
      expect(findTakeOver(ledger.state, idOf(before))?.until).toBe(last);
      expect(findAuthority(ledger.state, ANNA)).toMatchObject({ key: who.key, since: last, first });
    }
    const { until } = findTakeOver(ledger.state, idOf(OLD))!;
    expect(until).toBeLessThan(last);
  });

  it('waits 14 days at most for clinics that do not answer', () => {
    const ledger = noticed();
    ledger.wait(LONGEST - T - 1);
    expect(said(ledger.apply(1, finish(MIA)))).toBe('take-over-early');
    expect(said(ledger.apply(1, finish(MIA)))).toBe('applied');
  });

  it('is not put off by an acknowledgement that comes late', () => {
    const ledger = noticed();
    const { ready } = findTakeOver(ledger.state, idOf(MIA))!;
    ledger.wait(LONGEST - DELAY / 2);
    ledger.apply(4, acknowledge(4, MIA));
    expect(findTakeOver(ledger.state, idOf(MIA))?.ready).toBe(ready);
  });
});

describe('an objection', () => {
  it('stops a take-over until it is withdrawn, by clinics that hold the patient and nobody else (7.4.12)', () => {
    const ledger = noticed();
    expect(said(ledger.apply(2, object(byClinic(2), MIA)))).toBe('authority');
    expect(said(ledger.apply(2, object(OLD.author, MIA)))).toBe('authority');
    expect(said(ledger.apply(4, object(byClinic(4), MIA)))).toBe('applied');
    expect(said(ledger.apply(4, object(byClinic(4), MIA, 2)))).toBe('known');
    ledger.wait(LONGEST);
    expect(said(ledger.apply(1, finish(MIA)))).toBe('take-over-objected');
    expect(said(ledger.apply(4, withdraw(byClinic(4), MIA)))).toBe('applied');
    expect(said(ledger.apply(4, object(byClinic(4), MIA, 1, START + 1)))).toBe('already-applied');
    expect(said(ledger.apply(1, finish(MIA)))).toBe('applied');
    expect(said(ledger.apply(4, object(byClinic(4), MIA, 2)))).toBe('already-applied');
  });

  it('comes from the key that took over before, too', () => {
    const ledger = tookOver(OLD);
    for (const [clinic, one] of [
      [1, start(MIA)],
      [1, witness(1, MIA)],
      [3, witness(3, MIA)],
      [2, object(OLD.author, MIA)],
    ] as const) {
      expect(said(ledger.apply(clinic, one))).toBe('applied');
    }
    ledger.wait(LONGEST);
    expect(said(ledger.apply(1, finish(MIA)))).toBe('take-over-objected');
    expect(findAuthority(ledger.state, ANNA)?.key).toEqual(OLD.key);
  });

  it('is outvoted by more than two thirds of the governance keys (7.4.13)', () => {
    const seeds = [1, 2, 3, 4].map((number) => signingKeyPair(named(`governance seed ${number}`)));
    const genesis: Genesis = {
      ...GENESIS,
      clinics: GENESIS.clinics.map((one, index) => ({ ...one, governanceKey: seeds[index].publicKey })),
    };
    const ledger = noticed();
    ledger.rules = { ...RULES, members: founders(genesis) };
    const outvote = (clinic: number, signer = clinic): Statement => {
      const signature = signEd25519(seeds[signer - 1].seed, outvoteMessage(RULES.genesisId, idOf(MIA)));
      const payload = encodeOutvote({ takeOver: idOf(MIA), clinic, signature });
      const kind = kinds.PATIENTS_TAKE_OVER_OUTVOTE;
      return statement({ kind, author: byClinic(1), object: outvoteObject(idOf(MIA), clinic), version: 1, payload });
    };
    ledger.apply(4, object(byClinic(4), MIA));
    ledger.wait(LONGEST);
    expect(said(ledger.apply(1, outvote(1)))).toBe('applied');
    expect(said(ledger.apply(1, outvote(1)))).toBe('already-applied');
    expect(said(ledger.apply(1, outvote(2, 3)))).toBe('governance-signature');
    expect(said(ledger.apply(1, outvote(2)))).toBe('applied');
    expect(said(ledger.apply(1, finish(MIA)))).toBe('take-over-objected');
    expect(said(ledger.apply(1, outvote(3)))).toBe('applied');
    expect(said(ledger.apply(1, finish(MIA)))).toBe('applied');
  });

  it('counts each author once whatever is sent, is never refused for what changed, and no replay has an effect', () => {
    const authors = [1, 3, 4].map(byClinic);
    const step = fc.record({
      author: fc.constantFrom(...authors),
      takes: fc.constantFrom(object, withdraw),
      version: fc.integer({ min: 1, max: 3 }),
      issued: fc.integer({ min: START, max: START + 2 }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), (steps) => {
        const ledger = noticed();
        const model = new Map(authors.map((author) => [author, { version: 0, ended: 0 }]));
        for (const { author, takes, version, issued } of steps) {
          const one = takes(author, MIA, version, issued);
          const clinic = author.type === 'clinic' ? author.clinic : 1;
          const row = model.get(author)!;
          const live = row.version > row.ended;
          const outcome = said(ledger.apply(clinic, one));
          if (takes === object && version === row.version + 1) {
            expect(outcome).toBe(live ? 'known' : 'applied');
            if (!live) row.version = version;
          } else if (takes === withdraw && version <= row.version) {
            expect(outcome).toBe(version > row.ended ? 'applied' : 'already-applied');
            row.ended = Math.max(row.ended, version > row.ended ? row.version : 0);
          } else if (version <= row.version) expect(outcome).toBe('already-applied');
          else expect(['version', 'unknown-object']).toContain(outcome);
          expect(findPart(ledger.state, objectionObject(idOf(MIA), author)) ?? { version: 0, ended: 0 }).toMatchObject(
            row,
          );
        }
        const standing = [...model.values()].filter(({ version, ended }) => version > ended).length;
        expect(findTakeOver(ledger.state, idOf(MIA))?.objections).toBe(standing);
        ledger.wait(LONGEST);
        expect(said(ledger.apply(1, finish(MIA)))).toBe(standing > 0 ? 'take-over-objected' : 'applied');
      }),
      { numRuns: 40 },
    );
  });

  it('stands when its clinic lets the patient go afterwards', () => {
    const ledger = noticed();
    ledger.apply(4, object(byClinic(4), MIA));
    const kind = kinds.PATIENTS_DETACH;
    const gone = { author: byClinic(4), object: attachmentObject(ANNA, 4), version: 1, payload: ANNA };
    expect(said(ledger.apply(4, statement({ kind, ...gone })))).toBe('applied');
    ledger.wait(LONGEST);
    expect(said(ledger.apply(1, finish(MIA)))).toBe('take-over-objected');
  });
});
