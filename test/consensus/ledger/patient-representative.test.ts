// Who acts for a patient, as a clinic says it on the chain (PROTOCOL 7.4.16).
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Reader } from '../../../common/codec/reader.ts';
import * as kinds from '../../../consensus/ledger/kinds.ts';
import { attachmentObject } from '../../../consensus/ledger/patients/apply.ts';
import {
  decodeRepresentativeRow,
  encodeRepresentative,
  encodeRepresentativeRow,
  findRepresentative,
  type RepresentativePayload,
  readRepresentative,
  representativeObject,
} from '../../../consensus/ledger/patients/representative.ts';
import { encodeRegister } from '../../../consensus/ledger/patients/types.ts';
import type { Statement } from '../../../consensus/ledger/types.ts';
import { formatPid } from '../../../identity/patient/pid.ts';
import { publicEnd, representativeCommitment } from '../../../identity/patient/representative-commitment.ts';
import { byClinic, named, START, statement, TestLedger } from './fixture.ts';
import { said } from './refusals.ts';

const ANNA = named('anna');
const NOBODY = new Uint8Array(32);
const ENDS = START + 86_400_000;

function register(clinic: number): Statement {
  return statement({ kind: kinds.PATIENTS_REGISTER, author: byClinic(clinic), payload: encodeRegister([ANNA]) });
}

interface Said {
  readonly clinic?: number;
  readonly of?: number;
  readonly slot?: number;
  readonly ends?: number;
}

function names(version: number, commitment: Uint8Array, said: Said = {}): Statement {
  const { clinic = 1, slot = 0, ends = ENDS } = said;
  const { of = clinic } = said;
  const object = representativeObject(ANNA, of, slot);
  const payload = encodeRepresentative({ handle: ANNA, slot, commitment, ends });
  const kind = kinds.PATIENTS_REPRESENTATIVE;
  return statement({ kind, author: byClinic(clinic), object, version, payload, issued: START });
}

const nobody = (version: number, ends = 0): Statement => names(version, NOBODY, { ends });

describe('who acts for a patient', () => {
  it('is named by a clinic that has the patient, several in slots of their own, and counts for that clinic alone', () => {
    const ledger = new TestLedger();
    expect(said(ledger.apply(1, names(1, named('a'))))).toBe('not-attached');
    ledger.apply(1, register(1));
    expect(said(ledger.apply(1, names(1, named('a'))))).toBe('applied');
    expect(said(ledger.apply(1, names(1, named('a'))))).toBe('already-applied');
    expect(said(ledger.apply(1, names(1, named('b'))))).toBe('version');
    expect(said(ledger.apply(1, names(1, named('b'), { slot: 7 })))).toBe('applied');
    expect(said(ledger.apply(1, names(2, named('c'))))).toBe('applied');
    expect(findRepresentative(ledger.state, ANNA, 1, 0)).toMatchObject({ commitment: named('c'), version: 2 });
    expect(findRepresentative(ledger.state, ANNA, 1, 7)).toMatchObject({ commitment: named('b'), ends: ENDS });
    expect(findRepresentative(ledger.state, ANNA, 2, 0)).toBeUndefined();
    expect(said(ledger.apply(2, names(3, named('d'), { clinic: 2, of: 1 })))).toBe('object');
  });

  it('is not named for a time that is over by the clock of the chain', () => {
    const ledger = new TestLedger();
    ledger.apply(1, register(1));
    expect(said(ledger.apply(1, names(1, named('a'), { ends: START })))).toBe('representative-over');
    expect(said(ledger.apply(1, names(1, named('b'), { ends: ledger.time })))).toBe('representative-over');
    expect(said(ledger.apply(1, names(1, named('c'), { ends: ledger.time + 600_000 })))).toBe('applied');
  });

  it('is taken back also once the patient has left, and without an end', () => {
    const ledger = new TestLedger();
    ledger.apply(1, register(1));
    ledger.apply(1, names(1, named('a')));
    expect(said(ledger.apply(1, nobody(2, ENDS)))).toBe('payload');
    const object = attachmentObject(ANNA, 1);
    const leave = { kind: kinds.PATIENTS_DETACH, author: byClinic(1), object, version: 1, payload: ANNA };
    expect(said(ledger.apply(1, statement(leave)))).toBe('applied');
    expect(said(ledger.apply(1, names(2, named('b'))))).toBe('not-attached');
    expect(said(ledger.apply(1, nobody(2)))).toBe('applied');
    expect(findRepresentative(ledger.state, ANNA, 1, 0)).toMatchObject({ commitment: NOBODY, ends: 0, version: 2 });
  });

  it('has one encoding, and whatever else comes is refused or read as what it is', () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const time = fc.nat({ max: 2 ** 45 });
    const payload = fc.record({ handle: bytes, slot: fc.nat({ max: 255 }), commitment: bytes, ends: time });
    fc.assert(
      fc.property(payload, fc.nat({ max: 9 }), (given, version) => {
        expect(readRepresentative(new Reader(encodeRepresentative(given)))).toEqual(given);
        const row = { commitment: given.commitment, ends: given.ends, version, statement: given.handle };
        expect(decodeRepresentativeRow(encodeRepresentativeRow(row).slice())).toEqual(row);
      }),
      { numRuns: 50 },
    );
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ minLength: 72, maxLength: 74 }), fc.uint8Array()), (given) => {
        const read = attempt(given);
        if (read !== undefined) expect(encodeRepresentative(read)).toEqual(given);
      }),
      { numRuns: 200 },
    );
  });

  it('says nothing without the identifier, and no day on which a child comes of age', () => {
    const [one, other] = [1, 2].map((byte) => formatPid(new Uint8Array(20).fill(byte)));
    const mother = { account: ANNA, kind: 'guardian', ends: ENDS } as const;
    const commitment = representativeCommitment(one, mother);
    const others = [
      { ...mother, ends: ENDS + 1 },
      { ...mother, kind: 'delegate' as const },
    ];
    expect(representativeCommitment(other, mother)).not.toEqual(commitment);
    for (const terms of others) expect(representativeCommitment(one, terms)).not.toEqual(commitment);
    expect(publicEnd(Date.UTC(2031, 4, 17))).toBe(Date.UTC(2032, 0, 1));
    expect(publicEnd(Date.UTC(2031, 0, 1))).toBe(Date.UTC(2031, 0, 1));
    expect(publicEnd(Date.UTC(2031, 0, 1, 0, 0, 0, 1))).toBe(Date.UTC(2032, 0, 1));
  });
});

function attempt(bytes: Uint8Array): RepresentativePayload | undefined {
  const input = new Reader(bytes);
  try {
    const read = readRepresentative(input);
    input.end();
    return read;
  } catch {
    return undefined;
  }
}
