// `#crypto` on Node: node:crypto where it is faster or asynchronous, noble elsewhere. Same exports as primitives.browser.ts.
import { createHash, hash, timingSafeEqual } from 'node:crypto';

/** SHA-256 of the concatenation of `parts`, 32 bytes. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return new Uint8Array(hash('sha256', parts[0], 'buffer'));
  const hasher = createHash('sha256');
  for (const part of parts) hasher.update(part);
  return new Uint8Array(hasher.digest());
}

/** Constant-time equality for secrets; lengths are not secret. */
export function equalSecret(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
