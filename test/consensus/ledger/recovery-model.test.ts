// Random lives of an account against what must hold of them: who ever gets a good key, and what is never refused.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../../common/bytes.ts';
import { findAccount, findKey, findRecovery, isGoodKey } from '../../../consensus/ledger/accounts/read.ts';
import type { Outcome, Statement } from '../../../consensus/ledger/types.ts';
import { DEVELOPMENT } from '../../../consensus/params.ts';
import {
  accountOf,
  addKey,
  createAccount,
  type Person,
  person,
  revokeKey,
  setRole,
  suspend,
  T,
  TestLedger,
} from './fixture.ts';
import { createRecoverable, recoverFinish, recoverStart, recoverVeto, setRecovery } from './recovery-statements.ts';
import { said } from './refusals.ts';

const DORA = person('dora');
const DEVICES = [DORA, ...['phone', 'desk', 'tablet', 'laptop'].map(person)];
const WORDS = ['words', 'other words'].map(person);
const MALLORY = person('mallory');
const ANYBODY = [...DEVICES, ...WORDS, MALLORY];
const ACCOUNT = accountOf(DORA);
const DELAY = DEVELOPMENT.recoveryDelay;
const END = 2 ** 50;

type Move =
  | { readonly do: 'add-key' | 'start'; readonly by: Person; readonly to: Person; readonly slip: number }
  | { readonly do: 'revoke'; readonly by: Person; readonly of: Person; readonly reason: 'rotated' | 'compromised' }
  | { readonly do: 'words'; readonly by: Person; readonly to: Person | undefined }
  | { readonly do: 'veto' | 'finish'; readonly by: Person; readonly slip: number }
  | { readonly do: 'role' | 'end-role'; readonly slip: number }
  | { readonly do: 'suspend'; readonly slip: number }
  | { readonly do: 'wait'; readonly ms: number };

const anybody = fc.constantFrom(...ANYBODY);
/** Mostly the version that would do. */
const slip = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: -2, max: 2 }) },
);
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('add-key' as const), by: anybody, to: anybody, slip }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('start' as const),
      by: fc.oneof(fc.constantFrom(...WORDS), anybody),
      to: anybody,
      slip,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('revoke' as const),
      by: anybody,
      of: anybody,
      reason: fc.constantFrom('rotated' as const, 'compromised' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('words' as const),
      by: anybody,
      to: fc.option(fc.constantFrom(...WORDS), { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('veto' as const), by: anybody, slip }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('finish' as const), by: anybody, slip }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('role' as const, 'end-role' as const), slip }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('suspend' as const), slip: fc.constantFrom(0, 0, 0, 1) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(T, DELAY / 2, DELAY, 2 * DELAY) }),
  },
);

/** What an attentive reader of the chain wrote down; the ledger's own rows are asked for nothing but what they end with. */
interface Notes {
  /** When the open recovery was started, by which words, to which key. */
  started: { readonly at: number; readonly by: string; readonly to: string } | undefined;
  words: string | undefined;
}

function goodKeys(ledger: TestLedger): Set<string> {
  const account = findAccount(ledger.state, ACCOUNT);
  if (account === undefined || !account.live) return new Set();
  return new Set(
    ANYBODY.filter(({ key }) => {
      const row = findKey(ledger.state, key);
      return row !== undefined && toHex(row.account) === toHex(ACCOUNT) && row.status === 'live';
    }).map(({ key }) => toHex(key)),
  );
}

const [PHONE, , TABLET] = DEVICES.slice(1);
/** In this one everything happens; chance has the rest. */
const FULL_LIFE: readonly Move[] = [
  { do: 'add-key', by: DORA, to: PHONE, slip: 0 },
  { do: 'role', slip: 0 },
  { do: 'end-role', slip: 0 },
  { do: 'start', by: WORDS[0], to: TABLET, slip: 0 },
  { do: 'finish', by: TABLET, slip: 0 },
  { do: 'veto', by: PHONE, slip: 0 },
  { do: 'revoke', by: DORA, of: PHONE, reason: 'rotated' },
  { do: 'words', by: DORA, to: WORDS[1] },
  { do: 'start', by: WORDS[1], to: TABLET, slip: 0 },
  { do: 'wait', ms: 2 * DELAY },
  { do: 'finish', by: TABLET, slip: 0 },
  { do: 'suspend', slip: 0 },
];

describe('an account', () => {
  it('is taken over by nobody without its recovery key and the delay, and no veto of a good device is refused', () => {
    const reached = new Set<string>();
    const lives = fc.array(move, { minLength: 20, maxLength: 60 });
    fc.assert(
      fc.property(lives, (moves) => {
        const ledger = new TestLedger();
        ledger.apply(1, createRecoverable(DORA, WORDS[0]));
        ledger.apply(3, createAccount(MALLORY));
        const notes: Notes = { started: undefined, words: toHex(WORDS[0].key) };
        for (const each of moves) live(ledger, notes, each, reached);
      }),
      { numRuns: 100, examples: [[[...FULL_LIFE]]] },
    );
    // The lives are worth something only where all of this happened in them.
    for (const happened of ['add-key', 'start', 'revoke', 'words', 'veto', 'finish', 'end-role', 'suspend']) {
      expect(reached).toContain(`${happened} applied`);
    }
    expect(reached).toContain('finish recovery-early');
  });
});

function live(ledger: TestLedger, notes: Notes, each: Move, reached: Set<string>): void {
  if (each.do === 'wait') {
    ledger.wait(each.ms);
    return;
  }
  const before = goodKeys(ledger);
  const suspended = findAccount(ledger.state, ACCOUNT)?.live === false;
  const issued = ledger.time;
  const author = 'by' in each ? findKey(ledger.state, each.by.key) : undefined;
  const speaks =
    author !== undefined &&
    !suspended &&
    toHex(author.account) === toHex(ACCOUNT) &&
    isGoodKey(author, issued, ledger.time + T);
  const recovery = findRecovery(ledger.state, ACCOUNT);
  const time = ledger.time + T;
  const name = said(ledger.apply(1, statementOf(ledger, each, issued)) as Outcome);
  reached.add(`${each.do} ${name}`);
  const after = goodKeys(ledger);

  for (const key of after) {
    if (before.has(key)) continue;
    if (each.do === 'add-key') expect(speaks).toBe(true);
    else {
      // Only one other way leads in.
      expect(each.do).toBe('finish');
      expect(notes.started).toMatchObject({ by: notes.words, to: key });
      expect(time - (notes.started?.at ?? time)).toBeGreaterThanOrEqual(DELAY);
      expect([...after]).toEqual([key]);
    }
  }
  if (each.do === 'start' && name === 'applied') {
    expect(toHex(each.by.key)).toBe(notes.words);
    notes.started = { at: time, by: toHex(each.by.key), to: toHex(each.to.key) };
  }
  if (each.do === 'veto' && speaks && recovery !== undefined && each.slip === 0) {
    expect(['applied', 'already-applied']).toContain(name);
    expect(findRecovery(ledger.state, ACCOUNT)?.live).toBe(false);
  }
  if ((each.do === 'veto' || each.do === 'words') && name === 'applied') {
    expect(speaks).toBe(true);
    notes.started = undefined;
  }
  if (each.do === 'words' && name === 'applied') notes.words = each.to && toHex(each.to.key);
  if (each.do === 'finish' && name === 'applied') notes.started = undefined;
  if (each.do === 'suspend' && each.slip === 0) {
    expect(['applied', 'already-applied']).toContain(name);
    expect(after.size).toBe(0);
  }
  const ownKey = each.do === 'revoke' ? findKey(ledger.state, each.of.key) : undefined;
  if (each.do === 'revoke' && speaks && ownKey !== undefined && toHex(ownKey.account) === toHex(ACCOUNT)) {
    expect(['applied', 'already-applied']).toContain(name);
    expect(after.has(toHex(each.of.key))).toBe(false);
  }
}

function statementOf(ledger: TestLedger, each: Exclude<Move, { do: 'wait' }>, issued: number): Statement {
  const account = findAccount(ledger.state, ACCOUNT);
  const recovery = findRecovery(ledger.state, ACCOUNT)?.version ?? 0;
  const at = (version: number): number => Math.max(0, version);
  switch (each.do) {
    case 'add-key':
      return addKey(ACCOUNT, each.by, each.to, { issued, version: at(1 + each.slip) });
    case 'start':
      return recoverStart(ACCOUNT, each.by, each.to, at(recovery + 1 + each.slip), { issued });
    case 'revoke':
      return revokeKey(ACCOUNT, each.by, each.of.key, each.reason, { issued });
    case 'words':
      return setRecovery(ACCOUNT, each.by, each.to, (account?.version ?? 0) + 1, { issued });
    case 'veto':
      return recoverVeto(ACCOUNT, each.by, at(recovery + each.slip), { issued });
    case 'finish':
      return recoverFinish(ACCOUNT, each.by, at(recovery + each.slip), { issued });
    case 'role':
      return setRole(ACCOUNT, 1, 'doctor', END, { issued, version: 1 + Math.abs(each.slip) });
    case 'end-role':
      return setRole(ACCOUNT, 1, 'doctor', issued, { issued, version: 1 + Math.abs(each.slip) });
    case 'suspend':
      return suspend(ACCOUNT, 1, { issued, version: at((account?.version ?? 1) + each.slip) });
  }
}
