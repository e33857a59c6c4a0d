// Proof that somebody knows the exponent of an element, bound to a context (Schnorr, made non-interactive by a hash). Owns
// the proof; what the context must name so that nobody can use it elsewhere is the caller's to say.
import { concatBytes } from '../bytes.ts';
import { CryptoError, checkLength } from './errors.ts';
import {
  add,
  BASE,
  decodeScalar,
  type Element,
  encodeScalar,
  hashToScalar,
  multiply,
  publicOf,
  type Random,
  randomScalar,
  SCALAR_BYTES,
  type Scalar,
  subtract,
  sumOfProducts,
} from './group.ts';
import { tagPrefix } from './tagged-hash.ts';

/** `challenge 32 | response 32`. */
export const SCHNORR_PROOF_BYTES = 2 * SCALAR_BYTES;

const TAG = tagPrefix('wardmesh/schnorr/1');

/** That the maker knows `secret`, of which `element` is the public half. */
export function proveKnowledge(secret: Scalar, element: Element, context: Uint8Array, random?: Random): Uint8Array {
  const nonce = randomScalar(random);
  const challenge = challengeOf(element, publicOf(nonce).toBytes(), context);
  return concatBytes(encodeScalar(challenge), encodeScalar(add(nonce, multiply(challenge, secret))));
}

export function verifyKnowledge(element: Element, context: Uint8Array, proof: Uint8Array): boolean {
  checkLength(proof, SCHNORR_PROOF_BYTES, 'proof');
  try {
    const challenge = decodeScalar(proof.subarray(0, SCALAR_BYTES));
    const response = decodeScalar(proof.subarray(SCALAR_BYTES));
    const shown = sumOfProducts([BASE.point, element.point], [response, subtract(0n, challenge)]);
    return challenge === challengeOf(element, shown.toBytes(), context);
  } catch (error) {
    if (error instanceof CryptoError) return false;
    throw error;
  }
}

function challengeOf(element: Element, shown: Uint8Array, context: Uint8Array): Scalar {
  return hashToScalar(concatBytes(element.bytes, shown, context), TAG);
}
