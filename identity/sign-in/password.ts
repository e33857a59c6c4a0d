// What the clinic keeps of a password: scrypt, with a salt of its own, over the `auth` that the browser derived. The password
// itself never comes here. Checking costs the same for a name that nobody has.
import { equalSecret, randomBytes } from '#crypto';
import { fromHex, toHex } from '../../common/bytes.ts';
import type { ScryptVerifier } from '../people/types.ts';
import type { Lane, Slots } from '../slots.ts';
import { SignInError } from './errors.ts';

/** 32 MiB for each guess, after the Argon2id of the browser, for who has the database. */
export const PASSWORD_SCRYPT = { N: 2 ** 15, r: 8, p: 1 } as const;
/** People who wait for a run, of the calls of strangers that a door runs at once half: the other half is for who reads. */
export const MAX_WAITING_CHECKS = 30;
export const AUTH_BYTES = 32;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

export interface PasswordsOptions {
  /** Of verifiers that are made from now on. */
  readonly scrypt?: { readonly N: number; readonly r: number; readonly p: number };
}

export interface PasswordsModules {
  /** Shared with the other costly computations of the node. */
  readonly slots: Slots;
  readonly random?: (length: number) => Uint8Array;
}

export class Passwords {
  private readonly scrypt: { readonly N: number; readonly r: number; readonly p: number };
  private readonly random: (length: number) => Uint8Array;
  private readonly lane: Lane;
  /** Of no password: the work for names that nobody has. */
  private readonly nobody: ScryptVerifier;

  constructor(options: PasswordsOptions, modules: PasswordsModules) {
    this.scrypt = options.scrypt ?? PASSWORD_SCRYPT;
    this.random = modules.random ?? randomBytes;
    this.lane = modules.slots.lane({
      maxWaiting: MAX_WAITING_CHECKS,
      busy: () => new SignInError({ code: 'session.busy' }),
    });
    this.nobody = { ...this.scrypt, salt: this.hex(SALT_BYTES), hash: this.hex(HASH_BYTES) };
  }

  /** Throws SignInError: `session.refused` for what is no `auth`, `session.busy`. */
  async verifierOf(auth: Uint8Array): Promise<ScryptVerifier> {
    const salt = this.random(SALT_BYTES);
    const hash = await this.hash(auth, salt, this.scrypt);
    return { ...this.scrypt, salt: toHex(salt), hash: toHex(hash) };
  }

  /** Undefined: a name that nobody has, or a person without a password. Throws as `verifierOf`. */
  async check(auth: Uint8Array, verifier: ScryptVerifier | undefined): Promise<boolean> {
    const { salt, hash, N, r, p } = verifier ?? this.nobody;
    const same = equalSecret(await this.hash(auth, fromHex(salt), { N, r, p }), fromHex(hash));
    return same && verifier !== undefined;
  }

  /** Whether it was made at another cost than new ones: to be made anew at the next sign-in. */
  isDated({ N, r, p }: ScryptVerifier): boolean {
    return N !== this.scrypt.N || r !== this.scrypt.r || p !== this.scrypt.p;
  }

  private async hash(
    auth: Uint8Array,
    salt: Uint8Array,
    cost: { N: number; r: number; p: number },
  ): Promise<Uint8Array> {
    if (auth.length !== AUTH_BYTES) throw new SignInError({ code: 'session.refused' });
    return this.lane.run((scrypt) => scrypt(auth, salt, { ...cost, length: HASH_BYTES }));
  }

  private hex(length: number): string {
    return toHex(this.random(length));
  }
}
