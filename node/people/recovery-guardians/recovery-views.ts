// What a person sees of recoveries by trusted people: whom she chose, what is asked for the own account, and for whom she
// holds a share. Her share comes along only while somebody asks for it.
import type { Clock } from '../../../common/clock.ts';
import type { RecoveryRequestPart, UserId } from '../../../identity/people/types.ts';
import type { SessionRef } from '../../../rpc/access/principal.ts';
import type { PeopleIndex, Person } from '../people-index.ts';
import type { PeopleStore } from '../people-store.ts';
import { refused } from '../sign-in.ts';
import type { GuardedVaults } from './guarded-vaults.ts';
import { RECOVERY_VETO_MS, type RecoveryIndex } from './recovery-index.ts';

/** Shares of others in one answer; those that are asked for first. */
export const MAX_HELD_LISTED = 64;

export interface RecoveryViewsModules {
  readonly store: PeopleStore;
  readonly index: PeopleIndex;
  readonly recoveries: RecoveryIndex;
  readonly vaults: GuardedVaults;
  readonly clock: Pick<Clock, 'now'>;
}

export class RecoveryViews {
  private readonly modules: RecoveryViewsModules;

  constructor(modules: RecoveryViewsModules) {
    this.modules = modules;
  }

  async of({ user }: SessionRef) {
    const { index, recoveries } = this.modules;
    const person = index.get(user);
    if (person === undefined) throw refused();
    const own = await this.own(user);
    const request = recoveries.request(user);
    const { account } = person.person;
    const owners = account === null ? [] : recoveries.heldBy(account);
    const asks = (owner: UserId): boolean => recoveries.open(owner, this.modules.clock.now()) !== undefined;
    const listed = [...owners.filter(asks), ...owners.filter((owner) => !asks(owner))].slice(0, MAX_HELD_LISTED);
    const held = await Promise.all(listed.map((owner) => this.held(owner, String(account))));
    return {
      guarding: own,
      nextVersion: (own?.version ?? 0) + 1,
      request: request === undefined ? null : this.request(user, request),
      held: held.flatMap((one) => one ?? []),
    };
  }

  private async own(user: UserId) {
    const { store, index, vaults } = this.modules;
    const part = await store.get(user, 'recovery');
    if (part === undefined) return null;
    const { version, threshold, made, guardians } = part;
    const views = guardians.map(async ({ account, key }) => {
      const holder = index.byAccount(account);
      // Another device key since, suspended or gone: that share does not come back.
      const can = holder !== undefined && (await vaults.keyOf(holder)) === key;
      return { account, name: holder === undefined ? null : index.nameOf(holder), can };
    });
    return { version, threshold, made, guardians: await Promise.all(views) };
  }

  private request(owner: UserId, { id, began, state, by, at }: RecoveryRequestPart) {
    const { index, recoveries, clock } = this.modules;
    const open = recoveries.open(owner, clock.now())?.id === id;
    const ender = by === null ? undefined : index.get(by);
    return {
      ...{ id, began, until: began + RECOVERY_VETO_MS, at, by: ender === undefined ? null : index.nameOf(ender) },
      state: state === 'waiting' && !open ? ('over' as const) : state,
      released: recoveries.released(owner).length,
    };
  }

  private async held(owner: UserId, account: string) {
    const { store, index, recoveries, clock } = this.modules;
    const person: Person | undefined = index.get(owner);
    const part = await store.get(owner, 'recovery');
    const place = part?.guardians.findIndex((one) => one.account === account) ?? -1;
    if (person === undefined || part === undefined || place < 0) return undefined;
    const { version, threshold, guardians } = part;
    const open = recoveries.open(owner, clock.now());
    const released = recoveries.released(owner);
    const asked = open && {
      ...{ id: open.id, key: open.key, began: open.began, until: open.began + RECOVERY_VETO_MS },
      ...{ released: released.includes(place + 1), count: released.length, index: place + 1 },
      ...{ account: String(person.person.account), version, hashes: guardians.map(({ hash }) => hash) },
      sealed: guardians[place].sealed,
    };
    const { displayName } = person;
    return {
      user: owner,
      name: index.nameOf(person),
      displayName,
      threshold,
      of: guardians.length,
      asked: asked ?? null,
    };
  }
}
