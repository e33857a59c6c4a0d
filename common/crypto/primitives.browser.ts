// `#crypto` in browsers: noble and WebCrypto. Same exports as primitives.node.ts.
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '../bytes.ts';

/** SHA-256 of the concatenation of `parts`, 32 bytes. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return nobleSha256(parts.length === 1 ? parts[0] : concatBytes(...parts));
}

/** Constant-time equality for secrets; lengths are not secret. */
export function equalSecret(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i];
  return difference === 0;
}
