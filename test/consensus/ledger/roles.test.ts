// What a person may write follows from roles, ends, suspension and devices alone, by a model of them over random lives.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ROLES, type Role } from '../../../consensus/ledger/accounts/types.ts';
import { RECORDS_ADD } from '../../../consensus/ledger/kinds.ts';
import { encodeRecords } from '../../../consensus/ledger/records/types.ts';
import type { Statement } from '../../../consensus/ledger/types.ts';
import {
  accountOf,
  addKey,
  createAccount,
  GENESIS,
  named,
  type Person,
  person,
  revokeKey,
  salt,
  setRole,
  statement,
  suspend,
  T,
  TestLedger,
} from './fixture.ts';
import { said } from './refusals.ts';

const DORA = person('dora');
const PHONE = person('phone');
const ACCOUNT = accountOf(DORA);
const WRITERS: readonly Role[] = ['doctor', 'nurse', 'admin'];
const HOUR = 3_600_000;

type Move =
  | { readonly do: 'give'; readonly clinic: number; readonly role: Role; readonly ms: number }
  | { readonly do: 'end'; readonly clinic: number; readonly role: Role }
  | { readonly do: 'write'; readonly clinic: number; readonly by: Person }
  | { readonly do: 'lose' }
  | { readonly do: 'suspend'; readonly clinic: number }
  | { readonly do: 'wait'; readonly ms: number };

const clinic = fc.integer({ min: 1, max: 4 });
const role = fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...WRITERS) }, fc.constantFrom(...ROLES));
const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('give' as const), clinic, role, ms: fc.integer({ min: T, max: 3 * HOUR }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('end' as const), clinic, role }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('write' as const), clinic, by: fc.constantFrom(DORA, PHONE) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'lose' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('suspend' as const), clinic }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 2 * HOUR }) }) },
);

const organisationOf = (number: number): number => GENESIS.clinics[number - 1].organisation;

describe('roles on the chain', () => {
  it('property 31: role-based access: a person writes where a role is live, with a good device, and nowhere else', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.array(move, { minLength: 10, maxLength: 40 }), (moves) => {
        const ledger = new TestLedger();
        ledger.apply(1, createAccount(DORA));
        ledger.apply(1, addKey(ACCOUNT, DORA, PHONE));
        const roles = new Map<string, { clinic: number; role: Role; end: number; version: number }>();
        let suspended = false;
        let lost = false;
        let count = 0;
        for (const each of moves) {
          const issued = ledger.time;
          const time = ledger.time + T;
          if (each.do === 'wait') {
            ledger.wait(each.ms);
          } else if (each.do === 'give') {
            const name = `${each.clinic} ${each.role}`;
            const version = (roles.get(name)?.version ?? 0) + 1;
            const end = issued + each.ms;
            const given = setRole(ACCOUNT, each.clinic, each.role, end, { issued, version });
            const outcome = said(ledger.apply(each.clinic, given));
            expect(outcome).toBe(suspended ? 'account-suspended' : 'applied');
            if (!suspended) roles.set(name, { clinic: each.clinic, role: each.role, end, version });
          } else if (each.do === 'end') {
            const held = roles.get(`${each.clinic} ${each.role}`);
            const ended = setRole(ACCOUNT, each.clinic, each.role, issued, { issued, version: held?.version ?? 1 });
            const outcome = said(ledger.apply(each.clinic, ended));
            if (held === undefined) expect(outcome).toBe('unknown-object');
            else {
              expect(['applied', 'already-applied']).toContain(outcome);
              held.end = Math.min(held.end, issued);
            }
          } else if (each.do === 'lose') {
            const revoked = said(ledger.apply(3, revokeKey(ACCOUNT, DORA, PHONE.key, 'compromised', { issued })));
            expect(revoked).toBe(suspended ? 'account-suspended' : lost ? 'already-applied' : 'applied');
            lost ||= !suspended;
          } else if (each.do === 'suspend') {
            const own = organisationOf(each.clinic) === 1;
            const outcome = said(ledger.apply(each.clinic, suspend(ACCOUNT, each.clinic, { issued })));
            expect(outcome).toBe(!own ? 'authority' : suspended ? 'already-applied' : 'applied');
            suspended ||= own;
          } else {
            const live = [...roles.values()].some(
              (held) =>
                organisationOf(held.clinic) === organisationOf(each.clinic) &&
                WRITERS.includes(held.role) &&
                time < held.end,
            );
            const gone = lost && each.by === PHONE;
            const expected = suspended ? 'account-suspended' : gone ? 'key-ended' : live ? 'applied' : 'no-role';
            expect(said(ledger.apply(each.clinic, write(each.by, count++, issued)))).toBe(expected);
            seen.add(expected);
          }
        }
      }),
      { numRuns: 100 },
    );
    expect([...seen].sort()).toEqual(['account-suspended', 'applied', 'key-ended', 'no-role']);
  });
});

function write(by: Person, number: number, issued: number): Statement {
  const payload = encodeRecords([{ salt: salt(`${number}`), subject: named('s'), commitment: named('c') }]);
  return statement({ kind: RECORDS_ADD, author: by.author, issued, payload });
}
