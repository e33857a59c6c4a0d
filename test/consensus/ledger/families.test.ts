// Amendments, consents, erasures and holds, anchors, links: the rules one by one. Random histories over all of them are in
// properties.test.ts.
import { describe, expect, it } from 'vitest';
import { findAnchor, findAnchors } from '../../../consensus/ledger/audit/apply.ts';
import { findConsent } from '../../../consensus/ledger/consent/apply.ts';
import { isInForce } from '../../../consensus/ledger/consent/rows.ts';
import { findErasure, findShred, findSubject } from '../../../consensus/ledger/keys/read.ts';
import * as kinds from '../../../consensus/ledger/kinds.ts';
import { attachmentObject } from '../../../consensus/ledger/patients/apply.ts';
import { findLink } from '../../../consensus/ledger/patients/links/apply.ts';
import { linkObject, pairOf } from '../../../consensus/ledger/patients/links/types.ts';
import { findAttachment, findRetraction } from '../../../consensus/ledger/patients/read.ts';
import { encodeRegister } from '../../../consensus/ledger/patients/types.ts';
import { findAddendum, findRecord } from '../../../consensus/ledger/records/amend.ts';
import { addendumObject } from '../../../consensus/ledger/records/types.ts';
import type { Author, Statement } from '../../../consensus/ledger/types.ts';
import { DEVELOPMENT } from '../../../consensus/params.ts';
import {
  addRecord,
  amend,
  anchor,
  commit,
  consentOf,
  eraseApprove,
  eraseRequest,
  erasureOf,
  hold,
  holdOf,
  link,
  recordOf,
  release,
  revokeConsent,
  shredAck,
  subjects,
  unlink,
} from './family-statements.ts';
import {
  accountOf,
  byClinic,
  createAccount,
  named,
  type Person,
  person,
  START,
  salt,
  setRole,
  statement,
  T,
  TestLedger,
} from './fixture.ts';
import { said } from './refusals.ts';

const DORA = person('dora');
const ODA = person('oda');
const OMAR = person('omar');
const END = START + 1000 * T;

function withPerson(ledger: TestLedger, who: Person, role: Parameters<typeof setRole>[2], clinic = 1): Uint8Array {
  ledger.apply(clinic, createAccount(who));
  ledger.apply(clinic, setRole(accountOf(who), clinic, role, END));
  return accountOf(who);
}

describe('records.amend', () => {
  const R = recordOf(byClinic(1), 'r');

  function withRecord(): TestLedger {
    const ledger = new TestLedger();
    expect(said(ledger.apply(1, addRecord(byClinic(1), 'r')))).toBe('applied');
    return ledger;
  }

  it('puts addenda beside a record, as many as its authors like, and leaves the record as it was (7.5.4)', () => {
    const ledger = withRecord();
    const before = findRecord(ledger.state, R);
    for (const [clinic, name] of [
      [1, 'a'],
      [1, 'b'],
      [3, 'a'],
    ] as const) {
      const author = byClinic(clinic);
      expect(said(ledger.apply(clinic, amend(author, R, 'addendum', 1, name)))).toBe('applied');
      const row = findAddendum(ledger.state, addendumObject(R, author, salt(name)));
      expect(row).toMatchObject({ record: R, clinic, commitment: named(name), reason: named(`reason ${name}`) });
    }
    expect(findRecord(ledger.state, R)).toEqual(before);
    expect(said(ledger.apply(1, amend(byClinic(1), R, 'addendum', 1, 'a')))).toBe('already-applied');
    expect(said(ledger.apply(1, amend(byClinic(1), R, 'addendum', 1, 'a', { issued: START + 1 })))).toBe('exists');
    expect(said(ledger.apply(1, amend(byClinic(1), named('none'), 'addendum', 1)))).toBe('unknown-object');
  });

  it('makes the next version by a correction, by any branch of the organisation that wrote it (7.5.5)', () => {
    const ledger = withRecord();
    const first = amend(byClinic(2), R, 'correction', 2, 'better');
    expect(said(ledger.apply(3, amend(byClinic(3), R, 'correction', 2)))).toBe('authority');
    expect(said(ledger.apply(2, first))).toBe('applied');
    expect(said(ledger.apply(2, first))).toBe('already-applied');
    expect(findRecord(ledger.state, R)).toMatchObject({
      version: 2,
      live: true,
      commitment: named('better'),
      clinic: 1,
    });
    expect(said(ledger.apply(1, amend(byClinic(1), R, 'correction', 2, 'other')))).toBe('version');
    // the record itself, wrapped again, is known to have been applied
    expect(said(ledger.apply(1, addRecord(byClinic(1), 'r')))).toBe('already-applied');
  });

  it('hides and keeps what was entered in error, and takes nothing but addenda from then on', () => {
    const ledger = withRecord();
    expect(said(ledger.apply(1, amend(byClinic(1), R, 'entered-in-error', 2)))).toBe('applied');
    expect(findRecord(ledger.state, R)).toMatchObject({ version: 2, live: false, commitment: named('r') });
    expect(said(ledger.apply(1, amend(byClinic(1), R, 'correction', 3)))).toBe('ended');
    expect(said(ledger.apply(1, amend(byClinic(1), R, 'addendum', 1)))).toBe('applied');
  });

  it('asks a person for a role that writes, and refuses another object', () => {
    const ledger = withRecord();
    withPerson(ledger, DORA, 'doctor');
    withPerson(ledger, ODA, 'reception');
    expect(said(ledger.apply(1, amend(ODA.author, R, 'correction', 2)))).toBe('no-role');
    expect(said(ledger.apply(1, amend(ODA.author, R, 'addendum', 1)))).toBe('no-role');
    expect(said(ledger.apply(1, amend(DORA.author, R, 'correction', 2, 'x', { object: named('x') })))).toBe('object');
    expect(said(ledger.apply(1, amend(DORA.author, R, 'correction', 2)))).toBe('applied');
    expect(said(ledger.apply(1, amend(DORA.author, R, 'addendum', 1)))).toBe('applied');
  });
});

describe('consent', () => {
  const KEY = person('a key for this object alone');

  it('keeps author, commitments and end, also for a key that no account has (7.6.1)', () => {
    const ledger = new TestLedger();
    for (const author of [KEY.author, byClinic(1)] as Author[]) {
      expect(said(ledger.apply(1, commit(author, 'c', END)))).toBe('applied');
      const row = findConsent(ledger.state, consentOf(author, 'c'))!;
      expect(row).toMatchObject({ author, commitment: named('c'), terms: named('terms c'), ends: END, live: true });
      expect(row).toMatchObject({ given: ledger.time, ended: 0 });
      expect(isInForce(row, END - 1)).toBe(true);
      expect(isInForce(row, END)).toBe(false);
    }
  });

  it('refuses terms that are missing, another object, and an end that is over', () => {
    const ledger = new TestLedger();
    expect(said(ledger.apply(1, commit(KEY.author, 'c', END, { attachment: undefined })))).toBe('attachment');
    expect(said(ledger.apply(1, commit(KEY.author, 'c', END, { object: named('x') })))).toBe('object');
    expect(said(ledger.apply(1, commit(KEY.author, 'c', ledger.time + T)))).toBe('consent-over');
    expect(said(ledger.apply(1, commit(KEY.author, 'c', ledger.time + T + 1)))).toBe('applied');
  });

  it('is revoked by its author alone, once, and never comes back (7.6.2)', () => {
    const ledger = new TestLedger();
    const grant = commit(KEY.author, 'c', END);
    ledger.apply(1, grant);
    const given = ledger.time;
    const object = consentOf(KEY.author, 'c');
    expect(said(ledger.apply(1, revokeConsent(byClinic(1), 'c', { object })))).toBe('authority');
    expect(said(ledger.apply(2, revokeConsent(DORA.author, 'c', { object })))).toBe('authority');
    expect(said(ledger.apply(2, revokeConsent(KEY.author, 'c')))).toBe('applied');
    const ended = ledger.time;
    expect(said(ledger.apply(2, revokeConsent(KEY.author, 'c', { issued: START + 1 })))).toBe('already-applied');
    expect(said(ledger.apply(1, grant))).toBe('already-applied');
    expect(isInForce(findConsent(ledger.state, object)!, START)).toBe(false);
    // Replays move neither time.
    expect(findConsent(ledger.state, object)).toMatchObject({ given, ended });
    expect(ended).toBeGreaterThan(given);
  });
});

describe('keys', () => {
  const E = erasureOf(1, 'e');
  const H = holdOf(1, 'h');

  function withOfficers(): { ledger: TestLedger; oda: Uint8Array; omar: Uint8Array } {
    const ledger = new TestLedger();
    const oda = withPerson(ledger, ODA, 'privacy-officer', 1);
    const omar = withPerson(ledger, OMAR, 'admin', 2);
    expect(said(ledger.apply(1, eraseRequest(1, 'e', subjects('a', 'b'))))).toBe('applied');
    return { ledger, oda, omar };
  }

  it('erases what two persons of the organisation approved, and nothing of another clinic (7.7.3)', () => {
    const { ledger, oda, omar } = withOfficers();
    withPerson(ledger, DORA, 'doctor');
    expect(said(ledger.apply(1, eraseApprove(E, DORA, accountOf(DORA))))).toBe('no-officer');
    expect(said(ledger.apply(3, eraseApprove(E, ODA, oda)))).toBe('applied');
    expect(said(ledger.apply(3, eraseApprove(E, ODA, oda)))).toBe('already-applied');
    expect(said(ledger.apply(1, eraseApprove(E, ODA, oda, { issued: START + 1 })))).toBe('exists');
    expect(findErasure(ledger.state, E)).toMatchObject({ approved: 0 });
    expect(said(ledger.apply(4, shredAck(4, E)))).toBe('not-approved');
    expect(said(ledger.apply(1, eraseApprove(E, OMAR, omar)))).toBe('applied');
    expect(findErasure(ledger.state, E)!.approved).toBe(ledger.time);
    for (const subject of subjects('a', 'b')) {
      expect(findSubject(ledger.state, 1, subject)?.erasure).toEqual(E);
      expect(findSubject(ledger.state, 2, subject)).toBeUndefined();
    }
    expect(said(ledger.apply(4, shredAck(4, E)))).toBe('applied');
    expect(said(ledger.apply(4, shredAck(4, E)))).toBe('already-applied');
    expect(said(ledger.apply(4, shredAck(4, E, 5)))).toBe('exists');
    expect(findShred(ledger.state, E, 4)).toMatchObject({ removed: 3 });
    expect(findShred(ledger.state, E, 3)).toBeUndefined();
  });

  it('refuses approval while a hold keeps one of the subjects, and counts what came before it', () => {
    const { ledger, oda, omar } = withOfficers();
    expect(said(ledger.apply(1, eraseApprove(E, ODA, oda)))).toBe('applied');
    expect(said(ledger.apply(1, hold(1, 'h', subjects('b', 'c'))))).toBe('applied');
    expect(said(ledger.apply(1, hold(1, 'i', subjects('b'))))).toBe('applied');
    expect(said(ledger.apply(2, hold(2, 'h', subjects('a'))))).toBe('applied');
    expect(said(ledger.apply(1, eraseApprove(E, OMAR, omar)))).toBe('held');
    expect(said(ledger.apply(2, release(2, H)))).toBe('authority');
    expect(said(ledger.apply(1, release(1, H)))).toBe('applied');
    expect(said(ledger.apply(1, release(1, H, { issued: START + 1 })))).toBe('already-applied');
    expect(findSubject(ledger.state, 1, subjects('c')[0])).toBeUndefined();
    expect(said(ledger.apply(1, eraseApprove(E, OMAR, omar)))).toBe('held');
    expect(said(ledger.apply(1, release(1, holdOf(1, 'i'))))).toBe('applied');
    expect(said(ledger.apply(1, eraseApprove(E, OMAR, omar)))).toBe('applied');
    // what is gone is gone; the hold stands for what there still is
    expect(said(ledger.apply(1, hold(1, 'late', subjects('a'))))).toBe('applied');
    expect(findSubject(ledger.state, 1, subjects('a')[0])).toEqual({ holds: 1, erasure: E });
  });

  it('takes subjects once each, in order, and not too many (7.7.1)', () => {
    const ledger = new TestLedger();
    const [a, b] = subjects('a', 'b');
    const many = subjects(...Array.from({ length: 65 }, (_, index) => `${index}`));
    for (const bad of [[], [a, a], [b, a], many]) {
      expect(said(ledger.apply(1, eraseRequest(1, 'e', bad)))).toBe('payload');
      expect(said(ledger.apply(1, hold(1, 'h', bad)))).toBe('payload');
    }
    expect(said(ledger.apply(1, hold(1, 'h', many.slice(0, 64))))).toBe('applied');
  });
});

describe('audit.anchor', () => {
  const entry = (first: number, count: number, name = `${first}`) => ({ first, count, root: named(name) });

  it('takes events in their order without a gap, each clinic its own (7.8.2)', () => {
    const ledger = new TestLedger();
    const first = anchor(1, [entry(1, 5), entry(6, 1)]);
    expect(ledger.apply(1, first).entries.map(said)).toEqual(['applied', 'applied']);
    expect(ledger.apply(1, first).entries.map(said)).toEqual(['already-applied', 'already-applied']);
    expect(said(ledger.apply(1, anchor(1, [entry(8, 1)])))).toBe('anchor-order');
    expect(said(ledger.apply(1, anchor(1, [entry(2, 5)])))).toBe('anchor-order');
    expect(said(ledger.apply(1, anchor(1, [entry(1, 5, 'another')])))).toBe('exists');
    expect(ledger.apply(1, anchor(1, [entry(9, 1), entry(7, 2)])).entries.map(said)).toEqual([
      'anchor-order',
      'applied',
    ]);
    expect(findAnchors(ledger.state, 1).next).toBe(9);
    expect(said(ledger.apply(2, anchor(2, [entry(1, 1)])))).toBe('applied');
    expect(findAnchor(ledger.state, 1, 6)).toMatchObject({ count: 1, root: named('6') });
  });

  it('refuses values that its payload does not define', () => {
    const ledger = new TestLedger();
    for (const bad of [entry(0, 1), entry(1, 0), entry(1, 65_537), entry(Number.MAX_SAFE_INTEGER, 1)]) {
      expect(said(ledger.apply(1, anchor(1, [bad])))).toBe('payload');
    }
    expect(said(ledger.apply(1, anchor(1, [entry(1, 65_536)])))).toBe('applied');
  });

  it('keeps no row that no statement can name any more (7.8.3)', () => {
    const ledger = new TestLedger();
    for (const first of [1, 2, 3]) ledger.apply(1, anchor(1, [entry(first, 1)]));
    ledger.wait(DEVELOPMENT.statementMaxAge + 10 * T);
    const issued = ledger.time;
    ledger.apply(1, anchor(1, [entry(4, 1)], { issued }));
    expect([1, 2, 3, 4].map((first) => findAnchor(ledger.state, 1, first) !== undefined)).toEqual([
      false,
      false,
      true,
      true,
    ]);
    ledger.apply(1, anchor(1, [entry(5, 1)], { issued }));
    expect(findAnchors(ledger.state, 1)).toEqual({ next: 6, oldest: 4 });
    expect(said(ledger.apply(1, anchor(1, [entry(3, 1)], { issued })))).toBe('anchor-order');
  });
});

describe('links and retractions', () => {
  const [A, B] = [named('anna'), named('boris')];
  const LINK = linkObject(pairOf(A, B), 1);

  const register = (clinic: number, handles: Uint8Array[], issued = START): Statement =>
    statement({
      kind: kinds.PATIENTS_REGISTER,
      author: byClinic(clinic),
      payload: encodeRegister(handles),
      issued,
    });

  const retract = (clinic: number, handle: Uint8Array, version: number, issued = START): Statement =>
    statement({
      kind: kinds.PATIENTS_RETRACT,
      author: byClinic(clinic),
      object: attachmentObject(handle, clinic),
      version,
      payload: handle,
      issued,
    });

  it('link two handles by a clinic that has both, whichever stands first (7.4.5)', () => {
    const ledger = new TestLedger();
    expect(said(ledger.apply(1, link(1, A, B, 1)))).toBe('unknown-patient');
    ledger.apply(1, register(1, [A]));
    ledger.apply(2, register(2, [A, B]));
    expect(said(ledger.apply(1, link(1, A, B, 1)))).toBe('not-attached');
    ledger.apply(1, register(1, [B]));
    expect(said(ledger.apply(1, link(1, B, A, 1)))).toBe('applied');
    expect(said(ledger.apply(1, link(1, A, B, 1)))).toBe('already-applied');
    expect(said(ledger.apply(1, link(1, A, B, 2, START + 1)))).toBe('known');
    expect(findLink(ledger.state, LINK)).toMatchObject({ linked: true, version: 1, clinic: 1 });
    expect(() => pairOf(A, A)).toThrow();
  });

  it('are unlinked by every clinic that has one of them, and an end is not undone by sending it late (7.4.6)', () => {
    const ledger = new TestLedger();
    ledger.apply(1, register(1, [A, B]));
    ledger.apply(2, register(2, [B]));
    ledger.apply(1, link(1, A, B, 1));
    expect(said(ledger.apply(3, unlink(3, 1, A, B, 1)))).toBe('not-attached');
    expect(said(ledger.apply(2, unlink(2, 1, A, B, 1)))).toBe('applied');
    expect(findLink(ledger.state, LINK)).toMatchObject({ linked: false });
    expect(said(ledger.apply(1, link(1, A, B, 2, START + 1)))).toBe('applied');
    expect(said(ledger.apply(1, unlink(1, 1, A, B, 1, START + 2)))).toBe('already-applied');
    expect(findLink(ledger.state, LINK)).toMatchObject({ linked: true, version: 2 });
    expect(said(ledger.apply(1, unlink(1, 1, A, B, 3)))).toBe('version');
  });

  it('retract a registration by whoever was first, until somebody registers the patient again (7.4.7)', () => {
    const ledger = new TestLedger();
    ledger.apply(1, register(1, [A]));
    ledger.apply(2, register(2, [A]));
    expect(said(ledger.apply(2, retract(2, A, 1)))).toBe('authority');
    const mistake = retract(1, A, 1);
    expect(said(ledger.apply(1, mistake))).toBe('applied');
    expect(findAttachment(ledger.state, A, 1)?.attached).toBe(false);
    expect(findAttachment(ledger.state, A, 2)?.attached).toBe(true);
    expect(findRetraction(ledger.state, A)?.live).toBe(true);
    ledger.apply(3, register(3, [A]));
    expect(findRetraction(ledger.state, A)?.live).toBe(false);
    expect(said(ledger.apply(1, mistake))).toBe('already-applied');
    expect(findRetraction(ledger.state, A)?.live).toBe(false);
  });

  it('retract after a detach too, and not what was attached since', () => {
    const ledger = new TestLedger();
    const detach = (version: number): Statement => ({ ...retract(1, A, version), kind: kinds.PATIENTS_DETACH });
    ledger.apply(1, register(1, [A]));
    ledger.apply(1, detach(1));
    expect(said(ledger.apply(1, retract(1, A, 1)))).toBe('applied');
    expect(findRetraction(ledger.state, A)?.live).toBe(true);
    ledger.apply(1, register(1, [A], START + 5));
    expect(findRetraction(ledger.state, A)?.live).toBe(false);
    expect(said(ledger.apply(1, retract(1, A, 1, START + 6)))).toBe('already-applied');
    expect(findAttachment(ledger.state, A, 1)?.attached).toBe(true);
  });
});
