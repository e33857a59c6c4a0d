// What a clinic makes of an account and of what it received: only ever less than the chain gives, and by who may take it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../common/bytes.ts';
import { recoveryObject } from '../../consensus/ledger/accounts/recovery/types.ts';
import type { KeyRow, KeyStatus } from '../../consensus/ledger/accounts/rows.ts';
import { encodeRevokeKey, encodeSetRole, keyObject, ROLES, roleObject } from '../../consensus/ledger/accounts/types.ts';
import * as kinds from '../../consensus/ledger/kinds.ts';
import type { Author, Statement } from '../../consensus/ledger/types.ts';
import {
  Ends,
  endOf,
  MAX_CLINIC_ENDS,
  MAX_PERSON_ENDS,
  MAX_PERSONS_ENDS,
  type NewEnd,
} from '../../node/accounts/ends.ts';
import { type AccountRows, accountView, roleEnd } from '../../node/accounts/view.ts';

const NOW = 1_760_000_000_000;
const ACCOUNT = new Uint8Array(32).fill(7);
const KEYS = [1, 2, 3].map((n) => new Uint8Array(32).fill(n));
const STRANGER = new Uint8Array(32).fill(9);
const OBJECT = { version: 2, live: true, created: ACCOUNT, latest: ACCOUNT };

function keyRow(status: KeyStatus): KeyRow {
  const ended = status === 'live' ? { revokedAt: 0, endsAt: 0 } : { revokedAt: NOW - 10, endsAt: NOW + 10 };
  return { ...OBJECT, account: ACCOUNT, encryptionKey: ACCOUNT, status, ...ended };
}

function rows(statuses: readonly KeyStatus[]): AccountRows {
  const owner = { organisation: 1, clinic: 1, profile: ACCOUNT, recoveryKey: undefined };
  const recovery = { ...OBJECT, ended: 1, key: STRANGER, encryptionKey: STRANGER, readyAt: NOW, finished: false };
  return { row: { ...OBJECT, ...owner, keys: KEYS }, keys: statuses.map(keyRow), recovery };
}

const LIVE = rows(['live', 'live', 'live']);
const person = (key: Uint8Array): Author => ({ type: 'person', key });
let made = 0;

function received(clinic: number, organisation: number, fields: Partial<Statement>): NewEnd | undefined {
  const signature = fields.author?.type === 'person' ? new Uint8Array(64) : undefined;
  const author: Author = { type: 'clinic', clinic };
  const plain = { object: ACCOUNT, version: 1, issued: NOW, payload: new Uint8Array(0), attachment: undefined };
  const statement = { kind: kinds.ACCOUNTS_SUSPEND, author, signature, ...plain, ...fields };
  const id = new Uint8Array(32);
  new DataView(id.buffer).setUint32(0, ++made);
  return endOf({ id, statement, clinic, organisation });
}

function revoke(by: Uint8Array, key: Uint8Array, reason: 'rotated' | 'compromised', object = keyObject(ACCOUNT, key)) {
  const payload = encodeRevokeKey({ key, reason });
  return received(3, 2, { kind: kinds.ACCOUNTS_REVOKE_KEY, author: person(by), object, payload });
}

function endRole(clinic: number, end: number, version = 1): NewEnd | undefined {
  const payload = encodeSetRole({ account: ACCOUNT, role: 'doctor', end });
  const object = roleObject(ACCOUNT, clinic, 'doctor');
  return received(clinic, 1, { kind: kinds.ACCOUNTS_SET_ROLE, object, version, payload });
}

const veto = (by: Uint8Array, version: number) =>
  received(2, 1, {
    ...{ kind: kinds.ACCOUNTS_RECOVER_VETO, author: person(by) },
    ...{ object: recoveryObject(ACCOUNT), version },
  });

function with_(...ends: readonly (NewEnd | undefined)[]): Ends {
  const kept = new Ends();
  for (const end of ends) if (end !== undefined) kept.add(end);
  return kept;
}

const statuses = (ends: Ends, from = LIVE) => accountView(ACCOUNT, from, ends, NOW).keys.map(({ status }) => status);

describe('an account as a clinic obeys it', () => {
  it('is suspended by its own organisation from receipt, and by no other', () => {
    const view = (ends: Ends) => accountView(ACCOUNT, LIVE, ends, NOW);
    expect(view(with_(received(2, 1, {})))).toMatchObject({ suspended: true, suspensionPending: true });
    expect(view(with_(received(3, 2, {})))).toMatchObject({ suspended: false, suspensionPending: false });
    const gone = { ...LIVE, row: { ...LIVE.row, live: false } };
    expect(accountView(ACCOUNT, gone, with_(), NOW)).toMatchObject({ suspended: true, suspensionPending: false });
  });

  it('loses a device to another good one of its own, and to nobody else', () => {
    expect(statuses(with_(revoke(KEYS[0], KEYS[1], 'compromised')))).toEqual(['live', 'compromised', 'live']);
    expect(statuses(with_(revoke(KEYS[0], KEYS[1], 'rotated')))).toEqual(['live', 'rotated', 'live']);
    const both = with_(revoke(KEYS[0], KEYS[1], 'rotated'), revoke(KEYS[2], KEYS[1], 'compromised'));
    expect(statuses(both)).toEqual(['live', 'compromised', 'live']);
    expect(statuses(with_(revoke(STRANGER, KEYS[1], 'compromised')))).toEqual(['live', 'live', 'live']);
    const elsewhere = revoke(KEYS[0], KEYS[1], 'compromised', keyObject(STRANGER, KEYS[1]));
    expect(statuses(with_(elsewhere))).toEqual(['live', 'live', 'live']);
    const lost = rows(['compromised', 'live', 'live']);
    expect(statuses(with_(revoke(KEYS[0], KEYS[1], 'compromised')), lost)).toEqual(['compromised', 'live', 'live']);
    // Two that end each other are both out: neither can undo what the other one fears.
    const duel = with_(revoke(KEYS[0], KEYS[1], 'compromised'), revoke(KEYS[1], KEYS[0], 'compromised'));
    expect(statuses(duel)).toEqual(['compromised', 'compromised', 'live']);
  });

  it('loses a role to the clinic that gave it, but not one that was given since', () => {
    const row = { ...OBJECT, version: 3, end: NOW + 1000, ended: 1 };
    const end = (...ends: (NewEnd | undefined)[]) => roleEnd(row, 2, 'doctor', with_(...ends).ofAccount(ACCOUNT));
    expect(end(endRole(2, NOW - 5, 3))).toBe(NOW - 5);
    expect(end(endRole(2, NOW - 5, 2))).toBe(NOW - 5);
    expect(end(endRole(2, NOW - 5, 1))).toBe(NOW + 1000);
    expect(end(endRole(2, NOW - 5, 4))).toBe(NOW + 1000);
    expect(end(endRole(3, NOW - 5, 3))).toBe(NOW + 1000);
    // A shorter term is a change, and waits for its block.
    expect(endRole(2, NOW + 1)).toBeUndefined();
  });

  it('has a recovery stopped by a good device, by the version that is open', () => {
    const state = (...ends: (NewEnd | undefined)[]) => accountView(ACCOUNT, LIVE, with_(...ends), NOW).recovery?.state;
    expect(state()).toBe('open');
    expect(state(veto(KEYS[1], 2))).toBe('stopped');
    expect(state(veto(STRANGER, 2))).toBe('open');
    expect(state(veto(KEYS[1], 1))).toBe('open');
    expect(state(veto(KEYS[1], 3))).toBe('open');
  });

  it('is never more than what the chain says, whatever was received', () => {
    const bytes = fc.constantFrom(ACCOUNT, STRANGER, ...KEYS);
    const object = fc.oneof(
      bytes,
      fc.constantFrom(...KEYS).map((key) => keyObject(ACCOUNT, key)),
      fc.constant(recoveryObject(ACCOUNT)),
      fc.constant(roleObject(ACCOUNT, 2, 'doctor')),
    );
    const payload = fc.oneof(
      fc.constant(new Uint8Array(0)),
      fc.uint8Array({ maxLength: 64 }),
      fc
        .tuple(bytes, fc.constantFrom('rotated' as const, 'compromised' as const))
        .map(([key, reason]) => encodeRevokeKey({ key, reason })),
      fc
        .tuple(bytes, fc.constantFrom(...ROLES), fc.constantFrom(0, NOW, NOW + 1))
        .map(([account, role, end]) => encodeSetRole({ account, role, end })),
    );
    const statement = fc.record({
      kind: fc.oneof(fc.constantFrom(...kinds.KINDS.map(({ number }) => number)), fc.nat(0xffff)),
      author: fc.oneof(
        bytes.map(person),
        fc.constantFrom(1, 2, 3).map((clinic): Author => ({ type: 'clinic', clinic })),
      ),
      object,
      version: fc.nat(4),
      issued: fc.constantFrom(0, NOW - 20, NOW, NOW + 5),
      payload,
    });
    const standing = fc.constantFrom<KeyStatus>('live', 'rotated', 'compromised');
    const worse: readonly KeyStatus[] = ['live', 'rotated', 'compromised'];
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(1, 2, 3), fc.constantFrom(1, 2), statement), { maxLength: 12 }),
        fc.tuple(standing, standing, standing),
        (given, chain) => {
          const ends = with_(...given.map(([clinic, organisation, fields]) => received(clinic, organisation, fields)));
          const from = rows(chain);
          const plain = accountView(ACCOUNT, from, new Ends(), NOW);
          const view = accountView(ACCOUNT, from, ends, NOW);
          expect(view.suspended || !plain.suspended).toBe(true);
          for (const [index, { status, key }] of view.keys.entries()) {
            expect(toHex(key)).toBe(toHex(KEYS[index]));
            expect(worse.indexOf(status)).toBeGreaterThanOrEqual(worse.indexOf(chain[index]));
          }
          const row = { ...OBJECT, end: NOW + 1000, ended: 0 };
          expect(roleEnd(row, 2, 'doctor', ends.ofAccount(ACCOUNT))).toBeLessThanOrEqual(row.end);
        },
      ),
    );
  });
});

describe('received ends', () => {
  it('are kept once, up to a bound for each clinic, and go without a trace', () => {
    const ends = new Ends();
    const first = received(1, 1, {})!;
    expect([ends.add(first), ends.add(first)]).toEqual([true, false]);
    for (let n = 1; n < MAX_CLINIC_ENDS; n++) expect(ends.add(received(1, 1, {})!)).toBe(true);
    expect(ends.add(received(1, 1, {})!)).toBe(false);
    expect(ends.add(received(2, 1, {})!)).toBe(true);
    expect([ends.remove(first.end.id), ends.remove(first.end.id)]).toEqual([true, false]);
    expect(ends.add(received(1, 1, {})!)).toBe(true);
  });

  it('of one person leave room for others, and of all persons of a clinic for the clinic and for other clinics', () => {
    const ends = new Ends();
    // `revoke` comes by clinic 3.
    for (let n = 0; n < MAX_PERSON_ENDS; n++) expect(ends.add(revoke(KEYS[0], KEYS[1], 'rotated')!)).toBe(true);
    expect(ends.add(revoke(KEYS[0], KEYS[1], 'rotated')!)).toBe(false);
    let author = 0;
    const another = () =>
      new Uint8Array(32)
        .fill(4)
        .fill(++author >> 8, 0, 1)
        .fill(author, 1, 2);
    for (let n = MAX_PERSON_ENDS; n < MAX_PERSONS_ENDS; n++) {
      expect(ends.add(revoke(another(), KEYS[1], 'rotated')!)).toBe(true);
    }
    expect(ends.add(revoke(another(), KEYS[1], 'rotated')!)).toBe(false);
    expect(ends.add(received(3, 2, {})!)).toBe(true);
    expect(ends.add(veto(KEYS[0], 2)!)).toBe(true);
  });

  it('leave nothing when they are decided', () => {
    const kept = [received(1, 1, {})!, revoke(KEYS[0], KEYS[1], 'rotated')!, veto(KEYS[0], 2)!, endRole(2, NOW)!];
    const ends = with_(...kept);
    for (const { end } of kept) ends.remove(end.id);
    expect(ends.size).toBe(0);
    expect(accountView(ACCOUNT, LIVE, ends, NOW)).toEqual(accountView(ACCOUNT, LIVE, new Ends(), NOW));
  });
});
