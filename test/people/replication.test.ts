// Branches that write, meet, miss each other, restart and forget: in whatever order, they end alike, and what was spent or
// erased anywhere stays so everywhere. Real databases; who hears whom is the generator's choice.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import type { Part } from '../../identity/people/types.ts';
import { PeopleIndex } from '../../node/people/people-index.ts';
import { type Change, PeopleStore } from '../../node/people/people-store.ts';
import { decodeParts, MAX_PARTS, MESSAGE_BYTES } from '../../node/people/wire.ts';
import { LocalDatabase } from '../../node/store/local-database.ts';

const KEY = new Uint8Array(32).fill(7);
const USERS = ['aa', 'bb', 'cc'].map((digits) => digits.repeat(16));
const FACTORS = [1, 2].map((digit) => `c-${`${digit}`.repeat(22)}`);

class Branch {
  readonly number: number;
  readonly path: string;
  readonly clock: { time: number; now(): number };
  readonly cursors = new Map<number, number>();
  index = new PeopleIndex();
  database!: LocalDatabase;
  store!: PeopleStore;

  constructor(number: number, directory: string) {
    this.number = number;
    this.path = join(directory, String(number));
    // Clocks of branches differ.
    this.clock = { time: 1_000_000 + 5_000 * number, now: () => this.clock.time };
  }

  async open(): Promise<void> {
    this.database = new LocalDatabase({ path: this.path, name: 'people', key: KEY });
    await this.database.open();
    this.store = new PeopleStore({ clinic: this.number }, { database: this.database, clock: this.clock });
    this.index = new PeopleIndex();
    this.store.onChange((parts) => {
      for (const part of parts) this.index.take(part);
    });
    await this.store.start((part) => this.index.take(part));
  }

  async restart(): Promise<void> {
    await this.database.close();
    await this.open();
  }

  /** Asks for what it has not seen; an answer that is lost on its way is asked for again. */
  async pull(from: Branch, lost: boolean): Promise<void> {
    let after = this.cursors.get(from.number) ?? 0;
    while (after < from.store.head) {
      const { parts, through } = await from.store.since(after, MAX_PARTS, MESSAGE_BYTES);
      if (lost) return;
      await this.store.merge(decodeParts(parts), from.number);
      after = through;
      this.cursors.set(from.number, after);
    }
  }

  async all(): Promise<Part[]> {
    const parts: Part[] = [];
    for (const user of USERS) parts.push(...(await this.store.copies(user)));
    return parts;
  }
}

type Step =
  | { readonly type: 'write'; readonly branch: number; readonly user: number; readonly what: number }
  | { readonly type: 'spend'; readonly branch: number; readonly user: number; readonly bit: number }
  | { readonly type: 'erase'; readonly branch: number; readonly user: number }
  | { readonly type: 'pull'; readonly branch: number; readonly from: number; readonly lost: boolean }
  | { readonly type: 'restart'; readonly branch: number };

const branch = fc.nat({ max: 2 });
const user = fc.nat({ max: 2 });
const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ type: fc.constant('write' as const), branch, user, what: fc.nat({ max: 5 }) }),
    },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('spend' as const), branch, user, bit: fc.nat({ max: 9 }) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('erase' as const), branch, user }) },
    {
      weight: 6,
      arbitrary: fc.record({ type: fc.constant('pull' as const), branch, from: branch, lost: fc.boolean() }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('restart' as const), branch }) },
  ),
  { minLength: 8, maxLength: 30 },
);

let directory: string | undefined;
afterEach(async () => {
  if (directory !== undefined) await rm(directory, { recursive: true, force: true });
});

function changeOf(user: string, what: number, at: number, clinic: number): Change {
  const profile = { displayName: `P ${at}`, familyName: 'P', givenName: String(at), language: 'en' };
  const address = `0x${String(what).repeat(40)}`;
  switch (what) {
    case 0:
      return { user, name: 'person', value: { name: `name${at % 2}`, account: null, kind: 'staff', clinic, made: at } };
    case 1:
      return { user, name: 'profile', value: profile };
    case 2:
      return { user, name: 'vault', value: { version: at, vault: `{"at":${at}}` } };
    case 3:
      return { user, name: `wallet/${address}`, value: { address, linked: at } };
    case 4:
      return { user, name: `wallet/${address.replaceAll('4', '3')}`, value: null };
    default:
      return { user, name: 'state', value: { state: 'active', asked: [], since: at, by: null, reason: '' } };
  }
}

describe('replication among branches', { timeout: 120_000 }, () => {
  it('ends alike everywhere after any order, loss and restart; what was spent or erased stays so', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (run: Step[]) => {
        directory = await mkdtemp(join(tmpdir(), 'wardmesh-people-'));
        const branches = [1, 2, 3].map((number) => new Branch(number, String(directory)));
        const spent = new Map<string, number>();
        const erased = new Set<string>();
        for (const each of branches) await each.open();
        try {
          for (const [at, step] of run.entries()) {
            const here = branches[step.branch];
            for (const each of branches) each.clock.time += 7;
            if (step.type === 'write') {
              const name = USERS[step.user];
              if (here.store.isErased(name)) continue;
              await here.store.write([changeOf(name, step.what, at + 1, here.number)]);
            } else if (step.type === 'spend') {
              const name = USERS[step.user];
              const factor = FACTORS[step.bit % 2];
              await here.store.write([{ user: name, name: 'uses', value: { [factor]: { mark: 1 << step.bit, at } } }]);
              spent.set(`${name}/${factor}`, (spent.get(`${name}/${factor}`) ?? 0) | (1 << step.bit));
            } else if (step.type === 'erase') {
              await here.store.erase(USERS[step.user]);
              erased.add(USERS[step.user]);
            } else if (step.type === 'restart') await here.restart();
            else await here.pull(branches[step.from], step.lost);
          }
          // Everybody meets everybody, and once more: what one heard last is heard by all.
          for (let round = 0; round < 2; round++) {
            for (const here of branches) for (const from of branches) if (here !== from) await here.pull(from, false);
          }
          const [first, ...others] = await Promise.all(branches.map((each) => each.all()));
          for (const other of others) expect(other).toEqual(first);
          for (const name of erased) {
            expect(first.filter((part) => part.user === name).map((part) => [part.name, part.value])).toEqual([
              ['uses', null],
            ]);
          }
          for (const [key, bits] of spent) {
            const [name, factor] = key.split('/');
            if (erased.has(name)) continue;
            expect((await branches[0].store.get(name, 'uses'))?.[factor].mark).toBe(bits);
          }
          // What is in memory is what is on disk, and names belong to the same person everywhere.
          for (const each of branches) {
            const seen = ['name0', 'name1'].map((name) => each.index.byName(name)?.user);
            await each.restart();
            expect(['name0', 'name1'].map((name) => each.index.byName(name)?.user)).toEqual(seen);
            expect(seen).toEqual(['name0', 'name1'].map((name) => branches[0].index.byName(name)?.user));
          }
        } finally {
          for (const each of branches) await each.database.close();
          await rm(directory, { recursive: true, force: true });
        }
      }),
      { numRuns: 8 },
    );
  });

  it('takes nothing of the future, and skips what it cannot read without holding up the rest', async () => {
    directory = await mkdtemp(join(tmpdir(), 'wardmesh-people-'));
    const [here, there] = [new Branch(1, directory), new Branch(2, directory)];
    for (const each of [here, there]) await each.open();
    there.clock.time += 3_600_000;
    await there.store.write([changeOf(USERS[0], 1, 1, 2)]);
    await expect(here.pull(there, false)).rejects.toMatchObject({ code: 'people.clock' });
    expect(await here.all()).toEqual([]);
    here.clock.time += 3_600_000;
    await here.pull(there, false);
    expect(await here.all()).toHaveLength(1);
    const { parts } = await there.store.since(0, MAX_PARTS, MESSAGE_BYTES);
    expect(decodeParts([randomBytes(40), parts[0], new Uint8Array(0)])).toHaveLength(1);
    for (const each of [here, there]) await each.database.close();
  });

  it('numbers anew after a restore, so that a branch asks from the beginning', async () => {
    directory = await mkdtemp(join(tmpdir(), 'wardmesh-people-'));
    const here = new Branch(1, directory);
    await here.open();
    const { epoch } = here.store;
    await here.restart();
    expect(toHex(here.store.epoch)).toBe(toHex(epoch));
    await here.store.start(() => undefined, true);
    expect(toHex(here.store.epoch)).not.toBe(toHex(epoch));
    await here.database.close();
  });
});
