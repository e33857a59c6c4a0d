import { describe, expect, it } from 'vitest';
import { PATIENTS_ATTACH, PATIENTS_DETACH, PATIENTS_REGISTER } from '../../../consensus/ledger/kinds.ts';
import { attachmentObject } from '../../../consensus/ledger/patients/apply.ts';
import { decodePatientClinicRow, decodePatientRow } from '../../../consensus/ledger/patients/rows.ts';
import { encodeRegister } from '../../../consensus/ledger/patients/types.ts';
import { patientClinicKey, patientKey } from '../../../consensus/ledger/tables.ts';
import type { Statement } from '../../../consensus/ledger/types.ts';
import { byClinic, named, person, START, statement, TestLedger } from './fixture.ts';
import { said } from './refusals.ts';

const ANNA = named('anna');
const BORIS = named('boris');

function register(clinic: number, handles: readonly Uint8Array[], fields: Partial<Statement> = {}): Statement {
  return statement({ kind: PATIENTS_REGISTER, author: byClinic(clinic), payload: encodeRegister(handles), ...fields });
}

function attachment(
  kind: number,
  clinic: number,
  handle: Uint8Array,
  version: number,
  fields: Partial<Statement> = {},
) {
  const object = attachmentObject(handle, clinic);
  return statement({ kind, author: byClinic(clinic), object, version, payload: handle, ...fields });
}

const attach = (clinic: number, handle: Uint8Array, version: number, fields?: Partial<Statement>) =>
  attachment(PATIENTS_ATTACH, clinic, handle, version, fields);
const detach = (clinic: number, handle: Uint8Array, version: number, fields?: Partial<Statement>) =>
  attachment(PATIENTS_DETACH, clinic, handle, version, fields);

function isAttached(ledger: TestLedger, clinic: number, handle: Uint8Array): boolean {
  const row = ledger.state.get(patientClinicKey(handle, clinic));
  return row !== undefined && decodePatientClinicRow(row).attached;
}

describe('patients.register', () => {
  it('applies the first registration, attaches another clinic, knows the same one (7.4.1)', () => {
    const ledger = new TestLedger();
    expect(ledger.apply(1, register(1, [ANNA])).entries.map(said)).toEqual(['applied']);
    expect(ledger.apply(3, register(3, [ANNA, BORIS])).entries.map(said)).toEqual(['attached', 'applied']);
    expect(ledger.apply(1, register(1, [ANNA], { issued: START + 1 })).entries.map(said)).toEqual(['known']);
    const row = decodePatientRow(ledger.state.get(patientKey(ANNA))!);
    expect([row.clinic, row.height]).toEqual([1, 1]);
    expect(isAttached(ledger, 1, ANNA) && isAttached(ledger, 3, ANNA)).toBe(true);
  });

  it('counts a handle that a list names twice once', () => {
    const ledger = new TestLedger();
    expect(ledger.apply(1, register(1, [ANNA, ANNA])).entries.map(said)).toEqual(['applied', 'known']);
  });

  it('tells its events from first and further registrations', () => {
    const ledger = new TestLedger();
    const types = (clinic: number) =>
      ledger
        .block([{ clinic, statements: [register(clinic, [ANNA], { issued: ledger.time })] }])
        .events.filter((event) => event.family === 'patients')
        .map((event) => event.type);
    expect([types(1), types(2), types(1)]).toEqual([['registered'], ['attached'], []]);
  });

  it('refuses an empty list, a broken one, an object, a version and a person', () => {
    const ledger = new TestLedger();
    expect(said(ledger.apply(1, register(1, [])))).toBe('payload');
    expect(said(ledger.apply(1, register(1, [ANNA], { payload: new Uint8Array(33) })))).toBe('payload');
    expect(said(ledger.apply(1, register(1, [ANNA], { version: 1 })))).toBe('object');
    expect(said(ledger.apply(1, register(1, [ANNA], { object: named('x') })))).toBe('object');
    const { author } = person('pat');
    expect(said(ledger.apply(1, register(1, [ANNA], { author, signature: new Uint8Array(64) })))).toBe('author');
    expect(ledger.state.get(patientKey(ANNA))).toBeUndefined();
  });

  it('attaches again after the own detach, when issued later (7.4.2)', () => {
    const ledger = new TestLedger();
    const first = register(1, [ANNA]);
    ledger.apply(1, first);
    expect(said(ledger.apply(1, detach(1, ANNA, 1, { issued: START + 10 })))).toBe('applied');
    // the first registration, wrapped a second time, does not undo the detach
    expect(said(ledger.apply(1, first))).toBe('known');
    expect(said(ledger.apply(1, register(1, [ANNA], { issued: START + 10 })))).toBe('known');
    expect(isAttached(ledger, 1, ANNA)).toBe(false);
    expect(said(ledger.apply(1, register(1, [ANNA], { issued: START + 11 })))).toBe('attached');
    expect(isAttached(ledger, 1, ANNA)).toBe(true);
  });
});

describe('patients.attach and detach', () => {
  it('refuses to attach a patient whom nobody registered (7.4.3)', () => {
    expect(said(new TestLedger().apply(1, attach(1, ANNA, 1)))).toBe('unknown-patient');
  });

  it('attaches, knows, detaches and attaches in the next version', () => {
    const ledger = new TestLedger();
    ledger.apply(1, register(1, [ANNA]));
    const once = attach(3, ANNA, 1);
    expect(said(ledger.apply(3, once))).toBe('applied');
    expect(said(ledger.apply(3, once))).toBe('already-applied');
    expect(said(ledger.apply(3, attach(3, ANNA, 1, { issued: START + 1 })))).toBe('known');
    expect(said(ledger.apply(3, detach(3, ANNA, 1)))).toBe('applied');
    expect(said(ledger.apply(3, once))).toBe('version');
    expect(said(ledger.apply(3, attach(3, ANNA, 2)))).toBe('applied');
    expect(isAttached(ledger, 3, ANNA)).toBe(true);
    expect(isAttached(ledger, 1, ANNA)).toBe(true);
  });

  it("refuses another clinic's object, a payload that does not match and an attachment that never was", () => {
    const ledger = new TestLedger();
    ledger.apply(1, register(1, [ANNA, BORIS]));
    expect(said(ledger.apply(3, detach(3, ANNA, 1, { object: attachmentObject(ANNA, 1) })))).toBe('object');
    expect(said(ledger.apply(1, detach(1, ANNA, 1, { payload: BORIS })))).toBe('object');
    expect(said(ledger.apply(1, attach(1, ANNA, 2, { object: attachmentObject(BORIS, 1) })))).toBe('object');
    expect(said(ledger.apply(1, detach(1, ANNA, 1, { payload: new Uint8Array(31) })))).toBe('payload');
    expect(said(ledger.apply(1, attach(1, ANNA, 2, { payload: new Uint8Array(33) })))).toBe('payload');
    expect(said(ledger.apply(3, detach(3, ANNA, 1)))).toBe('unknown-object');
  });

  it('ends only versions that were, and each of them once (4.8, 7.4.4)', () => {
    const ledger = new TestLedger();
    ledger.apply(1, register(1, [ANNA]));
    const first = detach(1, ANNA, 1);
    expect(said(ledger.apply(1, detach(1, ANNA, 0)))).toBe('version');
    expect(said(ledger.apply(1, detach(1, ANNA, 2)))).toBe('version');
    expect(said(ledger.apply(1, first))).toBe('applied');
    expect(said(ledger.apply(1, attach(1, ANNA, 2)))).toBe('applied');
    // the detach of the first life, replayed, leaves the second one alone
    expect(said(ledger.apply(1, first))).toBe('already-applied');
    expect(isAttached(ledger, 1, ANNA)).toBe(true);
  });
});
