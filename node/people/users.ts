// What administrators do with the persons of their organisation: find, invite, give roles, suspend, erase. Who may is said
// by the access table; what is on the chain goes through node/accounts.
import type { Clock } from '../../common/clock.ts';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import type { Profile, UserId, UserState } from '../../identity/people/types.ts';
import type { StatementState } from '../../rpc/schema/shapes.ts';
import type { ApprovalEntry, Approvals, DecisionEntry } from './approvals.ts';
import { PeopleError } from './errors.ts';
import type { LastSignIns } from './last-sign-ins.ts';
import type { Link, Links } from './links.ts';
import type { Notices } from './notices.ts';
import { hasSecondFactor, type PeopleIndex, type Person } from './people-index.ts';
import type { PeopleStore } from './people-store.ts';
import type { ChainAccount, ChainAccounts, Mailer, RoleAt } from './ports.ts';
import { suspensionChanges } from './recovery-guardians/guarded-vaults.ts';
import type { RecoveryIndex } from './recovery-guardians/recovery-index.ts';
import type { Replication } from './replication.ts';
import type { Sessions } from './sessions.ts';
import type { ListedSession } from './wire.ts';

export interface UserEntry {
  readonly user: UserId;
  /** As typed at sign-in. */
  readonly name: string;
  readonly displayName: string;
  readonly account: string | null;
  readonly kind: 'staff' | 'patient';
  readonly state: UserState;
  readonly roles: readonly RoleAt[];
  /** Asked for by somebody who waits. */
  readonly asked: readonly Role[];
  readonly secondFactor: boolean;
  readonly photo: boolean;
  /** ms; at this clinic, null when never. */
  readonly lastSignIn: number | null;
  /** Where the person registered. */
  readonly clinic: number;
  readonly made: number;
}

export interface UserDetails extends UserEntry {
  readonly profile: Profile;
  readonly chain: ChainAccount | undefined;
  readonly sessions: readonly (ListedSession & { readonly clinic: number })[];
  readonly approvals: readonly ApprovalEntry[];
  readonly decisions: readonly DecisionEntry[];
  readonly totp: boolean;
  readonly passkeys: number;
  readonly wallets: readonly string[];
}

export interface UsersQuery {
  readonly search?: string;
  readonly state?: UserState;
  readonly role?: Role;
  readonly limit: number;
  /** `next` of the page before. */
  readonly after?: string;
}

export interface NewInvitation {
  readonly kind: 'staff' | 'patient';
  readonly roles: readonly Role[];
  /** Until when the roles are given, ms. */
  readonly until: number;
  readonly email?: string;
  readonly name?: string;
  readonly by: UserId | null;
}

export interface NewRole {
  readonly user: UserId;
  readonly role: Role;
  /** ms; null ends the role now. */
  readonly until: number | null;
  readonly reason: string;
  /** The administrator; null: the operator. */
  readonly by: UserId | null;
}

export type InvitationEntry = Omit<Link, 'kind' | 'hash' | 'user'> & { readonly kind: 'staff' | 'patient' };

export const INVITATION_TTL_MS = 7 * 86_400_000;
/** The last that a date can say, ms. */
const LAST_TIME = 8.64e15;

export interface UsersModules {
  readonly clinic: number;
  readonly store: PeopleStore;
  readonly index: PeopleIndex;
  readonly recoveries: RecoveryIndex;
  readonly sessions: Sessions;
  readonly replication: Replication;
  readonly approvals: Approvals;
  readonly links: Links;
  readonly lastSignIns: LastSignIns;
  readonly accounts: ChainAccounts;
  readonly mailer: Mailer;
  readonly notices: Notices;
  readonly clock: Pick<Clock, 'now'>;
  /** At this clinic, now. */
  isAdministrator(person: Person): Promise<boolean>;
}

export class Users {
  private readonly modules: UsersModules;

  constructor(modules: UsersModules) {
    this.modules = modules;
  }

  /** By display name, then name. */
  async list(query: UsersQuery): Promise<{ users: UserEntry[]; total: number; next: string | null }> {
    const found = await this.matching(query);
    const from = query.after === undefined ? 0 : found.findIndex(({ user }) => user === query.after) + 1;
    const page = found.slice(from, from + query.limit);
    const more = from + page.length < found.length;
    const users = await Promise.all(page.map((person) => this.entry(person)));
    return { users, total: found.length, next: more ? (page.at(-1)?.user ?? null) : null };
  }

  /** Throws `people.unknown`. */
  async get(user: UserId): Promise<UserDetails> {
    const { store, accounts, approvals } = this.modules;
    const person = this.must(user);
    const profile = await store.get(user, 'profile');
    if (profile === undefined) throw new PeopleError({ code: 'people.unknown' });
    const { account } = person.person;
    return {
      ...(await this.entry(person)),
      profile,
      chain: account === null ? undefined : await accounts.view(account),
      sessions: await this.sessionsOf(user),
      approvals: await approvals.of(user),
      decisions: await approvals.decisionsOf(user),
      totp: person.totp,
      passkeys: person.passkeys.size,
      wallets: [...person.wallets],
    };
  }

  counts(): { total: number; active: number; waiting: number; suspended: number } {
    const counts = { total: 0, active: 0, waiting: 0, suspended: 0 };
    for (const { state } of this.modules.index.all()) {
      counts.total++;
      if (state !== 'refused') counts[state]++;
    }
    return counts;
  }

  /** The token stands behind `#` of the link; it is shown this once. A mail goes out where there is an address. */
  async invite(given: NewInvitation): Promise<{ id: string; token: string; endsAt: number }> {
    const { links, clock, mailer } = this.modules;
    const endsAt = clock.now() + INVITATION_TTL_MS;
    const { kind, roles, until, email = null, name = null, by } = given;
    const { link, token } = await links.make({ kind, roles, until, email, name, by, user: null, endsAt });
    if (email !== null) {
      const to = { address: email, ...(name === null ? {} : { name }) };
      await mailer.send('invitation', to, { token, roles, until: endsAt });
    }
    return { id: link.id, token, endsAt };
  }

  /** Newest first, those that are still open. */
  invitations(): InvitationEntry[] {
    return this.modules.links.list().flatMap(({ kind, hash: _, user: __, ...rest }) => {
      return kind === 'reset' ? [] : [{ kind, ...rest }];
    });
  }

  async revokeInvitation(id: string): Promise<void> {
    const open = this.invitations().some((link) => link.id === id);
    if (!open || !(await this.modules.links.revoke(id))) throw new PeopleError({ code: 'people.unknown' });
  }

  /**
   * At this clinic; `until` null ends the role now. Nobody's own while another administrator could do it. Throws
   * `people.unknown`, `people.own`, `people.last-administrator`, AccountError.
   */
  async setRole({ user, role, until, reason, by }: NewRole): Promise<StatementState> {
    const { accounts, approvals, clinic, clock } = this.modules;
    const { account } = this.must(user).person;
    if (account === null) throw new PeopleError({ code: 'people.unknown' });
    if (user === by && (await this.hasAdministratorBeside(user))) throw new PeopleError({ code: 'people.own' });
    if (until === null && role === 'admin') await this.keepAnAdministrator(user);
    const state = await accounts.setRole(account, role, until ?? clock.now());
    const change = [
      { field: 'role', from: '', to: role },
      { field: 'clinic', from: '', to: String(clinic) },
      { field: 'until', from: '', to: until === null ? '' : new Date(Math.min(until, LAST_TIME)).toISOString() },
    ];
    await approvals.noteRole(user, change, by, reason);
    return state;
  }

  /** Out at every clinic at once, for good; so is a recovery under way. Null where the person has no account on the chain. */
  async suspend(user: UserId, reason: string, by: UserId | null): Promise<StatementState | null> {
    const { store, recoveries, accounts, clock, notices } = this.modules;
    if (user === by) throw new PeopleError({ code: 'people.own' });
    const person = this.must(user);
    await this.keepAnAdministrator(user);
    const { account } = person.person;
    const known = account === null ? undefined : await accounts.view(account);
    const state = account === null || known === undefined ? null : await accounts.suspend(account);
    await store.write(async () => {
      const since = clock.now();
      const ended = suspensionChanges(recoveries, user, by, since);
      return [{ user, name: 'state', value: { state: 'suspended', asked: [], since, by, reason } }, ...ended];
    });
    await this.endAt(user);
    notices.tell(person, 'suspended', { reason });
    return state;
  }

  /** Suspends, then forgets everything about the person at every branch. */
  async erase(user: UserId, reason: string, by: UserId | null): Promise<StatementState | null> {
    const { store, index } = this.modules;
    const suspended = index.get(user)?.state === 'suspended' ? null : await this.suspend(user, reason, by);
    await store.erase(user);
    return suspended;
  }

  /** How many ended here; those at other branches end too. */
  async endSessions(user: UserId): Promise<number> {
    this.must(user);
    return this.endAt(user);
  }

  /** One, at whichever branch it is. Whether there was one. */
  async endSession(user: UserId, session: string): Promise<boolean> {
    const { sessions, replication } = this.modules;
    if (sessions.end(user, session)) return true;
    const elsewhere = (await replication.sessionsElsewhere(user)).some(({ id }) => id === session);
    if (elsewhere) await replication.endElsewhere({ user, session, before: 0, except: undefined });
    return elsewhere;
  }

  /** All but one, at every branch. How many ended. */
  async endOtherSessions(user: UserId, except: string): Promise<number> {
    const { sessions, replication, clock } = this.modules;
    const elsewhere = await replication.sessionsElsewhere(user);
    await replication.endElsewhere({ user, session: undefined, before: clock.now(), except });
    return sessions.endAll(user, except) + elsewhere.length;
  }

  async sessionsOf(user: UserId): Promise<(ListedSession & { readonly clinic: number })[]> {
    const { sessions, replication, clinic } = this.modules;
    const here = sessions.of(user).map((session) => ({ ...session, clinic }));
    return [...here, ...(await replication.sessionsElsewhere(user))].sort((a, b) => b.began - a.began);
  }

  private async endAt(user: UserId): Promise<number> {
    const { sessions, replication, clock } = this.modules;
    const ended = sessions.endAll(user);
    await replication.endElsewhere({ user, session: undefined, before: clock.now(), except: undefined });
    return ended;
  }

  private must(user: UserId): Person {
    const person = this.modules.index.get(user);
    if (person === undefined) throw new PeopleError({ code: 'people.unknown' });
    return person;
  }

  /** A clinic without one could be helped by its operator alone. */
  private async keepAnAdministrator(leaving: UserId): Promise<void> {
    if (!(await this.modules.isAdministrator(this.must(leaving)))) return;
    if (!(await this.hasAdministratorBeside(leaving))) throw new PeopleError({ code: 'people.last-administrator' });
  }

  /** At this clinic: those of other branches give no roles here. */
  private async hasAdministratorBeside(user: UserId): Promise<boolean> {
    for (const person of this.modules.index.all()) {
      if (person.user !== user && (await this.modules.isAdministrator(person))) return true;
    }
    return false;
  }

  isAdministrator(person: Person): Promise<boolean> {
    return this.modules.isAdministrator(person);
  }

  private async matching({ search, state, role }: UsersQuery): Promise<Person[]> {
    const { index, accounts } = this.modules;
    const words = (search ?? '').toLowerCase().split(/\s+/).filter(Boolean);
    const found: Person[] = [];
    for (const person of index.all()) {
      if (state !== undefined && person.state !== state) continue;
      const text = `${index.nameOf(person)} ${person.displayName} ${person.email ?? ''} ${person.user}`.toLowerCase();
      if (!words.every((word) => text.includes(word))) continue;
      if (role !== undefined) {
        const { account } = person.person;
        const roles = account === null ? [] : await accounts.roles(account);
        if (!roles.some((held) => held.role === role)) continue;
      }
      found.push(person);
    }
    return found.sort((a, b) => compare(a.displayName, b.displayName) || compare(a.user, b.user));
  }

  private async entry(person: Person): Promise<UserEntry> {
    const { index, accounts, lastSignIns } = this.modules;
    const { user, displayName, state, asked, photo } = person;
    const { account, kind, clinic, made } = person.person;
    const roles = account === null ? [] : await accounts.roles(account);
    const secondFactor = hasSecondFactor(person);
    const lastSignIn = lastSignIns.of(user) ?? null;
    const name = index.nameOf(person);
    return {
      user,
      name,
      displayName,
      account,
      kind,
      state,
      roles,
      asked,
      secondFactor,
      photo,
      lastSignIn,
      clinic,
      made,
    };
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
