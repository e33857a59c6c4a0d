// What patients ask to have erased, as the clinic keeps it.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CodecError } from '../../common/codec/errors.ts';
import { decodeWish, type ErasureWish, ErasureWishes, encodeWish } from '../../node/erasure/wishes.ts';
import { MemoryKeyValues } from '../helpers/memory-key-values.ts';

const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
const text = fc.string({ unit: 'grapheme', maxLength: 200 }).map((any) => any.normalize('NFC'));
const time = fc.nat();
const answer = fc.option(fc.record({ at: time, erasure: fc.option(bytes, { nil: undefined }), text }), {
  nil: undefined,
});
const wish: fc.Arbitrary<ErasureWish> = fc.record({ account: bytes, handle: bytes, text, asked: time, answer });
const [ida, joan, handle, erasure] = [1, 2, 3, 4].map((byte) => new Uint8Array(32).fill(byte));

test('every wish is read as it was written, and what is cut or longer is none', () => {
  fc.assert(
    fc.property(wish, (one) => {
      const written = encodeWish(one);
      expect(decodeWish(one.account, written)).toEqual(one);
      for (const broken of [written.subarray(0, -1), Uint8Array.of(...written, 0), Uint8Array.of(2, ...written)]) {
        expect(() => decodeWish(one.account, broken)).toThrow(CodecError);
      }
    }),
  );
});

test('arbitrary bytes are a wish or a coded error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (any) => {
      try {
        expect(encodeWish(decodeWish(ida, any))).toEqual(any);
      } catch (error) {
        expect(error).toBeInstanceOf(CodecError);
      }
    }),
  );
});

test('one wish of each account stands, the newest first, and of the erased stays what became an erasure alone', async () => {
  const wishes = new ErasureWishes({ store: new MemoryKeyValues() });
  const asked = (account: Uint8Array, at: number) => ({
    account,
    handle,
    text: 'please',
    asked: at,
    answer: undefined,
  });
  await wishes.put(ida, () => asked(ida, 1));
  await wishes.put(ida, () => asked(ida, 2));
  await wishes.put(joan, () => ({ ...asked(joan, 3), text: '', answer: { at: 4, erasure, text: '' } }));
  expect((await wishes.all()).map(({ account, asked: at }) => [account, at])).toEqual([
    [joan, 3],
    [ida, 2],
  ]);
  await wishes.forget(new Uint8Array(32));
  expect(await wishes.all()).toHaveLength(2);
  await wishes.forget(handle);
  expect((await wishes.all()).map(({ account }) => account)).toEqual([joan]);
});
