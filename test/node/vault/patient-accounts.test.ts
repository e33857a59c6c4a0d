// Whose account is that of which patient: what reception said counts while the chain says the same.
import { beforeEach, describe, expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { equalBytes, toHex } from '../../../common/bytes.ts';
import { APPLIED, refused } from '../../../consensus/ledger/outcome.ts';
import { encodePatientAccountRow, readPatientAccount } from '../../../consensus/ledger/patients/account.ts';
import { decodePayload } from '../../../consensus/ledger/payload.ts';
import { decodeStatement } from '../../../consensus/ledger/statement.ts';
import { patientAccountKey } from '../../../consensus/ledger/tables.ts';
import type { Outcome } from '../../../consensus/ledger/types.ts';
import { formatPid, formatProvisional, handleOf } from '../../../identity/patient/pid.ts';
import { ClinicAuthor } from '../../../node/clinic-author.ts';
import type { NewStatement } from '../../../node/outbox/outbox.ts';
import type { OutboxRecord } from '../../../node/outbox/record.ts';
import { PatientAccounts } from '../../../node/vault/patient-accounts.ts';
import { MemoryKeyValues } from '../../helpers/memory-key-values.ts';

const [PAULA, OTHER] = [formatPid(randomBytes(20)), formatPid(randomBytes(20))];
const [ACCOUNT, SECOND] = [randomBytes(32), randomBytes(32)];

const DESK = { account: randomBytes(32), roles: ['reception'] } as const;

let accounts: PatientAccounts;
let waiting: Map<string, NewStatement>;
let done: Map<string, Outcome>;
let chain: Map<string, Uint8Array>;
let takenOver: boolean;

beforeEach(() => {
  waiting = new Map();
  done = new Map();
  chain = new Map();
  takenOver = false;
  accounts = new PatientAccounts({
    store: new MemoryKeyValues(),
    chain: { states: async (keys) => keys.map((key) => chain.get(toHex(key))) },
    outbox: {
      submit: async (statements) => {
        for (const one of statements) waiting.set(toHex(one.id), one);
        return [];
      },
      get: (id) => {
        if (waiting.has(toHex(id))) return { state: 'queued' } as OutboxRecord;
        const outcome = done.get(toHex(id));
        return outcome && ({ state: 'done', outcome } as OutboxRecord);
      },
    },
    author: new ClinicAuthor({ genesisId: randomBytes(32), clinic: 1 }, { clock: { now: () => 5 } as never }),
    isTakenOver: async () => takenOver,
  });
});

/** The chain takes what waits; `change`: what it says instead. */
function block(change: (commitment: Uint8Array) => Uint8Array = (same) => same): void {
  for (const { id, statement } of waiting.values()) {
    const { payload, version } = decodeStatement(statement);
    const said = decodePayload(payload, readPatientAccount);
    if (said === undefined) throw new Error('no payload');
    const row = { commitment: change(said.commitment), version, statement: id };
    chain.set(toHex(patientAccountKey(said.handle, 1)), encodePatientAccountRow(row));
  }
  waiting.clear();
}

const refusal = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: { code?: string }) => error.code,
  );

describe('the account of a patient', () => {
  it('counts from when reception said it, and in the block; the chain is told no account', async () => {
    await accounts.attach(PAULA, ACCOUNT, 'passport');
    expect(await accounts.ofAccount(ACCOUNT)).toMatchObject({ pid: PAULA });
    const [{ statement }] = waiting.values();
    expect(Buffer.from(statement).includes(Buffer.from(ACCOUNT))).toBe(false);
    block();
    expect(await accounts.accountOf(handleOf(PAULA))).toEqual(ACCOUNT);
    expect(await accounts.ofAccount(SECOND)).toBeUndefined();
  });

  it('does not count once the chain says another, or was never told', async () => {
    await accounts.attach(PAULA, ACCOUNT, 'passport');
    block((commitment) => commitment.map((byte) => byte ^ 1));
    expect(await accounts.ofAccount(ACCOUNT)).toBeUndefined();
    chain.clear();
    expect(await accounts.accountOf(handleOf(PAULA))).toBeUndefined();
  });

  it('counts on while its block is being replaced, and no more once the chain refused it', async () => {
    const statement = await accounts.attach(PAULA, ACCOUNT, 'passport');
    block();
    done.set(toHex(statement), APPLIED);
    chain.clear();
    expect(await accounts.ofAccount(ACCOUNT)).toMatchObject({ pid: PAULA });
    done.set(toHex(statement), refused('version'));
    expect(await accounts.ofAccount(ACCOUNT)).toBeUndefined();
  });

  it('is one for one patient: another takes the first one back, and no account is that of two', async () => {
    await accounts.attach(PAULA, ACCOUNT, 'passport');
    expect(await refusal(accounts.attach(PAULA, SECOND, 'passport'))).toBe('me.has-account');
    expect(await refusal(accounts.attach(OTHER, ACCOUNT, 'passport'))).toBe('me.account-taken');
    const first = await accounts.attach(PAULA, ACCOUNT, 'passport');
    expect(waiting.has(toHex(first))).toBe(true);
    expect(waiting.size).toBe(1);
    block();
    expect((await accounts.detach(PAULA, DESK)).takenBack.account).toEqual(ACCOUNT);
    expect(await accounts.ofAccount(ACCOUNT)).toBeUndefined();
    expect(await refusal(accounts.detach(PAULA, DESK))).toBe('me.not-attached');
    await accounts.attach(PAULA, SECOND, 'passport');
    const versions = [...waiting.values()].map(({ statement }) => decodeStatement(statement).version);
    expect(versions).toEqual([2, 3]);
    expect(equalBytes((await accounts.accountOf(handleOf(PAULA))) ?? ACCOUNT, SECOND)).toBe(true);
  });

  it('stays the last one once somebody took over: nobody else reads what she reads by word of reception', async () => {
    takenOver = true;
    await accounts.attach(PAULA, ACCOUNT, 'passport');
    block();
    await accounts.detach(PAULA, DESK);
    expect(await refusal(accounts.attach(PAULA, SECOND, 'passport'))).toBe('consent.taken-over');
    block();
    expect(await refusal(accounts.attach(PAULA, SECOND, 'passport'))).toBe('consent.taken-over');
    await accounts.attach(PAULA, ACCOUNT, 'passport');
    expect(await accounts.accountOf(handleOf(PAULA))).toEqual(ACCOUNT);
    // Also where a clinic has nothing of it any more but what the chain says.
    block();
    await accounts.forget(handleOf(PAULA));
    expect(await refusal(accounts.attach(PAULA, SECOND, 'passport'))).toBe('consent.taken-over');
    await accounts.attach(PAULA, ACCOUNT, 'passport');
    expect(await accounts.accountOf(handleOf(PAULA))).toEqual(ACCOUNT);
  });

  it('waits until a provisional identifier is known, and goes with an erasure', async () => {
    expect(() => accounts.attach(formatProvisional(randomBytes(20)), ACCOUNT, 'passport')).toThrow();
    await accounts.attach(PAULA, ACCOUNT, 'passport');
    await accounts.forget(handleOf(PAULA));
    expect(await accounts.ofAccount(ACCOUNT)).toBeUndefined();
    expect(await accounts.accountOf(handleOf(PAULA))).toBeUndefined();
  });
});
