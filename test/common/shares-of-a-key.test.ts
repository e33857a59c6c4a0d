import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes, fromHex, toHex } from '../../common/bytes.ts';
import { proveDleq, verifyDleq } from '../../common/crypto/dleq.ts';
import {
  commitmentsOf,
  decodeCommitments,
  isShareOf,
  newPolynomial,
  publicShareAt,
  shareFor,
  sumOfCommitments,
} from '../../common/crypto/feldman.ts';
import {
  BASE,
  decodeElement,
  decodeScalar,
  ELEMENT_BYTES,
  elementOf,
  encodeScalar,
  interpolateElements,
  lagrangeAtZero,
  publicOf,
  randomScalar,
  times,
} from '../../common/crypto/group.ts';
import { oprfBlind, oprfEvaluate, oprfFinalize } from '../../common/crypto/oprf.ts';
import { proveKnowledge, verifyKnowledge } from '../../common/crypto/schnorr.ts';

interface VectorFile {
  readonly skSm: string;
  readonly pkSm: string;
  readonly vectors: readonly {
    readonly blinded: readonly string[];
    readonly evaluated: readonly string[];
    readonly proof: string;
    readonly nonce: string;
  }[];
}

const file = new URL('../vectors/voprf-rfc9497.json', import.meta.url);
const { skSm, pkSm, vectors } = JSON.parse(readFileSync(file, 'utf8')) as VectorFile;
const elements = (hex: readonly string[]) => hex.map((one) => decodeElement(fromHex(one)));

describe('RFC 9497 A.1.2: proofs', () => {
  test.each(vectors)('makes and accepts the proof $proof, and no other', ({ blinded, evaluated, proof, nonce }) => {
    const statement = {
      publicKey: decodeElement(fromHex(pkSm)),
      inputs: elements(blinded),
      outputs: elements(evaluated),
    };
    expect(toHex(proveDleq(decodeScalar(fromHex(skSm)), statement, decodeScalar(fromHex(nonce))))).toBe(proof);
    expect(verifyDleq(statement, fromHex(proof))).toBe(true);
    const altered = fromHex(proof).map((byte, at) => (at === 40 ? byte ^ 1 : byte));
    expect(verifyDleq(statement, altered)).toBe(false);
    expect(verifyDleq({ ...statement, context: Uint8Array.of(1) }, fromHex(proof))).toBe(false);
    const swapped = { ...statement, outputs: [BASE, ...statement.outputs.slice(1)] };
    expect(verifyDleq(swapped, fromHex(proof))).toBe(false);
  });
});

test('any threshold of the shares gives what the whole key gives, fewer do not', () => {
  const key = randomScalar();
  const polynomial = newPolynomial(key, 3);
  const input = new TextEncoder().encode('wardmesh/pid/1|US|ssn|078051120');
  const { blind, blinded } = oprfBlind(input);
  const finish = (evaluated: Uint8Array) => toHex(oprfFinalize(input, blind, evaluated));
  const whole = finish(oprfEvaluate(encodeScalar(key), blinded));
  const point = decodeElement(blinded).point;
  const combined = (indices: readonly number[]) =>
    finish(
      interpolateElements(
        indices.map((index) => ({ index, point: times(point, shareFor(polynomial, index)) })),
      ).toBytes(),
    );
  for (const holders of [
    [1, 2, 3],
    [5, 2, 900],
    [4, 1, 2, 7],
  ]) {
    expect(combined(holders)).toBe(whole);
  }
  expect(combined([1, 2])).not.toBe(whole);
});

test('commitments show whether a share is the one that was dealt, and what its public half is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 65_535 }), (threshold, index) => {
      const polynomial = newPolynomial(randomScalar(), threshold);
      const commitments = decodeCommitments(commitmentsOf(polynomial).map(({ bytes }) => bytes));
      const share = shareFor(polynomial, index);
      expect(isShareOf(commitments, index, share)).toBe(true);
      expect(isShareOf(commitments, index, share + 1n)).toBe(false);
      expect(publicShareAt(commitments, index).equals(publicOf(share))).toBe(true);
    }),
    { numRuns: 8 },
  );
});

test('what several dealt adds up: shares, commitments and the public key', () => {
  const dealt = [1, 2, 3].map(() => newPolynomial(randomScalar(), 2));
  const total = sumOfCommitments(dealt.map(commitmentsOf));
  const share = dealt.map((polynomial) => shareFor(polynomial, 4)).reduce((a, b) => decode(a + b), 0n);
  expect(isShareOf(total, 4, share)).toBe(true);
});

test('a proof of knowledge holds for its element and its context alone', () => {
  const secret = randomScalar();
  const element = elementOf(publicOf(secret));
  const context = Uint8Array.of(1, 2, 3);
  const proof = proveKnowledge(secret, element, context);
  expect(verifyKnowledge(element, context, proof)).toBe(true);
  expect(verifyKnowledge(element, Uint8Array.of(1, 2), proof)).toBe(false);
  expect(verifyKnowledge(elementOf(publicOf(secret + 1n)), context, proof)).toBe(false);
  // of a point that somebody re-randomised, nobody has a proof to show
  const moved = elementOf(element.point.add(BASE.point));
  expect(verifyKnowledge(moved, context, proof)).toBe(false);
  const beyond = concatBytes(new Uint8Array(32).fill(255), proof.subarray(32));
  expect(verifyKnowledge(element, context, beyond)).toBe(false);
});

test('refuses bytes that are no element, the identity, scalars beyond the order and indices that are none', () => {
  const input = expect.objectContaining({ code: 'crypto.input' });
  for (const bad of [new Uint8Array(ELEMENT_BYTES), new Uint8Array(32).fill(255), new Uint8Array(31)]) {
    expect(() => decodeElement(bad)).toThrow(input);
  }
  expect(() => decodeScalar(new Uint8Array(32).fill(255))).toThrow(input);
  for (const indices of [[0], [1, 1], [65_536], [1.5]]) expect(() => lagrangeAtZero(indices)).toThrow(input);
});

/** Modulo the order. */
function decode(scalar: bigint): bigint {
  const order = (1n << 252n) + 27742317777372353535851937790883648493n;
  return scalar % order;
}
