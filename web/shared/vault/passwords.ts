// A password in the page: what the clinic gets to see of it, and the way that it is to a vault.
import { randomBytes } from '#crypto';
import { fromHex, toHex } from '../../../common/bytes.ts';
import {
  authOf,
  DEFAULT_KDF,
  type KdfParams,
  PASSWORD_SALT_BYTES,
  passwordBytes,
} from '../../../identity/vault/kdf.ts';
import type { Way } from '../../../identity/vault/ways.ts';
import { stretchInWorker } from './stretch.ts';

export type TypedWay = Extract<Way, { master: Uint8Array }>;

export interface StretchedPassword {
  readonly way: TypedWay;
  /** Hex, as the doors take it. */
  readonly auth: string;
  readonly salt: string;
}

/** For a new password; `session_start` gives salt and parameters of one that is known. Throws VaultError `vault.kdf`. */
export async function stretchPassword(
  password: string,
  known: { salt: string; kdf: KdfParams } = { salt: toHex(randomBytes(PASSWORD_SALT_BYTES)), kdf: DEFAULT_KDF },
): Promise<StretchedPassword> {
  const way = await typedWay('password', password, fromHex(known.salt), known.kdf);
  return { way, auth: toHex(authOf(way.master)), salt: known.salt };
}

export async function typedWay(
  kind: TypedWay['kind'],
  typed: string,
  salt: Uint8Array = randomBytes(PASSWORD_SALT_BYTES),
  kdf: KdfParams = DEFAULT_KDF,
): Promise<TypedWay> {
  return { kind, salt, kdf, master: await stretchInWorker(passwordBytes(typed), salt, kdf) };
}
