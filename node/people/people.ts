// The persons of this clinic's organisation as one part of the node: makes what keeps, replicates, signs in and decides, in
// the order in which they need each other. Owns what follows from a change: sessions that end with what they stand on.
import { randomBytes } from '#crypto';
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import type { Part, PasswordPart, StatePart, UserId } from '../../identity/people/types.ts';
import { Lockout } from '../../identity/sign-in/lockout.ts';
import { Passwords, type PasswordsOptions } from '../../identity/sign-in/password.ts';
import { Tickets } from '../../identity/sign-in/tickets.ts';
import type { Slots } from '../../identity/slots.ts';
import type { Network } from '../../p2p/ports.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { LocalDatabase } from '../store/local-database.ts';
import { Approvals } from './approvals.ts';
import { Branches } from './branches.ts';
import type { Site } from './caller.ts';
import { DutyNotices } from './duty-notices.ts';
import { Factors } from './factors.ts';
import { FirstAdministrator } from './first-administrator.ts';
import { KnownPlaces } from './known-places.ts';
import { LastSignIns } from './last-sign-ins.ts';
import { Links } from './links.ts';
import { Notices } from './notices.ts';
import { OrganisationSecrets } from './organisation-secrets.ts';
import { OwnAccount } from './own-account.ts';
import { PeopleIndex, type Person } from './people-index.ts';
import { PeopleStore } from './people-store.ts';
import type { ChainAccounts, Mailer } from './ports.ts';
import { type RecoveryGuardians, recoveryGuardians } from './recovery-guardians/assemble.ts';
import { suspensionChanges } from './recovery-guardians/guarded-vaults.ts';
import { Refused } from './refused.ts';
import { Registrations } from './registration.ts';
import { Replication } from './replication.ts';
import { Resets } from './resets.ts';
import { SessionViews } from './session-views.ts';
import { Sessions } from './sessions.ts';
import { SignIn, STEP_TRIES, type Steps } from './sign-in.ts';
import { Users } from './users.ts';
import { VaultDeposit } from './vault-deposit.ts';

export interface PeopleOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: number;
  readonly organisation: number;
  /** X25519 secret keys of this clinic, the one in force first. */
  readonly encryptionSecrets: readonly Uint8Array[];
  readonly nodeSeed: Uint8Array;
  /** File of the one-time link for the first administrator. */
  readonly firstAdministrator: string;
  /** Ends of a session, ms: without anything done, and whatever was done. */
  readonly idle: number;
  readonly longest: number;
  readonly registration: { readonly staff: boolean; readonly patients: boolean };
  readonly photoTypes: readonly string[];
  /** What a password costs who guesses it; a test takes less. */
  readonly scrypt?: PasswordsOptions['scrypt'];
}

export interface PeopleModules {
  readonly database: LocalDatabase;
  readonly network: Network;
  readonly members: MemberSets;
  readonly accounts: ChainAccounts;
  readonly mailer: Mailer;
  readonly slots: Slots;
  readonly site: Site;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class People {
  readonly options: PeopleOptions;
  readonly index = new PeopleIndex();
  readonly store: PeopleStore;
  readonly sessions: Sessions;
  readonly views: SessionViews;
  readonly signIn: SignIn;
  readonly registrations: Registrations;
  readonly resets: Resets;
  readonly own: OwnAccount;
  readonly recovery: RecoveryGuardians;
  readonly approvals: Approvals;
  readonly users: Users;
  readonly links: Links;
  readonly firstAdministrator: FirstAdministrator;
  readonly replication: Replication;
  readonly deposit: VaultDeposit;
  private readonly modules: PeopleModules;
  private readonly refused: Refused;
  readonly duty: DutyNotices;
  private readonly secrets: OrganisationSecrets;
  private readonly places: KnownPlaces;
  private readonly lastSignIns: LastSignIns;

  constructor(options: PeopleOptions, modules: PeopleModules) {
    const { database, members, accounts, mailer, slots, site, clock, logger } = modules;
    const { genesisId, clinic, organisation, scrypt, photoTypes } = options;
    this.options = options;
    this.modules = modules;
    const { index } = this;
    this.store = new PeopleStore({ clinic }, { database, clock });
    const { store } = this;
    // Before whoever follows the store: they find a person as it is now.
    store.onChange((parts) => this.follow(parts));
    const branches = new Branches({ clinic, organisation }, { members });
    this.secrets = new OrganisationSecrets({ database });
    this.places = new KnownPlaces({ database });
    this.lastSignIns = new LastSignIns({ database });
    const { secrets, places, lastSignIns } = this;
    this.sessions = this.makeSessions();
    this.replication = this.makeReplication(branches);
    this.deposit = this.makeDeposit(branches);
    const { sessions, replication } = this;
    const passwords = new Passwords({ scrypt }, { slots });
    const tickets = new Tickets<Steps>({ tries: STEP_TRIES }, { clock });
    const factors = new Factors({ store, secrets, clock });
    this.views = new SessionViews({ clinic, store, index, sessions, accounts, members });
    const isAdministrator = (person: Person): Promise<boolean> => this.isAdministrator(person);
    const notices = new Notices({ mailer, store, index, logger, isAdministrator });
    this.duty = new DutyNotices({ index, notices, rolesHere: (person) => this.rolesHere(person) });
    const common = { store, index, sessions, accounts, passwords, notices, clock };
    this.signIn = new SignIn({
      ...{ ...common, views: this.views, factors, secrets, lockout: new Lockout({ clock }), tickets },
      ...{ places, lastSignIns, site },
    });
    const { signIn } = this;
    this.links = new Links({ database, clock });
    const { links } = this;
    this.approvals = new Approvals({ store, index, accounts, notices, clock });
    this.recovery = recoveryGuardians({ genesisId }, { ...common, replication, logger });
    this.users = new Users({
      ...{ clinic, store, index, sessions, replication, approvals: this.approvals, links, lastSignIns },
      ...{ recoveries: this.recovery.index, accounts, mailer, notices, isAdministrator, clock },
    });
    this.firstAdministrator = new FirstAdministrator(
      { path: options.firstAdministrator },
      { hasAdministrator: () => this.hasAdministrator() },
    );
    this.registrations = new Registrations(
      { genesisId, clinic, ...options.registration },
      { ...common, links, firstAdministrator: this.firstAdministrator, signIn },
    );
    this.refused = new Refused({ store, index, accounts, clock, logger });
    this.resets = new Resets({ ...common, links, mailer, logger });
    this.own = new OwnAccount(
      { photoTypes },
      { ...common, replication, factors, approvals: this.approvals, signIn, tickets, site },
    );
    this.followAccounts(notices);
  }

  /** After the chain and the accounts. `lost`: what is on disk is older than what others saw of it. */
  async start(lost: boolean): Promise<void> {
    const { store, index, sessions, links, secrets, places, lastSignIns, replication, deposit } = this;
    const each = (part: Part): void => {
      index.take(part);
      this.recovery.index.take(part);
    };
    const fresh = await store.start(each, lost);
    await secrets.start(() => ({ made: Math.floor(this.modules.clock.now()), secret: randomBytes(32) }));
    // What was used or ended since does not come back with an old copy.
    await links.start(lost);
    await Promise.all([places.start(), lastSignIns.start()]);
    await sessions.start(lost);
    await replication.start();
    await deposit.start(lost || fresh);
    this.refused.start();
  }

  async stop(): Promise<void> {
    this.sessions.stop();
    await this.refused.stop();
    await this.replication.stop();
    await this.deposit.stop();
  }

  private makeSessions(): Sessions {
    const { index, options, modules } = this;
    return new Sessions(options, {
      ...modules,
      person: (user) => this.signedIn(user),
      roles: (person) => this.rolesHere(person),
      nameOf: (person) => index.nameOf(person),
    });
  }

  private makeReplication(branches: Branches): Replication {
    const { sessions, store, secrets, options, modules } = this;
    return new Replication(options, {
      ...{ ...modules, branches, store, secrets },
      sessions: (user) => sessions.of(user),
      end: (ending) => sessions.apply(ending),
    });
  }

  private makeDeposit(branches: Branches): VaultDeposit {
    const { store, secrets, options, modules } = this;
    return new VaultDeposit(options, { ...modules, branches, store, secrets, users: () => this.depositors(branches) });
  }

  /** What the chain says of accounts, for the persons who have them here. */
  private followAccounts(notices: Notices): void {
    const { accounts, clock } = this.modules;
    accounts.onEnded(({ account, what }) => {
      const person = this.index.byAccount(account);
      if (person === undefined || (what !== 'suspended' && what !== 'recovered')) return;
      this.sessions.endAll(person.user);
      if (what === 'suspended') this.noteSuspension(person);
    });
    accounts.onRecoveryStarted((started) => {
      const person = this.index.byAccount(started.account);
      // What is over when this clinic hears of it, as after a long absence, nobody can stop any more.
      if (person === undefined || started.readyAt <= clock.now() || !this.isAtHome(person)) return;
      notices.tellOfRecovery(person, started);
    });
  }

  private follow(parts: readonly Part[]): void {
    for (const part of parts) this.index.take(part);
    for (const { user, name, value } of parts) {
      if (name === 'uses' && value === null) this.forget(user);
      else if (name === 'state' && (value as StatePart | null)?.state !== 'active') this.sessions.endAll(user);
      else if (name === 'password' && value !== null) {
        this.sessions.endProvenBefore(user, (value as PasswordPart).changed);
      }
    }
  }

  /** Suspended without this clinic's administrators: by its operator, or at another branch. Once, where the person registered. */
  private noteSuspension({ user, state, person }: Person): void {
    if (state !== 'active' || person.clinic !== this.options.clinic) return;
    const { clock, logger } = this.modules;
    const write = this.store.write(async () => {
      const since = clock.now();
      const value = { state: 'suspended', asked: [], since, by: null, reason: '' } as const;
      return [{ user, name: 'state', value }, ...suspensionChanges(this.recovery.index, user, null, since)];
    });
    write.catch((error) => logger.error({ err: error }, 'a suspended person is still listed as active'));
  }

  private forget(user: UserId): void {
    this.sessions.endAll(user);
    const { logger } = this.modules;
    Promise.all([this.places.forget(user), this.lastSignIns.forget(user)]).catch((error) => {
      logger.error({ err: error }, 'something of an erased person stayed');
    });
  }

  /** Of this clinic, and of branches that left the network where this is the first of those that remain. */
  private *depositors(branches: Branches): Iterable<UserId> {
    const { clinic } = this.options;
    const numbers = branches.organisationMembers.map(({ number }) => number);
    for (const { user, person } of this.index.all()) {
      const home = numbers.includes(person.clinic) ? person.clinic : Math.min(...numbers);
      if (home === clinic) yield user;
    }
  }

  /** Whether the person registered or ever signed in here: not every branch writes the same mail. */
  private isAtHome({ user, person: { clinic } }: Person): boolean {
    return clinic === this.options.clinic || this.lastSignIns.of(user) !== undefined;
  }

  private signedIn(user: UserId): Person | undefined {
    const person = this.index.get(user);
    return person?.state === 'active' ? person : undefined;
  }

  private async rolesHere({ person: { account } }: Person): Promise<readonly Role[]> {
    if (account === null) return [];
    const roles = await this.modules.accounts.roles(account);
    return roles.filter(({ clinic }) => clinic === this.options.clinic).map(({ role }) => role);
  }

  private async isAdministrator(person: Person): Promise<boolean> {
    if (person.state !== 'active') return false;
    return (await this.rolesHere(person)).includes('admin');
  }

  private async hasAdministrator(): Promise<boolean> {
    for (const person of this.index.all()) if (await this.isAdministrator(person)) return true;
    return false;
  }
}
