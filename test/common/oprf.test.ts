import { readFileSync } from 'node:fs';
import { ristretto255 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../common/bytes.ts';
import {
  OPRF_ELEMENT_BYTES,
  OPRF_OUTPUT_BYTES,
  OPRF_SCALAR_BYTES,
  oprfBlind,
  oprfEvaluate,
  oprfFinalize,
  oprfKeyPair,
  oprfPublicKey,
} from '../../common/crypto/oprf.ts';

interface VectorFile {
  readonly seed: string;
  readonly keyInfo: string;
  readonly skSm: string;
  readonly vectors: readonly Record<'Blind' | 'BlindedElement' | 'EvaluationElement' | 'Input' | 'Output', string>[];
}

const file = new URL('../vectors/oprf-rfc9497.json', import.meta.url);
const { seed, keyInfo, skSm, vectors } = JSON.parse(readFileSync(file, 'utf8')) as VectorFile;
const rfcKeys = oprfKeyPair(fromHex(seed), fromHex(keyInfo));

describe('RFC 9497 A.1.1', () => {
  test('derives the key of the vectors', () => {
    expect(toHex(rfcKeys.secretKey)).toBe(skSm);
  });

  test.each(vectors)(
    'evaluates and finishes input $Input',
    ({ Blind, BlindedElement, EvaluationElement, Input, Output }) => {
      expect(toHex(oprfEvaluate(rfcKeys.secretKey, fromHex(BlindedElement)))).toBe(EvaluationElement);
      expect(toHex(oprfFinalize(fromHex(Input), fromHex(Blind), fromHex(EvaluationElement)))).toBe(Output);
    },
  );

  test.each(vectors)('gives the same output for input $Input under a blind of our own', ({ Input, Output }) => {
    const { blind, blinded } = oprfBlind(fromHex(Input));
    expect(toHex(oprfFinalize(fromHex(Input), blind, oprfEvaluate(rfcKeys.secretKey, blinded)))).toBe(Output);
  });
});

const keys = oprfKeyPair(new Uint8Array(32).fill(4));
const run = (secretKey: Uint8Array, input: Uint8Array) => {
  const { blind, blinded } = oprfBlind(input);
  return toHex(oprfFinalize(input, blind, oprfEvaluate(secretKey, blinded)));
};

test('the output depends on key and input alone, never on the blind', () => {
  const others = oprfKeyPair(new Uint8Array(32).fill(5));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 64 }), (a, b) => {
      const output = run(keys.secretKey, a);
      expect(output).toHaveLength(2 * OPRF_OUTPUT_BYTES);
      expect(run(keys.secretKey, a)).toBe(output);
      expect(run(keys.secretKey, b) === output).toBe(toHex(a) === toHex(b));
      expect(run(others.secretKey, a)).not.toBe(output);
    }),
    { numRuns: 15 },
  );
});

test('the key holder sees another element each time for one input', () => {
  const input = new TextEncoder().encode('US|ssn|078051120');
  const first = oprfBlind(input);
  expect(first.blind).toHaveLength(OPRF_SCALAR_BYTES);
  expect(first.blinded).toHaveLength(OPRF_ELEMENT_BYTES);
  expect(toHex(oprfBlind(input).blinded)).not.toBe(toHex(first.blinded));
});

test('takes its randomness from where it is told', () => {
  const input = new TextEncoder().encode('x');
  const fixed = (length: number) => new Uint8Array(length).fill(6);
  expect(oprfBlind(input, fixed)).toEqual(oprfBlind(input, fixed));
});

test('oprfPublicKey is the public half of the pair', () => {
  expect(toHex(oprfPublicKey(keys.secretKey))).toBe(toHex(keys.publicKey));
});

test('our key derivation is apart from any other use of the seed', () => {
  expect(toHex(oprfKeyPair(fromHex(seed)).secretKey)).not.toBe(skSm);
});

test('refuses to evaluate the identity, bytes that are no element, and other lengths', () => {
  const identity = ristretto255.Point.ZERO.toBytes();
  const { blinded } = oprfBlind(identity);
  const negative = blinded.map((byte, at) => (at === 0 ? byte | 1 : byte));
  for (const bad of [identity, new Uint8Array(32).fill(255), negative, blinded.subarray(1), new Uint8Array(0)]) {
    expect(() => oprfEvaluate(keys.secretKey, bad)).toThrow(expect.objectContaining({ code: 'crypto.input' }));
  }
});

test('refuses to finish with a bad answer or a bad blind', () => {
  const input = Uint8Array.of(1);
  const { blind, blinded } = oprfBlind(input);
  const evaluated = oprfEvaluate(keys.secretKey, blinded);
  for (const [scalar, element] of [
    [blind, new Uint8Array(32).fill(255)],
    [new Uint8Array(32), evaluated],
    [new Uint8Array(32).fill(255), evaluated],
    [blind.subarray(1), evaluated],
  ]) {
    expect(() => oprfFinalize(input, scalar, element)).toThrow(expect.objectContaining({ code: 'crypto.input' }));
  }
});

test('refuses secret keys of zero, beyond the order, and of another length', () => {
  for (const bad of [new Uint8Array(32), new Uint8Array(32).fill(255), new Uint8Array(31)]) {
    expect(() => oprfPublicKey(bad)).toThrow(expect.objectContaining({ code: 'crypto.input' }));
  }
  expect(() => oprfKeyPair(new Uint8Array(31))).toThrow(expect.objectContaining({ code: 'crypto.input' }));
});
