import { describe, expect, it } from 'vitest';
import { findAccount, findKey } from '../../../consensus/ledger/accounts/read.ts';
import { encodeAddKey, encodeCreate, ROLES } from '../../../consensus/ledger/accounts/types.ts';
import { RECORDS_ADD } from '../../../consensus/ledger/kinds.ts';
import { encodeRecords } from '../../../consensus/ledger/records/types.ts';
import type { Statement } from '../../../consensus/ledger/types.ts';
import { DEVELOPMENT } from '../../../consensus/params.ts';
import {
  accountOf,
  addKey,
  createAccount,
  named,
  type Person,
  person,
  revokeKey,
  START,
  salt,
  setRole,
  statement,
  suspend,
  T,
  TestLedger,
} from './fixture.ts';
import { said } from './refusals.ts';

const DORA = person('dora');
const PHONE = person("dora's phone");
const MALLORY = person('mallory');
const ACCOUNT = accountOf(DORA);
/** y of a point of order 8: on the curve, canonical, and in no honest key. */
const SMALL_ORDER = Uint8Array.from(
  Buffer.from('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'hex'),
);

function withAccount(): TestLedger {
  const ledger = new TestLedger();
  expect(said(ledger.apply(1, createAccount(DORA)))).toBe('applied');
  return ledger;
}

/** Any statement of a person whose key is good: without a role it is refused for just that. */
function act(by: Person, issued = START): Statement {
  const payload = encodeRecords([{ salt: salt('r'), subject: named('s'), commitment: named('c') }]);
  return statement({ kind: RECORDS_ADD, author: by.author, issued, payload });
}
const GOOD = 'no-role';

describe('accounts.create', () => {
  it("makes an account of the sender's organisation with its first key (7.3.1)", () => {
    const ledger = withAccount();
    expect(findAccount(ledger.state, ACCOUNT)).toMatchObject({ organisation: 1, clinic: 1, version: 1, live: true });
    expect(findKey(ledger.state, DORA.key)).toMatchObject({ account: ACCOUNT, status: 'live', endsAt: 0 });
    expect(said(ledger.apply(4, act(DORA)))).toBe(GOOD);
  });

  it('is applied once, and once per key', () => {
    const ledger = withAccount();
    expect(said(ledger.apply(3, createAccount(DORA)))).toBe('already-applied');
    expect(said(ledger.apply(1, createAccount(DORA, { issued: START + 1 })))).toBe('exists');
    const payload = encodeCreate({
      ...{ salt: salt('second'), encryptionKey: named('x'), profile: named('p') },
      recoveryKey: undefined,
    });
    expect(said(ledger.apply(1, createAccount(DORA, { payload })))).toBe('object');
  });

  it('refuses a second account for one key', () => {
    const ledger = withAccount();
    expect(said(ledger.apply(1, addKey(ACCOUNT, DORA, PHONE)))).toBe('applied');
    expect(said(ledger.apply(1, createAccount(PHONE)))).toBe('key-known');
  });

  it('refuses a clinic as author, another version, a broken payload and a key with torsion', () => {
    const ledger = new TestLedger();
    const weak = { seed: new Uint8Array(32), key: SMALL_ORDER, author: { type: 'person', key: SMALL_ORDER } } as const;
    expect(said(ledger.apply(1, createAccount(weak)))).toBe('key-invalid');
    expect(said(ledger.apply(1, createAccount(DORA, { version: 2 })))).toBe('version');
    expect(said(ledger.apply(1, createAccount(DORA, { payload: new Uint8Array(79) })))).toBe('payload');
    const author = { type: 'clinic', clinic: 1 } as const;
    expect(said(ledger.apply(1, createAccount(DORA, { author, signature: undefined })))).toBe('author');
  });
});

describe('accounts.add-key', () => {
  it('adds a key that then acts for the account (7.3.2)', () => {
    const ledger = withAccount();
    const add = addKey(ACCOUNT, DORA, PHONE);
    expect(said(ledger.apply(2, act(PHONE)))).toBe('unknown-key');
    expect(said(ledger.apply(2, add))).toBe('applied');
    expect(said(ledger.apply(2, add))).toBe('already-applied');
    expect(said(ledger.apply(2, act(PHONE)))).toBe(GOOD);
  });

  it('refuses a key without proof, of another account, with torsion, and a stranger as author', () => {
    const ledger = withAccount();
    const forged = encodeAddKey({ key: PHONE.key, encryptionKey: named('x'), proof: new Uint8Array(64) });
    expect(said(ledger.apply(1, addKey(ACCOUNT, DORA, PHONE, { payload: forged })))).toBe('key-proof');
    const weak = { ...PHONE, key: SMALL_ORDER };
    expect(said(ledger.apply(1, addKey(ACCOUNT, DORA, weak)))).toBe('key-invalid');
    expect(said(ledger.apply(1, addKey(ACCOUNT, MALLORY, PHONE)))).toBe('unknown-key');
    expect(said(ledger.apply(1, addKey(ACCOUNT, DORA, PHONE, { payload: new Uint8Array(127) })))).toBe('payload');
    expect(said(ledger.apply(1, addKey(ACCOUNT, DORA, PHONE, { object: named('x') })))).toBe('object');
    expect(said(ledger.apply(1, addKey(ACCOUNT, DORA, PHONE, { version: 2 })))).toBe('version');
    ledger.apply(1, createAccount(MALLORY));
    expect(said(ledger.apply(1, addKey(accountOf(MALLORY), MALLORY, DORA)))).toBe('key-known');
  });

  it('refuses a proof that was made for another account', () => {
    const ledger = withAccount();
    ledger.apply(1, createAccount(MALLORY));
    const stolen = addKey(ACCOUNT, DORA, PHONE).payload;
    const theft = addKey(accountOf(MALLORY), MALLORY, PHONE, { payload: stolen });
    expect(said(ledger.apply(1, theft))).toBe('key-proof');
  });
});

describe('accounts.revoke-key', () => {
  function withPhone(): TestLedger {
    const ledger = withAccount();
    ledger.apply(1, addKey(ACCOUNT, DORA, PHONE));
    return ledger;
  }

  it('leaves a rotated key good for what it signed before, until the grace ends (7.3.4)', () => {
    const ledger = withPhone();
    const issued = START + 1000;
    expect(said(ledger.apply(1, revokeKey(ACCOUNT, DORA, PHONE.key, 'rotated', { issued })))).toBe('applied');
    expect(said(ledger.apply(1, act(PHONE, issued)))).toBe(GOOD);
    expect(said(ledger.apply(1, act(PHONE, issued + 1)))).toBe('key-ended');
    ledger.time = issued + DEVELOPMENT.keyGrace - T - 1;
    expect(said(ledger.try([{ clinic: 1, statements: [act(PHONE, issued)] }]).outcomes[0][0])).toBe(GOOD);
    ledger.time += 1;
    expect(said(ledger.try([{ clinic: 1, statements: [act(PHONE, issued)] }]).outcomes[0][0])).toBe('key-ended');
  });

  it('ends a compromised key at once, for earlier statements too', () => {
    const ledger = withPhone();
    expect(said(ledger.apply(1, revokeKey(ACCOUNT, DORA, PHONE.key, 'compromised')))).toBe('applied');
    expect(said(ledger.apply(1, act(PHONE, START - 1000)))).toBe('key-ended');
    expect(said(ledger.apply(1, act(DORA)))).toBe(GOOD);
  });

  it('turns a rotated key into a compromised one, but never back', () => {
    const ledger = withPhone();
    const rotated = revokeKey(ACCOUNT, DORA, PHONE.key, 'rotated', { issued: START + 5 });
    const compromised = revokeKey(ACCOUNT, DORA, PHONE.key, 'compromised');
    expect(said(ledger.apply(1, rotated))).toBe('applied');
    expect(said(ledger.apply(1, compromised))).toBe('applied');
    expect(said(ledger.apply(1, rotated))).toBe('already-applied');
    expect(said(ledger.apply(1, compromised))).toBe('already-applied');
    expect(said(ledger.apply(1, act(PHONE)))).toBe('key-ended');
  });

  it('never lets a revoked key be added again', () => {
    const ledger = withPhone();
    ledger.apply(1, revokeKey(ACCOUNT, DORA, PHONE.key, 'compromised'));
    expect(said(ledger.apply(1, addKey(ACCOUNT, DORA, PHONE, { issued: START + 9 })))).toBe('key-known');
  });

  it("refuses another account's key, a key nobody has, versions that never were and broken payloads", () => {
    const ledger = withPhone();
    ledger.apply(1, createAccount(MALLORY));
    expect(said(ledger.apply(1, revokeKey(ACCOUNT, MALLORY, PHONE.key, 'compromised')))).toBe('authority');
    expect(said(ledger.apply(1, revokeKey(ACCOUNT, DORA, named('nobody'), 'rotated')))).toBe('unknown-object');
    expect(said(ledger.apply(1, revokeKey(ACCOUNT, DORA, PHONE.key, 'rotated', { version: 2 })))).toBe('version');
    expect(said(ledger.apply(1, revokeKey(ACCOUNT, DORA, PHONE.key, 'rotated', { object: ACCOUNT })))).toBe('object');
    const payload = Uint8Array.of(...PHONE.key, 3);
    expect(said(ledger.apply(1, revokeKey(ACCOUNT, DORA, PHONE.key, 'rotated', { payload })))).toBe('payload');
  });
});

describe('accounts.set-role', () => {
  const END = START + 1_000_000;

  it('creates, changes by exact version and ends a role (7.3.5)', () => {
    const ledger = withAccount();
    const first = setRole(ACCOUNT, 1, 'doctor', END);
    expect(said(ledger.apply(1, first))).toBe('applied');
    expect(said(ledger.apply(1, first))).toBe('already-applied');
    expect(said(ledger.apply(1, setRole(ACCOUNT, 1, 'doctor', END, { issued: START + 1 })))).toBe('exists');
    expect(said(ledger.apply(1, setRole(ACCOUNT, 1, 'doctor', END, { version: 3 })))).toBe('version');
    const ended = setRole(ACCOUNT, 1, 'doctor', 0);
    expect(said(ledger.apply(1, act(DORA)))).toBe('applied');
    expect(said(ledger.apply(1, ended))).toBe('applied');
    expect(said(ledger.apply(1, ended))).toBe('already-applied');
    expect(said(ledger.apply(1, first))).toBe('already-applied');
    expect(
      said(
        ledger.apply(1, {
          ...act(DORA),
          payload: encodeRecords([{ salt: salt('q'), subject: named('s'), commitment: named('c') }]),
        }),
      ),
    ).toBe('no-role');
  });

  it('knows all eight roles and no ninth', () => {
    const ledger = withAccount();
    for (const role of ROLES) expect(said(ledger.apply(3, setRole(ACCOUNT, 3, role, END)))).toBe('applied');
    const payload = setRole(ACCOUNT, 1, 'doctor', END).payload.slice();
    for (const byte of [0, 9]) {
      payload[32] = byte;
      expect(said(ledger.apply(1, setRole(ACCOUNT, 1, 'doctor', END, { payload })))).toBe('payload');
    }
  });

  it("refuses an unknown account and another clinic's role", () => {
    const ledger = withAccount();
    expect(said(ledger.apply(1, setRole(named('nobody'), 1, 'doctor', END)))).toBe('unknown-account');
    const { object } = setRole(ACCOUNT, 1, 'doctor', END);
    expect(said(ledger.apply(3, setRole(ACCOUNT, 3, 'doctor', END, { object })))).toBe('object');
    expect(said(ledger.apply(1, setRole(ACCOUNT, 1, 'doctor', END, { version: 2 })))).toBe('version');
  });

  it('gives nothing to a suspended account, but ends what it has', () => {
    const ledger = withAccount();
    ledger.apply(3, setRole(ACCOUNT, 3, 'doctor', END));
    ledger.apply(1, suspend(ACCOUNT, 1));
    expect(said(ledger.apply(1, setRole(ACCOUNT, 1, 'doctor', END)))).toBe('account-suspended');
    expect(said(ledger.apply(3, setRole(ACCOUNT, 3, 'doctor', START)))).toBe('applied');
  });
});

describe('accounts.suspend', () => {
  it('puts the account out at every clinic, for all of its keys (7.3.6)', () => {
    const ledger = withAccount();
    ledger.apply(1, addKey(ACCOUNT, DORA, PHONE));
    const stop = suspend(ACCOUNT, 2);
    expect(said(ledger.apply(2, stop))).toBe('applied');
    expect(said(ledger.apply(2, stop))).toBe('already-applied');
    expect(said(ledger.apply(1, suspend(ACCOUNT, 1)))).toBe('already-applied');
    for (const clinic of [1, 2, 3, 4]) {
      for (const by of [DORA, PHONE]) expect(said(ledger.apply(clinic, act(by)))).toBe('account-suspended');
    }
  });

  it('is for clinics of the creating organisation alone', () => {
    const ledger = withAccount();
    expect(said(ledger.apply(3, suspend(ACCOUNT, 3)))).toBe('authority');
    expect(said(ledger.apply(1, suspend(named('nobody'), 1)))).toBe('unknown-object');
    expect(said(ledger.apply(1, suspend(ACCOUNT, 1, { version: 2 })))).toBe('version');
    expect(said(ledger.apply(1, suspend(ACCOUNT, 1, { payload: Uint8Array.of(0) })))).toBe('payload');
    expect(said(ledger.apply(1, act(DORA)))).toBe(GOOD);
  });
});
