// The check of a key at its registration (PROTOCOL 2.2): about 0.8 ms, so it is kept apart from verification.
import { ed25519 } from '@noble/curves/ed25519.js';
import { isAcceptableKeyEncoding } from './ed25519-encoding.ts';

/** True when the key decodes to a point of the prime-order subgroup other than the neutral element. */
export function isTorsionFreeKey(publicKey: Uint8Array): boolean {
  if (!isAcceptableKeyEncoding(publicKey)) return false;
  try {
    return ed25519.Point.fromBytes(publicKey).isTorsionFree();
  } catch {
    return false;
  }
}
