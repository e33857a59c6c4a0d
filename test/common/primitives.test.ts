import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes, fromHex, toHex } from '../../common/bytes.ts';
import { CryptoError } from '../../common/crypto/errors.ts';
import * as browser from '../../common/crypto/primitives.browser.ts';
import * as node from '../../common/crypto/primitives.node.ts';
import { RUNTIMES } from './runtimes.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const key = new Uint8Array(32).fill(1);
const nonce = new Uint8Array(12).fill(2);
const aad = utf8('wardmesh/test/1');
const bytes = fc.uint8Array({ maxLength: 200 });
const seed = fc.uint8Array({ minLength: 32, maxLength: 32 });

test('both files export the same names', () => {
  expect(Object.keys(browser).sort()).toEqual(Object.keys(node).sort());
});

describe.each(RUNTIMES)('#crypto on %s', (_, crypto) => {
  test('sha256 of parts is sha256 of their concatenation', () => {
    expect(toHex(crypto.sha256())).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    fc.assert(
      fc.property(bytes, bytes, (a, b) => toHex(crypto.sha256(a, b)) === toHex(crypto.sha256(concatBytes(a, b)))),
    );
  });

  test('hmacSha256 gives RFC 4231 test case 6, whose key is longer than a block', () => {
    const mac = crypto.hmacSha256(
      new Uint8Array(131).fill(0xaa),
      utf8('Test Using Larger Than Block-Size Key - Hash Key First'),
    );
    expect(toHex(mac)).toBe('60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54');
  });

  test('hmacSha256 gives RFC 4231 test case 2', () => {
    const mac = crypto.hmacSha256(utf8('Jefe'), utf8('what do ya want for nothing?'));
    expect(toHex(mac)).toBe('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
  });

  test('argon2idKdf gives a vector of the reference implementation, and refuses what costs too much or too little', async () => {
    const options = { memoryKiB: 256, passes: 2, lanes: 1, length: 32 };
    const derived = await crypto.argon2idKdf(utf8('password'), utf8('somesalt'), options);
    expect(toHex(derived)).toBe('9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe');
    const wrong = [
      { memoryKiB: 7 },
      { memoryKiB: 1 << 20 },
      { passes: 0 },
      { passes: 17 },
      { lanes: 9 },
      { length: 3 },
    ];
    for (const change of wrong) {
      const attempt = crypto.argon2idKdf(utf8('password'), utf8('somesalt'), { ...options, ...change });
      await expect(attempt).rejects.toMatchObject({ code: 'crypto.input' });
    }
  });

  test('hkdfSha256 gives RFC 5869 test case 1', () => {
    const okm = crypto.hkdfSha256(
      new Uint8Array(22).fill(0x0b),
      fromHex('000102030405060708090a0b0c'),
      fromHex('f0f1f2f3f4f5f6f7f8f9'),
      42,
    );
    expect(toHex(okm)).toBe('3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865');
  });

  test('scryptKdf gives the second vector of RFC 7914', async () => {
    const derived = await crypto.scryptKdf(utf8('password'), utf8('NaCl'), { N: 1024, r: 8, p: 16, length: 64 });
    expect(toHex(derived)).toBe(
      'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640',
    );
  });

  test.each([
    ['N that is no power of two', { N: 1000, r: 8, p: 1, length: 32 }],
    ['N of 1', { N: 1, r: 8, p: 1, length: 32 }],
    ['more than 256 MiB', { N: 2 ** 19, r: 8, p: 1, length: 32 }],
    ['p above 16', { N: 16, r: 8, p: 17, length: 32 }],
    ['no output', { N: 16, r: 8, p: 1, length: 0 }],
    ['an output above 1 KiB', { N: 16, r: 8, p: 1, length: 1025 }],
    ['a fraction', { N: 16, r: 1.5, p: 1, length: 32 }],
  ])('scryptKdf refuses %s', async (_what, options) => {
    await expect(crypto.scryptKdf(key, key, options)).rejects.toMatchObject({ code: 'crypto.input' });
  });

  test('randomBytes gives the length asked for, also above what a browser gives at once, and differs', () => {
    expect(crypto.randomBytes(0)).toHaveLength(0);
    const long = crypto.randomBytes(65_536 + 33);
    expect(long).toHaveLength(65_536 + 33);
    expect(long.subarray(65_536).some((byte) => byte !== 0)).toBe(true);
    expect(toHex(crypto.randomBytes(16))).not.toBe(toHex(crypto.randomBytes(16)));
  });

  test('equalSecret is equality', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(crypto.equalSecret(a, b)).toBe(toHex(a) === toHex(b));
        expect(crypto.equalSecret(a, a.slice())).toBe(true);
      }),
    );
  });

  test('aeadOpen gives back what aeadSeal sealed', () => {
    fc.assert(
      fc.property(
        bytes,
        bytes,
        (text, context) =>
          toHex(crypto.aeadOpen(key, nonce, crypto.aeadSeal(key, nonce, text, context), context)) === toHex(text),
      ),
    );
  });

  test('aeadOpen refuses altered bytes, another key, nonce or context, and less than a tag', () => {
    const sealed = crypto.aeadSeal(key, nonce, utf8('blood pressure'), aad);
    const altered = (at: number) => sealed.map((byte, index) => (index === at ? byte ^ 1 : byte));
    const attempts = [
      ...Array.from(sealed, (_byte, at) => () => crypto.aeadOpen(key, nonce, altered(at), aad)),
      () =>
        crypto.aeadOpen(
          key.map((byte) => byte ^ 1),
          nonce,
          sealed,
          aad,
        ),
      () =>
        crypto.aeadOpen(
          key,
          nonce.map((byte) => byte ^ 1),
          sealed,
          aad,
        ),
      () => crypto.aeadOpen(key, nonce, sealed, utf8('wardmesh/test/2')),
      () => crypto.aeadOpen(key, nonce, sealed.subarray(0, sealed.length - 1), aad),
      () => crypto.aeadOpen(key, nonce, sealed.subarray(0, 15), aad),
      () => crypto.aeadOpen(key, nonce, new Uint8Array(0), aad),
    ];
    for (const attempt of attempts) expect(attempt).toThrow(new CryptoError({ code: 'crypto.open' }));
  });

  test('refuses keys, nonces and seeds of another length', () => {
    const short = key.subarray(1);
    const attempts = [
      () => crypto.aeadSeal(short, nonce, key, aad),
      () => crypto.aeadSeal(key, nonce.subarray(1), key, aad),
      () => crypto.aeadOpen(short, nonce, key, aad),
      () => crypto.aeadOpen(key, new Uint8Array(16), key, aad),
      () => crypto.signingKeyPair(short),
      () => crypto.signEd25519(short, key),
      () => crypto.encryptionKeyPair(short),
    ];
    for (const attempt of attempts) expect(attempt).toThrow(CryptoError);
  });

  test('encryptionKeyPair gives the first public key of RFC 7748 6.1', () => {
    const { publicKey } = crypto.encryptionKeyPair(
      fromHex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'),
    );
    expect(toHex(publicKey)).toBe('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a');
  });

  test('keys made without a seed differ, and are copies of a seed that was given', () => {
    expect(toHex(crypto.signingKeyPair().seed)).not.toBe(toHex(crypto.signingKeyPair().seed));
    expect(toHex(crypto.encryptionKeyPair().secretKey)).not.toBe(toHex(crypto.encryptionKeyPair().secretKey));
    const given = key.slice();
    const pair = crypto.signingKeyPair(given);
    given.fill(0);
    expect(toHex(pair.seed)).toBe(toHex(key));
  });

  test('a wiped seed does not sign with the key that it was', async () => {
    const own = key.slice();
    const { publicKey } = crypto.signingKeyPair(own);
    expect(await crypto.verifyEd25519(publicKey, aad, crypto.signEd25519(own, aad))).toBe(true);
    own.fill(0);
    expect(await crypto.verifyEd25519(publicKey, aad, crypto.signEd25519(own, aad))).toBe(false);
  });
});

test('both files compute the same from the same bytes', () => {
  fc.assert(
    fc.property(seed, bytes, (secret, data) => {
      const all = (crypto: typeof node) => [
        crypto.sha256(data),
        crypto.hmacSha256(secret, data),
        crypto.hkdfSha256(secret, data, data, 77),
        crypto.signingKeyPair(secret).publicKey,
        crypto.signEd25519(secret, data),
        crypto.encryptionKeyPair(secret).publicKey,
        crypto.aeadSeal(secret, nonce, data, data),
        crypto.x25519Shared(secret, crypto.encryptionKeyPair(key).publicKey),
      ];
      expect(all(browser).map(toHex)).toEqual(all(node).map(toHex));
    }),
    { numRuns: 30 },
  );
});

test('ML-KEM of one file opens what the other sealed; what was altered gives another secret, and no error', () => {
  const made = node.sha256(key);
  const long = new Uint8Array([...made, ...key]);
  const publicKey = node.mlKemPublicKey(long);
  expect(toHex(browser.mlKemPublicKey(long))).toBe(toHex(publicKey));
  for (const [from, to] of [
    [node, browser],
    [browser, node],
  ]) {
    const { shared, sealed } = from.mlKemEncapsulate(publicKey);
    expect(toHex(to.mlKemDecapsulate(long, sealed))).toBe(toHex(shared));
    sealed[9] ^= 1;
    const secret = toHex(to.mlKemDecapsulate(long, sealed));
    expect(secret).not.toBe(toHex(shared));
    expect(toHex(from.mlKemDecapsulate(long, sealed))).toBe(secret);
    expect(() => to.mlKemDecapsulate(long, sealed.subarray(1))).toThrow(CryptoError);
    // Coefficients beyond the modulus, and an X25519 key of low order.
    expect(() => to.mlKemEncapsulate(new Uint8Array(1184).fill(0xff))).toThrow(CryptoError);
    expect(() => to.x25519Shared(key, new Uint8Array(32))).toThrow(CryptoError);
  }
});
