// Getting back in by trusted people, without a node: who may do what when, by a clock that moves when told. Real shares, a
// real database; the chain says what it is told to say.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { encryptionKeyPair, randomBytes } from '#crypto';
import { fromHex, toHex } from '../../common/bytes.ts';
import { codeOf } from '../../common/errors.ts';
import { createLogger } from '../../common/logger.ts';
import type { UserId } from '../../identity/people/types.ts';
import { Passwords } from '../../identity/sign-in/password.ts';
import { Slots } from '../../identity/slots.ts';
import { exportVaultFile, parseVaultFile } from '../../identity/vault/file.ts';
import {
  askingOf,
  type Guarding,
  joinShares,
  newGuarding,
  type OwnAsking,
  proofOf,
  releaseShare,
} from '../../identity/vault/recovery-guardians.ts';
import { createVault, openVault, replaceWay } from '../../identity/vault/vault.ts';
import { newWords } from '../../identity/vault/words.ts';
import { PeopleIndex } from '../../node/people/people-index.ts';
import { type Change, PeopleStore } from '../../node/people/people-store.ts';
import type { ChainAccount } from '../../node/people/ports.ts';
import { recoveryGuardians } from '../../node/people/recovery-guardians/assemble.ts';
import { RECOVERY_REQUEST_TTL_MS, RECOVERY_VETO_MS } from '../../node/people/recovery-guardians/recovery-index.ts';
import { RECOVERY_PERSON_BUDGET } from '../../node/people/recovery-guardians/recovery-requests.ts';
import { Users, type UsersModules } from '../../node/people/users.ts';
import { LocalDatabase } from '../../node/store/local-database.ts';
import type { SessionRef } from '../../rpc/access/principal.ts';
import { CLIENT } from '../helpers/call-context.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { waitFor } from '../helpers/wait-for.ts';

const HOUR = 3_600_000;
const NAMES = ['anna', 'bert', 'carl', 'dora', 'emil'] as const;
type Name = (typeof NAMES)[number];
const user = (name: Name): UserId => `${NAMES.indexOf(name) + 10}`.repeat(16);
const account = (name: Name): string => `${NAMES.indexOf(name) + 10}`.repeat(32);
const caller = { client: CLIENT, cookies: undefined };
const code = (work: Promise<unknown>): Promise<string | undefined> =>
  work.then(
    () => undefined,
    (error: unknown) => codeOf(error) ?? String(error),
  );

/** Anna trusts two of Bert, Carl and Dora; Emil is nobody of hers. */
async function clinic() {
  const directory = await mkdtemp(join(tmpdir(), 'wardmesh-recovery-'));
  const database = new LocalDatabase({ path: directory, name: 'people', key: new Uint8Array(32).fill(7) });
  await database.open();
  onTestFinished(async () => {
    await database.close();
    await rm(directory, { recursive: true, force: true });
  });
  const clock = new ManualClock();
  const index = new PeopleIndex();
  const store = new PeopleStore({ clinic: 1 }, { database, clock });
  store.onChange((parts) => {
    for (const part of parts) index.take(part);
  });
  const keys = Object.fromEntries(NAMES.map((name) => [name, encryptionKeyPair()]));
  const chain = new Map<string, ChainAccount>(
    NAMES.map((name) => {
      const live = { key: '00'.repeat(32), encryptionKey: toHex(keys[name].publicKey), status: 'live' } as const;
      return [account(name), { organisation: 1, suspended: false, recovery: false, keys: [live] }];
    }),
  );
  const told: string[] = [];
  const ended: string[] = [];
  const genesisId = randomBytes(32);
  const passwords = new Passwords({ scrypt: { N: 2, r: 1, p: 1 } }, { slots: new Slots({ limit: 1 }) });
  const recovery = recoveryGuardians(
    { genesisId },
    {
      ...{ store, index, passwords, clock, logger: createLogger({ level: 'silent' }) },
      accounts: { view: async (one) => chain.get(one) },
      sessions: { endAll: (who) => ended.push(`here ${who}`) },
      replication: { endElsewhere: async (ending) => void ended.push(`elsewhere ${ending.user}`) },
      notices: { tell: ({ displayName }, kind) => void told.push(`${kind} ${displayName}`) },
    },
  );
  const users = new Users({
    ...{ clinic: 1, store, index, recoveries: recovery.index, clock },
    accounts: { view: async () => undefined },
    sessions: { endAll: () => 0 },
    replication: { endElsewhere: async () => {} },
    notices: { tell: () => {} },
    isAdministrator: async () => false,
  } as unknown as UsersModules);
  await store.start((part) => index.take(part));
  await store.write(NAMES.flatMap((name) => registered(name)));
  const session = (name: Name, factorAt: number | null = null): SessionRef => {
    return { id: '0'.repeat(32), user: user(name), roles: [], factorAt } as unknown as SessionRef;
  };

  /** As the page does it. */
  const choose = async (holders: readonly Name[] = ['bert', 'carl', 'dora'], threshold = 2) => {
    const found = await Promise.all(holders.map((name) => recovery.vaults.find(session('anna'), name)));
    const { nextVersion: version } = await recovery.views.of(session('anna'));
    const of = { genesisId, account: fromHex(account('anna')), version, threshold };
    const made = await newGuarding(
      of,
      found.map(({ key }) => fromHex(key)),
    );
    const open = await createVault([{ kind: 'words', words: newWords() }]);
    const vault = exportVaultFile((await replaceWay(open, { kind: 'guardians', secret: made.secret })).file);
    const guardians = found.map(({ account: held, key }, at) => {
      return { account: held, key, hash: toHex(made.hashes[at]), sealed: toHex(made.sealed[at]) };
    });
    const [commitment, proof] = [toHex(made.commitment), toHex(made.proof)];
    const vaultVersion = (await store.get(user('anna'), 'vault'))?.version ?? 0;
    const given = { version, threshold, guardians, commitment, proof, vault, vaultVersion };
    return { given, guarding: { ...of, hashes: made.hashes } satisfies Guarding, device: open.contents.device };
  };
  const begin = async (asking: OwnAsking, name = 'anna') => {
    recovery.requests.begin(name, toHex(asking.key), toHex(asking.token), caller);
    await new Promise(setImmediate);
  };
  const begun = async (asking: OwnAsking) => {
    await begin(asking);
    await waitFor(() => recovery.index.request(user('anna'))?.id === toHex(asking.id), { what: 'the request' });
  };
  const release = async (name: Name) => {
    const { held } = await recovery.views.of(session(name));
    const asked = held.find((one) => one.user === user('anna'))?.asked;
    if (asked == null) throw new Error('nobody asks');
    const guarding = {
      genesisId,
      account: fromHex(asked.account),
      version: asked.version,
      threshold: held[0].threshold,
    };
    const own = { index: asked.index, sealed: fromHex(asked.sealed), secretKey: keys[name].secretKey };
    const to = { id: fromHex(asked.id), key: fromHex(asked.key) };
    const sealed = await releaseShare({ ...guarding, hashes: asked.hashes.map(fromHex) }, own, to);
    return recovery.requests.release(session(name), user('anna'), asked.id, toHex(sealed));
  };
  const collect = (asking: OwnAsking) => recovery.requests.collect(toHex(asking.token), caller);
  /** As it comes from another branch: the state alone, with the request as it was. */
  const setState = (state: 'active' | 'suspended') => {
    const value = { state, asked: [], since: clock.now(), by: null, reason: '' } as const;
    return store.write([{ user: user('anna'), name: 'state', value }]);
  };
  const acts = { users, setState, choose, begin, begun, release, collect };
  return { ...recovery, ...acts, store, index, chain, clock, told, ended, session };
}

function registered(name: Name): Change[] {
  const display = name.replace(/^./, (letter) => letter.toUpperCase());
  const profile = { displayName: display, familyName: 'E', givenName: display, language: 'en' };
  const state = { state: 'active', asked: [], since: 1, by: null, reason: '' } as const;
  return [
    { user: user(name), name: 'person', value: { name, account: account(name), kind: 'patient', clinic: 1, made: 1 } },
    { user: user(name), name: 'state', value: state },
    { user: user(name), name: 'profile', value: profile },
  ];
}

const password = { salt: '5a'.repeat(16), auth: 'c1'.repeat(32) };

describe('a person who lost everything', () => {
  it('gets back in with the shares of enough people, after the time to stop it and never before', async () => {
    const { vaults, requests, session, choose, begun, release, collect, clock, told, ended, store, index } =
      await clinic();
    const { given, guarding, device } = await choose();
    expect(await vaults.set(session('anna'), given)).toBe(1);
    await store.write([
      { user: user('anna'), name: 'totp', value: { id: `t-${'0'.repeat(22)}`, secret: 'ab', confirmed: 1 } },
      { user: user('anna'), name: `wallet/0x${'a'.repeat(40)}`, value: { address: `0x${'a'.repeat(40)}`, linked: 1 } },
    ]);
    const asking = askingOf(randomBytes(32));
    await begun(asking);
    expect(told).toEqual(['recovery-asked Anna', 'recovery-help Bert', 'recovery-help Carl', 'recovery-help Dora']);
    expect(await release('dora')).toBe(1);
    expect(await release('bert')).toBe(2);

    clock.advance(RECOVERY_VETO_MS - 1);
    expect(await collect(asking)).toBeUndefined();
    const early = { ...password, token: toHex(asking.token), proof: '00'.repeat(32), vault: '{"a":1}' };
    expect(await code(requests.finish(early, caller))).toBe('recovery.not-ready');
    clock.advance(1);
    const out = await collect(asking);
    if (out === undefined) throw new Error('nothing came');
    expect(out.released.map(({ name }) => name)).toEqual(['bert', 'dora']);
    const shares = out.released.map(({ index: at, sealed }) => ({ index: at, sealed: fromHex(sealed) }));
    const { secret } = await joinShares({ ...guarding, hashes: out.hashes.map(fromHex) }, shares, asking);
    const open = await openVault(parseVaultFile(out.vault), { kind: 'guardians', secret });
    expect(open.contents.device).toEqual(device);

    const fresh = exportVaultFile((await createVault([{ kind: 'words', words: newWords() }], device)).file);
    const last = { ...password, token: toHex(asking.token), vault: fresh };
    expect(await code(requests.finish({ ...last, proof: '00'.repeat(32) }, caller))).toBe('recovery.proof');
    expect(ended).toEqual([]);
    const proof = toHex(proofOf(secret));
    expect(await requests.finish({ ...last, proof }, caller)).toEqual({ name: 'anna' });
    expect(ended).toEqual([`here ${user('anna')}`, `elsewhere ${user('anna')}`]);
    expect(told.at(-1)).toBe('recovery-done Anna');
    expect((await store.get(user('anna'), 'vault'))?.vault).toBe(fresh);
    expect((await store.get(user('anna'), 'password'))?.salt).toBe(password.salt);
    expect(index.get(user('anna'))).toMatchObject({ totp: false, wallets: new Set() });
    expect(await store.get(user('anna'), 'recovery')).toBeUndefined();
    // Once: neither the token nor a share is good for anything any more.
    expect(await code(requests.finish({ ...last, proof }, caller))).toBe('recovery.not-ready');
    expect(await collect(asking)).toBeUndefined();
  });

  it('finds nothing with too few shares, or when too long has passed', async () => {
    const { vaults, session, choose, begun, release, collect, clock } = await clinic();
    await vaults.set(session('anna'), (await choose()).given);
    const asking = askingOf(randomBytes(32));
    await begun(asking);
    await release('bert');
    // The same one again counts once.
    expect(await release('bert')).toBe(1);
    clock.advance(RECOVERY_VETO_MS);
    expect(await collect(asking)).toBeUndefined();
    expect(await release('carl')).toBe(2);
    expect(await collect(asking)).toBeDefined();
    clock.advance(RECOVERY_REQUEST_TTL_MS - RECOVERY_VETO_MS);
    expect(await collect(asking)).toBeUndefined();
    await expect(release('dora')).rejects.toThrow('nobody asks');
  });
});

describe('nobody else', () => {
  it('learns from an answer whether there is such a person, whether it was stopped, or what is missing', async () => {
    const { vaults, requests, session, choose, begin, begun, collect, clock, told, store } = await clinic();
    await vaults.set(session('anna'), (await choose()).given);
    const before = (await store.copies(user('bert'))).length;
    // Nobody of that name; nobody whom he trusts; somebody who is asked for already.
    const [none, bert, first, second] = [1, 2, 3, 4].map(() => askingOf(randomBytes(32)));
    await begin(none, 'nobody');
    await begin(bert, 'bert');
    await begun(first);
    await begin(second);
    expect(told.filter((line) => line.startsWith('recovery-asked'))).toEqual(['recovery-asked Anna']);
    const untils = [none, bert, second].map((one) => requests.begin('x', toHex(one.key), toHex(one.token), caller));
    expect(new Set(untils)).toEqual(new Set([clock.now() + RECOVERY_VETO_MS]));
    await requests.stop(session('anna'), toHex(first.id));
    clock.advance(RECOVERY_VETO_MS);
    for (const asking of [none, bert, first, second]) {
      expect(await collect(asking)).toBeUndefined();
      const given = { ...password, token: toHex(asking.token), proof: '00'.repeat(32), vault: '{"a":1}' };
      expect(await code(requests.finish(given, caller))).toBe('recovery.not-ready');
    }
    expect(await store.copies(user('bert'))).toHaveLength(before);
  });

  it('goes on after the owner stops it or a holder refuses it, and who else tries is told that there is nothing', async () => {
    const { vaults, requests, views, session, choose, begin, begun, release, collect, clock } = await clinic();
    await vaults.set(session('anna'), (await choose()).given);
    const [first, second] = [askingOf(randomBytes(32)), askingOf(randomBytes(32))];
    await begun(first);
    for (const name of ['bert', 'emil'] as const) {
      expect(await code(requests.stop(session(name), toHex(first.id)))).toBe('recovery.unknown');
    }
    const share = '00'.repeat(112);
    expect(await code(requests.release(session('emil'), user('anna'), toHex(first.id), share))).toBe(
      'recovery.unknown',
    );
    expect(await code(requests.refuse(session('emil'), user('anna'), toHex(first.id)))).toBe('recovery.unknown');
    expect(await code(requests.release(session('anna'), user('anna'), toHex(first.id), share))).toBe(
      'recovery.unknown',
    );
    await release('bert');
    await release('carl');
    clock.advance(RECOVERY_VETO_MS - HOUR);
    // Whoever asks again and again while one is under way spends nothing of hers.
    for (let again = 0; again < 2 * RECOVERY_PERSON_BUDGET.burst; again++) await begin(askingOf(randomBytes(32)));
    await requests.stop(session('anna'), toHex(first.id));
    clock.advance(HOUR);
    expect(await collect(first)).toBeUndefined();
    expect((await views.of(session('anna'))).request).toMatchObject({ state: 'stopped', by: 'anna' });
    expect(await code(requests.release(session('dora'), user('anna'), toHex(first.id), share))).toBe(
      'recovery.unknown',
    );

    // Another begins from nothing, with its own time and no share of the one before.
    await begun(second);
    expect((await views.of(session('anna'))).request).toMatchObject({ state: 'waiting', released: 0 });
    expect(await code(requests.release(session('bert'), user('anna'), toHex(first.id), share))).toBe(
      'recovery.unknown',
    );
    await requests.refuse(session('dora'), user('anna'), toHex(second.id));
    expect((await views.of(session('anna'))).request).toMatchObject({ state: 'refused', by: 'dora' });
    expect((await views.of(session('bert'))).held[0].asked).toBeNull();
  });
});

describe('an owner who is suspended', () => {
  it('takes the recovery under way with her, in the name of who did it', async () => {
    const { vaults, requests, views, users, session, choose, begun, release, collect, clock, setState } =
      await clinic();
    await vaults.set(session('anna'), (await choose()).given);
    const asking = askingOf(randomBytes(32));
    await begun(asking);
    await release('bert');
    await release('carl');
    await users.suspend(user('anna'), 'gone', user('emil'));
    expect((await views.of(session('anna'))).request).toMatchObject({ state: 'stopped', by: 'emil' });
    expect((await views.of(session('dora'))).held[0].asked).toBeNull();
    // Nor does it go on for an owner who would be let in again.
    await setState('active');
    clock.advance(RECOVERY_VETO_MS);
    expect(await collect(asking)).toBeUndefined();
    const given = { ...password, token: toHex(asking.token), proof: '00'.repeat(32), vault: '{"a":1}' };
    expect(await code(requests.finish(given, caller))).toBe('recovery.not-ready');
  });

  it('gives nothing away, though the request that came from another branch still waits', async () => {
    const { vaults, requests, session, choose, begun, release, collect, clock, setState, index } = await clinic();
    await vaults.set(session('anna'), (await choose()).given);
    const asking = askingOf(randomBytes(32));
    await begun(asking);
    await release('bert');
    await release('carl');
    clock.advance(RECOVERY_VETO_MS);
    expect(await collect(asking)).toBeDefined();
    await setState('suspended');
    expect(index.get(user('anna'))?.state).toBe('suspended');
    expect(await collect(asking)).toBeUndefined();
    // The proof is not even looked at.
    const given = { ...password, token: toHex(asking.token), proof: '00'.repeat(32), vault: '{"a":1}' };
    expect(await code(requests.finish(given, caller))).toBe('recovery.not-ready');
    const share = '00'.repeat(112);
    expect(await code(requests.release(session('dora'), user('anna'), toHex(asking.id), share))).toBe(
      'recovery.unknown',
    );
    expect(await code(requests.refuse(session('dora'), user('anna'), toHex(asking.id)))).toBe('recovery.unknown');
  });
});

describe('an owner', () => {
  it('stops it until the answer with the shares is on its way', async () => {
    const { vaults, requests, session, choose, begun, release, collect, clock, store } = await clinic();
    await vaults.set(session('anna'), (await choose()).given);
    const asking = askingOf(randomBytes(32));
    await begun(asking);
    await release('bert');
    await release('carl');
    clock.advance(RECOVERY_VETO_MS);
    const get = store.get.bind(store);
    const read = vi.spyOn(store, 'get').mockImplementation(async (whose, name) => {
      const part = await get(whose, name);
      if (name === 'release/2') await requests.stop(session('anna'), toHex(asking.id));
      return part;
    });
    expect(await collect(asking)).toBeUndefined();
    expect(read).toHaveBeenCalledWith(user('anna'), 'release/2');
  });

  it('chooses people with accounts and the keys that they have now, not herself, each once', async () => {
    const { vaults, session, choose, chain, clock, store } = await clinic();
    const { given } = await choose();
    const wrong = [
      { ...given, guardians: given.guardians.slice(0, 1) },
      { ...given, threshold: 4 },
      { ...given, threshold: 1 },
      { ...given, guardians: [given.guardians[0], given.guardians[0], given.guardians[1]] },
      { ...given, guardians: given.guardians.with(0, { ...given.guardians[0], account: account('anna') }) },
      { ...given, guardians: given.guardians.with(0, { ...given.guardians[0], account: 'ee'.repeat(32) }) },
      { ...given, guardians: given.guardians.with(0, { ...given.guardians[0], key: 'ee'.repeat(32) }) },
    ];
    for (const one of wrong) expect(await code(vaults.set(session('anna'), one))).toBe('recovery.guardians');
    const lie = { ...given, guardians: given.guardians.with(2, { ...given.guardians[2], hash: 'ee'.repeat(32) }) };
    expect(await code(vaults.set(session('anna'), lie))).toBe('recovery.commitment');
    expect(await code(vaults.set(session('anna'), { ...given, vaultVersion: 4 }))).toBe('account.vault-version');
    expect(await store.get(user('anna'), 'recovery')).toBeUndefined();
    expect(await code(vaults.find(session('anna'), 'anna'))).toBe('recovery.self');
    expect((await vaults.find(session('anna'), 'emil')).secondFactor).toBe(false);
    await store.write([
      { user: user('emil'), name: 'totp', value: { id: `t-${'1'.repeat(22)}`, secret: 'ab', confirmed: 1 } },
    ]);
    expect((await vaults.find(session('anna'), 'emil')).secondFactor).toBe(true);
    chain.set(account('emil'), { ...(chain.get(account('emil')) as ChainAccount), suspended: true });
    expect(await code(vaults.find(session('anna'), 'emil'))).toBe('people.unknown');
    await store.write([
      { user: user('anna'), name: 'totp', value: { id: `t-${'0'.repeat(22)}`, secret: 'ab', confirmed: 1 } },
    ]);
    expect(await code(vaults.set(session('anna'), given))).toBe('session.factor-needed');
    expect(await code(vaults.set(session('anna', clock.now()), given))).toBeUndefined();
  });

  it('ends with new people or none what the ones before were asked for, and sees whose share does not come back', async () => {
    const { vaults, views, session, choose, begun, release, collect, clock, chain, store } = await clinic();
    await vaults.set(session('anna'), (await choose()).given);
    const [first, second] = [askingOf(randomBytes(32)), askingOf(randomBytes(32))];
    await begun(first);
    await release('bert');
    await release('carl');
    const { given } = await choose(['carl', 'emil']);
    expect(given.version).toBe(2);
    expect(await code(vaults.set(session('anna'), { ...given, version: 3 }))).toBe('recovery.commitment');
    await vaults.set(session('anna'), given);
    clock.advance(RECOVERY_VETO_MS);
    expect(await collect(first)).toBeUndefined();
    expect((await views.of(session('bert'))).held).toEqual([]);
    expect((await views.of(session('emil'))).held).toMatchObject([{ name: 'anna', threshold: 2, of: 2, asked: null }]);
    const { keys } = chain.get(account('emil')) as ChainAccount;
    chain.set(account('emil'), {
      ...(chain.get(account('emil')) as ChainAccount),
      keys: [
        { ...keys[0], status: 'compromised' },
        { ...keys[0], encryptionKey: 'ab'.repeat(32) },
      ],
    });
    expect((await views.of(session('anna'))).guarding?.guardians).toMatchObject([
      { name: 'carl', can: true },
      { name: 'emil', can: false },
    ]);
    await begun(second);
    await release('carl');
    await release('emil');
    clock.advance(RECOVERY_VETO_MS);
    expect(await collect(second)).toBeDefined();
    // Chosen anew at another branch, which had not heard of the request.
    const part = await store.get(user('anna'), 'recovery');
    if (part === undefined) throw new Error('nobody is chosen');
    await store.write([{ user: user('anna'), name: 'recovery', value: { ...part, version: 3 } }]);
    expect(await collect(second)).toBeUndefined();
    await store.write([{ user: user('anna'), name: 'recovery', value: part }]);
    await vaults.end(session('anna'), '{"without":1}', 2);
    expect((await views.of(session('anna'))).guarding).toBeNull();
    expect((await views.of(session('carl'))).held).toEqual([]);
    expect(await collect(second)).toBeUndefined();
  });
});
