// Sizes and ceilings that both forms of `#crypto` share.
import { CryptoError } from './errors.ts';

export const AEAD_KEY_BYTES = 32;
export const AEAD_NONCE_BYTES = 12;
export const AEAD_TAG_BYTES = 16;

/** Of bytes that come in parts. */
export interface Hasher {
  update(part: Uint8Array): void;
  digest(): Uint8Array;
}

/** scrypt may take this much memory (128 N r), whatever a file says. */
export const MAX_SCRYPT_BYTES = 256 * 1024 * 1024;
const MAX_SCRYPT_P = 16;
const MAX_SCRYPT_LENGTH = 1024;

export interface ScryptOptions {
  /** Cost, a power of two. */
  readonly N: number;
  readonly r: number;
  readonly p: number;
  /** Bytes wanted. */
  readonly length: number;
}

/** Refuses parameters that are no scrypt parameters or above the ceilings. */
export function checkScrypt(options: ScryptOptions): ScryptOptions {
  const { N, r, p, length } = options;
  const whole = [N, r, p, length].every((value) => Number.isSafeInteger(value) && value > 0);
  const powerOfTwo = N > 1 && Number.isInteger(Math.log2(N));
  if (!whole || !powerOfTwo || 128 * N * r > MAX_SCRYPT_BYTES || p > MAX_SCRYPT_P || length > MAX_SCRYPT_LENGTH) {
    throw new CryptoError({ code: 'crypto.input', field: 'scrypt' });
  }
  return options;
}

/** What Node is to allow scrypt, bytes. */
export function scryptMemory({ N, r, p }: ScryptOptions): number {
  return 128 * r * (N + p + 2) + 4096;
}

/** Argon2id may take this much memory, whatever a file or a node says. */
export const MAX_ARGON2_KIB = 256 * 1024;
export const MAX_ARGON2_PASSES = 16;
export const MAX_ARGON2_LANES = 8;
const MIN_ARGON2_SALT_BYTES = 8;

export interface Argon2Options {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
  /** Bytes wanted. */
  readonly length: number;
}

/** Refuses parameters that are no Argon2 parameters or above the ceilings. */
export function checkArgon2(options: Argon2Options, salt: Uint8Array): Argon2Options {
  const { memoryKiB, passes, lanes, length } = options;
  const whole = [memoryKiB, passes, lanes, length].every((value) => Number.isSafeInteger(value) && value > 0);
  const small = memoryKiB < 8 * lanes || length < 4 || salt.length < MIN_ARGON2_SALT_BYTES;
  const large = memoryKiB > MAX_ARGON2_KIB || passes > MAX_ARGON2_PASSES || lanes > MAX_ARGON2_LANES || length > 1024;
  if (!whole || small || large) throw new CryptoError({ code: 'crypto.input', field: 'argon2' });
  return options;
}

/** ML-KEM-768: what a key pair is made from, its public half, and a shared secret on its way. */
export const ML_KEM_SEED_BYTES = 64;
export const ML_KEM_PUBLIC_BYTES = 1184;
export const ML_KEM_SEALED_BYTES = 1088;
