// Which account is that of a patient, as a clinic says it on the chain (PROTOCOL 7.4.15).
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Reader } from '../../../common/codec/reader.ts';
import * as kinds from '../../../consensus/ledger/kinds.ts';
import {
  encodePatientAccount,
  findPatientAccount,
  patientAccountObject,
  readPatientAccount,
} from '../../../consensus/ledger/patients/account.ts';
import { attachmentObject } from '../../../consensus/ledger/patients/apply.ts';
import { encodeRegister } from '../../../consensus/ledger/patients/types.ts';
import type { Statement } from '../../../consensus/ledger/types.ts';
import { accountCommitment } from '../../../identity/patient/account-commitment.ts';
import { formatPid } from '../../../identity/patient/pid.ts';
import { byClinic, named, START, statement, TestLedger } from './fixture.ts';
import { said } from './refusals.ts';

const ANNA = named('anna');
const NOBODY = new Uint8Array(32);

function register(clinic: number): Statement {
  return statement({ kind: kinds.PATIENTS_REGISTER, author: byClinic(clinic), payload: encodeRegister([ANNA]) });
}

function account(clinic: number, version: number, commitment: Uint8Array, of = clinic): Statement {
  const object = patientAccountObject(ANNA, of);
  const payload = encodePatientAccount({ handle: ANNA, commitment });
  return statement({ kind: kinds.PATIENTS_ACCOUNT, author: byClinic(clinic), object, version, payload, issued: START });
}

describe('the account of a patient', () => {
  it('is named by a clinic that has the patient, replaced by the next version, and counts for that clinic alone', () => {
    const ledger = new TestLedger();
    expect(said(ledger.apply(1, account(1, 1, named('a'))))).toBe('not-attached');
    ledger.apply(1, register(1));
    expect(said(ledger.apply(1, account(1, 1, named('a'))))).toBe('applied');
    expect(said(ledger.apply(1, account(1, 1, named('a'))))).toBe('already-applied');
    expect(said(ledger.apply(1, account(1, 1, named('b'))))).toBe('version');
    expect(said(ledger.apply(1, account(1, 2, named('b'))))).toBe('applied');
    expect(findPatientAccount(ledger.state, ANNA, 1)).toMatchObject({ commitment: named('b'), version: 2 });
    expect(findPatientAccount(ledger.state, ANNA, 2)).toBeUndefined();
    expect(said(ledger.apply(2, account(2, 3, named('c'), 1)))).toBe('object');
  });

  it('is taken back also once the patient has left', () => {
    const ledger = new TestLedger();
    ledger.apply(1, register(1));
    ledger.apply(1, account(1, 1, named('a')));
    const object = attachmentObject(ANNA, 1);
    const leave = { kind: kinds.PATIENTS_DETACH, author: byClinic(1), object, version: 1, payload: ANNA };
    expect(said(ledger.apply(1, statement(leave)))).toBe('applied');
    expect(said(ledger.apply(1, account(1, 2, named('b'))))).toBe('not-attached');
    expect(said(ledger.apply(1, account(1, 2, NOBODY)))).toBe('applied');
    expect(findPatientAccount(ledger.state, ANNA, 1)?.commitment).toEqual(NOBODY);
  });

  it('has one encoding, and a commitment that says nothing without the identifier', () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(bytes, bytes, (handle, commitment) => {
        const input = new Reader(encodePatientAccount({ handle, commitment }));
        expect(readPatientAccount(input)).toEqual({ handle, commitment });
      }),
      { numRuns: 50 },
    );
    const [one, other] = [1, 2].map((byte) => formatPid(new Uint8Array(20).fill(byte)));
    expect(accountCommitment(one, ANNA)).not.toEqual(accountCommitment(other, ANNA));
  });
});
