// What is kept in memory of recoveries by trusted people: who holds shares of whom, and where each request stands, so that
// somebody who asks by a name or a token that nobody has costs what others cost. No share is in it.
import type { Part, RecoveryPart, RecoveryRequestPart, ReleasePart, UserId } from '../../../identity/people/types.ts';

/** From the beginning of a request: so long its owner can stop it, and nothing is handed out. Nobody can make it shorter. */
export const RECOVERY_VETO_MS = 72 * 3_600_000;
/** From the beginning: then it is over, whatever is missing. */
export const RECOVERY_REQUEST_TTL_MS = 14 * 86_400_000;

export interface Guarded {
  readonly version: number;
  readonly threshold: number;
  /** Accounts of the holders 1, 2, ... in their order. */
  readonly guardians: readonly string[];
}

export class RecoveryIndex {
  private readonly guarded = new Map<UserId, Guarded>();
  private readonly requests = new Map<UserId, RecoveryRequestPart>();
  private readonly byToken = new Map<string, UserId>();
  private readonly byGuardian = new Map<string, Set<UserId>>();
  /** Request that each holder released a share for, by owner. */
  private readonly releases = new Map<UserId, Map<number, string>>();

  /** A part as it is now. */
  take({ user, name, value }: Part): void {
    if (name === 'recovery') this.takeGuarded(user, value as RecoveryPart | null);
    else if (name === 'recovery-request') this.takeRequest(user, value as RecoveryRequestPart | null);
    else if (name.startsWith('release/')) this.takeRelease(user, Number(name.slice(8)), value as ReleasePart | null);
    else if (name === 'uses' && value === null) {
      this.takeGuarded(user, null);
      this.takeRequest(user, null);
      this.releases.delete(user);
    }
  }

  of(user: UserId): Guarded | undefined {
    return this.guarded.get(user);
  }

  /** Owners who gave a share to the account. */
  heldBy(account: string): readonly UserId[] {
    return [...(this.byGuardian.get(account) ?? [])];
  }

  /** The last one, over or not. */
  request(user: UserId): RecoveryRequestPart | undefined {
    return this.requests.get(user);
  }

  /** `token`: its hash, in hex. */
  asker(token: string): UserId | undefined {
    return this.byToken.get(token);
  }

  /** The request of a person that is under way. */
  open(user: UserId, now: number): RecoveryRequestPart | undefined {
    const request = this.requests.get(user);
    const waits = request?.state === 'waiting' && request.version === this.guarded.get(user)?.version;
    return waits && now < request.began + RECOVERY_REQUEST_TTL_MS ? request : undefined;
  }

  /** The same once the time is over and enough shares are there. */
  ready(user: UserId, now: number): RecoveryRequestPart | undefined {
    const request = this.open(user, now);
    if (request === undefined || now < request.began + RECOVERY_VETO_MS) return undefined;
    return this.released(user).length >= (this.guarded.get(user)?.threshold ?? Infinity) ? request : undefined;
  }

  /** Holders who released their share for the last request, ascending. */
  released(user: UserId): number[] {
    const id = this.requests.get(user)?.id;
    const all = [...(this.releases.get(user) ?? [])];
    return all.flatMap(([index, request]) => (request === id ? [index] : [])).sort((a, b) => a - b);
  }

  private takeGuarded(user: UserId, part: RecoveryPart | null): void {
    for (const account of this.guarded.get(user)?.guardians ?? []) {
      const owners = this.byGuardian.get(account);
      owners?.delete(user);
      if (owners?.size === 0) this.byGuardian.delete(account);
    }
    this.guarded.delete(user);
    if (part === null) return;
    const guardians = part.guardians.map(({ account }) => account);
    this.guarded.set(user, { version: part.version, threshold: part.threshold, guardians });
    for (const account of guardians) {
      const owners = this.byGuardian.get(account);
      if (owners === undefined) this.byGuardian.set(account, new Set([user]));
      else owners.add(user);
    }
  }

  private takeRequest(user: UserId, part: RecoveryRequestPart | null): void {
    const before = this.requests.get(user);
    if (before !== undefined && this.byToken.get(before.token) === user) this.byToken.delete(before.token);
    this.requests.delete(user);
    if (part === null) return;
    this.requests.set(user, part);
    if (part.state === 'waiting') this.byToken.set(part.token, user);
  }

  private takeRelease(user: UserId, index: number, part: ReleasePart | null): void {
    const known = this.releases.get(user) ?? new Map<number, string>();
    if (part === null) known.delete(index);
    else known.set(index, part.request);
    if (known.size === 0) this.releases.delete(user);
    else this.releases.set(user, known);
  }
}
