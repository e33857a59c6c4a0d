import { describe, expect, it } from 'vitest';
import type { Role } from '../../../consensus/ledger/accounts/types.ts';
import { RECORDS_ADD } from '../../../consensus/ledger/kinds.ts';
import { objectId } from '../../../consensus/ledger/objects.ts';
import { decodeRecordRow } from '../../../consensus/ledger/records/rows.ts';
import { encodeRecords, type RecordEntry } from '../../../consensus/ledger/records/types.ts';
import { recordKey } from '../../../consensus/ledger/tables.ts';
import type { Author, Statement } from '../../../consensus/ledger/types.ts';
import {
  accountOf,
  byClinic,
  createAccount,
  named,
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
const END = START + 100 * T;

function entry(name: string, commitment = name): RecordEntry {
  return { salt: salt(name), subject: named('subject'), commitment: named(commitment) };
}

function add(author: Author, entries: readonly RecordEntry[], fields: Partial<Statement> = {}): Statement {
  return statement({ kind: RECORDS_ADD, author, payload: encodeRecords(entries), ...fields });
}

describe('records.add', () => {
  it('creates an object per entry that keeps clinic, subject and commitment (7.5.1)', () => {
    const ledger = new TestLedger();
    const author = byClinic(3);
    expect(ledger.apply(3, add(author, [entry('a'), entry('b')])).entries.map(said)).toEqual(['applied', 'applied']);
    const row = decodeRecordRow(ledger.state.get(recordKey(objectId(RECORDS_ADD, author, salt('b'))))!);
    expect(row).toMatchObject({ clinic: 3, subject: named('subject'), commitment: named('b'), account: undefined });
  });

  it('applies the same statement once and keeps what an object says', () => {
    const ledger = new TestLedger();
    const first = add(byClinic(1), [entry('a')]);
    ledger.apply(1, first);
    expect(said(ledger.apply(1, first))).toBe('already-applied');
    const other = add(byClinic(1), [entry('a', 'other content'), entry('b')]);
    expect(ledger.apply(1, other).entries.map(said)).toEqual(['exists', 'applied']);
    const row = decodeRecordRow(ledger.state.get(recordKey(objectId(RECORDS_ADD, byClinic(1), salt('a'))))!);
    expect(row.commitment).toEqual(named('a'));
    // the same entry in another statement is no replay
    expect(said(ledger.apply(1, add(byClinic(1), [entry('a')], { issued: START + 1 })))).toBe('exists');
    // nobody can take another author's object id
    expect(said(ledger.apply(2, add(byClinic(2), [entry('a', 'elsewhere')])))).toBe('applied');
  });

  it('refuses two contents for one salt in one list', () => {
    const outcome = new TestLedger().apply(1, add(byClinic(1), [entry('a'), entry('a', 'other')]));
    expect(outcome.entries.map(said)).toEqual(['applied', 'exists']);
  });

  it('refuses an empty list and a broken entry', () => {
    const ledger = new TestLedger();
    expect(said(ledger.apply(1, add(byClinic(1), [])))).toBe('payload');
    expect(said(ledger.apply(1, add(byClinic(1), [], { payload: new Uint8Array(81) })))).toBe('payload');
  });

  it("lets doctors, nurses and admins of the sender's organisation write, and nobody else (7.5.2)", () => {
    const writes = (role: Role, giver: number, sender: number): string => {
      const ledger = new TestLedger();
      ledger.apply(1, createAccount(DORA));
      ledger.apply(giver, setRole(accountOf(DORA), giver, role, END));
      return said(ledger.apply(sender, add(DORA.author, [entry('a')])));
    };
    for (const role of ['doctor', 'nurse', 'admin'] as const) expect(writes(role, 1, 1)).toBe('applied');
    for (const role of ['patient', 'reception', 'researcher', 'auditor', 'privacy-officer'] as const) {
      expect(writes(role, 1, 1)).toBe('no-role');
    }
    expect(writes('doctor', 1, 2)).toBe('applied');
    expect(writes('doctor', 1, 3)).toBe('no-role');
    expect(writes('doctor', 3, 1)).toBe('no-role');
  });

  it('refuses a person whose role has ended at the block', () => {
    const ledger = new TestLedger();
    ledger.apply(1, createAccount(DORA));
    ledger.apply(1, setRole(accountOf(DORA), 1, 'doctor', END));
    ledger.time = END - T - 1;
    const attempt = () =>
      said(ledger.try([{ clinic: 1, statements: [add(DORA.author, [entry('a')])] }]).outcomes[0][0]);
    expect(attempt()).toBe('applied');
    ledger.time = END - T;
    expect(attempt()).toBe('no-role');
  });

  it('keeps the account of a person who wrote', () => {
    const ledger = new TestLedger();
    ledger.apply(1, createAccount(DORA));
    ledger.apply(1, setRole(accountOf(DORA), 1, 'doctor', END));
    ledger.apply(2, add(DORA.author, [entry('a')]));
    const row = decodeRecordRow(ledger.state.get(recordKey(objectId(RECORDS_ADD, DORA.author, salt('a'))))!);
    expect(row).toMatchObject({ clinic: 2, account: accountOf(DORA) });
  });
});
