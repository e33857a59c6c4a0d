// Whom a person trusts with shares of the way back to the vault: choosing them, others in their place, ending it. The
// shares come sealed from the browser; what is checked here is who they are for and that the whole hangs together.
import { fromHex, toHex } from '../../../common/bytes.ts';
import type { Clock } from '../../../common/clock.ts';
import { Gcra } from '../../../common/gcra.ts';
import type { RecoveryPart, RecoveryRequestPart, UserId } from '../../../identity/people/types.ts';
import {
  commitmentOf,
  MAX_RECOVERY_GUARDIANS,
  MIN_RECOVERY_GUARDIANS,
} from '../../../identity/vault/recovery-guardians.ts';
import type { SessionRef } from '../../../rpc/access/principal.ts';
import { isFresh } from '../../../rpc/access/rule.ts';
import { PeopleError } from '../errors.ts';
import { changePasswordAndVault } from '../password-and-vault.ts';
import { hasSecondFactor, type PeopleIndex, type Person } from '../people-index.ts';
import type { Change, PeopleStore } from '../people-store.ts';
import type { ChainAccounts } from '../ports.ts';
import type { RecoveryIndex } from './recovery-index.ts';

/** Names that one person looks up, so that nobody lists who has an account here. */
export const GUARDIAN_FIND_BUDGET = { rate: 1 / 30, burst: 20 };
const MAX_KEYS = 16_384;

export interface FoundGuardian {
  readonly name: string;
  readonly account: string;
  /** X25519 of the device key in force, hex. */
  readonly key: string;
  /** What releasing a share takes. */
  readonly secondFactor: boolean;
}

export interface GivenGuarding extends Omit<RecoveryPart, 'made'> {
  readonly vault: string;
  /** Version of the vault that `vault` was made from. */
  readonly vaultVersion: number;
}

export interface GuardedVaultsModules {
  readonly store: PeopleStore;
  readonly index: PeopleIndex;
  readonly recoveries: RecoveryIndex;
  readonly accounts: Pick<ChainAccounts, 'view'>;
  readonly clock: Clock;
}

export class GuardedVaults {
  private readonly genesisId: Uint8Array;
  private readonly modules: GuardedVaultsModules;
  private readonly finds: Gcra;

  constructor({ genesisId }: { readonly genesisId: Uint8Array }, modules: GuardedVaultsModules) {
    this.genesisId = genesisId;
    this.modules = modules;
    this.finds = new Gcra({ ...GUARDIAN_FIND_BUDGET, maxKeys: MAX_KEYS }, modules);
  }

  /** By the exact user name; nothing of the person but what sealing takes, and whether she could release a
   * share. Throws `people.unknown`, `recovery.self`, `rpc.rate-limited`. */
  async find({ user }: SessionRef, name: string): Promise<FoundGuardian> {
    const verdict = this.finds.take(user);
    if (!verdict.ok) throw new PeopleError({ code: 'rpc.rate-limited', retryAfterMs: verdict.retryAfterMs });
    const person = this.modules.index.byName(name);
    if (person?.user === user) throw new PeopleError({ code: 'recovery.self' });
    const key = person === undefined ? undefined : await this.keyOf(person);
    if (person === undefined || key === undefined) throw new PeopleError({ code: 'people.unknown' });
    const found = { name: this.modules.index.nameOf(person), account: String(person.person.account), key };
    return { ...found, secondFactor: hasSecondFactor(person) };
  }

  /** In the place of those before; what was asked of those is over. Gives the version of the vault. */
  async set(session: SessionRef, { vault, vaultVersion, ...given }: GivenGuarding): Promise<number> {
    const { store, clock } = this.modules;
    const { user } = session;
    const person = this.mustBeFresh(session);
    await this.mustBeGuardians(person, given);
    const hashes = given.guardians.map(({ hash }) => fromHex(hash));
    const account = fromHex(String(person.person.account));
    const { version: wanted, threshold } = given;
    const commitment = commitmentOf({ genesisId: this.genesisId, account, version: wanted, threshold, hashes });
    if (toHex(commitment) !== given.commitment) throw new PeopleError({ code: 'recovery.commitment' });
    return this.write(user, vault, vaultVersion, async () => {
      const next = ((await store.get(user, 'recovery'))?.version ?? 0) + 1;
      if (given.version !== next) throw new PeopleError({ code: 'recovery.version', version: next });
      return { ...given, made: clock.now() };
    });
  }

  /** The vault comes without the way. */
  end(session: SessionRef, vault: string, vaultVersion: number): Promise<number> {
    this.mustBeFresh(session);
    return this.write(session.user, vault, vaultVersion, async () => null);
  }

  /** What the holder's share is to be sealed to; undefined for who cannot hold one. */
  async keyOf({ state, person: { account } }: Person): Promise<string | undefined> {
    if (state !== 'active' || account === null) return undefined;
    const view = await this.modules.accounts.view(account);
    if (view === undefined || view.suspended) return undefined;
    return view.keys.filter(({ status }) => status === 'live').at(-1)?.encryptionKey;
  }

  private async write(
    user: UserId,
    vault: string,
    from: number,
    make: () => Promise<RecoveryPart | null>,
  ): Promise<number> {
    const { store, clock } = this.modules;
    let vaultVersion = 0;
    await store.write(async () => {
      const now = clock.now();
      const value = await make();
      const { changes, version } = await changePasswordAndVault(store, user, { vault, from }, now);
      vaultVersion = version;
      const request = await store.get(user, 'recovery-request');
      const over: Change[] = request?.state === 'waiting' ? [endedChange(user, request, 'renewed', user, now)] : [];
      return [...changes, { user, name: 'recovery', value }, ...over];
    });
    return vaultVersion;
  }

  private async mustBeGuardians({ user, person }: Person, { guardians, threshold }: Omit<RecoveryPart, 'made'>) {
    const wrong = new PeopleError({ code: 'recovery.guardians' });
    const accounts = new Set(guardians.map(({ account }) => account));
    const many = guardians.length >= MIN_RECOVERY_GUARDIANS && guardians.length <= MAX_RECOVERY_GUARDIANS;
    if (!many || accounts.size !== guardians.length || person.account === null) throw wrong;
    if (threshold < MIN_RECOVERY_GUARDIANS || threshold > guardians.length) throw wrong;
    for (const { account, key } of guardians) {
      const holder = this.modules.index.byAccount(account);
      if (holder === undefined || holder.user === user || (await this.keyOf(holder)) !== key) throw wrong;
    }
  }

  /** Who has no second factor yet has nothing to show. */
  private mustBeFresh({ user, factorAt }: SessionRef): Person {
    const person = this.modules.index.get(user);
    if (person === undefined) throw new PeopleError({ code: 'session.refused' });
    if (hasSecondFactor(person) && !isFresh(factorAt, this.modules.clock.now())) {
      throw new PeopleError({ code: 'session.factor-needed' });
    }
    return person;
  }
}

/** The request under way, if any, ends with its owner's suspension: nobody is left who could stop it. */
export function suspensionChanges(recoveries: RecoveryIndex, user: UserId, by: UserId | null, at: number): Change[] {
  const request = recoveries.open(user, at);
  return request === undefined ? [] : [endedChange(user, request, 'stopped', by, at)];
}

export function endedChange(
  user: UserId,
  request: RecoveryRequestPart,
  state: Exclude<RecoveryRequestPart['state'], 'waiting'>,
  by: UserId | null,
  at: number,
): Change {
  return { user, name: 'recovery-request', value: { ...request, state, by, at } };
}
