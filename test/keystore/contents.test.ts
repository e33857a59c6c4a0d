import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CodecError } from '../../common/codec/errors.ts';
import {
  decodeContents,
  decodeSharedKeys,
  encodeContents,
  encodeSharedKeys,
  MAX_SPARE_KEYS,
  MAX_THREAT_KEYS,
} from '../../node/keystore/contents.ts';
import { keystoreContents, sampleContents, sharedKeys } from './samples.ts';

test('what is written is read, whole', () => {
  fc.assert(
    fc.property(keystoreContents, (contents) => {
      expect(decodeContents(encodeContents(contents))).toEqual(contents);
    }),
  );
  fc.assert(
    fc.property(sharedKeys, (shared) => {
      expect(decodeSharedKeys(encodeSharedKeys(shared))).toEqual(shared);
    }),
  );
});

test('contents of versions 1 and 2 open, without spare keys and without shares', () => {
  const contents = sampleContents();
  const bytes = encodeContents(contents);
  // the counts of spare keys, shares and dealings were not there yet, nor whether there is an identifier key
  const flag = bytes.length - 3 - 32 - 1;
  const first = Uint8Array.from([1, ...bytes.subarray(1, flag), ...bytes.subarray(flag + 1, -3)]);
  expect(decodeContents(first)).toEqual(contents);
  expect(decodeContents(Uint8Array.from([2, ...first.subarray(1), 0]))).toEqual(contents);
  for (const version of [0, 1, 2, 4]) expect(() => decodeContents(bytes.with(0, version))).toThrow(CodecError);
});

test('refuses more spare keys than there is room for', () => {
  const spare = { role: 'vote', state: 'former', since: 1, seed: new Uint8Array(32) } as const;
  const spares = Array.from({ length: MAX_SPARE_KEYS + 1 }, () => spare);
  expect(() => encodeContents({ ...sampleContents(), spares })).toThrow(CodecError);
});

test('altered bytes are refused or are the one encoding of something else', () => {
  const position = fc.nat(1000);
  fc.assert(
    fc.property(keystoreContents, position, fc.integer({ min: 1, max: 255 }), (contents, at, change) => {
      const bytes = encodeContents(contents);
      bytes[at % bytes.length] ^= change;
      const decoded = attempt(() => decodeContents(bytes));
      if (decoded !== undefined) expect(encodeContents(decoded)).toEqual(bytes);
    }),
  );
});

test('bytes cut off or added are refused', () => {
  const bytes = encodeContents(sampleContents());
  for (let length = 0; length < bytes.length; length++) {
    expect(() => decodeContents(bytes.subarray(0, length))).toThrow(CodecError);
  }
  expect(() => decodeContents(new Uint8Array([...bytes, 0]))).toThrow(CodecError);
});

test('random bytes give contents or a codec error, never anything else', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => void attempt(() => decodeContents(bytes))));
});

test.each([
  ['no threat key', () => []],
  ['too many threat keys', () => Array.from({ length: MAX_THREAT_KEYS + 1 }, (_, i) => threatKey(i + 1))],
  ['epoch 0', () => [threatKey(0)]],
  ['one epoch twice', () => [threatKey(1), threatKey(1)]],
  ['epochs that descend', () => [threatKey(2), threatKey(1)]],
])('refuses %s', (_, threatKeys) => {
  expect(() => encodeSharedKeys({ threatKeys: threatKeys(), identifierKey: new Uint8Array(32) })).toThrow(CodecError);
});

test('refuses a key of another length', () => {
  expect(() => encodeContents({ ...sampleContents(), storageKey: new Uint8Array(31) })).toThrow(CodecError);
});

function threatKey(epoch: number) {
  return { epoch, key: new Uint8Array(32) };
}

function attempt<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    expect(error).toBeInstanceOf(CodecError);
    return undefined;
  }
}
