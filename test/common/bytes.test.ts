import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  bigIntToBytes,
  bytesToBigInt,
  compareBytes,
  concatBytes,
  equalBytes,
  fromHex,
  parseHex,
  toHex,
} from '../../common/bytes.ts';

const bytes = fc.uint8Array({ maxLength: 40 });

test('hex goes both ways and agrees with Buffer', () => {
  fc.assert(
    fc.property(bytes, (value) => {
      expect(toHex(value)).toBe(Buffer.from(value).toString('hex'));
      expect(fromHex(toHex(value).toUpperCase())).toEqual(value);
    }),
  );
});

test.each(['0', 'zz', '0x00', ' 00', '00\n', '0g'])('refuses %j as hex', (text) => {
  expect(parseHex(text)).toBeUndefined();
  expect(() => fromHex(text)).toThrow(RangeError);
});

test('compareBytes orders like Buffer.compare, and equalBytes is its zero', () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b));
      expect(equalBytes(a, b)).toBe(Buffer.compare(a, b) === 0);
      expect(equalBytes(a, a.slice())).toBe(true);
    }),
  );
});

test('integers keep their value through big-endian bytes', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }),
      (value) => bytesToBigInt(bigIntToBytes(value, 32)) === value,
    ),
  );
  expect(bytesToBigInt(new Uint8Array(0))).toBe(0n);
});

test('refuses an integer that does not fit', () => {
  expect(() => bigIntToBytes(256n, 1)).toThrow(RangeError);
  expect(() => bigIntToBytes(-1n, 1)).toThrow(RangeError);
});

test('concatBytes keeps the order of its parts', () => {
  fc.assert(
    fc.property(fc.array(bytes), (parts) => equalBytes(concatBytes(...parts), new Uint8Array(Buffer.concat(parts)))),
  );
});
