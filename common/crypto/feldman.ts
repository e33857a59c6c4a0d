// Shamir's sharing with Feldman's commitments: who deals a secret shows its coefficients in the exponent, so that every
// holder can check its share, and everybody what its public half is. Owns one polynomial; who deals when is consensus/.
import { CryptoError } from './errors.ts';
import {
  add,
  checkIndex,
  decodeElement,
  type Element,
  elementOf,
  multiply,
  type Point,
  publicOf,
  type Random,
  randomScalar,
  type Scalar,
  sum,
} from './group.ts';

/** Coefficients from that of degree 0, the secret, upwards: `threshold` of them. */
export type Polynomial = readonly Scalar[];

/** Elements of the coefficients, in their order. */
export type Commitments = readonly Element[];

export function newPolynomial(secret: Scalar, threshold: number, random?: Random): Polynomial {
  if (!Number.isInteger(threshold) || threshold < 1)
    throw new CryptoError({ code: 'crypto.input', field: 'threshold' });
  return [secret, ...Array.from({ length: threshold - 1 }, () => randomScalar(random))];
}

export function commitmentsOf(polynomial: Polynomial): Commitments {
  return polynomial.map((coefficient) => elementOf(publicOf(coefficient)));
}

/** The share of the holder with this index. */
export function shareFor(polynomial: Polynomial, index: number): Scalar {
  const x = BigInt(checkIndex(index));
  return polynomial.reduceRight((value, coefficient) => add(multiply(value, x), coefficient), 0n);
}

/** The public half of the share at `index`, from the commitments alone. */
export function publicShareAt(commitments: Commitments, index: number): Point {
  const x = BigInt(checkIndex(index));
  let value: Point = commitments[commitments.length - 1].point;
  for (let degree = commitments.length - 2; degree >= 0; degree--) {
    value = value.multiplyUnsafe(x).add(commitments[degree].point);
  }
  return value;
}

export function isShareOf(commitments: Commitments, index: number, share: Scalar): boolean {
  return publicOf(share).equals(publicShareAt(commitments, index));
}

/** Commitments of the sum of the polynomials: of one degree. */
export function sumOfCommitments(all: readonly Commitments[]): Commitments {
  return all[0].map((_, degree) => elementOf(sum(all.map((one) => one[degree].point))));
}

export function decodeCommitments(all: readonly Uint8Array[]): Commitments {
  return all.map((bytes) => decodeElement(bytes, 'commitment'));
}
