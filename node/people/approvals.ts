// What waits for an administrator: registrations, changes of a profile, photos. Administrators of the organisation decide,
// at any branch; who admits somebody gives the roles of that branch.
import { fromHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { codeOf } from '../../common/errors.ts';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import type { ApprovalPart, PhotoPart, Profile, StatePart, UserId } from '../../identity/people/types.ts';
import { PeopleError } from './errors.ts';
import type { Notices } from './notices.ts';
import type { PeopleIndex, Person } from './people-index.ts';
import { type Change, newId, type PeopleStore } from './people-store.ts';
import type { ChainAccounts } from './ports.ts';

export type ApprovalKind = Exclude<ApprovalPart['kind'], 'role'>;

export interface FieldChange {
  readonly field: string;
  readonly from: string;
  readonly to: string;
}

export interface ApprovalEntry {
  readonly id: string;
  readonly kind: ApprovalKind;
  readonly user: UserId;
  readonly name: string;
  readonly displayName: string;
  /** Roles that were asked for. */
  readonly asked: readonly Role[];
  readonly change: readonly FieldChange[];
  readonly made: number;
  /** Where the person registered. */
  readonly clinic: number;
}

/** What was decided about a person, and why. */
export interface DecisionEntry {
  readonly kind: ApprovalPart['kind'] | 'suspension';
  readonly outcome: 'approved' | 'refused';
  readonly change: readonly FieldChange[];
  readonly at: number;
  /** Null: the operator, or the clinic itself. */
  readonly by: UserId | null;
  readonly reason: string;
}

export interface Decision {
  readonly approval: string;
  readonly decision: 'approve' | 'refuse';
  readonly reason: string;
  /** For a registration: what is given, until when (ms); what was asked for, for a year, when absent. */
  readonly roles?: readonly { readonly role: Role; readonly until: number }[];
  /** The administrator; null: the operator. */
  readonly by: UserId | null;
}

export interface ApprovalsModules {
  readonly store: PeopleStore;
  readonly index: PeopleIndex;
  readonly accounts: ChainAccounts;
  readonly notices: Notices;
  readonly clock: Pick<Clock, 'now'>;
}

/** What one person may have waiting. */
export const MAX_WAITING_CHANGES = 8;
/** Roles that an administrator gives without saying until when. */
export const STANDARD_ROLE_MS = 366 * 86_400_000;
/** Fields of a profile that an administrator vouches for. */
export const VOUCHED = ['displayName', 'familyName', 'givenName', 'title', 'birthDate'] as const;

export class Approvals {
  private readonly modules: ApprovalsModules;
  private readonly deciding = new Set<string>();

  constructor(modules: ApprovalsModules) {
    this.modules = modules;
  }

  /** Oldest first. */
  async list(): Promise<ApprovalEntry[]> {
    const found: ApprovalEntry[] = [];
    for (const person of this.modules.index.all()) found.push(...(await this.waitingOf(person)));
    return found.sort((a, b) => a.made - b.made);
  }

  /** Of one person, those that wait, oldest first. */
  async of(user: UserId): Promise<ApprovalEntry[]> {
    const person = this.modules.index.get(user);
    return person === undefined ? [] : (await this.waitingOf(person)).sort((a, b) => a.made - b.made);
  }

  /** About one person, newest first; of the oldest what there is room for (people-store.ts). */
  async decisionsOf(user: UserId): Promise<DecisionEntry[]> {
    const found: DecisionEntry[] = [];
    for (const { name, value } of await this.modules.store.of(user)) {
      if (name === 'state') {
        const { state, since: at, by, reason } = value as StatePart;
        if (state === 'suspended') found.push({ kind: 'suspension', outcome: 'approved', change: [], at, by, reason });
      } else if (name.startsWith('approval/')) {
        const { kind, change, decision } = value as ApprovalPart;
        if (decision === null || decision.outcome === 'withdrawn') continue;
        const { outcome, at, by, reason } = decision;
        found.push({ kind, outcome, change, at, by, reason });
      }
    }
    return found.sort((a, b) => b.at - a.at);
  }

  /** Keeps why a role was given or ended. */
  async noteRole(user: UserId, change: readonly FieldChange[], by: UserId | null, reason: string): Promise<void> {
    const at = this.modules.clock.now();
    const decision = { outcome: 'approved', by, at, reason } as const;
    try {
      await this.modules.store.write([
        changeOf(user, newId(), { kind: 'role', made: at, change, proposal: '', decision }),
      ]);
    } catch (error) {
      // The role is given or ended by then: a record without room must not make it look undone.
      if (codeOf(error) !== 'people.full') throw error;
    }
  }

  /** Adds one; an earlier one of the person that changes the same fields is withdrawn. */
  async ask(user: UserId, kind: ApprovalKind, change: readonly FieldChange[], proposal: unknown): Promise<string> {
    const { store, index, clock } = this.modules;
    const id = newId();
    await store.write(async () => {
      const writes: Change[] = [];
      let waiting = 0;
      for (const [other] of index.get(user)?.waiting ?? []) {
        const part = await store.get(user, `approval/${other}`);
        if (part === undefined || part.decision !== null) continue;
        const same = part.kind === kind && part.change.some(({ field }) => change.some((one) => one.field === field));
        if (!same) waiting++;
        else writes.push(changeOf(user, other, { ...part, proposal: '', decision: withdrawn(clock.now()) }));
      }
      if (waiting >= MAX_WAITING_CHANGES) throw new PeopleError({ code: 'account.full' });
      const made = { kind, made: clock.now(), change, proposal: JSON.stringify(proposal), decision: null };
      return [...writes, changeOf(user, id, made)];
    });
    return id;
  }

  /** Undefined when no photo waits under this id. */
  async photoOf(approval: string): Promise<PhotoPart | undefined> {
    for (const { user, waiting } of this.modules.index.all()) {
      if (!waiting.has(approval)) continue;
      const part = await this.modules.store.get(user, `approval/${approval}`);
      if (part?.kind !== 'photo' || part.decision !== null) return undefined;
      return JSON.parse(part.proposal) as PhotoPart;
    }
    return undefined;
  }

  /** Throws `people.unknown`, `people.decided`, and what the chain's accounts refuse. On disk when it resolves. */
  async decide(given: Decision): Promise<void> {
    const { index, store } = this.modules;
    const person = [...index.all()].find(({ waiting }) => waiting.has(given.approval));
    if (person === undefined || this.deciding.has(given.approval)) throw new PeopleError({ code: 'people.unknown' });
    if (given.by === person.user) throw new PeopleError({ code: 'people.own' });
    this.deciding.add(given.approval);
    try {
      const part = await store.get(person.user, `approval/${given.approval}`);
      if (part === undefined || part.decision !== null) throw new PeopleError({ code: 'people.decided' });
      if (given.decision === 'approve') await this.approve(person, part, given);
      else await this.refuse(person, part, given);
    } finally {
      this.deciding.delete(given.approval);
    }
  }

  private async approve(person: Person, part: ApprovalPart, given: Decision): Promise<void> {
    const { user } = person;
    const done = this.decided(user, part, given, 'approved');
    if (part.kind === 'registration') return this.admit(person, part, given, done);
    if (part.kind === 'photo') {
      await this.modules.store.write([done, { user, name: 'photo', value: JSON.parse(part.proposal) as PhotoPart }]);
    } else {
      await this.modules.store.write(async () => {
        const profile = await this.modules.store.get(user, 'profile');
        if (profile === undefined) throw new PeopleError({ code: 'people.unknown' });
        const value = changedProfile(profile, JSON.parse(part.proposal) as ProfileChange);
        return [done, { user, name: 'profile', value }];
      });
    }
    this.modules.notices.tell(person, 'approved', { what: 'change' });
  }

  /** The account first: whoever is let in has one that is on its way. */
  private async admit(person: Person, part: ApprovalPart, given: Decision, done: Change): Promise<void> {
    const { store, accounts, clock } = this.modules;
    const { statement } = JSON.parse(part.proposal) as { statement: string };
    const until = clock.now() + STANDARD_ROLE_MS;
    const roles = given.roles ?? person.asked.map((role) => ({ role, until }));
    const { account } = person.person;
    if (account !== null) {
      await accounts.submit(fromHex(statement));
      for (const { role, until } of roles) await accounts.setRole(account, role, until);
    }
    const state = { state: 'active', asked: [], since: clock.now(), by: given.by, reason: given.reason } as const;
    await store.write([done, { user: person.user, name: 'state', value: state }]);
    this.modules.notices.tell(person, 'approved', { what: 'account' });
  }

  private async refuse(person: Person, part: ApprovalPart, given: Decision): Promise<void> {
    const { store, clock } = this.modules;
    const writes = [this.decided(person.user, part, given, 'refused')];
    if (part.kind === 'registration') {
      const state = { state: 'refused', asked: [], since: clock.now(), by: given.by, reason: given.reason } as const;
      writes.push({ user: person.user, name: 'state', value: state });
    }
    await store.write(writes);
    const what = part.kind === 'registration' ? 'account' : 'change';
    this.modules.notices.tell(person, 'refused', { what, reason: given.reason });
  }

  private decided(user: UserId, part: ApprovalPart, given: Decision, outcome: 'approved' | 'refused'): Change {
    const decision = { outcome, by: given.by, at: this.modules.clock.now(), reason: given.reason };
    return changeOf(user, given.approval, { ...part, proposal: '', decision });
  }

  private async waitingOf(person: Person): Promise<ApprovalEntry[]> {
    const found: ApprovalEntry[] = [];
    for (const id of person.waiting.keys()) {
      const part = await this.modules.store.get(person.user, `approval/${id}`);
      if (part === undefined || part.decision !== null || part.kind === 'role') continue;
      found.push(this.entry(id, part.kind, person, part));
    }
    return found;
  }

  private entry(id: string, kind: ApprovalKind, person: Person, { change, made }: ApprovalPart): ApprovalEntry {
    const { user, displayName, asked } = person;
    const name = this.modules.index.nameOf(person);
    return { id, kind, user, name, displayName, asked, change, made, clinic: person.person.clinic };
  }
}

/** `null` takes an optional field away. */
export type ProfileChange = { readonly [K in keyof Profile]?: Profile[K] | null };

export function changedProfile(profile: Profile, change: ProfileChange): Profile {
  const merged = { ...profile, ...change };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value != null)) as unknown as Profile;
}

function changeOf(user: UserId, id: string, value: ApprovalPart): Change {
  return { user, name: `approval/${id}`, value };
}

function withdrawn(at: number): ApprovalPart['decision'] {
  return { outcome: 'withdrawn', by: null, at, reason: '' };
}
