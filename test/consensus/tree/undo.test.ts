import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeUndo, encodeUndo } from '../../../consensus/tree/undo.ts';

const bytes = fc.uint8Array({ maxLength: 80 });

test('undo rows are read back as they were written, and cut ones are refused', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(bytes, fc.option(bytes))), fc.nat(), (writes, cut) => {
      const encoded = encodeUndo(writes);
      expect(decodeUndo(encoded)).toEqual(writes);
      expect(() => decodeUndo(encoded.subarray(0, cut % encoded.length))).toThrow(/codec/);
    }),
  );
});

test('a count beyond the bytes is refused before anything is allocated', () => {
  expect(() => decodeUndo(Uint8Array.of(0xff, 0xff, 0xff, 0xff))).toThrow('codec.length');
});
