// Shamir's sharing of a random secret without public coefficients: any `threshold` shares give the secret, fewer say nothing of
// it. Owns splitting and joining; whose shares they are, and how a false one is told, is the caller's. What the members
// of a network share, with proofs, is feldman.ts.
import { CryptoError } from './errors.ts';
import { newPolynomial, shareFor } from './feldman.ts';
import { add, decodeScalar, encodeScalar, lagrangeAtZero, multiply, type Random, randomScalar } from './group.ts';

/** Scalars as bytes: 32 each. */
export interface SplitSecret {
  readonly secret: Uint8Array;
  /** Of the holders 1, 2, ... in their order. */
  readonly shares: readonly Uint8Array[];
}

/** A new secret of 252 bits. Throws `crypto.input` unless 1 <= threshold <= holders. */
export function splitSecret(threshold: number, holders: number, random?: Random): SplitSecret {
  if (!Number.isInteger(holders) || holders < threshold)
    throw new CryptoError({ code: 'crypto.input', field: 'holders' });
  const polynomial = newPolynomial(randomScalar(random), threshold, random);
  const shares = Array.from({ length: holders }, (_, at) => encodeScalar(shareFor(polynomial, at + 1)));
  return { secret: encodeScalar(polynomial[0]), shares };
}

/** The secret, of exactly as many shares as it takes. Of fewer, or with a false one, another value of the same form. */
export function joinSecret(shares: readonly { readonly index: number; readonly share: Uint8Array }[]): Uint8Array {
  const weights = lagrangeAtZero(shares.map(({ index }) => index));
  const parts = shares.map(({ share }, at) => multiply(decodeScalar(share, 'share'), weights[at]));
  return encodeScalar(parts.reduce(add, 0n));
}
