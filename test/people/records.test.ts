// What is kept of persons, without a node: which approvals go when there is no room, who holds a name or an address, when a
// refused registration is forgotten. A real database, a clock that moves when told.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createLogger } from '../../common/logger.ts';
import type { ApprovalPart, Part, PersonPart, UserState } from '../../identity/people/types.ts';
import { MAX_NAME_CHARACTERS } from '../../identity/people/user-names.ts';
import { PeopleIndex, signInName } from '../../node/people/people-index.ts';
import { type Change, MAX_PARTS_PER_USER, PeopleStore } from '../../node/people/people-store.ts';
import { REFUSED_TTL_MS, Refused } from '../../node/people/refused.ts';
import { LocalDatabase } from '../../node/store/local-database.ts';
import { userNameParam } from '../../rpc/schema/people.ts';
import { ManualClock } from '../helpers/manual-clock.ts';

const [ANNA, BERT, CARL] = ['aa', 'bb', 'cc'].map((digits) => digits.repeat(16));
const id = (n: number): string => n.toString(16).padStart(32, '0');

async function opened(clock = new ManualClock()) {
  const directory = await mkdtemp(join(tmpdir(), 'wardmesh-records-'));
  const database = new LocalDatabase({ path: directory, name: 'people', key: new Uint8Array(32).fill(7) });
  await database.open();
  onTestFinished(async () => {
    await database.close();
    await rm(directory, { recursive: true, force: true });
  });
  const index = new PeopleIndex();
  const store = new PeopleStore({ clinic: 1 }, { database, clock });
  store.onChange((parts) => {
    for (const part of parts) index.take(part);
  });
  await store.start((part) => index.take(part));
  return { store, index, clock };
}

function approval(user: string, n: number, decided: boolean): Change {
  const decision = decided ? ({ outcome: 'approved', by: null, at: n, reason: `reason ${n}` } as const) : null;
  const value: ApprovalPart = { kind: 'profile', made: n, change: [], proposal: '', decision };
  return { user, name: `approval/${id(n)}`, value };
}

const person = (user: string, name: string, made: number, account: string | null = null): Change<'person'> => {
  const value: PersonPart = { name, account, kind: 'staff', clinic: 1, made };
  return { user, name: 'person', value };
};
const state = (user: string, now: UserState, since: number): Change<'state'> => {
  return { user, name: 'state', value: { state: now, asked: [], since, by: null, reason: '' } };
};
const mailed = (user: string, email: string): Change<'profile'> => {
  return { user, name: 'profile', value: { displayName: 'P', familyName: 'P', givenName: 'P', language: 'en', email } };
};

it('decided approvals make room, the oldest first; what waits and what is no approval never does', async () => {
  const { store, index } = await opened();
  await store.write([person(ANNA, 'anna', 1), state(ANNA, 'active', 1), approval(ANNA, 1, false)]);
  const early = 10;
  await store.write([approval(ANNA, early, true)]);
  const old = (await store.of(ANNA)).find(({ name }) => name === `approval/${id(early)}`) as Part;
  await store.write([approval(ANNA, early + 1, true)]);
  for (let first = 100; first < 100 + MAX_PARTS_PER_USER; first += 8) {
    await store.write(Array.from({ length: 8 }, (_, n) => approval(ANNA, first + n, true)));
  }
  const parts = await store.copies(ANNA);
  expect(parts).toHaveLength(MAX_PARTS_PER_USER);
  const names = new Set<string>(parts.map(({ name }) => name));
  for (const kept of ['person', 'state', `approval/${id(1)}`]) expect(names, kept).toContain(kept);
  for (const gone of [early, early + 1]) expect(names).not.toContain(`approval/${id(gone)}`);
  expect(index.get(ANNA)?.waiting.size).toBe(1);
  // A branch that still has it brings it back in no place of a newer one; what is new still comes.
  await store.merge([old], 2);
  await store.write([mailed(ANNA, 'anna@clinic.example'), approval(ANNA, 2, false)]);
  const after = new Set<string>((await store.copies(ANNA)).map(({ name }) => name));
  expect(after.size).toBe(MAX_PARTS_PER_USER);
  expect(after).not.toContain(old.name);
  for (const kept of ['profile', `approval/${id(1)}`, `approval/${id(2)}`]) expect(after, kept).toContain(kept);
  const pages = await store.since(0, 1_000, 1_000_000);
  expect(pages.parts).toHaveLength(MAX_PARTS_PER_USER);
});

it('what a person withdrew makes room before what others decided, however new it is', async () => {
  const { store } = await opened();
  const withdrawn = (n: number): Change => {
    const change = approval(ANNA, n, true) as Change<`approval/${string}`>;
    const decision = { outcome: 'withdrawn', by: null, at: n, reason: '' } as const;
    return { ...change, value: { ...(change.value as ApprovalPart), decision } };
  };
  await store.write([person(ANNA, 'anna', 1), approval(ANNA, 1, true)]);
  for (const n of [2, 3]) await store.write([withdrawn(n)]);
  const first = (await store.of(ANNA)).find(({ name }) => name === `approval/${id(2)}`) as Part;
  await store.write(Array.from({ length: MAX_PARTS_PER_USER - 4 }, (_, n) => withdrawn(n + 4)));
  await store.write([approval(ANNA, 1_000, false)]);
  // A branch that has what went brings it back in no place of a decision.
  await store.merge([first], 2);
  const names = (await store.copies(ANNA)).map(({ name }) => name as string);
  expect(names).toHaveLength(MAX_PARTS_PER_USER);
  expect(names).not.toContain(first.name);
  for (const kept of [1, 1_000]) expect(names).toContain(`approval/${id(kept)}`);
});

it('nothing makes room where everything waits or is needed', async () => {
  const { store } = await opened();
  await store.write(Array.from({ length: MAX_PARTS_PER_USER }, (_, n) => approval(ANNA, n, false)));
  await expect(store.write([approval(ANNA, 1_000, true)])).rejects.toMatchObject({ code: 'people.full' });
});

it('the longest names sign in, also with the id that tells two persons of one name apart', async () => {
  const { store, index } = await opened();
  // Two UTF-16 units a letter.
  const longest = '𠀀'.repeat(MAX_NAME_CHARACTERS);
  for (const name of ['x'.repeat(MAX_NAME_CHARACTERS), longest]) {
    const first = `${name === longest ? 'd' : 'a'}`.repeat(32);
    const second = `${name === longest ? 'e' : 'b'}`.repeat(32);
    await store.write([person(first, name, 1), person(second, name, 2)]);
    const typed = index.nameOf(index.get(second)!);
    expect(typed).toBe(`${name}~${second}`);
    expect(userNameParam.parse(typed)).toBe(typed);
    expect([index.byName(name)?.user, index.byName(typed)?.user]).toEqual([first, second]);
    expect(index.byName(` ${typed.toUpperCase()} `)?.user).toBe(second);
    // Guesses are counted, and salts made up, by one form of all that is the same name.
    expect(new Set([typed, ` ${typed.toUpperCase()}`, `${name}~${second.toUpperCase()}`].map(signInName)).size).toBe(1);
    expect(index.byName(`${name}~${first}`)).toBeUndefined();
    expect(index.byName(`x${name.slice(2)}~${second}`)).toBeUndefined();
  }
});

it('an address of several persons names them all, who is in before who waits', async () => {
  const { store, index } = await opened();
  const email = 'Shared@clinic.example';
  await store.write([person(ANNA, 'anna', 5), state(ANNA, 'active', 5), mailed(ANNA, email)]);
  await store.write([person(BERT, 'bert', 1), state(BERT, 'waiting', 1), mailed(BERT, email.toLowerCase())]);
  await store.write([person(CARL, 'carl', 9), state(CARL, 'active', 9), mailed(CARL, email)]);
  expect(index.byEmail(` ${email.toUpperCase()}`).map(({ user }) => user)).toEqual([ANNA, CARL, BERT]);
  expect(index.byEmail('nobody@clinic.example')).toEqual([]);
});

it('a refused registration frees its name after seven days, and nobody who is on the chain goes with it', async () => {
  const { store, index, clock } = await opened();
  const known = 'ab'.repeat(32);
  const accounts = {
    view: async (account: string) =>
      account === known ? { organisation: 1, suspended: false, recovery: false, keys: [] } : undefined,
  };
  const refused = new Refused({ store, index, accounts, clock, logger: createLogger({ level: 'silent' }) });
  const since = clock.now();
  await store.write([person(ANNA, 'anna', 1, 'cd'.repeat(32)), state(ANNA, 'refused', since)]);
  await store.write([person(BERT, 'bert', 1, known), state(BERT, 'refused', since)]);
  await store.write([person(CARL, 'carl', 1), state(CARL, 'waiting', since)]);
  clock.advance(REFUSED_TTL_MS - 1);
  await refused.eraseOld();
  expect(index.isTaken('anna')).toBe(true);
  clock.advance(1);
  refused.start();
  await refused.stop();
  expect(['anna', 'bert', 'carl'].map((name) => index.isTaken(name))).toEqual([false, true, true]);
  expect(store.isErased(ANNA)).toBe(true);
  expect(clock.pending).toBe(0);
});
