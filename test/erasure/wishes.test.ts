// What patients ask to have erased, as the clinic keeps it.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CodecError } from '../../common/codec/errors.ts';
import { Writer } from '../../common/codec/writer.ts';
import { createLogger } from '../../common/logger.ts';
import { decodeWish, type ErasureWish, ErasureWishes, encodeWish } from '../../node/erasure/wishes.ts';
import { MemoryKeyValues } from '../helpers/memory-key-values.ts';

const logger = createLogger({ level: 'silent' });
const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
const text = fc.string({ unit: 'grapheme', maxLength: 200 }).map((any) => any.normalize('NFC'));
const time = fc.nat();
const answer = fc.option(fc.record({ at: time, erasure: fc.option(bytes, { nil: undefined }), text }), {
  nil: undefined,
});
const wish: fc.Arbitrary<ErasureWish> = fc.record({
  ...{ account: bytes, handle: bytes, text, asked: time, answer },
  as: fc.constantFrom('patient' as const, 'guardian' as const),
});
const [ida, joan, handle, erasure] = [1, 2, 3, 4].map((byte) => new Uint8Array(32).fill(byte));

test('every wish is read as it was written, and what is cut or longer is none', () => {
  fc.assert(
    fc.property(wish, (one) => {
      const written = encodeWish(one);
      expect(decodeWish(one.handle, written)).toEqual(one);
      for (const broken of [written.subarray(0, -1), Uint8Array.of(...written, 0), Uint8Array.of(3, ...written)]) {
        expect(() => decodeWish(one.handle, broken)).toThrow(CodecError);
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

const asked = (of: Partial<ErasureWish>): ErasureWish => {
  return { account: ida, as: 'patient', handle, text: 'please', asked: 1, answer: undefined, ...of };
};

test('one wish of each patient stands, the newest first, and of the erased stays what became an erasure alone', async () => {
  const wishes = new ErasureWishes({ store: new MemoryKeyValues(), logger });
  const answered = asked({ handle: joan, account: joan, asked: 3, answer: { at: 4, erasure, text: '' } });
  await wishes.put(handle, () => asked({ asked: 1 }));
  await wishes.put(handle, () => asked({ asked: 2 }));
  await wishes.put(joan, () => answered);
  expect((await wishes.all()).map(({ handle: of, asked: at }) => [of, at])).toEqual([
    [joan, 3],
    [handle, 2],
  ]);
  await wishes.forget(new Uint8Array(32));
  expect(await wishes.all()).toHaveLength(2);
  for (const of of [handle, joan]) await wishes.forget(of);
  expect(await wishes.all()).toEqual([answered]);
  expect(await wishes.byAccount(joan)).toEqual(answered);
  expect(await wishes.byAccount(ida)).toBeUndefined();
});

test('a guardian asks for himself and for the child: neither is in the way of the other, and his account finds his own', async () => {
  const wishes = new ErasureWishes({ store: new MemoryKeyValues(), logger });
  const own = asked({ text: 'me' });
  const child = asked({ handle: joan, as: 'guardian', text: 'the child' });
  await wishes.put(handle, () => own);
  for (const again of [1, 2]) await wishes.put(joan, () => ({ ...child, asked: again }));
  await wishes.put(joan, () => child);
  expect(await wishes.get(handle)).toEqual(own);
  expect(await wishes.get(joan)).toEqual(child);
  expect(await wishes.byAccount(ida)).toEqual(own);
  await wishes.put(handle, () => undefined);
  expect(await wishes.byAccount(ida)).toBeUndefined();
  expect(await wishes.all()).toEqual([child]);
});

const earlier = ({ handle: of, text: said, asked: at, answer: answered }: ErasureWish): Uint8Array => {
  const out = new Writer(64).u8(1).fixed(of, 32).text16(said, 100).u64(at);
  if (answered?.erasure === undefined) return out.u8(0).finish();
  return out.u8(2).u64(answered.at).fixed(answered.erasure, 32).text16(answered.text, 100).finish();
};

test('what an earlier version kept by accounts is found by patients, once, and the newest of a patient', async () => {
  const store = new MemoryKeyValues();
  const [mine, newer] = [asked({ asked: 5 }), asked({ account: joan, asked: 6 })];
  const other = asked({ handle: erasure, account: new Uint8Array(32).fill(9) });
  for (const one of [mine, newer, other]) await store.put(one.account, earlier(one));
  const wishes = new ErasureWishes({ store, logger });
  await wishes.open();
  await wishes.open();
  expect(await wishes.all()).toEqual([newer, other]);
  expect(await wishes.byAccount(joan)).toEqual(newer);
  expect(await wishes.byAccount(ida)).toBeUndefined();
  expect([...store.rows.keys()].filter((key) => key.length === 64)).toEqual([]);
});

test('a row of an earlier version that cannot be read stays, and keeps no other from being found', async () => {
  const store = new MemoryKeyValues();
  await store.put(ida, Uint8Array.of(1, 2, 3));
  await store.put(joan, earlier(asked({ account: joan })));
  const wishes = new ErasureWishes({ store, logger });
  await wishes.open();
  expect(await wishes.all()).toEqual([asked({ account: joan })]);
  expect(await store.get(ida)).toEqual(Uint8Array.of(1, 2, 3));
});

test('of what two accounts asked about one patient, what became an erasure stands, whichever is newer or found first', async () => {
  for (const [taker, other] of [
    [ida, joan],
    [joan, ida],
  ]) {
    const store = new MemoryKeyValues();
    const taken = asked({ account: taker, asked: 5, answer: { at: 6, erasure, text: 'yes' } });
    for (const one of [taken, asked({ account: other, asked: 7 })]) await store.put(one.account, earlier(one));
    const wishes = new ErasureWishes({ store, logger });
    await wishes.open();
    expect(await wishes.all()).toEqual([taken]);
  }
});
