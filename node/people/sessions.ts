// Signed-in browsers at this clinic: the secret stands in the cookie alone and is kept here as its hash. Sessions survive a
// restart and end by idling, by their age, by hand, and with the rights that they stand on.
import { randomBytes, sha256 } from '#crypto';
import { concatBytes, fromHex, toHex } from '../../common/bytes.ts';
import type { Clock, TimerHandle } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import type { UserId } from '../../identity/people/types.ts';
import type { SessionRef } from '../../rpc/access/principal.ts';
import type { ClientFacts, Sessions as SessionsPort } from '../../rpc/ports.ts';
import type { LocalDatabase } from '../store/local-database.ts';
import { toBase64Url } from './base64url.ts';
import { deviceName } from './device-name.ts';
import { dropAll } from './drop-all.ts';
import { PeopleError } from './errors.ts';
import type { Person } from './people-index.ts';
import type { Ending, ListedSession } from './wire.ts';

/** Sessions of this clinic; beyond it nobody can sign in until one ends. */
export const MAX_SESSIONS = 20_000;
/** Of one person: the one that was idle longest ends. */
export const MAX_SESSIONS_PER_USER = 20;
/** A page asks for several things at once: what it sent with the cookie of before still counts that long. */
const ROTATION_GRACE_MS = 10_000;
const SWEEP_MS = 5_000;
/** How far the disk may be behind about when somebody was last active. */
const LAZY_MS = 60_000;
const SECRET_BYTES = 32;
const ROW = 0x73;
const utf8 = new TextEncoder();

interface Stored {
  readonly id: string;
  readonly user: UserId;
  /** Of the secret in the cookie, hex. */
  hash: string;
  /** Rights that the secret was given for. */
  roles: readonly Role[];
  readonly device: string;
  readonly address: string;
  readonly began: number;
  lastActive: number;
  readonly endsAt: number;
  factorAt: number | null;
  /** When the password, a passkey or a wallet was last shown: older sessions than a new password end. */
  provenAt: number;
}

interface Session extends Stored {
  writtenAt: number;
  before: { hash: string; until: number } | undefined;
  /** Rights as they were seen last; `renew` when there are more than the secret was given for. */
  seen: readonly Role[];
  renew: boolean;
}

export interface SessionsOptions {
  /** ms. */
  readonly idle: number;
  readonly longest: number;
}

export interface SessionsModules {
  readonly database: LocalDatabase;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Undefined: gone, suspended or not yet active. */
  person(user: UserId): Person | undefined;
  /** Live at this clinic. */
  roles(person: Person): Promise<readonly Role[]>;
  nameOf(person: Person): string;
}

export interface Started {
  readonly id: string;
  readonly secret: string;
  readonly endsAt: number;
}

export class Sessions implements SessionsPort {
  private readonly options: SessionsOptions;
  private readonly modules: SessionsModules;
  private readonly sessions = new Map<string, Session>();
  private readonly byHash = new Map<string, string>();
  private readonly byUser = new Map<UserId, Set<string>>();
  private readonly listeners = new Set<(id: string) => void>();
  private timer: TimerHandle | undefined;

  constructor(options: SessionsOptions, modules: SessionsModules) {
    this.options = options;
    this.modules = modules;
  }

  /** After the persons are read. `drop`: what is on disk is of the past, and some may have been ended since. */
  async start(drop: boolean): Promise<void> {
    const { database } = this.modules;
    if (drop) await database.batch(await dropAll(database, ROW), { sync: true });
    for await (const [, value] of this.modules.database.range({ prefix: Uint8Array.of(ROW) })) {
      const stored = JSON.parse(new TextDecoder().decode(value)) as Stored;
      this.keep({ ...stored, writtenAt: stored.lastActive, before: undefined, seen: stored.roles, renew: false });
    }
    const sweep = (): void => {
      for (const session of [...this.sessions.values()]) if (!this.isLive(session)) this.drop(session);
      this.timer = this.modules.clock.setTimeout(sweep, SWEEP_MS);
    };
    sweep();
  }

  stop(): void {
    this.modules.clock.clearTimeout(this.timer);
  }

  get size(): number {
    return this.sessions.size;
  }

  onEnded(listener: (sessionId: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** On the disk when it resolves. Throws `session.busy` where there are too many. */
  async begin(person: Person, client: ClientFacts, factorAt: number | null): Promise<Started> {
    const { clock } = this.modules;
    this.makeRoom(person.user);
    const now = clock.now();
    const secret = newSecret();
    const roles = await this.modules.roles(person);
    const session: Session = {
      ...{ id: toHex(randomBytes(16)), user: person.user, hash: hashOf(secret), roles, factorAt, provenAt: now },
      ...{ device: deviceName(client.userAgent), address: client.address.slice(0, 64), began: now, lastActive: now },
      ...{ endsAt: now + this.options.longest, writtenAt: now, before: undefined, seen: roles, renew: false },
    };
    await this.write(session, true);
    this.keep(session);
    return { id: session.id, secret, endsAt: session.endsAt };
  }

  async find(secret: string, _client: ClientFacts): Promise<SessionRef | undefined> {
    const hash = hashOf(secret);
    const session = this.sessions.get(this.byHash.get(hash) ?? '');
    if (session === undefined) return undefined;
    if (session.hash !== hash && !(session.before?.hash === hash && this.modules.clock.now() < session.before.until)) {
      return undefined;
    }
    return this.current(session.id);
  }

  async current(id: string): Promise<SessionRef | undefined> {
    const session = this.sessions.get(id);
    if (session === undefined) return undefined;
    const person = this.isLive(session) ? this.modules.person(session.user) : undefined;
    if (person === undefined) {
      this.drop(session);
      return undefined;
    }
    const roles = await this.modules.roles(person);
    session.seen = roles;
    if (roles.some((role) => !session.roles.includes(role))) session.renew = true;
    const { user, factorAt } = session;
    return { id, user, account: person.person.account, name: this.modules.nameOf(person), roles, factorAt };
  }

  touch(id: string): void {
    const session = this.sessions.get(id);
    if (session === undefined) return;
    const now = this.modules.clock.now();
    session.lastActive = now;
    if (now - session.writtenAt >= LAZY_MS) void this.write(session, false).catch(() => undefined);
  }

  renewal(id: string): { readonly secret: string; readonly endsAt: number } | undefined {
    const session = this.sessions.get(id);
    if (session === undefined || !session.renew) return undefined;
    return this.rotate(session);
  }

  /** A second factor was shown: a new secret for a session that may do more now. */
  confirm(id: string): Started & { readonly factorAt: number } {
    const session = this.must(id);
    session.factorAt = this.modules.clock.now();
    const started = this.rotate(session);
    return { id, ...started, factorAt: session.factorAt };
  }

  /** The password was changed in this session: it is as good as one that began just now. */
  async prove(id: string): Promise<void> {
    const session = this.must(id);
    session.provenAt = this.modules.clock.now();
    await this.write(session, true);
  }

  view(id: string): (ListedSession & { readonly idleEndsAt: number; readonly factorAt: number | null }) | undefined {
    const session = this.sessions.get(id);
    if (session === undefined) return undefined;
    const idleEndsAt = Math.min(session.lastActive + this.options.idle, session.endsAt);
    return { ...listed(session), idleEndsAt, factorAt: session.factorAt };
  }

  /** Newest first. */
  of(user: UserId): ListedSession[] {
    return this.sessionsOf(user)
      .filter((session) => this.isLive(session))
      .map(listed)
      .sort((a, b) => b.began - a.began);
  }

  /** False when there is no such session of this person here. */
  end(user: UserId, id: string): boolean {
    const session = this.sessions.get(id);
    if (session === undefined || session.user !== user) return false;
    this.drop(session);
    return true;
  }

  /** Number of sessions that ended. */
  endAll(user: UserId, except?: string): number {
    const ended = this.sessionsOf(user).filter(({ id }) => id !== except);
    for (const session of ended) this.drop(session);
    return ended.length;
  }

  /** The password was changed elsewhere: what was proven with the one before ends. */
  endProvenBefore(user: UserId, time: number): void {
    for (const session of this.sessionsOf(user)) if (session.provenAt < time) this.drop(session);
  }

  /** As another branch says. */
  apply({ user, session, before, except }: Ending): void {
    if (session !== undefined) {
      this.end(user, session);
      return;
    }
    for (const held of this.sessionsOf(user)) if (held.began <= before && held.id !== except) this.drop(held);
  }

  private rotate(session: Session): { secret: string; endsAt: number } {
    const secret = newSecret();
    if (session.before !== undefined) this.byHash.delete(session.before.hash);
    session.before = { hash: session.hash, until: this.modules.clock.now() + ROTATION_GRACE_MS };
    session.hash = hashOf(secret);
    session.renew = false;
    this.byHash.set(session.hash, session.id);
    session.roles = session.seen;
    this.write(session, true).catch((error) => {
      this.modules.logger.error({ err: error }, 'a renewed session is not on disk');
    });
    return { secret, endsAt: session.endsAt };
  }

  private isLive({ lastActive, endsAt }: Session): boolean {
    const now = this.modules.clock.now();
    return now < endsAt && now < lastActive + this.options.idle;
  }

  private must(id: string): Session {
    const session = this.sessions.get(id);
    if (session === undefined) throw new PeopleError({ code: 'session.refused' });
    return session;
  }

  private sessionsOf(user: UserId): Session[] {
    return [...(this.byUser.get(user) ?? [])].flatMap((id) => this.sessions.get(id) ?? []);
  }

  private makeRoom(user: UserId): void {
    const own = this.sessionsOf(user).sort((a, b) => a.lastActive - b.lastActive);
    if (own.length >= MAX_SESSIONS_PER_USER) this.drop(own[0]);
    if (this.sessions.size >= MAX_SESSIONS) throw new PeopleError({ code: 'session.busy' });
  }

  private keep(session: Session): void {
    this.sessions.set(session.id, session);
    this.byHash.set(session.hash, session.id);
    const own = this.byUser.get(session.user) ?? new Set();
    this.byUser.set(session.user, own.add(session.id));
  }

  private drop(session: Session): void {
    if (!this.sessions.delete(session.id)) return;
    this.byHash.delete(session.hash);
    if (session.before !== undefined) this.byHash.delete(session.before.hash);
    const own = this.byUser.get(session.user);
    own?.delete(session.id);
    if (own?.size === 0) this.byUser.delete(session.user);
    this.modules.database.batch([{ type: 'del', key: rowKey(session.id) }], { sync: true }).catch((error) => {
      this.modules.logger.error({ err: error }, 'an ended session stayed on the disk');
    });
    for (const listener of this.listeners) listener(session.id);
  }

  private async write(session: Session, sync: boolean): Promise<void> {
    const { writtenAt: _, before: __, seen: ___, renew: ____, ...stored } = session;
    session.writtenAt = session.lastActive;
    if (session.writtenAt !== session.began && !this.sessions.has(session.id)) return;
    const value = utf8.encode(JSON.stringify(stored satisfies Stored));
    await this.modules.database.batch([{ type: 'put', key: rowKey(session.id), value }], { sync });
  }
}

function listed({ id, device, address, began, lastActive, endsAt }: Session): ListedSession {
  return { id, device, address, began, lastActive, endsAt };
}

function newSecret(): string {
  return toBase64Url(randomBytes(SECRET_BYTES));
}

/** The secret is random: one hash is enough, and a database that is read gives no session away. */
function hashOf(secret: string): string {
  return toHex(sha256(utf8.encode('wardmesh/session/1'), utf8.encode(secret.slice(0, 128))));
}

function rowKey(id: string): Uint8Array {
  return concatBytes(Uint8Array.of(ROW), fromHex(id));
}
