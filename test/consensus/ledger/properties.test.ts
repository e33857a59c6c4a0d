// Random histories of all families over four clinics, against models of what must hold.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesToBigInt, compareBytes, EMPTY_BYTES, toHex } from '../../../common/bytes.ts';
import { Reader } from '../../../common/codec/reader.ts';
import { executeBlock } from '../../../consensus/ledger/execute-block.ts';
import * as kinds from '../../../consensus/ledger/kinds.ts';
import { attachmentObject } from '../../../consensus/ledger/patients/apply.ts';
import { decodePatientRow } from '../../../consensus/ledger/patients/rows.ts';
import { encodeRegister } from '../../../consensus/ledger/patients/types.ts';
import { encodeRecords } from '../../../consensus/ledger/records/types.ts';
import { patientKey } from '../../../consensus/ledger/tables.ts';
import { findThreat } from '../../../consensus/ledger/threats/apply.ts';
import { readReport } from '../../../consensus/ledger/threats/types.ts';
import type { Outcome, Statement } from '../../../consensus/ledger/types.ts';
import {
  amend,
  anchor,
  commit,
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
  addKey,
  byClinic,
  createAccount,
  named,
  person,
  Rows,
  RULES,
  revokeKey,
  type Send,
  START,
  salt,
  setRole,
  statement,
  suspend,
  T,
  TestLedger,
} from './fixture.ts';
import { said } from './refusals.ts';
import { DAY, extend, report, reportOf, revoke } from './threat-statements.ts';

const HANDLES = ['anna', 'boris', 'clara'].map((name) => named(name));
const DORA = person('dora');
const PHONE = person('phone');
const ACCOUNT = accountOf(DORA);
const END = START + DAY;

/** A statement and the clinic that sends it. */
interface Step {
  readonly clinic: number;
  readonly statement: Statement;
}

const clinics = fc.integer({ min: 1, max: 4 });
const small = fc.integer({ min: 1, max: 3 });
const handle = fc.constantFrom(...HANDLES);
const issued = fc.integer({ min: START - 5, max: START + 5 });

function child(kind: number, clinic: number, patient: Uint8Array, version: number, at: number): Statement {
  const object = attachmentObject(patient, clinic);
  return statement({ kind, author: byClinic(clinic), object, version, payload: patient, issued: at });
}

const step: fc.Arbitrary<Step> = clinics.chain((clinic) =>
  fc
    .oneof(
      fc.tuple(fc.array(handle, { minLength: 1, maxLength: 4 }), issued).map(([handles, at]) =>
        statement({
          kind: kinds.PATIENTS_REGISTER,
          author: byClinic(clinic),
          payload: encodeRegister(handles),
          issued: at,
        }),
      ),
      fc
        .tuple(handle, small, issued)
        .map(([one, version, at]) => child(kinds.PATIENTS_ATTACH, clinic, one, version, at)),
      fc
        .tuple(handle, small, issued)
        .map(([one, version, at]) => child(kinds.PATIENTS_DETACH, clinic, one, version, at)),
      fc.tuple(small, issued).map(([name, at]) => report(clinic, `r${name}`, { severity: 5 * name }, { issued: at })),
      fc
        .tuple(clinics, small, small, small)
        .map(([of, name, version, days]) => extend(clinic, reportOf(of, `r${name}`), version, START + days * DAY)),
      fc.tuple(clinics, small, small).map(([of, name, version]) => revoke(clinic, reportOf(of, `r${name}`), version)),
      fc.tuple(small, small).map(([name, content]) =>
        statement({
          kind: kinds.RECORDS_ADD,
          author: name === 1 ? DORA.author : byClinic(clinic),
          payload: encodeRecords([{ salt: salt(`${name}`), subject: named('s'), commitment: named(`${content}`) }]),
        }),
      ),
      fc
        .tuple(handle, small, issued)
        .map(([one, version, at]) => child(kinds.PATIENTS_RETRACT, clinic, one, version, at)),
      fc.tuple(small, issued).map(([version, at]) => link(clinic, HANDLES[0], HANDLES[1], version, at)),
      fc
        .tuple(clinics, small, issued)
        .map(([of, version, at]) => unlink(clinic, of, HANDLES[0], HANDLES[1], version, at)),
      fc
        .tuple(clinics, fc.constantFrom('addendum', 'correction', 'entered-in-error'), small)
        .map(([of, type, version]) => amend(byClinic(clinic), recordOf(byClinic(of), '2'), type, version)),
      small.map((name) => commit(name === 1 ? PHONE.author : byClinic(clinic), `c${name}`, END)),
      small.map((name) => revokeConsent(name === 1 ? PHONE.author : byClinic(clinic), `c${name}`)),
      small.map((name) => eraseRequest(clinic, `e${name}`, subjects('a', `${name}`))),
      fc.tuple(clinics, small).map(([of, name]) => eraseApprove(erasureOf(of, `e${name}`), DORA, ACCOUNT)),
      small.map((name) => hold(clinic, `h${name}`, subjects(`${name}`))),
      fc.tuple(clinics, small).map(([of, name]) => release(clinic, holdOf(of, `h${name}`))),
      fc.tuple(clinics, small).map(([of, name]) => shredAck(clinic, erasureOf(of, `e${name}`))),
      fc.tuple(small, small).map(([first, count]) => anchor(clinic, [{ first, count, root: named(`${first}`) }])),
      issued.map((at) => setRole(ACCOUNT, clinic, 'privacy-officer', END, { issued: at })),
      fc.constant(createAccount(DORA)),
      fc.constant(addKey(ACCOUNT, DORA, PHONE)),
      issued.map((at) => revokeKey(ACCOUNT, DORA, PHONE.key, at % 2 === 0 ? 'rotated' : 'compromised', { issued: at })),
      fc.tuple(small, issued).map(([version, at]) => setRole(ACCOUNT, clinic, 'doctor', END, { version, issued: at })),
      fc.constant(suspend(ACCOUNT, clinic)),
    )
    .map((one) => ({ clinic, statement: one })),
);

const history = fc.array(step, { minLength: 1, maxLength: 25 });
const sendOf = ({ clinic, statement: one }: Step): Send => ({ clinic, statements: [one] });

/** Every entry of it did something: one that was known may still do so when it is sent again after a detach. */
function hasFullEffect(outcome: Outcome): boolean {
  return [outcome, ...outcome.entries].every(({ status }) => status === 'applied' || status === 'attached');
}

function changes(before: Rows, after: Rows): string[] {
  const names = new Set([...before.rows.keys(), ...after.rows.keys()]);
  const text = (rows: Rows, name: string) => toHex(rows.rows.get(name) ?? new Uint8Array(0));
  // table 0x01 holds the sequences, which every transaction takes; 0x04 the checkpoints, of which every fourth block is one
  const isOwn = (name: string) => name.startsWith('01') || name.startsWith('04');
  return [...names].filter((name) => !isOwn(name) && text(before, name) !== text(after, name));
}

describe('property 1: patient id uniqueness', () => {
  it('registers a handle at most once, whatever clinics send at once, and knows who was first', () => {
    const lists = fc.array(fc.tuple(clinics, fc.array(handle, { minLength: 1, maxLength: 5 })), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(fc.array(lists, { minLength: 1, maxLength: 4 }), (blocks) => {
        const ledger = new TestLedger();
        const first = new Map<string, number>();
        const attached = new Set<string>();
        for (const lists of blocks) {
          const { outcomes } = ledger.block(
            lists.map(([clinic, handles]) => ({
              clinic,
              statements: [
                statement({
                  kind: kinds.PATIENTS_REGISTER,
                  author: byClinic(clinic),
                  payload: encodeRegister(handles),
                }),
              ],
            })),
          );
          for (const [index, [clinic, handles]] of lists.entries()) {
            const expected = handles.map((one) => {
              const name = toHex(one);
              const known = attached.has(`${name} ${clinic}`);
              attached.add(`${name} ${clinic}`);
              if (known) return 'known';
              if (first.has(name)) return 'attached';
              first.set(name, clinic);
              return 'applied';
            });
            expect(outcomes[index][0].entries.map(said)).toEqual(expected);
          }
        }
        for (const [name, clinic] of first) {
          expect(decodePatientRow(ledger.state.get(patientKey(Buffer.from(name, 'hex')))!).clinic).toBe(clinic);
        }
      }),
    );
  });
});

describe('property 3: registration persistence', () => {
  it('never loses or rewrites a registration, whatever follows it', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const ledger = new TestLedger();
        const register = statement({ kind: kinds.PATIENTS_REGISTER, author: byClinic(2), payload: HANDLES[0] });
        ledger.apply(2, register);
        const row = ledger.state.get(patientKey(HANDLES[0]));
        for (const one of steps) ledger.block([sendOf(one)]);
        expect(ledger.state.get(patientKey(HANDLES[0]))).toEqual(row);
      }),
    );
  });
});

describe('property 17: blocklist synchronisation', () => {
  it('gives every clinic the same reports from the same chain, as the rules state them', () => {
    const threatStep = step.filter(({ statement: one }) => one.kind >> 8 === 10);
    fc.assert(
      fc.property(fc.array(threatStep, { maxLength: 25 }), (steps) => {
        const ledger = new TestLedger();
        // a model of clauses 7.10.3 to 7.10.5 and 4.12 for these statements
        const model = new Map<string, { organisation: number; version: number; expires: number; live: boolean }>();
        /** Automatic ones end a day after their issue for good. */
        const latest = new Map<string, number>();
        const organisationOf = (clinic: number) => Math.max(1, clinic - 1);
        for (const one of steps) {
          const { clinic, statement: sent } = one;
          ledger.block([sendOf(one)]);
          const name = toHex(sent.object);
          const row = model.get(name);
          const organisation = organisationOf(clinic);
          if (sent.kind === kinds.THREATS_REPORT) {
            const reported = START - (START % 600_000);
            const { mode } = readReport(new Reader(sent.payload));
            const end = mode === 'automatic' ? sent.issued + DAY : Number.POSITIVE_INFINITY;
            if (row === undefined && reported <= sent.issued && START + DAY <= end) {
              model.set(name, { organisation, version: 1, expires: START + DAY, live: true });
              latest.set(name, end);
            }
          } else if (row !== undefined && row.organisation === organisation && row.live) {
            const expires = sent.kind === kinds.THREATS_EXTEND ? Number(bytesToBigInt(sent.payload)) : 0;
            if (sent.kind === kinds.THREATS_REVOKE && sent.version <= row.version) row.live = false;
            const longer = expires > row.expires && expires <= (latest.get(name) ?? 0);
            if (sent.kind === kinds.THREATS_EXTEND && sent.version === row.version + 1 && longer) {
              Object.assign(row, { version: sent.version, expires });
            }
          }
        }
        for (const clinic of [1, 2, 3, 4]) {
          for (const name of [1, 2, 3]) {
            const report = reportOf(clinic, `r${name}`);
            const expected = model.get(toHex(report));
            const found = findThreat(ledger.state, report);
            if (expected === undefined) expect(found).toBeUndefined();
            else expect(found).toMatchObject(expected);
          }
        }
      }),
    );
  });
});

describe('random histories', () => {
  it('have no second effect when any of their statements is sent again', () => {
    fc.assert(
      fc.property(history, fc.array(fc.nat(), { maxLength: 10 }), (steps, picks) => {
        const ledger = new TestLedger();
        const done = new Set<Step>();
        const run = (one: Step): void => {
          const [[outcome]] = ledger.block([sendOf(one)]).outcomes;
          if (hasFullEffect(outcome)) done.add(one);
        };
        for (const [index, one] of steps.entries()) {
          run(one);
          for (const pick of picks) {
            const again = steps[pick % (index + 1)];
            const before = ledger.state.copy();
            const wasDone = done.has(again);
            run(again);
            if (wasDone) expect(changes(before, ledger.state)).toEqual([]);
          }
        }
      }),
    );
  });

  it('never refuse what only takes away because something else changed', () => {
    // each of these is right at the start; between then and its block anything may happen that leaves its author's authority
    const enders = [
      { clinic: 1, statement: child(kinds.PATIENTS_RETRACT, 1, HANDLES[0], 1, START) },
      { clinic: 1, statement: unlink(1, 1, HANDLES[0], HANDLES[1], 1) },
      { clinic: 2, statement: revokeConsent(PHONE.author, 'c1') },
      { clinic: 1, statement: release(1, holdOf(1, 'h1')) },
      { clinic: 1, statement: child(kinds.PATIENTS_DETACH, 1, HANDLES[0], 1, START) },
      { clinic: 1, statement: revoke(1, reportOf(1, 'r1'), 1) },
      { clinic: 1, statement: suspend(ACCOUNT, 1) },
      { clinic: 3, statement: revokeKey(ACCOUNT, DORA, PHONE.key, 'compromised') },
    ];
    fc.assert(
      fc.property(history, fc.constantFrom(...enders), (steps, ender) => {
        const ledger = new TestLedger();
        const handles = encodeRegister(HANDLES);
        ledger.apply(
          1,
          statement({ kind: kinds.PATIENTS_REGISTER, author: byClinic(1), payload: handles, issued: START - 10 }),
        );
        ledger.apply(1, link(1, HANDLES[0], HANDLES[1], 1));
        ledger.apply(1, commit(PHONE.author, 'c1', END));
        ledger.apply(1, hold(1, 'h1', subjects('1')));
        ledger.apply(1, report(1, 'r1'));
        ledger.apply(1, createAccount(DORA));
        ledger.apply(1, addKey(ACCOUNT, DORA, PHONE));
        const byKey = ender.statement.kind === kinds.ACCOUNTS_REVOKE_KEY;
        for (const one of steps) {
          if (!(byKey && one.statement.kind === kinds.ACCOUNTS_SUSPEND)) ledger.block([sendOf(one)]);
        }
        expect(ledger.block([sendOf(ender)]).outcomes[0][0].status).not.toBe('refused');
      }),
    );
  });

  it('write nothing but a sequence for statements that are refused, already applied or known', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const ledger = new TestLedger();
        for (const one of steps) {
          const before = ledger.state.copy();
          const [[outcome]] = ledger.block([sendOf(one)]).outcomes;
          const effective = outcome.status === 'applied' || outcome.status === 'attached';
          expect(changes(before, ledger.state).length > 0).toBe(effective);
        }
      }),
    );
  });

  it('execute to the same writes twice, in the order of keys, whatever the order of rows behind them', () => {
    fc.assert(
      fc.property(history, history, (steps, block) => {
        const ledger = new TestLedger();
        for (const one of steps) ledger.block([sendOf(one)]);
        const transactions = ledger.seal(block.map(sendOf));
        const header = ledger.header();
        const once = executeBlock(
          RULES,
          ledger.state,
          { header, certificate: EMPTY_BYTES, transactions },
          { recentSigners: [] },
        );
        const turned = new Rows();
        for (const [name, row] of [...ledger.state.rows].reverse()) turned.rows.set(name, row.slice());
        const reads: string[] = [];
        const spied = {
          get(key: Uint8Array) {
            reads.push(toHex(key));
            return turned.get(key);
          },
        };
        const twice = executeBlock(
          { ...RULES },
          spied,
          { header: { ...header }, certificate: EMPTY_BYTES, transactions },
          { recentSigners: [] },
        );
        expect(twice).toEqual(once);
        const keys = once.writes.map(([key]) => key);
        expect(keys).toEqual([...keys].sort(compareBytes));
        expect(new Set(reads).size).toBe(reads.length);
      }),
    );
  });

  it('come to the same state in one block as in many', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const many = new TestLedger();
        const outcomes: Outcome[] = [];
        for (const one of steps) {
          outcomes.push(...many.block([sendOf(one)]).outcomes.flat());
          many.height -= 1;
          many.time -= T;
        }
        const whole = new TestLedger();
        expect(whole.block(steps.map(sendOf)).outcomes.flat()).toEqual(outcomes);
        expect(changes(many.state, whole.state)).toEqual([]);
      }),
    );
  });
});
