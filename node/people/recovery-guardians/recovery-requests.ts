// A person who lost every way in asks the trusted people for their shares: beginning, releasing, stopping, handing out,
// finishing. Nothing is handed out before the time in which the owner can stop it is over, and no answer says before then
// whether there is such a person.
import { equalSecret, sha256 } from '#crypto';
import { fromHex, toHex } from '../../../common/bytes.ts';
import type { Clock } from '../../../common/clock.ts';
import { Gcra } from '../../../common/gcra.ts';
import type { Logger } from '../../../common/logger.ts';
import type { RecoveryRequestPart, UserId } from '../../../identity/people/types.ts';
import type { Passwords } from '../../../identity/sign-in/password.ts';
import { askingId, MAX_RECOVERY_GUARDIANS } from '../../../identity/vault/recovery-guardians.ts';
import type { SessionRef } from '../../../rpc/access/principal.ts';
import { addressPrefix } from '../address-prefix.ts';
import type { Caller } from '../caller.ts';
import { PeopleError } from '../errors.ts';
import type { Notices } from '../notices.ts';
import { changePasswordAndVault, newPassword } from '../password-and-vault.ts';
import type { PeopleIndex, Person } from '../people-index.ts';
import type { Change, PeopleStore } from '../people-store.ts';
import type { Replication } from '../replication.ts';
import type { Sessions } from '../sessions.ts';
import { endedChange } from './guarded-vaults.ts';
import { RECOVERY_VETO_MS, type RecoveryIndex } from './recovery-index.ts';

/** Requests begun from one network, looks at one, and requests of one person. */
export const RECOVERY_BUDGET = { rate: 1 / 60, burst: 20 };
export const RECOVERY_LOOK_BUDGET = { rate: 1 / 5, burst: 60 };
export const RECOVERY_PERSON_BUDGET = { rate: 1 / 14_400, burst: 4 };
const MAX_KEYS = 16_384;

export interface HandedOut {
  readonly account: string;
  readonly version: number;
  readonly threshold: number;
  readonly hashes: readonly string[];
  readonly released: readonly { readonly index: number; readonly name: string; readonly sealed: string }[];
  readonly vault: string;
}

export interface RecoveryRequestsModules {
  readonly store: PeopleStore;
  readonly index: PeopleIndex;
  readonly recoveries: RecoveryIndex;
  readonly passwords: Passwords;
  readonly sessions: Pick<Sessions, 'endAll'>;
  readonly replication: Pick<Replication, 'endElsewhere'>;
  readonly notices: Pick<Notices, 'tell'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class RecoveryRequests {
  private readonly modules: RecoveryRequestsModules;
  private readonly begins: Gcra;
  private readonly looks: Gcra;
  private readonly persons: Gcra;

  constructor(modules: RecoveryRequestsModules) {
    this.modules = modules;
    this.begins = new Gcra({ ...RECOVERY_BUDGET, maxKeys: MAX_KEYS }, modules);
    this.looks = new Gcra({ ...RECOVERY_LOOK_BUDGET, maxKeys: MAX_KEYS }, modules);
    this.persons = new Gcra({ ...RECOVERY_PERSON_BUDGET, maxKeys: MAX_KEYS }, modules);
  }

  /** Answers before anything is looked for, and alike for every name. Gives the time from which it can be finished, ms. */
  begin(name: string, key: string, token: string, caller: Caller): number {
    this.within(this.begins, caller);
    const began = this.modules.clock.now();
    setImmediate(() => {
      this.open(name, key, token, began).catch((error) => {
        this.modules.logger.warn({ err: error }, 'a recovery was not begun');
      });
    });
    return began + RECOVERY_VETO_MS;
  }

  /** Undefined while the time, shares or the request are missing: which of them, nobody is told. */
  async collect(token: string, caller: Caller): Promise<HandedOut | undefined> {
    this.within(this.looks, caller);
    const { store, index, recoveries } = this.modules;
    const user = recoveries.asker(hashOf(token));
    const request = user === undefined ? undefined : this.ready(user);
    if (user === undefined || request === undefined) return undefined;
    const [guarding, vault] = await Promise.all([store.get(user, 'recovery'), store.get(user, 'vault')]);
    const account = index.get(user)?.person.account;
    if (guarding === undefined || vault === undefined || account == null) return undefined;
    const { version, threshold, guardians } = guarding;
    const released: { index: number; name: string; sealed: string }[] = [];
    for (const at of recoveries.released(user)) {
      const part = await store.get(user, `release/${at}`);
      const holder = guardians[at - 1];
      if (part?.request !== request.id || holder === undefined) continue;
      const person = index.byAccount(holder.account);
      released.push({ index: at, name: person === undefined ? '' : index.nameOf(person), sealed: part.sealed });
    }
    // Stopped, renewed or its owner suspended while the parts were read.
    if (this.ready(user)?.id !== request.id) return undefined;
    return { account, version, threshold, hashes: guardians.map(({ hash }) => hash), released, vault: vault.vault };
  }

  /**
   * A new password and vault for who joined the shares. What else let in before is gone: sessions, second factors, passkeys,
   * wallets. Throws `recovery.not-ready`, `recovery.proof`, `session.busy`.
   */
  async finish(
    given: { token: string; proof: string; salt: string; auth: string; vault: string },
    caller: Caller,
  ): Promise<{ readonly name: string }> {
    this.within(this.looks, caller);
    const { store, index, recoveries, sessions, replication, notices } = this.modules;
    const user = recoveries.asker(hashOf(given.token));
    if (user === undefined || this.ready(user) === undefined) throw notReady();
    const guarding = await store.get(user, 'recovery');
    if (guarding === undefined) throw notReady();
    if (!equalSecret(sha256(fromHex(given.proof)), fromHex(guarding.proof))) {
      throw new PeopleError({ code: 'recovery.proof' });
    }
    const password = await newPassword(given, this.modules);
    const { changed } = password;
    await store.write(async () => {
      // Stopped, finished or renewed, or its owner suspended, while the password was hashed.
      const request = this.ready(user);
      if (request === undefined || request.version !== guarding.version) throw notReady();
      const { changes } = await changePasswordAndVault(store, user, { password, vault: given.vault }, changed);
      const waysIn = (await store.of(user)).filter(({ name }) => isWayIn(name)).map(({ name }) => taken(user, name));
      return [...changes, ...waysIn, taken(user, 'recovery'), endedChange(user, request, 'finished', null, changed)];
    });
    sessions.endAll(user);
    await replication.endElsewhere({ user, session: undefined, before: changed, except: undefined });
    const person = index.get(user);
    if (person === undefined) throw notReady();
    notices.tell(person, 'recovery-done', { at: changed, address: caller.client.address });
    return { name: index.nameOf(person) };
  }

  /** By a holder, whose browser sealed the share to who asks. Throws `recovery.unknown`. Gives how many there are. */
  async release({ user }: SessionRef, owner: UserId, request: string, sealed: string): Promise<number> {
    const { store, recoveries, clock } = this.modules;
    await store.write(async () => {
      const place = this.mustHold(user, owner, request);
      return [{ user: owner, name: `release/${place}`, value: { request, sealed, at: clock.now() } }];
    });
    return recoveries.released(owner).length;
  }

  /** By a holder who knows that it is not her. Throws `recovery.unknown`. */
  async refuse({ user }: SessionRef, owner: UserId, request: string): Promise<void> {
    await this.modules.store.write(async () => {
      this.mustHold(user, owner, request);
      return [this.ended(owner, request, 'refused', user)];
    });
  }

  /** By the owner, who is signed in. Throws `recovery.unknown`. */
  async stop({ user }: SessionRef, request: string): Promise<void> {
    await this.modules.store.write(async () => [this.ended(user, request, 'stopped', user)]);
  }

  private async open(name: string, key: string, token: string, began: number): Promise<void> {
    const { store, index, recoveries, clock } = this.modules;
    const person = index.byName(name);
    const guarded = person === undefined ? undefined : recoveries.of(person.user);
    if (person?.state !== 'active' || guarded === undefined) return;
    const { user } = person;
    // One at a time: a second one neither ends the first nor is it told apart from it.
    if (recoveries.open(user, clock.now()) !== undefined || !this.persons.take(user).ok) return;
    await store.write(async () => {
      if (recoveries.open(user, clock.now()) !== undefined) return [];
      const id = toHex(askingId(fromHex(key)));
      const { version } = guarded;
      const request = { id, key, token: hashOf(token), version, began, state: 'waiting', by: null, at: began } as const;
      const before = Array.from({ length: MAX_RECOVERY_GUARDIANS }, (_, at) => `release/${at + 1}` as const);
      const there = (await store.of(user)).map((part) => part.name);
      const old = before.filter((one) => there.includes(one)).map((one) => taken(user, one));
      return [{ user, name: 'recovery-request', value: request }, ...old];
    });
    if (recoveries.request(user)?.token === hashOf(token)) this.tellAll(person, guarded.guardians, began);
  }

  private tellAll(person: Person, guardians: readonly string[], at: number): void {
    const { index, notices } = this.modules;
    notices.tell(person, 'recovery-asked', { at, until: at + RECOVERY_VETO_MS });
    for (const account of guardians) {
      const holder = index.byAccount(account);
      if (holder?.state === 'active') notices.tell(holder, 'recovery-help', { at, who: person.displayName });
    }
  }

  /** Only while its owner could have stopped it: who is suspended has no session to do it from. */
  private ready(user: UserId): RecoveryRequestPart | undefined {
    const { index, recoveries, clock } = this.modules;
    return index.get(user)?.state === 'active' ? recoveries.ready(user, clock.now()) : undefined;
  }

  /** Which of the holders; within a write. */
  private mustHold(user: UserId, owner: UserId, request: string): number {
    const { index, recoveries, clock } = this.modules;
    const account = index.get(user)?.person.account;
    const open = index.get(owner)?.state === 'active' ? recoveries.open(owner, clock.now()) : undefined;
    const place = account == null ? -1 : (recoveries.of(owner)?.guardians.indexOf(account) ?? -1);
    if (open?.id !== request || place < 0) throw new PeopleError({ code: 'recovery.unknown' });
    return place + 1;
  }

  private ended(owner: UserId, id: string, state: 'refused' | 'stopped', by: UserId): Change {
    const { recoveries, clock } = this.modules;
    const request = recoveries.open(owner, clock.now());
    if (request?.id !== id) throw new PeopleError({ code: 'recovery.unknown' });
    return endedChange(owner, request, state, by, clock.now());
  }

  private within(budget: Gcra, { client }: Caller): void {
    const verdict = budget.take(addressPrefix(client.address));
    if (!verdict.ok) throw new PeopleError({ code: 'rpc.rate-limited', retryAfterMs: verdict.retryAfterMs });
  }
}

/** Everything that a thief of the old things could still come in with. */
function isWayIn(name: string): boolean {
  return ['totp', 'codes'].includes(name) || /^(passkey|wallet|release)\//.test(name);
}

function taken(user: UserId, name: Change['name']): Change {
  return { user, name, value: null };
}

function hashOf(token: string): RecoveryRequestPart['token'] {
  return toHex(sha256(fromHex(token)));
}

function notReady(): PeopleError {
  return new PeopleError({ code: 'recovery.not-ready' });
}
