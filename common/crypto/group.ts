// The prime-order group ristretto255: scalars, elements, their bytes, interpolation over small indices. Owns the arithmetic
// that shares of a key need; what is proven with it is feldman.ts, dleq.ts and schnorr.ts. Runs on Node and in browsers.
import { mulAddUnsafe } from '@noble/curves/abstract/curve.js';
import { mapHashToField } from '@noble/curves/abstract/modular.js';
import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js';
import { randomBytes } from '#crypto';
import { equalBytes } from '../bytes.ts';
import { CryptoError, checkLength } from './errors.ts';

export const SCALAR_BYTES = 32;
export const ELEMENT_BYTES = 32;

const { Point: Ristretto } = ristretto255;
const { Fn } = Ristretto;
/** Bytes that reduce to a scalar without bias. */
const WIDE_BYTES = 48;
/** Indices of holders are u16 and never 0: at 0 stands the secret. */
const LAST_INDEX = 0xffff;

/** 0 <= s < the order of the group. */
export type Scalar = bigint;
export type Point = typeof ristretto255.Point.BASE;
export type Random = (length: number) => Uint8Array;

/** A point with its bytes: encoding costs as much as decoding, so both are done once. */
export interface Element {
  readonly point: Point;
  readonly bytes: Uint8Array;
}

export const BASE: Element = elementOf(Ristretto.BASE);

export function elementOf(point: Point): Element {
  return { point, bytes: point.toBytes() };
}

/** Throws `crypto.input` for bytes that are no canonical encoding, and for the identity. */
export function decodeElement(bytes: Uint8Array, field = 'element'): Element {
  checkLength(bytes, ELEMENT_BYTES, field);
  let point: Point;
  try {
    point = Ristretto.fromBytes(bytes);
  } catch {
    throw new CryptoError({ code: 'crypto.input', field });
  }
  if (point.equals(Ristretto.ZERO)) throw new CryptoError({ code: 'crypto.input', field });
  return { point, bytes: bytes.slice() };
}

/** Throws `crypto.input` for what is not below the order; zero is a scalar. */
export function decodeScalar(bytes: Uint8Array, field = 'scalar'): Scalar {
  checkLength(bytes, SCALAR_BYTES, field);
  try {
    return Fn.fromBytes(bytes);
  } catch {
    throw new CryptoError({ code: 'crypto.input', field });
  }
}

export function encodeScalar(scalar: Scalar): Uint8Array {
  return Fn.toBytes(scalar);
}

/** Never zero. */
export function randomScalar(random: Random = randomBytes): Scalar {
  return Fn.fromBytes(mapHashToField(random(WIDE_BYTES), Fn.ORDER, true));
}

/** RFC 9380 hash_to_field under the tag `dst`, as RFC 9497 uses it. */
export function hashToScalar(message: Uint8Array, dst: Uint8Array): Scalar {
  return ristretto255_hasher.hashToScalar(message, { DST: dst });
}

export const add = (a: Scalar, b: Scalar): Scalar => Fn.add(a, b);
export const subtract = (a: Scalar, b: Scalar): Scalar => Fn.sub(a, b);
export const multiply = (a: Scalar, b: Scalar): Scalar => Fn.mul(a, b);

/** `secret x point` in constant time; the identity for zero. */
export function times(point: Point, secret: Scalar): Point {
  return secret === 0n ? Ristretto.ZERO : point.multiply(secret);
}

/** The public half of a secret scalar. */
export function publicOf(secret: Scalar): Point {
  return times(Ristretto.BASE, secret);
}

/** The sum of `scalar x point`. Its time depends on its input: for public values alone. */
export function sumOfProducts(points: readonly Point[], scalars: readonly Scalar[]): Point {
  if (points.length === 0) return Ristretto.ZERO;
  return mulAddUnsafe(Ristretto, [...points], [...scalars]);
}

export function sum(points: readonly Point[]): Point {
  return points.reduce((total, point) => total.add(point), Ristretto.ZERO);
}

export function sameElement(a: Element, b: Element): boolean {
  return equalBytes(a.bytes, b.bytes);
}

/** Throws `crypto.input` unless it is a whole number from 1 to 65535. */
export function checkIndex(index: number): number {
  if (!Number.isInteger(index) || index < 1 || index > LAST_INDEX) {
    throw new CryptoError({ code: 'crypto.input', field: 'index' });
  }
  return index;
}

/** What the value at each index is multiplied by, so that the sum is the value at 0. Indices differ and are never 0. */
export function lagrangeAtZero(indices: readonly number[]): Scalar[] {
  if (new Set(indices).size !== indices.length) throw new CryptoError({ code: 'crypto.input', field: 'index' });
  const xs = indices.map((index) => BigInt(checkIndex(index)));
  return xs.map((x, i) => {
    let above = 1n;
    let below = 1n;
    for (const [j, other] of xs.entries()) {
      if (j === i) continue;
      above = Fn.mul(above, other);
      below = Fn.mul(below, Fn.sub(other, x));
    }
    return Fn.div(above, below);
  });
}

/** The element at 0 from elements at indices: how partial results of holders become the whole. */
export function interpolateElements(parts: readonly { readonly index: number; readonly point: Point }[]): Point {
  const weights = lagrangeAtZero(parts.map(({ index }) => index));
  return sumOfProducts(
    parts.map(({ point }) => point),
    weights,
  );
}
