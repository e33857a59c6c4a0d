// A person's password and vault change together: both parts under one stamp whenever one of them is written, so that of two
// branches' changes one wins as a whole and no vault stays that its password does not open.
import { fromHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import type { EarlierVault, PasswordPart, UserId, VaultPart } from '../../identity/people/types.ts';
import type { Passwords } from '../../identity/sign-in/password.ts';
import { DEFAULT_KDF } from '../../identity/vault/kdf.ts';
import { PeopleError } from './errors.ts';
import type { Change, PeopleStore } from './people-store.ts';

/** As it was before its first change in this time: who has a session and spoils a vault, however often, destroys none. */
export const EARLIER_VAULT_TTL_MS = 30 * 86_400_000;

/** What is not given stays as it is. */
export interface PasswordAndVault {
  readonly password?: PasswordPart;
  readonly vault?: string;
  /** Version of the vault that `vault` was made from; undefined for any. */
  readonly from?: number;
}

export interface PasswordAndVaultChanges {
  readonly changes: readonly Change[];
  /** Of the vault after the changes; 0 where there is none. */
  readonly version: number;
}

/** To be called within `store.write`. Throws PeopleError `account.vault-version` for a vault made from another version. */
export async function changePasswordAndVault(
  store: Pick<PeopleStore, 'get'>,
  user: UserId,
  given: PasswordAndVault,
  now: number,
): Promise<PasswordAndVaultChanges> {
  const had = await store.get(user, 'vault');
  const before = had?.version ?? 0;
  if (given.from !== undefined && given.from !== before) {
    throw new PeopleError({ code: 'account.vault-version', version: before });
  }
  const vault = given.vault === undefined ? had : { version: before + 1, vault: given.vault, ...earlier(had, now) };
  const password = given.password ?? (await store.get(user, 'password'));
  const changes: Change[] = [];
  if (password !== undefined) changes.push({ user, name: 'password', value: password });
  if (vault !== undefined) changes.push({ user, name: 'vault', value: vault });
  return { changes, version: vault?.version ?? 0 };
}

function earlier(had: VaultPart | undefined, now: number): { readonly before?: EarlierVault } {
  if (had === undefined) return {};
  const { version, vault, before } = had;
  if (before !== undefined && now - before.replaced < EARLIER_VAULT_TTL_MS) return { before };
  return { before: { version, vault, replaced: now } };
}

/** Of what a browser derived, `auth` and `salt` in hex. Throws SignInError as `Passwords.verifierOf`. */
export async function newPassword(
  { salt, auth }: { readonly salt: string; readonly auth: string },
  { passwords, clock }: { readonly passwords: Passwords; readonly clock: Clock },
): Promise<PasswordPart> {
  const verifier = await passwords.verifierOf(fromHex(auth));
  return { salt, kdf: DEFAULT_KDF, verifier, changed: clock.now() };
}
