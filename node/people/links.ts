// Single-use links of this clinic: invitations, resets of a password, the first administrator. A link carries
// `base64url(id 16 | secret 24)` behind its `#`; what is kept is the hash of the secret.
import { equalSecret, randomBytes, sha256 } from '#crypto';
import { concatBytes, fromHex, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import type { UserId } from '../../identity/people/types.ts';
import type { LocalDatabase, LocalWrite } from '../store/local-database.ts';
import { fromBase64Url, toBase64Url } from './base64url.ts';
import { dropAll } from './drop-all.ts';
import { PeopleError } from './errors.ts';

/** Links of this clinic that are open at once. */
export const MAX_LINKS = 10_000;
export const RESET_TTL_MS = 30 * 60_000;
const ROW = 0x69;
const ID_BYTES = 16;
const SECRET_BYTES = 24;

export interface Link {
  readonly id: string;
  readonly kind: 'staff' | 'patient' | 'reset';
  readonly hash: string;
  /** Of a reset. */
  readonly user: UserId | null;
  readonly roles: readonly Role[];
  /** Until when the roles are given, ms. */
  readonly until: number;
  readonly email: string | null;
  readonly name: string | null;
  readonly made: number;
  readonly endsAt: number;
  readonly by: UserId | null;
}

export class Links {
  private readonly modules: { readonly database: LocalDatabase; readonly clock: Pick<Clock, 'now'> };
  private readonly links = new Map<string, Link>();
  /** Being used: a link that is shown twice at once counts once. */
  private readonly held = new Set<string>();

  constructor(modules: { readonly database: LocalDatabase; readonly clock: Pick<Clock, 'now'> }) {
    this.modules = modules;
  }

  /** `drop`: those on disk are of the past, and some may have been used since. */
  async start(drop: boolean): Promise<void> {
    const { database } = this.modules;
    if (drop) await database.batch(await dropAll(database, ROW), { sync: true });
    for await (const [, value] of this.modules.database.range({ prefix: Uint8Array.of(ROW) })) {
      const link = JSON.parse(new TextDecoder().decode(value)) as Link;
      this.links.set(link.id, link);
    }
  }

  /** Newest first. */
  list(): Link[] {
    const now = this.modules.clock.now();
    return [...this.links.values()].filter(({ endsAt }) => now < endsAt).sort((a, b) => b.made - a.made);
  }

  async make(given: Omit<Link, 'id' | 'hash' | 'made'>): Promise<{ readonly link: Link; readonly token: string }> {
    await this.makeRoom();
    const [id, secret] = [randomBytes(ID_BYTES), randomBytes(SECRET_BYTES)];
    const link: Link = { ...given, id: toHex(id), hash: hashOf(secret), made: this.modules.clock.now() };
    const value = new TextEncoder().encode(JSON.stringify(link));
    await this.modules.database.batch([{ type: 'put', key: rowKey(link.id), value }], { sync: true });
    this.links.set(link.id, link);
    return { link, token: toBase64Url(concatBytes(id, secret)) };
  }

  /** Throws `account.bad-link`, whatever is wrong with it. */
  open(token: string): Link {
    const bytes = fromBase64Url(token);
    const link = this.links.get(toHex(bytes.subarray(0, ID_BYTES)));
    const hash = hashOf(bytes.subarray(ID_BYTES));
    const good = link !== undefined && equalSecret(fromHex(link.hash), fromHex(hash));
    if (!good || this.modules.clock.now() >= link.endsAt) throw new PeopleError({ code: 'account.bad-link' });
    return link;
  }

  /** Runs `use` with the link, which nobody else can use meanwhile; `use` deletes it with what it writes. */
  async using<T>(token: string, use: (link: Link) => Promise<T>): Promise<T> {
    const link = this.open(token);
    if (this.held.has(link.id)) throw new PeopleError({ code: 'account.bad-link' });
    this.held.add(link.id);
    try {
      return await use(link);
    } finally {
      this.held.delete(link.id);
    }
  }

  /** To be written together with what the link was for; `spent` afterwards. */
  deletion(id: string): LocalWrite {
    return { type: 'del', key: rowKey(id) };
  }

  spent(id: string): void {
    this.links.delete(id);
  }

  /** False when there was none. */
  async revoke(id: string): Promise<boolean> {
    if (!this.links.has(id)) return false;
    await this.modules.database.batch([this.deletion(id)], { sync: true });
    return this.links.delete(id);
  }

  /** Of one person: a new link of a kind ends the one before. */
  async revokeOf(user: UserId, kind: Link['kind']): Promise<void> {
    for (const link of [...this.links.values()]) {
      if (link.user === user && link.kind === kind) await this.revoke(link.id);
    }
  }

  private async makeRoom(): Promise<void> {
    if (this.links.size < MAX_LINKS) return;
    const now = this.modules.clock.now();
    for (const { id, endsAt } of [...this.links.values()]) if (endsAt <= now) await this.revoke(id);
    if (this.links.size >= MAX_LINKS) throw new PeopleError({ code: 'people.full' });
  }
}

function hashOf(secret: Uint8Array): string {
  return toHex(sha256(new TextEncoder().encode('wardmesh/link/1'), secret));
}

function rowKey(id: string): Uint8Array {
  return concatBytes(Uint8Array.of(ROW), fromHex(id));
}
