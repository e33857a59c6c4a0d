// What a person changes about the own account: password, vault, second factors, passkeys, wallets, profile, photo. Whoever
// has a second factor shows it again before the ways in change.
import type { z } from 'zod';
import { randomBytes } from '#crypto';
import { fromHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import { factorId } from '../../identity/people/factor-ids.ts';
import type { EarlierVault, Profile, UserId } from '../../identity/people/types.ts';
import { CHALLENGE_BYTES, createdPasskey, MAX_PASSKEYS, passkeyCreation } from '../../identity/sign-in/passkeys.ts';
import type { Passwords } from '../../identity/sign-in/password.ts';
import type { Tickets } from '../../identity/sign-in/tickets.ts';
import { newTotpSecret, totpEnrolment } from '../../identity/sign-in/totp.ts';
import type { SessionRef } from '../../rpc/access/principal.ts';
import { isFresh } from '../../rpc/access/rule.ts';
import type { accountMethods } from '../../rpc/schema/account.ts';
import { type Approvals, changedProfile, type ProfileChange, VOUCHED } from './approvals.ts';
import { fromBase64Url, toBase64Url } from './base64url.ts';
import { type Caller, deviceOf, relyingPartyAt, type Site } from './caller.ts';
import { PeopleError } from './errors.ts';
import type { Factors } from './factors.ts';
import type { Notices } from './notices.ts';
import { changePasswordAndVault, EARLIER_VAULT_TTL_MS, newPassword } from './password-and-vault.ts';
import { hasSecondFactor, type PeopleIndex } from './people-index.ts';
import type { Change, PeopleStore } from './people-store.ts';
import { photoOf, photoTypesOf } from './photos.ts';
import type { ChainAccounts } from './ports.ts';
import type { Replication } from './replication.ts';
import type { Sessions } from './sessions.ts';
import { refused, type SignIn, type Steps } from './sign-in.ts';

/** Of one person. */
export const MAX_WALLETS = 5;
/** Authenticators that are being set up at once. */
const MAX_ENROLMENTS = 4_096;
const ENROLMENT_TTL_MS = 10 * 60_000;

export interface OwnAccountOptions {
  /** Kinds of image that a photo may be: png, jpg, jpeg, gif. */
  readonly photoTypes: readonly string[];
}

export interface OwnAccountModules {
  readonly store: PeopleStore;
  readonly index: PeopleIndex;
  readonly sessions: Sessions;
  readonly replication: Replication;
  readonly factors: Factors;
  readonly approvals: Approvals;
  readonly signIn: SignIn;
  readonly passwords: Passwords;
  readonly tickets: Tickets<Steps>;
  readonly accounts: ChainAccounts;
  readonly notices: Notices;
  readonly site: Site;
  readonly clock: Clock;
}

export class OwnAccount {
  private readonly options: OwnAccountOptions;
  private readonly modules: OwnAccountModules;
  /** By session. */
  private readonly enrolments = new BoundedMap<string, { readonly secret: Uint8Array; readonly until: number }>({
    maxEntries: MAX_ENROLMENTS,
  });

  constructor(options: OwnAccountOptions, modules: OwnAccountModules) {
    this.options = options;
    this.modules = modules;
  }

  async me({ user }: SessionRef): Promise<z.output<(typeof accountMethods)['account_me']['result']>> {
    const { store, index, accounts, factors, approvals } = this.modules;
    const person = this.modules.signIn.mustBe(user);
    const { account } = person.person;
    const chain = account === null ? undefined : await accounts.view(account);
    const roles = account === null ? [] : await accounts.roles(account);
    const passkeys = await factors.passkeys(user);
    const live = chain?.keys.filter(({ status }) => status === 'live').at(-1)?.key;
    const changes = await approvals.of(user);
    return {
      ...{ user, name: index.nameOf(person), account, profile: await this.profile(user), photo: person.photo },
      photoTypes: photoTypesOf(this.options.photoTypes),
      changes: changes.flatMap(({ id, change, made }) => change.map((one) => ({ id, ...one, made }))),
      mail: (await store.get(user, 'preferences'))?.mail ?? {},
      roles: roles.map(({ clinic, role, end }) => ({ clinic, role, until: end })),
      factors: {
        password: (await store.get(user, 'password')) !== undefined,
        totp: person.totp,
        recoveryCodes: await factors.codesLeft(user),
        passkeys: await Promise.all(
          passkeys.map(async ({ id, label, made, prf }) => {
            return { id, name: label, made, lastUsed: (await factors.passkeyUse(user, id)).at, prf };
          }),
        ),
        wallets: [...person.wallets],
      },
      keys: (chain?.keys ?? []).map(({ key, status }) => ({ key, status, current: key === live })),
      vaultVersion: (await store.get(user, 'vault'))?.version ?? 0,
      recoveryKey: chain?.recovery ?? false,
    };
  }

  /** Every other session of the person ends, at every branch. */
  async changePassword(
    session: SessionRef,
    given: { auth: string | null; newSalt: string; newAuth: string; vault: string },
    caller: Caller,
  ): Promise<{ vaultVersion: number; sessionsEnded: number }> {
    const { store, sessions, replication, signIn, notices } = this.modules;
    const { user } = session;
    await signIn.mustKnowPassword(user, given.auth === null ? null : fromHex(given.auth), caller);
    // It locks another vault too, which a stolen session and a guessed password must not do without the second factor.
    this.mustBeFresh(session);
    const password = await newPassword({ salt: given.newSalt, auth: given.newAuth }, this.modules);
    const { changed } = password;
    let vaultVersion = 0;
    await sessions.prove(session.id);
    const sessionsEnded = sessions.endAll(user, session.id);
    await store.write(async () => {
      const { changes, version } = await changePasswordAndVault(store, user, { password, vault: given.vault }, changed);
      vaultVersion = version;
      return changes;
    });
    await replication.endElsewhere({ user, session: undefined, before: changed, except: session.id });
    notices.tell(this.modules.signIn.mustBe(user), 'password-changed', { at: changed, address: caller.client.address });
    return { vaultVersion, sessionsEnded };
  }

  async vault({ user }: SessionRef): Promise<{ vault: string | null; version: number; before: EarlierVault | null }> {
    const part = await this.modules.store.get(user, 'vault');
    const { vault = null, version = 0, before } = part ?? {};
    const kept = before !== undefined && this.modules.clock.now() - before.replaced < EARLIER_VAULT_TTL_MS;
    return { vault, version, before: kept ? before : null };
  }

  /** Throws `account.vault-version` when it was made from another version than the one that is there. */
  async putVault(session: SessionRef, vault: string, from: number): Promise<number> {
    const { store, clock } = this.modules;
    this.mustBeFresh(session);
    const { user } = session;
    let vaultVersion = 0;
    await store.write(async () => {
      const { changes, version } = await changePasswordAndVault(store, user, { vault, from }, clock.now());
      vaultVersion = version;
      return changes;
    });
    return vaultVersion;
  }

  async totpStart(session: SessionRef): Promise<{ secret: string; uri: string }> {
    const { site, index, clock } = this.modules;
    this.mustBeFresh(session);
    const secret = newTotpSecret();
    this.enrolments.set(session.id, { secret, until: clock.monotonic() + ENROLMENT_TTL_MS });
    return totpEnrolment(secret, { issuer: site.name, name: index.nameOf(this.modules.signIn.mustBe(session.user)) });
  }

  /** Throws `account.nothing-started`, `session.refused`. */
  async totpFinish(session: SessionRef, code: string): Promise<string[]> {
    const { factors, store, clock } = this.modules;
    const enrolment = this.enrolments.get(session.id);
    if (enrolment === undefined || clock.monotonic() >= enrolment.until) {
      throw new PeopleError({ code: 'account.nothing-started' });
    }
    const step = factors.confirmsNew(enrolment.secret, code);
    if (step === undefined) throw refused();
    const { changes, codes } = factors.totpChanges(session.user, enrolment.secret, step);
    await store.write(changes);
    this.enrolments.delete(session.id);
    return codes;
  }

  async totpRemove({ user }: SessionRef): Promise<boolean> {
    const had = this.modules.signIn.mustBe(user).totp;
    await this.modules.store.write([
      { user, name: 'totp', value: null },
      { user, name: 'codes', value: null },
    ]);
    return had;
  }

  /** Throws `account.no-factor`. */
  async newRecoveryCodes({ user }: SessionRef): Promise<string[]> {
    if (!this.modules.signIn.mustBe(user).totp) throw new PeopleError({ code: 'account.no-factor' });
    const { changes, codes } = this.modules.factors.codesChanges(user);
    await this.modules.store.write(changes);
    return codes;
  }

  async passkeyStart(
    session: SessionRef,
    caller: Caller,
  ): Promise<{ ticket: string; options: Record<string, unknown> }> {
    const { tickets, factors, index } = this.modules;
    this.mustBeFresh(session);
    const { user } = session;
    const person = this.modules.signIn.mustBe(user);
    const existing = await factors.passkeys(user);
    if (existing.length >= MAX_PASSKEYS) throw new PeopleError({ code: 'account.full' });
    const challenge = randomBytes(CHALLENGE_BYTES);
    const about = { user, name: index.nameOf(person), displayName: person.displayName };
    const options = await passkeyCreation(relyingPartyAt(caller, this.modules.site), about, existing, challenge);
    const ticket = tickets.issue('new-passkey', deviceOf(caller), { challenge: toBase64Url(challenge), user });
    return { ticket, options: options as unknown as Record<string, unknown> };
  }

  async passkeyFinish(
    { user }: SessionRef,
    given: { ticket: string; response: unknown; name: string; prf: boolean; vault?: string },
    caller: Caller,
  ): Promise<{ id: string; vaultVersion: number }> {
    const { tickets, store, index, clock } = this.modules;
    const device = deviceOf(caller);
    const step = tickets.open(given.ticket, 'new-passkey', device);
    if (step.user !== user) throw refused();
    const made = await createdPasskey(
      relyingPartyAt(caller, this.modules.site),
      fromBase64Url(step.challenge),
      given.response,
    );
    if (index.byCredential(made.credential) !== undefined) throw refused();
    tickets.spend(given.ticket, 'new-passkey', device);
    const now = clock.now();
    const id = factorId('passkey', now, randomBytes);
    let vaultVersion = 0;
    await store.write(async () => {
      const passkey = {
        user,
        name: `passkey/${id}`,
        value: { id, ...made, prf: made.prf && given.prf, label: given.name, made: now },
      } as const;
      if (this.modules.signIn.mustBe(user).passkeys.size >= MAX_PASSKEYS)
        throw new PeopleError({ code: 'account.full' });
      if (given.vault === undefined) {
        vaultVersion = (await store.get(user, 'vault'))?.version ?? 0;
        return [passkey];
      }
      const { changes, version } = await changePasswordAndVault(store, user, { vault: given.vault }, now);
      vaultVersion = version;
      return [passkey, ...changes];
    });
    return { id, vaultVersion };
  }

  /** Fresh too: without its last second factor an account asks for none, and whoever has the session adds another. */
  async passkeyRemove(session: SessionRef, id: string): Promise<boolean> {
    this.mustBeFresh(session);
    const { user } = session;
    const person = this.modules.signIn.mustBe(user);
    if (!person.passkeys.has(id)) return false;
    await this.mustKeepAWay(user, person.passkeys.size + person.wallets.size - 1);
    await this.modules.store.write([{ user, name: `passkey/${id}`, value: null }]);
    return true;
  }

  async walletLink(session: SessionRef, ticket: string, signature: string, caller: Caller): Promise<string> {
    const { signIn, index, store, clock } = this.modules;
    this.mustBeFresh(session);
    const { user } = session;
    const address = await signIn.wallet(ticket, signature, caller);
    const holder = index.byWallet(address);
    if (holder !== undefined && holder.user !== user) throw new PeopleError({ code: 'account.wallet-taken' });
    if (this.modules.signIn.mustBe(user).wallets.size >= MAX_WALLETS) throw new PeopleError({ code: 'account.full' });
    await store.write([{ user, name: `wallet/${address}`, value: { address, linked: clock.now() } }]);
    return address;
  }

  async walletUnlink(session: SessionRef, address: string): Promise<boolean> {
    this.mustBeFresh(session);
    const { user } = session;
    const person = this.modules.signIn.mustBe(user);
    const name = address.toLowerCase();
    if (!person.wallets.has(name)) return false;
    await this.mustKeepAWay(user, person.passkeys.size + person.wallets.size - 1);
    await this.modules.store.write([{ user, name: `wallet/${name}`, value: null }]);
    return true;
  }

  /** What an administrator vouches for waits; the rest is so at once. */
  async changeProfile(
    session: SessionRef,
    { profile: change, mail }: { profile: ProfileChange; mail?: Readonly<Record<string, boolean>> },
    { client }: Caller,
  ): Promise<void> {
    const { user } = session;
    const { store, approvals, signIn, notices, clock } = this.modules;
    const profile = await this.profile(user);
    const entries = Object.entries(change) as [keyof Profile, string | null | undefined][];
    const changed = entries.filter(([field, to]) => to !== undefined && (to ?? '') !== (profile[field] ?? ''));
    const vouched = changed.filter(([field]) => (VOUCHED as readonly string[]).includes(field));
    const free = Object.fromEntries(changed.filter((entry) => !vouched.includes(entry)));
    // Whoever has the address can ask for a new password: the old one is told.
    const moved = 'email' in free;
    if (moved) this.mustBeFresh(session);
    // A copy: the write changes it.
    const before = { ...signIn.mustBe(user) };
    const writes: Change[] = [];
    if (mail !== undefined) writes.push({ user, name: 'preferences', value: { mail } });
    if (Object.keys(free).length > 0) writes.push({ user, name: 'profile', value: changedProfile(profile, free) });
    if (writes.length > 0) await store.write(writes);
    if (moved) notices.tell(before, 'address-changed', { at: clock.now(), address: client.address });
    if (vouched.length === 0) return;
    const fields = vouched.map(([field, to]) => ({ field, from: profile[field] ?? '', to: to ?? '' }));
    await approvals.ask(user, 'profile', fields, Object.fromEntries(vouched));
  }

  /** Throws `account.photo`. */
  async putPhoto({ user }: SessionRef, type: string, bytes: string): Promise<void> {
    const photo = photoOf(type, bytes, this.options.photoTypes);
    const from = this.modules.signIn.mustBe(user).photo ? 'photo' : '';
    await this.modules.approvals.ask(user, 'photo', [{ field: 'photo', from, to: photo.type }], photo);
  }

  private async profile(user: UserId): Promise<Profile> {
    const profile = await this.modules.store.get(user, 'profile');
    if (profile === undefined) throw refused();
    return profile;
  }

  private async mustKeepAWay(user: UserId, others: number): Promise<void> {
    if (others > 0 || (await this.modules.store.get(user, 'password')) !== undefined) return;
    throw new PeopleError({ code: 'account.no-way-in' });
  }

  /** Who has no second factor yet has nothing to show. Throws `session.factor-needed`. */
  private mustBeFresh({ user, factorAt }: SessionRef): void {
    const { signIn, clock } = this.modules;
    if (hasSecondFactor(signIn.mustBe(user)) && !isFresh(factorAt, clock.now())) {
      throw new PeopleError({ code: 'session.factor-needed' });
    }
  }
}
