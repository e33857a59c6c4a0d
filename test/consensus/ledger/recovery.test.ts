import { describe, expect, it } from 'vitest';
import { toHex } from '../../../common/bytes.ts';
import { findAccount, findKey, findRecovery } from '../../../consensus/ledger/accounts/read.ts';
import { encodeRecoverStart } from '../../../consensus/ledger/accounts/recovery/types.ts';
import { encodeCreate } from '../../../consensus/ledger/accounts/types.ts';
import * as kinds from '../../../consensus/ledger/kinds.ts';
import { encodeRecords } from '../../../consensus/ledger/records/types.ts';
import type { Outcome, Statement } from '../../../consensus/ledger/types.ts';
import { unitsOf } from '../../../consensus/ledger/units.ts';
import { MAX_ACCOUNT_KEYS, UNITS_ENTRY, UNITS_TORSION, UNITS_VERIFY } from '../../../consensus/limits.ts';
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
import { createRecoverable, recoverFinish, recoverStart, recoverVeto, setRecovery } from './recovery-statements.ts';
import { said } from './refusals.ts';

const DORA = person('dora');
const PHONE = person("dora's phone");
const NEW = person("dora's new device");
const WORDS = person("dora's words");
const OTHER_WORDS = person("dora's other words");
const MALLORY = person('mallory');
const ACCOUNT = accountOf(DORA);
const DELAY = DEVELOPMENT.recoveryDelay;
const SMALL_ORDER = Uint8Array.from(
  Buffer.from('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'hex'),
);

function withAccount(...statements: readonly Statement[]): TestLedger {
  const ledger = new TestLedger();
  for (const each of [createRecoverable(DORA, WORDS), ...statements]) {
    expect(said(ledger.apply(1, each))).toBe('applied');
  }
  return ledger;
}

/** A person whose key is good is refused here for having no role. */
function standing(ledger: TestLedger, by: Person, issued = START): string {
  const payload = encodeRecords([{ salt: salt('r'), subject: named('s'), commitment: named('c') }]);
  const act = statement({ kind: kinds.RECORDS_ADD, author: by.author, issued, payload });
  const name = said(ledger.try([{ clinic: 2, statements: [act] }]).outcomes[0][0]);
  return name === 'no-role' ? 'good' : name;
}

const apply = (ledger: TestLedger, made: Statement, clinic = 1): string => said(ledger.apply(clinic, made) as Outcome);

describe('recovery of an account', () => {
  it('takes the recovery key, the delay, and then ends every other device (7.3.8 to 7.3.10)', () => {
    const ledger = withAccount(addKey(ACCOUNT, DORA, PHONE), revokeKey(ACCOUNT, DORA, PHONE.key, 'rotated'));
    expect(apply(ledger, setRole(ACCOUNT, 1, 'auditor', START + 10 * DELAY))).toBe('applied');
    const began = ledger.time + T;
    // Any clinic may send it: the branch that somebody walks into.
    expect(apply(ledger, recoverStart(ACCOUNT, WORDS, NEW, 1), 3)).toBe('applied');
    expect(findRecovery(ledger.state, ACCOUNT)).toMatchObject({ live: true, readyAt: began + DELAY, key: NEW.key });
    expect([standing(ledger, DORA), standing(ledger, NEW)]).toEqual(['good', 'unknown-key']);
    ledger.time = began + DELAY - T - 1;
    expect(apply(ledger, recoverFinish(ACCOUNT, NEW, 1))).toBe('recovery-early');
    ledger.time = began + DELAY - T;
    const finish = recoverFinish(ACCOUNT, NEW, 1);
    expect(apply(ledger, finish, 4)).toBe('applied');
    expect(apply(ledger, finish)).toBe('already-applied');
    expect([DORA, PHONE, NEW].map((by) => standing(ledger, by))).toEqual(['key-ended', 'key-ended', 'good']);
    expect(findKey(ledger.state, PHONE.key)).toMatchObject({ status: 'compromised', live: false });
    expect(findAccount(ledger.state, ACCOUNT)?.keys.map(toHex)).toEqual([toHex(NEW.key)]);
    expect(findRecovery(ledger.state, ACCOUNT)).toMatchObject({ live: false, finished: true });
    // Nothing is left to stop, and the words still work for the next time.
    expect(apply(ledger, recoverVeto(ACCOUNT, NEW, 1))).toBe('already-applied');
    expect(apply(ledger, recoverStart(ACCOUNT, WORDS, person('yet another'), 2))).toBe('applied');
  });

  it('waits from its block on, however old or new the statement says that it is', () => {
    for (const issued of [START - 86_400_000, START, START + T]) {
      const ledger = withAccount();
      const block = ledger.time + T;
      expect(apply(ledger, recoverStart(ACCOUNT, WORDS, NEW, 1, { issued }))).toBe('applied');
      expect(findRecovery(ledger.state, ACCOUNT)?.readyAt).toBe(block + DELAY);
    }
  });

  it('is stopped by any good device, and by no other key', () => {
    const ledger = withAccount(addKey(ACCOUNT, DORA, PHONE), createAccount(MALLORY));
    expect(apply(ledger, recoverVeto(ACCOUNT, DORA, 1))).toBe('unknown-object');
    expect(apply(ledger, recoverStart(ACCOUNT, WORDS, NEW, 1))).toBe('applied');
    expect(apply(ledger, recoverVeto(ACCOUNT, MALLORY, 1))).toBe('object');
    expect(apply(ledger, recoverVeto(ACCOUNT, NEW, 1))).toBe('unknown-key');
    expect(apply(ledger, recoverVeto(ACCOUNT, WORDS, 1))).toBe('unknown-key');
    expect(apply(ledger, recoverVeto(ACCOUNT, PHONE, 2))).toBe('version');
    expect(apply(ledger, recoverVeto(ACCOUNT, PHONE, 0))).toBe('version');
    expect(apply(ledger, recoverVeto(ACCOUNT, PHONE, 1, { payload: Uint8Array.of(1) }))).toBe('payload');
    expect(apply(ledger, recoverVeto(ACCOUNT, PHONE, 1), 4)).toBe('applied');
    expect(apply(ledger, recoverVeto(ACCOUNT, DORA, 1))).toBe('already-applied');
    ledger.wait(2 * DELAY);
    expect(apply(ledger, recoverFinish(ACCOUNT, NEW, 1))).toBe('ended');
    expect(standing(ledger, NEW)).toBe('unknown-key');
  });

  it('is stopped by a veto that names an earlier start of it, but not by one of before the last stop', () => {
    const ledger = withAccount();
    const veto = recoverVeto(ACCOUNT, DORA, 1);
    expect(apply(ledger, recoverStart(ACCOUNT, WORDS, NEW, 1))).toBe('applied');
    // Begun again meanwhile: a veto on its way still stops it.
    expect(apply(ledger, recoverStart(ACCOUNT, WORDS, person('next'), 2))).toBe('applied');
    expect(apply(ledger, veto)).toBe('applied');
    expect(findRecovery(ledger.state, ACCOUNT)?.live).toBe(false);
    // Replayed by somebody else against a later one, it does nothing.
    expect(apply(ledger, recoverStart(ACCOUNT, WORDS, person('last'), 3))).toBe('applied');
    expect(apply(ledger, veto, 4)).toBe('already-applied');
    expect(findRecovery(ledger.state, ACCOUNT)?.live).toBe(true);
    expect(apply(ledger, recoverVeto(ACCOUNT, DORA, 3))).toBe('applied');
  });

  it('begins again, and waits again, when the new device is lost too', () => {
    const ledger = withAccount();
    const next = person('next');
    expect(apply(ledger, recoverStart(ACCOUNT, WORDS, NEW, 1))).toBe('applied');
    ledger.wait(DELAY);
    const again = recoverStart(ACCOUNT, WORDS, next, 2);
    expect(apply(ledger, again)).toBe('applied');
    expect(apply(ledger, again)).toBe('already-applied');
    expect(apply(ledger, recoverFinish(ACCOUNT, NEW, 1))).toBe('recovery-other');
    expect(apply(ledger, recoverFinish(ACCOUNT, next, 2))).toBe('recovery-early');
    expect(apply(ledger, recoverFinish(ACCOUNT, next, 1))).toBe('version');
    ledger.wait(DELAY);
    expect(apply(ledger, recoverFinish(ACCOUNT, next, 2))).toBe('applied');
  });

  it('is for the recovery key alone, of an account that has one, is known and not suspended', () => {
    const ledger = withAccount(createAccount(MALLORY));
    expect(apply(ledger, recoverStart(ACCOUNT, OTHER_WORDS, NEW, 1))).toBe('recovery-key');
    expect(apply(ledger, recoverStart(ACCOUNT, DORA, NEW, 1))).toBe('recovery-key');
    expect(apply(ledger, recoverStart(accountOf(MALLORY), MALLORY, NEW, 1))).toBe('recovery-key');
    expect(apply(ledger, recoverStart(accountOf(NEW), WORDS, NEW, 1))).toBe('unknown-account');
    expect(apply(ledger, recoverStart(ACCOUNT, WORDS, NEW, 2))).toBe('version');
    expect(apply(ledger, recoverStart(ACCOUNT, WORDS, NEW, 1, { object: ACCOUNT }))).toBe('object');
    expect(apply(ledger, recoverStart(ACCOUNT, WORDS, NEW, 1, { payload: new Uint8Array(159) }))).toBe('payload');
    expect(apply(ledger, recoverStart(ACCOUNT, WORDS, NEW, 1))).toBe('applied');
    expect(apply(ledger, suspend(ACCOUNT, 1))).toBe('applied');
    expect(apply(ledger, recoverStart(ACCOUNT, WORDS, NEW, 2))).toBe('account-suspended');
    ledger.wait(DELAY);
    expect(apply(ledger, recoverFinish(ACCOUNT, NEW, 1))).toBe('account-suspended');
  });

  it('refuses a new device without proof, that is known, that has torsion, or that is the recovery key', () => {
    const ledger = withAccount(addKey(ACCOUNT, DORA, PHONE));
    const forged = { account: ACCOUNT, key: NEW.key, encryptionKey: named('x'), proof: new Uint8Array(64) };
    const start = (payload: Uint8Array) => recoverStart(ACCOUNT, WORDS, NEW, 1, { payload });
    expect(apply(ledger, start(encodeRecoverStart(forged)))).toBe('key-proof');
    expect(apply(ledger, start(encodeRecoverStart({ ...forged, key: SMALL_ORDER })))).toBe('key-invalid');
    expect(apply(ledger, recoverStart(ACCOUNT, WORDS, PHONE, 1))).toBe('key-known');
    expect(apply(ledger, recoverStart(ACCOUNT, WORDS, WORDS, 1))).toBe('key-known');
    expect(apply(ledger, addKey(ACCOUNT, DORA, WORDS))).toBe('key-known');
  });

  it('does not finish with a key that was registered meanwhile', () => {
    const ledger = withAccount(recoverStart(ACCOUNT, WORDS, NEW, 1), createAccount(NEW));
    ledger.wait(DELAY);
    expect(apply(ledger, recoverFinish(ACCOUNT, NEW, 1))).toBe('key-known');
    expect(standing(ledger, DORA)).toBe('good');
  });

  it('is refused under objects and versions that are not its own', () => {
    const ledger = withAccount(recoverStart(ACCOUNT, WORDS, NEW, 1));
    ledger.wait(DELAY);
    expect(apply(ledger, recoverFinish(ACCOUNT, NEW, 1, { object: ACCOUNT }))).toBe('object');
    expect(apply(ledger, recoverFinish(ACCOUNT, NEW, 2))).toBe('version');
    expect(apply(ledger, recoverFinish(ACCOUNT, NEW, 1, { payload: new Uint8Array(31) }))).toBe('payload');
    expect(apply(ledger, recoverFinish(accountOf(MALLORY), NEW, 1))).toBe('unknown-object');
    expect(apply(ledger, recoverFinish(ACCOUNT, MALLORY, 1))).toBe('recovery-other');
  });
});

describe('accounts.set-recovery', () => {
  it('changes and takes away the recovery key by exact version, and ends what the old words began (7.3.7)', () => {
    const ledger = withAccount(recoverStart(ACCOUNT, WORDS, NEW, 1));
    const change = setRecovery(ACCOUNT, DORA, OTHER_WORDS, 2);
    expect(apply(ledger, setRecovery(ACCOUNT, DORA, OTHER_WORDS, 1))).toBe('version');
    expect(apply(ledger, change)).toBe('applied');
    expect(apply(ledger, change)).toBe('already-applied');
    ledger.wait(DELAY);
    expect(apply(ledger, recoverFinish(ACCOUNT, NEW, 1))).toBe('ended');
    expect(apply(ledger, recoverStart(ACCOUNT, WORDS, NEW, 2))).toBe('recovery-key');
    expect(apply(ledger, recoverStart(ACCOUNT, OTHER_WORDS, NEW, 2))).toBe('applied');
    expect(apply(ledger, setRecovery(ACCOUNT, DORA, undefined, 3))).toBe('applied');
    expect(findAccount(ledger.state, ACCOUNT)?.recoveryKey).toBeUndefined();
    expect(apply(ledger, recoverStart(ACCOUNT, OTHER_WORDS, NEW, 3))).toBe('recovery-key');
    // A suspension names the version that somebody saw, and is refused by none of this.
    expect(apply(ledger, suspend(ACCOUNT, 1))).toBe('applied');
  });

  it("is for the account's own devices, and for keys that are no devices", () => {
    const ledger = withAccount(createAccount(MALLORY));
    expect(apply(ledger, setRecovery(ACCOUNT, MALLORY, OTHER_WORDS, 2))).toBe('object');
    expect(apply(ledger, setRecovery(ACCOUNT, WORDS, OTHER_WORDS, 2))).toBe('unknown-key');
    expect(apply(ledger, setRecovery(ACCOUNT, DORA, MALLORY, 2))).toBe('key-known');
    const weak = { ...OTHER_WORDS, key: SMALL_ORDER };
    expect(apply(ledger, setRecovery(ACCOUNT, DORA, weak, 2))).toBe('key-invalid');
    expect(apply(ledger, setRecovery(ACCOUNT, DORA, OTHER_WORDS, 2, { payload: new Uint8Array(31) }))).toBe('payload');
  });

  it('is checked at creation too', () => {
    const make = (recoveryKey: Uint8Array) =>
      createAccount(PHONE, {
        payload: encodeCreate({
          ...{ salt: salt('account'), encryptionKey: named('x'), profile: named('p') },
          recoveryKey,
        }),
      });
    const ledger = withAccount();
    expect(apply(ledger, make(DORA.key))).toBe('key-known');
    expect(apply(ledger, make(PHONE.key))).toBe('key-known');
    expect(apply(ledger, make(SMALL_ORDER))).toBe('key-invalid');
    expect(apply(ledger, make(OTHER_WORDS.key))).toBe('applied');
  });
});

describe('devices of an account', () => {
  it(`are at most ${MAX_ACCOUNT_KEYS}; one that counts no more makes room (7.3.3)`, () => {
    const ledger = withAccount();
    const device = (n: number): Person => person(`device ${n}`);
    for (let n = 1; n < MAX_ACCOUNT_KEYS; n++) {
      expect(apply(ledger, addKey(ACCOUNT, DORA, device(n)))).toBe('applied');
    }
    const extra = addKey(ACCOUNT, DORA, person('extra'));
    expect(apply(ledger, extra)).toBe('too-many-keys');
    // A rotated one counts until its grace is over.
    expect(apply(ledger, revokeKey(ACCOUNT, DORA, device(3).key, 'rotated'))).toBe('applied');
    expect(apply(ledger, extra)).toBe('too-many-keys');
    expect(apply(ledger, revokeKey(ACCOUNT, DORA, device(5).key, 'compromised'))).toBe('applied');
    expect(apply(ledger, extra)).toBe('applied');
    const keys = findAccount(ledger.state, ACCOUNT)!.keys.map(toHex);
    expect(keys).toHaveLength(MAX_ACCOUNT_KEYS);
    expect(keys).not.toContain(toHex(device(5).key));
    // It made room in the list, not for itself: a key is registered once.
    expect(apply(ledger, addKey(ACCOUNT, DORA, device(5), { issued: START + 1 }))).toBe('key-known');
  });

  it('cost what the most of them cost when a recovery ends them all (4.9)', () => {
    const ledger = withAccount(recoverStart(ACCOUNT, WORDS, NEW, 1));
    const units = (made: Statement): number => unitsOf(ledger.seal([{ clinic: 1, statements: [made] }])[0]);
    const alone = 2 * UNITS_VERIFY;
    expect(units(setRecovery(ACCOUNT, DORA, OTHER_WORDS, 2))).toBe(alone + UNITS_TORSION);
    expect(units(recoverStart(ACCOUNT, WORDS, NEW, 2))).toBe(alone + UNITS_TORSION + UNITS_VERIFY);
    expect(units(recoverVeto(ACCOUNT, DORA, 1))).toBe(alone);
    expect(units(recoverFinish(ACCOUNT, NEW, 1))).toBe(alone + MAX_ACCOUNT_KEYS * UNITS_ENTRY);
  });
});
