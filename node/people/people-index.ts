// What is kept in memory of every person, made from the parts as they come: by which names, accounts, wallets and passkeys
// a person is found, and what lists show. No secret is in it.
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import { holderOf, lookalikeOf } from '../../identity/people/lookalikes.ts';
import type {
  ApprovalPart,
  Part,
  PasskeyPart,
  PasswordPart,
  PersonPart,
  Profile,
  StatePart,
  UserId,
  UserState,
  WalletPart,
} from '../../identity/people/types.ts';
import { knownUserName } from '../../identity/people/user-names.ts';
import type { KdfInUse, PasswordSalt } from '../../identity/sign-in/salts.ts';

export interface Person {
  readonly user: UserId;
  readonly person: PersonPart;
  readonly state: UserState;
  readonly since: number;
  readonly asked: readonly Role[];
  readonly displayName: string;
  readonly email: string | undefined;
  readonly language: string;
  readonly photo: boolean;
  readonly totp: boolean;
  /** What the browser needs to stretch the password; anybody is told who asks. */
  readonly password: PasswordSalt | undefined;
  /** Credentials, base64url, by the names of their parts. */
  readonly passkeys: ReadonlyMap<string, string>;
  readonly wallets: ReadonlySet<string>;
  /** Approvals that wait, by id. */
  readonly waiting: ReadonlyMap<string, { readonly kind: ApprovalPart['kind']; readonly made: number }>;
}

/** Whether signing in asks for more than a password or a wallet. */
export function hasSecondFactor({ totp, passkeys }: Pick<Person, 'totp' | 'passkeys'>): boolean {
  return totp || passkeys.size > 0;
}

interface Entry {
  user: UserId;
  person: PersonPart | undefined;
  state: UserState;
  since: number;
  asked: readonly Role[];
  displayName: string;
  email: string | undefined;
  language: string;
  photo: boolean;
  totp: boolean;
  password: PasswordSalt | undefined;
  passkeys: Map<string, string>;
  wallets: Set<string>;
  waiting: Map<string, { kind: ApprovalPart['kind']; made: number }>;
}

/** Follows the name where another person, registered at another branch at the same time, holds the same. */
const SECOND = /^(.+)~([0-9a-f]{32})$/i;

/**
 * One form for every way to type what a person signs in with, whether or not anybody has it. Undefined for what nobody can
 * have.
 */
export function signInName(typed: string): string | undefined {
  const second = SECOND.exec(typed.trim());
  if (second === null) return knownUserName(typed);
  const name = knownUserName(second[1]);
  return name === undefined ? undefined : `${name}~${second[2].toLowerCase()}`;
}

export class PeopleIndex {
  private readonly entries = new Map<UserId, Entry>();
  private readonly names = new Map<string, Set<UserId>>();
  private readonly likenesses = new Map<string, Set<UserId>>();
  private readonly accounts = new Map<string, UserId>();
  private readonly wallets = new Map<string, UserId>();
  private readonly credentials = new Map<string, UserId>();
  private readonly emails = new Map<string, Set<UserId>>();
  private readonly kdfs = new Map<string, KdfInUse>();

  /** A part as it is now; parts of one person may come in any order. */
  take(part: Part): void {
    const { user, name, value } = part;
    if (name === 'uses') {
      if (value === null) this.remove(user);
      return;
    }
    const entry = this.entry(user);
    const [kind, id] = name.split('/');
    if (kind === 'person') this.takePerson(entry, value as PersonPart | null);
    else if (kind === 'state') takeState(entry, value as StatePart | null);
    else if (kind === 'profile') this.takeProfile(entry, value as Profile | null);
    else if (kind === 'password') this.takePassword(entry, value as PasswordPart | null);
    else if (kind === 'totp') entry.totp = value !== null;
    else if (kind === 'photo') entry.photo = value !== null;
    else if (kind === 'passkey') this.takePasskey(entry, id, value as PasskeyPart | null);
    else if (kind === 'wallet') this.takeWallet(entry, id, value as WalletPart | null);
    else if (kind === 'approval') takeApproval(entry, id, value as ApprovalPart | null);
  }

  get(user: UserId): Person | undefined {
    const entry = this.entries.get(user);
    return entry?.person === undefined ? undefined : (entry as Entry & { person: PersonPart });
  }

  *all(): Iterable<Person> {
    for (const user of this.entries.keys()) {
      const person = this.get(user);
      if (person !== undefined) yield person;
    }
  }

  /** As typed at sign-in. Undefined also for a name that nobody can have. */
  byName(typed: string): Person | undefined {
    const name = signInName(typed);
    const second = name === undefined ? null : SECOND.exec(name);
    if (second !== null) {
      const found = this.get(second[2]);
      return found !== undefined && this.nameOf(found) === name ? found : undefined;
    }
    const holder = name === undefined ? undefined : this.holderOf(name);
    return holder === undefined ? undefined : this.get(holder);
  }

  /** What the person types at sign-in. */
  nameOf({ user, person: { name } }: Person): string {
    return this.holderOf(name) === user ? name : `${name}~${user}`;
  }

  /** Whether a folded name, or one that looks like it, belongs to somebody. */
  isTaken(name: string): boolean {
    return (this.likenesses.get(lookalikeOf(name))?.size ?? 0) > 0;
  }

  byAccount(account: string): Person | undefined {
    return this.find(this.accounts.get(account));
  }

  /** `address` in lower case. */
  byWallet(address: string): Person | undefined {
    return this.find(this.wallets.get(address));
  }

  byCredential(credential: string): Person | undefined {
    return this.find(this.credentials.get(credential));
  }

  /** Several where persons wrote the same address; who is in comes first, then who was here first. */
  byEmail(email: string): readonly Person[] {
    const users = this.emails.get(email.trim().toLowerCase()) ?? [];
    const rank = ({ state }: Person): number => Number(state !== 'active');
    return [...users]
      .flatMap((user) => this.find(user) ?? [])
      .sort((a, b) => rank(a) - rank(b) || a.person.made - b.person.made || (a.user < b.user ? -1 : 1));
  }

  /** What passwords cost the browsers of all persons. */
  get kdfsInUse(): readonly KdfInUse[] {
    return [...this.kdfs.values()];
  }

  private find(user: UserId | undefined): Person | undefined {
    return user === undefined ? undefined : this.get(user);
  }

  private entry(user: UserId): Entry {
    const known = this.entries.get(user);
    if (known !== undefined) return known;
    const entry: Entry = {
      ...{ user, person: undefined, state: 'waiting', since: 0, asked: [], displayName: '', email: undefined },
      ...{ language: 'en', photo: false, totp: false, password: undefined },
      ...{ passkeys: new Map(), wallets: new Set(), waiting: new Map() },
    };
    this.entries.set(user, entry);
    return entry;
  }

  private takePerson(entry: Entry, person: PersonPart | null): void {
    this.forgetPerson(entry);
    entry.person = person ?? undefined;
    if (person === null) return;
    addTo(this.names, person.name, entry.user);
    addTo(this.likenesses, lookalikeOf(person.name), entry.user);
    if (person.account !== null) this.accounts.set(person.account, entry.user);
  }

  private takeProfile(entry: Entry, profile: Profile | null): void {
    if (entry.email !== undefined) removeFrom(this.emails, entry.email.toLowerCase(), entry.user);
    entry.displayName = profile?.displayName ?? '';
    entry.email = profile?.email;
    entry.language = profile?.language ?? 'en';
    if (entry.email !== undefined) addTo(this.emails, entry.email.toLowerCase(), entry.user);
  }

  private takePassword(entry: Entry, value: PasswordPart | null): void {
    this.countKdf(entry.password, -1);
    entry.password = value === null ? undefined : { salt: value.salt, kdf: value.kdf };
    this.countKdf(entry.password, 1);
  }

  private countKdf(password: PasswordSalt | undefined, by: 1 | -1): void {
    if (password === undefined) return;
    const name = kdfName(password);
    const { kdf, count } = this.kdfs.get(name) ?? { kdf: password.kdf, count: 0 };
    if (count + by > 0) this.kdfs.set(name, { kdf, count: count + by });
    else this.kdfs.delete(name);
  }

  private takePasskey(entry: Entry, id: string, value: PasskeyPart | null): void {
    const before = entry.passkeys.get(id);
    if (before !== undefined && this.credentials.get(before) === entry.user) this.credentials.delete(before);
    entry.passkeys.delete(id);
    if (value === null) return;
    entry.passkeys.set(id, value.credential);
    this.credentials.set(value.credential, entry.user);
  }

  private takeWallet(entry: Entry, address: string, value: WalletPart | null): void {
    const holder = this.wallets.get(address);
    if (value === null) {
      entry.wallets.delete(address);
      if (holder === entry.user) this.wallets.delete(address);
      return;
    }
    entry.wallets.add(address);
    // Linked to two persons at two branches at once: it signs in the one of the lower id everywhere.
    if (holder === undefined || entry.user < holder) this.wallets.set(address, entry.user);
  }

  private remove(user: UserId): void {
    const entry = this.entries.get(user);
    if (entry === undefined) return;
    this.forgetPerson(entry);
    this.countKdf(entry.password, -1);
    if (entry.email !== undefined) removeFrom(this.emails, entry.email.toLowerCase(), user);
    for (const credential of entry.passkeys.values()) {
      if (this.credentials.get(credential) === user) this.credentials.delete(credential);
    }
    for (const address of entry.wallets) if (this.wallets.get(address) === user) this.wallets.delete(address);
    this.entries.delete(user);
  }

  private forgetPerson({ user, person }: Entry): void {
    if (person === undefined) return;
    removeFrom(this.names, person.name, user);
    removeFrom(this.likenesses, lookalikeOf(person.name), user);
    if (person.account !== null && this.accounts.get(person.account) === user) this.accounts.delete(person.account);
  }

  private holderOf(name: string): UserId | undefined {
    const claims = [...(this.names.get(name) ?? [])].flatMap((user) => {
      const { person } = this.entries.get(user) as Entry;
      return person === undefined ? [] : [{ user, made: person.made, clinic: person.clinic }];
    });
    return holderOf(claims)?.user;
  }
}

function kdfName({ kdf: { name, memoryKiB, passes, lanes } }: PasswordSalt): string {
  return `${name} ${memoryKiB} ${passes} ${lanes}`;
}

function takeState(entry: Entry, state: StatePart | null): void {
  entry.state = state?.state ?? 'waiting';
  entry.since = state?.since ?? 0;
  entry.asked = state?.asked ?? [];
}

function takeApproval(entry: Entry, id: string, value: ApprovalPart | null): void {
  if (value === null || value.decision !== null) entry.waiting.delete(id);
  else entry.waiting.set(id, { kind: value.kind, made: value.made });
}

function addTo(map: Map<string, Set<string>>, key: string, user: UserId): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, new Set([user]));
  else known.add(user);
}

function removeFrom(map: Map<string, Set<string>>, key: string, user: UserId): void {
  const known = map.get(key);
  known?.delete(user);
  if (known?.size === 0) map.delete(key);
}
