// PROTOCOL 2.2 against a reference that is written with big integers and curve points only.
import { createHash } from 'node:crypto';
import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bigIntToBytes, bytesToBigInt, concatBytes, equalBytes, fromHex } from '../../common/bytes.ts';
import { isAcceptableKeyEncoding, passesByteCheck } from '../../common/crypto/ed25519-encoding.ts';
import { RUNTIMES } from './runtimes.ts';

const { Point } = ed25519;
type EdwardsPoint = InstanceType<typeof Point>;
const L = Point.Fn.ORDER;
const P = Point.Fp.ORDER;
const SIGN_BIT = 1n << 255n;

const fromLe = (bytes: Uint8Array) => bytesToBigInt(bytes.toReversed());
const toLe = (value: bigint) => bigIntToBytes(value, 32).reverse();

function challenge(r: Uint8Array, key: Uint8Array, message: Uint8Array): bigint {
  return (
    fromLe(
      createHash('sha512')
        .update(concatBytes(r, key, message))
        .digest(),
    ) % L
  );
}

/** The point of a canonical encoding that is not of small order, else undefined. */
function referencePoint(bytes: Uint8Array): EdwardsPoint | undefined {
  if ((fromLe(bytes) & (SIGN_BIT - 1n)) >= P) return undefined;
  try {
    const point = Point.fromBytes(bytes, true);
    return point.isSmallOrder() ? undefined : point;
  } catch {
    return undefined;
  }
}

function referenceVerify(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const r = signature.subarray(0, 32);
  const s = fromLe(signature.subarray(32));
  const a = referencePoint(key);
  if (s >= L || a === undefined || referencePoint(r) === undefined) return false;
  return equalBytes(
    Point.BASE.multiplyUnsafe(s)
      .subtract(a.multiplyUnsafe(challenge(r, key, message)))
      .toBytes(),
    r,
  );
}

/** Every byte string that some implementation decodes to `point`. */
function encodings(point: EdwardsPoint): Uint8Array[] {
  const canonical = point.toBytes();
  const value = fromLe(canonical);
  const y = value & (SIGN_BIT - 1n);
  const sign = value & SIGN_BIT;
  const values = [value];
  if (y + P < SIGN_BIT) values.push((y + P) | sign);
  if (point.toAffine().x === 0n) values.push(...values.map((one) => one ^ SIGN_BIT));
  return values.map(toLe);
}

interface Case {
  readonly key: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  readonly valid: boolean;
}

/** Torsion parts of A and R, with and without a part of the large group, all encodings, S and S + L. */
function systematicCases(): Case[] {
  const torsion = ED25519_TORSION_SUBGROUP.map((hex) => Point.fromHex(hex, true));
  const scalars = { a: 0x1d3f5a7b9c2e4f60718293a4b5c6d7e8f9n, r: 0x2b7e151628aed2a6abf7158809cf4f3cn };
  const cases: Case[] = [];
  const add = (aPart: bigint, rPart: bigint, aTorsion: EdwardsPoint, rTorsion: EdwardsPoint) => {
    const times = (scalar: bigint) => (scalar === 0n ? Point.ZERO : Point.BASE.multiply(scalar));
    for (const key of encodings(times(aPart).add(aTorsion)))
      for (const r of encodings(times(rPart).add(rTorsion)))
        for (let i = 0; i < 2; i++) {
          const message = Uint8Array.of(cases.length >> 8, cases.length, i);
          const s = (rPart + challenge(r, key, message) * aPart) % L;
          for (const claimed of [s, s + L]) {
            const signature = concatBytes(r, toLe(claimed));
            cases.push({ key, message, signature, valid: referenceVerify(key, message, signature) });
          }
        }
  };
  for (const aPart of [scalars.a, 0n])
    for (const rPart of [scalars.r, 0n])
      for (const aTorsion of torsion) for (const rTorsion of torsion) add(aPart, rPart, aTorsion, rTorsion);
  return cases;
}

describe('the rule for Ed25519 (PROTOCOL 2.2)', () => {
  const cases = systematicCases();

  test('the systematic cases hold both answers and every way to fail', () => {
    const valid = cases.filter((one) => one.valid);
    const failEquationOnly = cases.filter((one) => !one.valid && passesByteCheck(one.key, one.signature));
    expect(cases.length).toBeGreaterThan(1500);
    expect(valid.length).toBeGreaterThan(10);
    expect(failEquationOnly.length).toBeGreaterThan(50);
    expect(cases.length - valid.length - failEquationOnly.length).toBeGreaterThan(1000);
  });

  test.each(RUNTIMES)(
    '%s answers as the cofactorless reference does, sync and async',
    async (_, { verifyEd25519, verifyEd25519Sync }) => {
      for (const { key, message, signature, valid } of cases) {
        expect(verifyEd25519Sync(key, message, signature)).toBe(valid);
      }
      const answers = await Promise.all(cases.map((one) => verifyEd25519(one.key, one.message, one.signature)));
      expect(answers).toEqual(cases.map((one) => one.valid));
    },
  );

  test('the byte check of a point is: y < p, and not of small order', () => {
    const smallOrder = new Set(
      ED25519_TORSION_SUBGROUP.flatMap((hex) =>
        encodings(Point.fromHex(hex, true)).map((bytes) => fromLe(bytes) & (SIGN_BIT - 1n)),
      ),
    );
    const near = fc.bigInt({ min: P - 40n, max: SIGN_BIT - 1n });
    const small = fc.bigInt({ min: 0n, max: 40n });
    const any = fc.bigInt({ min: 0n, max: SIGN_BIT - 1n });
    const known = fc.constantFrom(...smallOrder);
    const flipped = fc.tuple(known, fc.integer({ min: 0, max: 254 })).map(([y, bit]) => y ^ (1n << BigInt(bit)));
    fc.assert(
      fc.property(fc.oneof(near, small, any, known, flipped), fc.boolean(), (y, sign) => {
        const expected = y < P && !smallOrder.has(y);
        expect(isAcceptableKeyEncoding(toLe(sign ? y | SIGN_BIT : y))).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  test('the byte check of S is: S < L', () => {
    const { seed, publicKey } = RUNTIMES[0][1].signingKeyPair(new Uint8Array(32).fill(3));
    const r = RUNTIMES[0][1].signEd25519(seed, seed).subarray(0, 32);
    for (const s of [L - 1n, L, L + 1n]) expect(passesByteCheck(publicKey, concatBytes(r, toLe(s)))).toBe(s < L);
    const near = fc.bigInt({ min: L - 300n, max: L + 300n });
    const any = fc.bigInt({ min: 0n, max: (1n << 256n) - 1n });
    fc.assert(
      fc.property(fc.oneof(near, any), (s) => passesByteCheck(publicKey, concatBytes(r, toLe(s))) === s < L),
      { numRuns: 1000 },
    );
  });
});

describe.each(RUNTIMES)('Ed25519 on %s', (_, crypto) => {
  const { seed, publicKey } = crypto.signingKeyPair(new Uint8Array(32).fill(9));
  const message = crypto.sha256(seed);
  const signature = crypto.signEd25519(seed, message);

  test('accepts its own signature and refuses each flipped bit of it', async () => {
    expect(await crypto.verifyEd25519(publicKey, message, signature)).toBe(true);
    const bit = fc.integer({ min: 0, max: 511 });
    await fc.assert(
      fc.asyncProperty(bit, async (at) => {
        const altered = signature.slice();
        altered[at >> 3] ^= 1 << (at & 7);
        expect(await crypto.verifyEd25519(publicKey, message, altered)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  test('refuses another message and another key', async () => {
    const other = crypto.signingKeyPair(new Uint8Array(32).fill(8));
    expect(await crypto.verifyEd25519(publicKey, seed, signature)).toBe(false);
    expect(await crypto.verifyEd25519(other.publicKey, message, signature)).toBe(false);
  });

  test('refuses every key that is one bit away, also right after the true key', async () => {
    for (let at = 0; at < 256; at++) {
      const altered = publicKey.slice();
      altered[at >> 3] ^= 1 << (at & 7);
      expect(await crypto.verifyEd25519(altered, message, signature)).toBe(false);
    }
    expect(await crypto.verifyEd25519(publicKey, message, signature)).toBe(true);
  });

  test('answers false, and does not throw, for wrong lengths and keys that are no point', async () => {
    // y = 2 is on no point of the curve.
    const noPoint = toLe(2n);
    const shapes: [Uint8Array, Uint8Array][] = [
      [publicKey.subarray(1), signature],
      [concatBytes(publicKey, Uint8Array.of(0)), signature],
      [new Uint8Array(0), signature],
      [publicKey, signature.subarray(1)],
      [publicKey, concatBytes(signature, Uint8Array.of(0))],
      [noPoint, signature],
    ];
    for (const [key, claimed] of shapes) {
      expect(await crypto.verifyEd25519(key, message, claimed)).toBe(false);
      expect(crypto.verifyEd25519Sync(key, message, claimed)).toBe(false);
    }
  });

  test('verifies a key that is a view into a larger buffer', async () => {
    const frame = concatBytes(new Uint8Array(5), publicKey, new Uint8Array(5));
    expect(await crypto.verifyEd25519(frame.subarray(5, 37), message, signature)).toBe(true);
  });

  test('is not confused by a message that changes while it is verified', async () => {
    const own = message.slice();
    const answer = crypto.verifyEd25519(publicKey, own, signature);
    own.fill(0);
    expect(await answer).toBe(true);
  });

  test('registers keys of the prime-order group only', () => {
    expect(crypto.isTorsionFreeKey(publicKey)).toBe(true);
    const point = Point.fromBytes(publicKey);
    for (const hex of ED25519_TORSION_SUBGROUP) {
      const torsion = Point.fromHex(hex, true);
      for (const encoding of encodings(torsion)) expect(crypto.isTorsionFreeKey(encoding)).toBe(false);
      expect(crypto.isTorsionFreeKey(point.add(torsion).toBytes())).toBe(torsion.is0());
    }
    expect(crypto.isTorsionFreeKey(toLe(2n))).toBe(false);
    expect(crypto.isTorsionFreeKey(publicKey.subarray(1))).toBe(false);
    expect(crypto.isTorsionFreeKey(fromHex('ff'.repeat(32)))).toBe(false);
  });
});

test('a key verifies before and after more others than the cache holds', async () => {
  const [, crypto] = RUNTIMES[0];
  const { seed, publicKey } = crypto.signingKeyPair(new Uint8Array(32).fill(7));
  const message = crypto.sha256(seed);
  const signature = crypto.signEd25519(seed, message);
  expect(crypto.verifyEd25519Sync(publicKey, message, signature)).toBe(true);
  for (let y = 2n; y < 4200n; y++) expect(crypto.verifyEd25519Sync(toLe(y), message, signature)).toBe(false);
  expect(await crypto.verifyEd25519(publicKey, message, signature)).toBe(true);
});
