// RFC 9497 OPRF(ristretto255, SHA-512), base mode: the holder of the key computes a function of an input that it does not
// see. Owns no meaning of inputs: identity/ does. Runs on Node and in browsers.
import { ristretto255, ristretto255_oprf } from '@noble/curves/ed25519.js';
import { randomBytes } from '#crypto';
import { CryptoError, checkLength } from './errors.ts';

export const OPRF_ELEMENT_BYTES = 32;
export const OPRF_SCALAR_BYTES = 32;
export const OPRF_OUTPUT_BYTES = 64;

const KEY_INFO = new TextEncoder().encode('wardmesh/oprf/1');

const { oprf } = ristretto255_oprf;

export interface OprfBlinded {
  /** Secret scalar of the asker, needed to finish. */
  readonly blind: Uint8Array;
  /** What the key holder is given. */
  readonly blinded: Uint8Array;
}

/** DeriveKeyPair of RFC 9497 3.2.1 from a seed of 32 bytes. */
export function oprfKeyPair(
  seed: Uint8Array,
  keyInfo: Uint8Array = KEY_INFO,
): { secretKey: Uint8Array; publicKey: Uint8Array } {
  checkLength(seed, 32, 'seed');
  return oprf.deriveKeyPair(seed, keyInfo);
}

export function oprfPublicKey(secretKey: Uint8Array): Uint8Array {
  const { Point } = ristretto255;
  return guarded('secretKey', () => Point.BASE.multiply(Point.Fn.fromBytes(secretKey)).toBytes());
}

/** Hides `input` under a fresh random scalar. */
export function oprfBlind(input: Uint8Array, random: (length: number) => Uint8Array = randomBytes): OprfBlinded {
  return guarded('input', () => oprf.blind(input, (length = OPRF_SCALAR_BYTES) => random(length)));
}

/** The key holder's part; refuses anything that is not a ristretto255 element, and the identity. */
export function oprfEvaluate(secretKey: Uint8Array, blinded: Uint8Array): Uint8Array {
  return guarded('blinded', () => oprf.blindEvaluate(secretKey, blinded));
}

/** The output, 64 bytes: the same for the same key and input, whatever the blind. */
export function oprfFinalize(input: Uint8Array, blind: Uint8Array, evaluated: Uint8Array): Uint8Array {
  return guarded('evaluated', () => oprf.finalize(input, blind, evaluated));
}

function guarded<T>(field: string, compute: () => T): T {
  try {
    return compute();
  } catch {
    throw new CryptoError({ code: 'crypto.input', field });
  }
}
