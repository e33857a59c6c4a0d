// Signing in, step by step: password, passkey or wallet, then a second factor where the person has one. Owns the order of
// checks: what a stranger learns, and what it costs, is the same whoever is named. Verifying is identity/sign-in.
import { randomBytes } from '#crypto';
import type { Clock } from '../../common/clock.ts';
import type { PasskeyPart, UserId } from '../../identity/people/types.ts';
import { SignInError } from '../../identity/sign-in/errors.ts';
import type { Attempt, Lockout } from '../../identity/sign-in/lockout.ts';
import { CHALLENGE_BYTES, claimedPasskey, passkeyRequest, shownPasskey } from '../../identity/sign-in/passkeys.ts';
import type { Passwords } from '../../identity/sign-in/password.ts';
import { checkPassword } from '../../identity/sign-in/password-step.ts';
import { type PasswordSalt, Salts } from '../../identity/sign-in/salts.ts';
import type { Tickets } from '../../identity/sign-in/tickets.ts';
import { walletMessage, walletOf } from '../../identity/sign-in/wallet.ts';
import type { SignIn as SignInAnswer } from '../../rpc/schema/session.ts';
import { addressPrefix } from './address-prefix.ts';
import { fromBase64Url, toBase64Url } from './base64url.ts';
import { type Caller, cookiesOf, deviceOf, originOf, passkeysAt, relyingPartyAt, type Site } from './caller.ts';
import { deviceName } from './device-name.ts';
import { PeopleError } from './errors.ts';
import type { CodeMethod, Factors } from './factors.ts';
import type { KnownPlaces } from './known-places.ts';
import type { LastSignIns } from './last-sign-ins.ts';
import type { Notices } from './notices.ts';
import type { OrganisationSecrets } from './organisation-secrets.ts';
import { changePasswordAndVault } from './password-and-vault.ts';
import { hasSecondFactor, type PeopleIndex, type Person, signInName } from './people-index.ts';
import type { PeopleStore } from './people-store.ts';
import type { ChainAccounts } from './ports.ts';
import type { SessionViews } from './session-views.ts';
import type { Sessions } from './sessions.ts';

/** When a person's password was made, ms; null where there is none. Another one ends what was shown before it. */
type Changed = number | null;

/** What a step remembers, by what it is for. Challenges in base64url. */
export interface Steps {
  /** A password or wallet was right, while the password was the one of `changed`. */
  factor: { readonly user: UserId; readonly changed: Changed };
  /** `factor`: the ticket of the step before. */
  passkey: {
    readonly challenge: string;
    readonly user: UserId | null;
    readonly factor: string | null;
    readonly changed: Changed | undefined;
  };
  wallet: { readonly message: string; readonly nonce: string; readonly chainId: number };
  confirm: { readonly challenge: string; readonly session: string };
  'new-passkey': { readonly challenge: string; readonly user: UserId };
}

/** Codes can be guessed; challenges cannot. */
export const STEP_TRIES = { factor: 5, passkey: 'any', wallet: 'any', confirm: 'any', 'new-passkey': 'any' } as const;

export interface SignInModules {
  readonly store: PeopleStore;
  readonly index: PeopleIndex;
  readonly sessions: Sessions;
  readonly views: SessionViews;
  readonly factors: Factors;
  readonly secrets: OrganisationSecrets;
  readonly accounts: ChainAccounts;
  readonly passwords: Passwords;
  readonly lockout: Lockout;
  readonly tickets: Tickets<Steps>;
  readonly places: KnownPlaces;
  readonly lastSignIns: LastSignIns;
  readonly notices: Notices;
  readonly site: Site;
  readonly clock: Clock;
}

type Options = Record<string, unknown>;

export class SignIn {
  private readonly modules: SignInModules;

  constructor(modules: SignInModules) {
    this.modules = modules;
  }

  /** From memory for every name: reading a row that is there takes longer than not finding one. */
  async start(name: string): Promise<PasswordSalt> {
    const { index, secrets } = this.modules;
    const [{ secret }] = secrets.all;
    const { password } = index.byName(name) ?? {};
    return new Salts({ organisationSecret: secret }).answer(signInName(name) ?? name, password, index.kdfsInUse);
  }

  async password(name: string, auth: Uint8Array, caller: Caller): Promise<SignInAnswer> {
    cookiesOf(caller);
    const { index, store, passwords } = this.modules;
    const person = index.byName(name);
    const attempt = await this.attempt(signInName(name) ?? name, person?.user, caller);
    const password = await store.get(person?.user ?? NOBODY, 'password');
    await checkPassword(attempt, auth, password?.verifier, this.modules);
    if (person === undefined || password === undefined) throw refused();
    await this.mustBeActive(person);
    if (passwords.isDated(password.verifier)) await this.renewVerifier(person.user, auth);
    return this.next(person, caller, password.changed);
  }

  async code(ticket: string, method: CodeMethod, code: string, caller: Caller): Promise<SignInAnswer> {
    cookiesOf(caller);
    const { tickets } = this.modules;
    const device = deviceOf(caller);
    const { user, changed } = tickets.open(ticket, 'factor', device);
    const person = this.mustBe(user);
    await this.showCode(user, method, code, caller);
    tickets.spend(ticket, 'factor', device);
    await this.mustBeActive(person);
    return this.finish(person, caller, this.modules.clock.now(), changed);
  }

  async passkeyStart(factor: string | undefined, caller: Caller): Promise<{ ticket: string; options: Options }> {
    const { tickets, factors } = this.modules;
    const device = deviceOf(caller);
    const party = relyingPartyAt(caller, this.modules.site);
    const { user, changed } =
      factor === undefined ? { user: null, changed: undefined } : tickets.open(factor, 'factor', device);
    const passkeys = user === null ? [] : (await factors.passkeys(user)).filter(({ rpId }) => rpId === party.rpId);
    if (user !== null && passkeys.length === 0) throw refused();
    const challenge = randomBytes(CHALLENGE_BYTES);
    const options = await passkeyRequest(party, passkeys, challenge);
    const step = { challenge: toBase64Url(challenge), user, factor: factor ?? null, changed };
    return { ticket: tickets.issue('passkey', device, step), options: options as unknown as Options };
  }

  async passkeyFinish(ticket: string, answer: unknown, caller: Caller): Promise<SignInAnswer> {
    cookiesOf(caller);
    const { tickets, clock } = this.modules;
    const device = deviceOf(caller);
    const { challenge, user, factor, changed } = tickets.open(ticket, 'passkey', device);
    const person = await this.shown(fromBase64Url(challenge), answer, caller, user ?? undefined);
    tickets.spend(ticket, 'passkey', device);
    if (factor !== null) tickets.spend(factor, 'factor', device);
    await this.mustBeActive(person);
    return this.finish(person, caller, clock.now(), changed === undefined ? await this.changed(person.user) : changed);
  }

  async walletStart(address: string, chainId: number, caller: Caller): Promise<{ ticket: string; message: string }> {
    const { tickets, site, clock } = this.modules;
    const statement = `Sign in at ${site.name.replaceAll(/[^\x20-\x7e]/g, ' ')}`;
    const request = { address, chainId, origin: originOf(caller.client), statement, now: clock.now() };
    const issued = await walletMessage(request, randomBytes);
    return { ticket: tickets.issue('wallet', deviceOf(caller), issued), message: issued.message };
  }

  async walletFinish(ticket: string, signature: string, caller: Caller): Promise<SignInAnswer> {
    cookiesOf(caller);
    const { index, tickets } = this.modules;
    const person = index.byWallet(await this.shownWallet(ticket, signature, caller));
    // Anybody makes wallets: tickets of those that nobody has must not fill what is remembered of the spent ones.
    if (person === undefined) throw refused();
    tickets.spend(ticket, 'wallet', deviceOf(caller));
    const changed = await this.changed(person.user);
    await this.mustBeActive(person);
    return this.next(person, caller, changed);
  }

  /** The address whose owner signed, in lower case; the ticket is spent. */
  async wallet(ticket: string, signature: string, caller: Caller): Promise<string> {
    const address = await this.shownWallet(ticket, signature, caller);
    this.modules.tickets.spend(ticket, 'wallet', deviceOf(caller));
    return address;
  }

  async confirmStart(
    session: string,
    user: UserId,
    caller: Caller,
  ): Promise<{ ticket: string; options: Options | null }> {
    const { tickets, factors } = this.modules;
    const challenge = randomBytes(CHALLENGE_BYTES);
    const step = { challenge: toBase64Url(challenge), session };
    const ticket = tickets.issue('confirm', deviceOf(caller), step);
    const address = passkeysAt(caller.client, this.modules.site);
    if (!address.possible) return { ticket, options: null };
    const passkeys = (await factors.passkeys(user)).filter(({ rpId }) => rpId === address.party.rpId);
    if (passkeys.length === 0) return { ticket, options: null };
    return { ticket, options: (await passkeyRequest(address.party, passkeys, challenge)) as unknown as Options };
  }

  async confirmCode(session: string, user: UserId, method: CodeMethod, code: string, caller: Caller): Promise<number> {
    this.mustHaveFactor(user);
    await this.showCode(user, method, code, caller);
    return this.confirmed(session, caller);
  }

  async confirmPasskey(
    session: string,
    user: UserId,
    ticket: string,
    answer: unknown,
    caller: Caller,
  ): Promise<number> {
    this.mustHaveFactor(user);
    const { tickets } = this.modules;
    const device = deviceOf(caller);
    const step = tickets.open(ticket, 'confirm', device);
    if (step.session !== session) throw refused();
    await this.shown(fromBase64Url(step.challenge), answer, caller, user);
    tickets.spend(ticket, 'confirm', device);
    return this.confirmed(session, caller);
  }

  /** Whether the password is right, for its owner who is signed in. Throws `session.refused`, `rpc.rate-limited`. */
  async mustKnowPassword(user: UserId, auth: Uint8Array | null, caller: Caller): Promise<void> {
    const password = await this.modules.store.get(user, 'password');
    if (password === undefined && auth === null) return;
    if (auth === null) throw refused();
    await checkPassword(await this.attempt(user, user, caller), auth, password?.verifier, this.modules);
  }

  /** Of a session or a step that began. Throws `session.refused` for who was erased since. */
  mustBe(user: UserId): Person {
    const person = this.modules.index.get(user);
    if (person === undefined) throw refused();
    return person;
  }

  /** Throws `session.waiting`, `session.suspended`, `session.refused`. Only after something right was shown. */
  async mustBeActive(person: Person): Promise<void> {
    if (person.state === 'waiting') throw new PeopleError({ code: 'session.waiting' });
    if (person.state === 'suspended') throw new PeopleError({ code: 'session.suspended' });
    if (person.state === 'refused') throw refused();
    const { account } = person.person;
    const view = account === null ? undefined : await this.modules.accounts.view(account);
    if (view?.suspended === true) throw new PeopleError({ code: 'session.suspended' });
  }

  private async shownWallet(ticket: string, signature: string, caller: Caller): Promise<string> {
    const { tickets, clock } = this.modules;
    const issued = tickets.open(ticket, 'wallet', deviceOf(caller));
    return walletOf(issued, signature, { origin: originOf(caller.client), now: clock.now() });
  }

  private async changed(user: UserId): Promise<Changed> {
    return (await this.modules.store.get(user, 'password'))?.changed ?? null;
  }

  private confirmed(session: string, caller: Caller): number {
    const { secret, endsAt, factorAt } = this.modules.sessions.confirm(session);
    cookiesOf(caller).startSession(secret, endsAt);
    return factorAt;
  }

  private mustHaveFactor(user: UserId): void {
    const person = this.mustBe(user);
    if (!hasSecondFactor(person)) throw new PeopleError({ code: 'session.no-factor' });
  }

  /** Whose passkey it is; that it was shown is on the disk. */
  private async shown(challenge: Uint8Array, answer: unknown, caller: Caller, user?: UserId): Promise<Person> {
    const { index, factors } = this.modules;
    const party = relyingPartyAt(caller, this.modules.site);
    const person = index.byCredential(claimedPasskey(answer));
    const owner = person !== undefined && (user === undefined || person.user === user) ? person : undefined;
    const passkey = owner === undefined ? undefined : await this.passkeyOf(owner, claimedPasskey(answer));
    const known =
      owner === undefined || passkey === undefined
        ? undefined
        : { passkey, user: owner.user, counter: (await factors.passkeyUse(owner.user, passkey.id)).counter };
    const counter = await shownPasskey(party, challenge, answer, known);
    if (owner === undefined || passkey === undefined) throw refused();
    await factors.passkeyShown(owner.user, passkey.id, counter);
    return owner;
  }

  private async passkeyOf({ user }: Person, credential: string): Promise<PasskeyPart | undefined> {
    return (await this.modules.factors.passkeys(user)).find((passkey) => passkey.credential === credential);
  }

  /** After the first factor. */
  private async next(person: Person, caller: Caller, changed: Changed): Promise<SignInAnswer> {
    const { tickets, factors, site } = this.modules;
    const { user } = person;
    if (!hasSecondFactor(person)) return this.finish(person, caller, null, changed);
    const methods: ('totp' | 'recovery-code' | 'passkey')[] = [];
    if (person.totp) methods.push('totp');
    if ((await factors.codesLeft(user)) > 0) methods.push('recovery-code');
    const address = passkeysAt(caller.client, site);
    const here = address.possible ? address.party.rpId : undefined;
    if ((await factors.passkeys(user)).some(({ rpId }) => rpId === here)) methods.push('passkey');
    if (methods.length === 0) throw new PeopleError({ code: 'session.factor-elsewhere' });
    return { step: 'second-factor', ticket: tickets.issue('factor', deviceOf(caller), { user, changed }), methods };
  }

  private async finish(
    person: Person,
    caller: Caller,
    factorAt: number | null,
    changed: Changed,
  ): Promise<SignInAnswer> {
    const { sessions, views, store, places, lastSignIns, notices, clock } = this.modules;
    const { user } = person;
    const cookies = cookiesOf(caller);
    const device = deviceOf(caller);
    const prefix = addressPrefix(caller.client.address);
    const known = await places.of(user, device, prefix);
    const before = lastSignIns.of(user);
    const { id, secret, endsAt } = await sessions.begin(person, caller.client, factorAt);
    // A new password ended the sessions of before; whoever was half in by the old one stays out as well.
    if ((await this.changed(user)) !== changed) {
      sessions.end(user, id);
      throw refused();
    }
    cookies.startSession(secret, endsAt);
    await places.add(user, device, prefix);
    await lastSignIns.set(user, clock.now());
    if (!known.device && before !== undefined) {
      const { address, userAgent } = caller.client;
      notices.tell(person, 'new-sign-in', { at: clock.now(), device: deviceName(userAgent), address });
    }
    const session = await views.view(id);
    if (session === null) throw refused();
    return { step: 'signed-in', session, vault: (await store.get(user, 'vault'))?.vault ?? null };
  }

  private async showCode(user: UserId, method: CodeMethod, code: string, caller: Caller): Promise<void> {
    const { lockout, factors } = this.modules;
    const admitted = lockout.admit({ ...(await this.attempt(user, user, caller)), guessed: 'code' });
    try {
      await factors.showCode(user, method, code);
      admitted.succeeded();
    } catch (error) {
      if (error instanceof SignInError && error.code === 'session.refused') admitted.failed();
      else admitted.cancelled();
      throw error;
    }
  }

  private async attempt(
    target: string,
    user: UserId | undefined,
    { client }: Caller,
  ): Promise<Omit<Attempt, 'guessed'>> {
    const prefix = addressPrefix(client.address);
    const known = await this.modules.places.of(user ?? NOBODY, client.device, prefix);
    return { target, prefix, knownDevice: known.device ? client.device : undefined, knownPrefix: known.prefix };
  }

  private async renewVerifier(user: UserId, auth: Uint8Array): Promise<void> {
    const { store, passwords, clock } = this.modules;
    const verifier = await passwords.verifierOf(auth);
    await store.write(async () => {
      const password = await store.get(user, 'password');
      if (password === undefined) return [];
      return (await changePasswordAndVault(store, user, { password: { ...password, verifier } }, clock.now())).changes;
    });
  }
}

/** Nobody has it: reading what this one has costs what it costs for others. */
const NOBODY: UserId = '00'.repeat(16);

export function refused(): SignInError {
  return new SignInError({ code: 'session.refused' });
}
