// Registering: with a link at once, without one when an administrator approves. Owns the order of checks; to somebody
// without a link a taken name looks like a free one. The account's statement is signed in the browser.
import { fromHex, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { Gcra } from '../../common/gcra.ts';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import { decodeStatement, statementId } from '../../consensus/ledger/statement.ts';
import type { Profile, UserId } from '../../identity/people/types.ts';
import { knownUserName } from '../../identity/people/user-names.ts';
import type { Passwords } from '../../identity/sign-in/password.ts';
import type { StatementState } from '../../rpc/schema/shapes.ts';
import { addressPrefix } from './address-prefix.ts';
import { STANDARD_ROLE_MS } from './approvals.ts';
import type { Caller } from './caller.ts';
import { PeopleError } from './errors.ts';
import type { FirstAdministrator } from './first-administrator.ts';
import type { Link, Links } from './links.ts';
import type { Notices } from './notices.ts';
import { newPassword } from './password-and-vault.ts';
import type { PeopleIndex } from './people-index.ts';
import { type Change, newId, type PeopleStore } from './people-store.ts';
import type { ChainAccounts } from './ports.ts';
import type { SignIn } from './sign-in.ts';

/** Who waits for an administrator, of the whole organisation; beyond it nobody registers without a link. */
export const MAX_WAITING_PERSONS = 1_000;
/** Registrations without a link from one network: a family behind one address, not a flood. */
export const REGISTRATION_BUDGET = { rate: 1 / 60, burst: 40 };
const MAX_PREFIXES = 16_384;

export interface Registration {
  readonly token: string | undefined;
  readonly name: string;
  readonly salt: string | null;
  readonly auth: string | null;
  readonly vault: string;
  readonly recovery: { readonly publicKey: string } | null;
  readonly statement: string;
  readonly asked: { readonly kind: 'staff' | 'patient'; readonly roles: readonly Role[] };
  readonly profile: Profile;
  readonly wallet: { readonly ticket: string; readonly signature: string } | undefined;
}

export interface Registered {
  readonly state: 'active' | 'waiting';
  readonly statement: StatementState;
}

export interface LinkView {
  readonly kind: 'first-administrator' | 'staff' | 'patient' | 'reset';
  readonly name: string | null;
  readonly roles: readonly Role[];
  readonly email: string | null;
}

export interface RegistrationOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: number;
  /** Whether people may register without a link. */
  readonly staff: boolean;
  readonly patients: boolean;
}

export interface RegistrationModules {
  readonly store: PeopleStore;
  readonly index: PeopleIndex;
  readonly links: Links;
  readonly firstAdministrator: FirstAdministrator;
  readonly accounts: ChainAccounts;
  readonly passwords: Passwords;
  readonly signIn: SignIn;
  readonly notices: Notices;
  readonly clock: Clock;
}

/** What a link gives. */
interface Grant {
  readonly kind: 'staff' | 'patient';
  readonly roles: readonly Role[];
  readonly until: number;
  readonly by: UserId | null;
  readonly link: Link | undefined;
}

export class Registrations {
  private readonly options: RegistrationOptions;
  private readonly modules: RegistrationModules;
  private readonly budget: Gcra;
  private makingFirst = false;

  constructor(options: RegistrationOptions, modules: RegistrationModules) {
    this.options = options;
    this.modules = modules;
    this.budget = new Gcra({ ...REGISTRATION_BUDGET, maxKeys: MAX_PREFIXES }, modules);
  }

  /** Throws `account.bad-link`. */
  async link(token: string): Promise<LinkView> {
    const { links, firstAdministrator, index } = this.modules;
    if (await firstAdministrator.accepts(token)) {
      return { kind: 'first-administrator', name: null, roles: ['admin'], email: null };
    }
    const { kind, name, roles, email, user } = links.open(token);
    const person = user === null ? undefined : index.get(user);
    return { kind, name: person === undefined ? name : index.nameOf(person), roles, email };
  }

  async register(given: Registration, caller: Caller): Promise<Registered> {
    const { token } = given;
    if (token === undefined) return this.ask(given, caller);
    if (await this.modules.firstAdministrator.accepts(token)) return this.makeFirst(given, caller);
    return this.modules.links.using(token, async (link) => {
      if (link.kind === 'reset') throw new PeopleError({ code: 'account.bad-link' });
      const { kind, roles, until, by } = link;
      const registered = await this.admit(given, { kind, roles, until, by, link }, caller);
      this.modules.links.spent(link.id);
      return registered;
    });
  }

  /** Two who show the one link at once: the first has it. */
  private async makeFirst(given: Registration, caller: Caller): Promise<Registered> {
    if (this.makingFirst) throw new PeopleError({ code: 'account.bad-link' });
    this.makingFirst = true;
    try {
      const until = this.modules.clock.now() + 10 * STANDARD_ROLE_MS;
      const grant = { kind: 'staff', roles: ['admin'], until, by: null, link: undefined } as const;
      const registered = await this.admit(given, grant, caller);
      await this.modules.firstAdministrator.spend();
      return registered;
    } finally {
      this.makingFirst = false;
    }
  }

  /** The account first: whoever is let in has one that is on its way; without the record it is nobody's at this clinic. */
  private async admit(given: Registration, grant: Grant, caller: Caller): Promise<Registered> {
    const { store, index, accounts, links } = this.modules;
    const name = folded(given.name);
    if (index.isTaken(name)) throw new PeopleError({ code: 'account.name-taken' });
    const account = await this.accountOf(given);
    const user = newId();
    const ways = await this.waysIn(user, given, caller);
    const statement = await accounts.submit(fromHex(given.statement));
    for (const role of grant.roles) await accounts.setRole(account, role, grant.until);
    const now = this.modules.clock.now();
    const state = { state: 'active', asked: [], since: now, by: grant.by, reason: '' } as const;
    const spent = grant.link === undefined ? [] : [links.deletion(grant.link.id)];
    await store.write(async () => {
      if (index.isTaken(name)) throw new PeopleError({ code: 'account.name-taken' });
      return [...this.record(user, name, account, grant.kind, given), ...ways, { user, name: 'state', value: state }];
    }, spent);
    return { state: 'active', statement };
  }

  private async ask(given: Registration, caller: Caller): Promise<Registered> {
    const { store, index, notices, clock } = this.modules;
    const { kind, roles } = given.asked;
    if (!(kind === 'staff' ? this.options.staff : this.options.patients)) {
      throw new PeopleError({ code: 'account.closed' });
    }
    const verdict = this.budget.take(addressPrefix(caller.client.address));
    if (!verdict.ok) throw new PeopleError({ code: 'rpc.rate-limited', retryAfterMs: verdict.retryAfterMs });
    const name = folded(given.name);
    const account = await this.accountOf(given);
    const user = newId();
    const ways = await this.waysIn(user, given, caller);
    const statement = this.notSent(given.statement);
    if (index.isTaken(name)) return { state: 'waiting', statement };
    if (this.waiting() >= MAX_WAITING_PERSONS) throw new PeopleError({ code: 'people.full' });
    const asked: Role[] = kind === 'patient' ? ['patient'] : roles.filter((role) => role !== 'patient');
    const now = clock.now();
    const state = { state: 'waiting', asked, since: now, by: null, reason: '' } as const;
    const proposal = JSON.stringify({ statement: given.statement });
    const approval = { kind: 'registration', made: now, change: [], proposal, decision: null } as const;
    await store.write(async () => {
      if (index.isTaken(name)) return [];
      return [
        ...this.record(user, name, account, kind, given),
        ...ways,
        { user, name: 'state', value: state },
        { user, name: `approval/${newId()}`, value: approval },
      ];
    });
    const person = index.get(user);
    if (person !== undefined) notices.tell(person, 'waiting', {});
    notices.tellAdministrators(this.waiting());
    return { state: 'waiting', statement };
  }

  private record(
    user: UserId,
    name: string,
    account: string,
    kind: 'staff' | 'patient',
    given: Registration,
  ): Change[] {
    const person = { name, account, kind, clinic: this.options.clinic, made: this.modules.clock.now() };
    return [
      { user, name: 'person', value: person },
      { user, name: 'profile', value: given.profile },
      { user, name: 'vault', value: { version: 1, vault: given.vault } },
    ];
  }

  /** Throws `account.no-way-in` where neither a password nor a wallet is given. */
  private async waysIn(user: UserId, given: Registration, caller: Caller): Promise<Change[]> {
    const { signIn, index, clock } = this.modules;
    const { salt, auth, wallet } = given;
    const changes: Change[] = [];
    if (wallet !== undefined) {
      const address = await signIn.wallet(wallet.ticket, wallet.signature, caller);
      if (index.byWallet(address) !== undefined) throw new PeopleError({ code: 'account.wallet-taken' });
      changes.push({ user, name: `wallet/${address}`, value: { address, linked: clock.now() } });
    }
    if (salt !== null && auth !== null) {
      changes.push({ user, name: 'password', value: await newPassword({ salt, auth }, this.modules) });
    }
    if (changes.length === 0) throw new PeopleError({ code: 'account.no-way-in' });
    return changes;
  }

  /** The account that the statement makes, which is nobody's yet: one that the chain has is known to all who read it. */
  private async accountOf({ statement, recovery }: Registration): Promise<string> {
    const { account, recoveryKey } = await this.modules.accounts.created(fromHex(statement));
    const { index, accounts } = this.modules;
    const taken = index.byAccount(account) !== undefined || (await accounts.view(account)) !== undefined;
    // What the person was shown is what the chain will say.
    if (taken || recoveryKey !== (recovery?.publicKey ?? null))
      throw new PeopleError({ code: 'account.bad-statement' });
    return account;
  }

  /** Kept until somebody approves. */
  private notSent(statement: string): StatementState {
    const id = toHex(statementId(this.options.genesisId, decodeStatement(fromHex(statement))));
    return { id, status: 'unknown', transaction: null, height: null, outcome: null, code: null, reason: null };
  }

  private waiting(): number {
    let count = 0;
    for (const { state } of this.modules.index.all()) if (state === 'waiting') count++;
    return count;
  }
}

/** Throws `account.bad-name`. */
function folded(name: string): string {
  const known = knownUserName(name);
  if (known === undefined) throw new PeopleError({ code: 'account.bad-name' });
  return known;
}
