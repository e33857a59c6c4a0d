// From a password to keys: Argon2id stretches it, HKDF splits the result into what the clinic may see and what it may not.
// Where the stretching runs (a worker of the page, Node's thread pool) is the caller's choice.
import { argon2idKdf, hkdfSha256 } from '#crypto';
import { EMPTY_BYTES } from '../../common/bytes.ts';
import { VaultError } from './errors.ts';

/** Cost of Argon2id (RFC 9106): memory in KiB, passes over it, lanes side by side. */
export interface KdfParams {
  readonly name: 'argon2id';
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
}

/** Above the OWASP minimum (19 MiB, 2 passes), which is the floor; about half a second of a desktop's browser. */
export const DEFAULT_KDF: KdfParams = { name: 'argon2id', memoryKiB: 32_768, passes: 3, lanes: 1 };
const FLOOR = { memoryKiB: 19_456, passes: 2, lanes: 1 } as const;
/** What a page spends on a password at most, whatever a clinic asks for. */
export const MAX_KDF_MEMORY_KIB = 131_072;
export const MAX_KDF_PASSES = 8;
export const MAX_KDF_LANES = 4;
const CEILING = { memoryKiB: MAX_KDF_MEMORY_KIB, passes: MAX_KDF_PASSES, lanes: MAX_KDF_LANES } as const;
export const PASSWORD_SALT_BYTES = 16;
export const MASTER_BYTES = 32;

const utf8 = new TextEncoder();

/** Gives the 32 bytes of Argon2id. */
export type Stretch = (password: Uint8Array, salt: Uint8Array, kdf: KdfParams) => Promise<Uint8Array>;

/** Stretches where it stands. Throws VaultError `vault.kdf`. */
export const stretch: Stretch = async (password, salt, kdf) => {
  const { memoryKiB, passes, lanes } = checkKdf(kdf);
  return argon2idKdf(password, salt, { memoryKiB, passes, lanes, length: MASTER_BYTES });
};

/** A clinic that asks for less than the floor would guess passwords cheaply. Throws VaultError `vault.kdf`. */
export function checkKdf(kdf: KdfParams): KdfParams {
  for (const field of ['memoryKiB', 'passes', 'lanes'] as const) {
    const value = kdf[field];
    const fits = Number.isSafeInteger(value) && value >= FLOOR[field] && value <= CEILING[field];
    if (!fits) throw new VaultError({ code: 'vault.kdf', field });
  }
  if (kdf.name !== 'argon2id') throw new VaultError({ code: 'vault.kdf', field: 'name' });
  return kdf;
}

/** One form for what keyboards write in several (NFKC), as UTF-8. */
export function passwordBytes(password: string): Uint8Array {
  return utf8.encode(password.normalize('NFKC'));
}

/** What the clinic gets to see of a password, 32 bytes. */
export function authOf(master: Uint8Array): Uint8Array {
  return derived(master, 'wardmesh/auth/1');
}

/** What stays in the browser and opens the vault, 32 bytes. */
export function wrapOf(secret: Uint8Array): Uint8Array {
  return derived(secret, 'wardmesh/vault/1');
}

/** HKDF-SHA-256 without a salt, `length` bytes; each label gives a key of its own. */
export function derived(secret: Uint8Array, label: `wardmesh/${string}`, length = 32): Uint8Array {
  return hkdfSha256(secret, EMPTY_BYTES, utf8.encode(label), length);
}
