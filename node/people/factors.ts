// Second factors of a person: authenticator, recovery codes, passkeys. A code that was shown is spent before its answer
// goes out, at this branch at once and at the others when they hear of it.
import { randomBytes } from '#crypto';
import type { Clock } from '../../common/clock.ts';
import { factorId } from '../../identity/people/factor-ids.ts';
import type { PasskeyPart, UserId } from '../../identity/people/types.ts';
import { shownCode, spentUse } from '../../identity/sign-in/code-step.ts';
import { SignInError } from '../../identity/sign-in/errors.ts';
import { codesLeft, hashRecoveryCodes, newRecoveryCodes } from '../../identity/sign-in/recovery-codes.ts';
import { SecretBox } from '../../identity/sign-in/secret-box.ts';
import { usedStep } from '../../identity/sign-in/totp.ts';
import type { OrganisationSecrets } from './organisation-secrets.ts';
import type { Change, PeopleStore } from './people-store.ts';

export type CodeMethod = 'totp' | 'recovery-code';

export interface FactorsModules {
  readonly store: PeopleStore;
  readonly secrets: OrganisationSecrets;
  readonly clock: Pick<Clock, 'now'>;
}

export class Factors {
  private readonly modules: FactorsModules;

  constructor(modules: FactorsModules) {
    this.modules = modules;
  }

  /** Throws `session.refused`. When it resolves the code is spent, and that is on the disk. */
  async showCode(user: UserId, method: CodeMethod, typed: string): Promise<void> {
    const { store, clock } = this.modules;
    let good = false;
    await store.write(async () => {
      const [totp, codes] = [await store.get(user, 'totp'), await store.get(user, 'codes')];
      const uses = (await store.get(user, 'uses')) ?? {};
      const shown = shownCode(method, typed, { user, totp, codes, uses }, clock.now(), this.box());
      const spent = shown === undefined ? undefined : spentUse(uses, shown);
      good = spent !== undefined;
      return spent === undefined ? [] : [{ user, name: 'uses', value: spent }];
    });
    if (!good) throw new SignInError({ code: 'session.refused' });
  }

  /** The secret, as it stands in the record, and whether a code shows that the person has it. */
  confirmsNew(secret: Uint8Array, typed: string): number | undefined {
    return usedStep(secret, typed, this.modules.clock.now(), -1);
  }

  /** Parts of a new authenticator whose first code was of `step`, with new recovery codes. */
  totpChanges(user: UserId, secret: Uint8Array, step: number): { changes: Change[]; codes: string[] } {
    const now = this.modules.clock.now();
    const id = factorId('totp', now, randomBytes);
    const { changes, codes } = this.codesChanges(user);
    const totp = { id, secret: this.box().seal(secret, user, id), confirmed: now };
    const used = { [id]: { mark: step, at: now } };
    return {
      changes: [{ user, name: 'totp', value: totp }, { user, name: 'uses', value: used }, ...changes],
      codes,
    };
  }

  codesChanges(user: UserId): { changes: Change[]; codes: string[] } {
    const now = this.modules.clock.now();
    const id = factorId('codes', now, randomBytes);
    const codes = newRecoveryCodes();
    const value = { id, hashes: hashRecoveryCodes(codes, user, id), made: now };
    return { changes: [{ user, name: 'codes', value }], codes };
  }

  /** How many are left. */
  async codesLeft(user: UserId): Promise<number> {
    const codes = await this.modules.store.get(user, 'codes');
    return codes === undefined ? 0 : codesLeft(codes, await this.mark(user, codes.id, 0));
  }

  async passkeys(user: UserId): Promise<PasskeyPart[]> {
    const parts = await this.modules.store.of(user);
    return parts.flatMap(({ name, value }) => (name.startsWith('passkey/') ? [value as PasskeyPart] : []));
  }

  /** Signature counter as it was last shown, and when. */
  async passkeyUse(user: UserId, id: string): Promise<{ counter: number; at: number | null }> {
    const use = (await this.modules.store.get(user, 'uses'))?.[id];
    return { counter: use?.mark ?? 0, at: use?.at ?? null };
  }

  async passkeyShown(user: UserId, id: string, counter: number): Promise<void> {
    const at = this.modules.clock.now();
    await this.modules.store.write([{ user, name: 'uses', value: { [id]: { mark: counter, at } } }]);
  }

  private async mark(user: UserId, id: string, none: number): Promise<number> {
    return (await this.modules.store.get(user, 'uses'))?.[id]?.mark ?? none;
  }

  private box(): SecretBox {
    const newestFirst = [...this.modules.secrets.all].reverse();
    return new SecretBox({ organisationSecrets: newestFirst.map(({ secret }) => secret) });
  }
}
