import { readFileSync } from 'node:fs';
import { XWing } from '@noble/post-quantum/hybrid.js';
import fc from 'fast-check';
import * as panva from 'hpke';
import { describe, expect, test } from 'vitest';
import { concatBytes, fromHex, toHex } from '../../common/bytes.ts';
import { CryptoError } from '../../common/crypto/errors.ts';
import {
  HPKE_OVERHEAD,
  HYBRID_OVERHEAD,
  hpkeOpen,
  hpkeSeal,
  hybridOpen,
  hybridSeal,
} from '../../common/crypto/hpke.ts';
import { encryptionKeyPair } from '../../common/crypto/primitives.node.ts';
import { xWingDecapsulate, xWingEncapsulate, xWingPublicKey } from '../../common/crypto/x-wing.ts';
import { referenceSeal } from './hpke-reference.ts';

interface Vector {
  readonly tcId: number;
  readonly flags: readonly string[];
  readonly public: string;
  readonly private: string;
  readonly shared: string;
}

const file = new URL('../vectors/x25519-wycheproof.json', import.meta.url);
const vectors = (JSON.parse(readFileSync(file, 'utf8')) as { tests: Vector[] }).tests;

const other = new panva.CipherSuite(panva.KEM_DHKEM_X25519_HKDF_SHA256, panva.KDF_HKDF_SHA256, panva.AEAD_AES_256_GCM);
const info = new TextEncoder().encode('wardmesh/test/1');
const text = new TextEncoder().encode('made-up patient 1');
const keys = encryptionKeyPair(new Uint8Array(32).fill(5));
const refused = new CryptoError({ code: 'crypto.open' });

test('hpkeOpen gives back what hpkeSeal sealed, and sealing adds the stated bytes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 300 }),
      fc.uint8Array({ maxLength: 50 }),
      async (plaintext, context) => {
        const sealed = await hpkeSeal(keys.publicKey, context, plaintext);
        expect(sealed).toHaveLength(plaintext.length + HPKE_OVERHEAD);
        expect(toHex(await hpkeOpen(keys.secretKey, context, sealed))).toBe(toHex(plaintext));
      },
    ),
    { numRuns: 40 },
  );
});

test('another implementation opens what we seal', async () => {
  const sealed = await hpkeSeal(keys.publicKey, info, text);
  const secret = await other.DeserializePrivateKey(keys.secretKey, false);
  const opened = await other.Open(secret, sealed.slice(0, 32), sealed.slice(32), { info });
  expect(toHex(opened)).toBe(toHex(text));
});

test('we open what another implementation sealed', async () => {
  const recipient = await other.DeserializePublicKey(keys.publicKey);
  const { encapsulatedSecret, ciphertext } = await other.Seal(recipient, text, { info });
  const opened = await hpkeOpen(keys.secretKey, info, concatBytes(encapsulatedSecret, ciphertext));
  expect(toHex(opened)).toBe(toHex(text));
});

test('two seals of one text share no key and no ciphertext', async () => {
  const [a, b] = [await hpkeSeal(keys.publicKey, info, text), await hpkeSeal(keys.publicKey, info, text)];
  expect(toHex(a.subarray(0, 32))).not.toBe(toHex(b.subarray(0, 32)));
  expect(toHex(a.subarray(32))).not.toBe(toHex(b.subarray(32)));
});

test('refuses each altered byte, another info, another key and cut messages', async () => {
  const sealed = await hpkeSeal(keys.publicKey, info, text);
  for (let at = 0; at < sealed.length; at++) {
    const altered = sealed.slice();
    altered[at] ^= 1;
    await expect(hpkeOpen(keys.secretKey, info, altered)).rejects.toThrow(refused);
  }
  await expect(hpkeOpen(keys.secretKey, text, sealed)).rejects.toThrow(refused);
  await expect(hpkeOpen(encryptionKeyPair().secretKey, info, sealed)).rejects.toThrow(refused);
  for (const length of [0, 31, 32, 47, 48, sealed.length - 1]) {
    await expect(hpkeOpen(keys.secretKey, info, sealed.subarray(0, length))).rejects.toThrow(refused);
  }
});

test('refuses keys of another length', async () => {
  const short = keys.publicKey.subarray(1);
  await expect(hpkeSeal(short, info, text)).rejects.toMatchObject({ code: 'crypto.input' });
  await expect(hpkeOpen(short, info, new Uint8Array(60))).rejects.toMatchObject({ code: 'crypto.input' });
});

describe('X25519 vectors of Wycheproof, through the whole of HPKE', () => {
  const isLowOrder = (vector: Vector) => vector.flags.includes('ZeroSharedSecret');

  test('opens what was sealed with each vector of a usable key', async () => {
    const usable = vectors.filter((vector) => !isLowOrder(vector));
    expect(usable.length).toBeGreaterThan(100);
    for (const vector of usable) {
      const { secretKey, publicKey } = encryptionKeyPair(fromHex(vector.private));
      const enc = fromHex(vector.public);
      const sealed = referenceSeal({
        shared: fromHex(vector.shared),
        enc,
        recipientPublicKey: publicKey,
        info,
        plaintext: text,
      });
      expect(toHex(await hpkeOpen(secretKey, info, sealed)), `vector ${vector.tcId}`).toBe(toHex(text));
    }
  });

  test('refuses to seal to, and to open from, each key of low order', async () => {
    const lowOrder = vectors.filter(isLowOrder);
    expect(lowOrder.length).toBeGreaterThan(20);
    for (const vector of lowOrder) {
      const { secretKey, publicKey } = encryptionKeyPair(fromHex(vector.private));
      const enc = fromHex(vector.public);
      const sealed = referenceSeal({
        shared: fromHex(vector.shared),
        enc,
        recipientPublicKey: publicKey,
        info,
        plaintext: text,
      });
      await expect(hpkeOpen(secretKey, info, sealed), `vector ${vector.tcId}`).rejects.toThrow(refused);
      await expect(hpkeSeal(enc, info, text), `vector ${vector.tcId}`).rejects.toMatchObject({ code: 'crypto.input' });
    }
  });
});

describe('the hybrid of ML-KEM-768 and X25519', () => {
  const seed = new Uint8Array(32).fill(7);
  const publicKey = xWingPublicKey(seed);
  const suite = new panva.CipherSuite(panva.KEM_MLKEM768_X25519, panva.KDF_HKDF_SHA256, panva.AEAD_AES_256_GCM);

  test('gives back what was sealed, and sealing adds the stated bytes', async () => {
    const sealed = await hybridSeal(publicKey, info, text);
    expect(sealed).toHaveLength(text.length + HYBRID_OVERHEAD);
    expect(await hybridOpen(seed, info, sealed)).toEqual(text);
  });

  test('agrees with two other implementations, both ways', async () => {
    expect(toHex(XWing.keygen(seed).publicKey)).toBe(toHex(publicKey));
    const { shared, sealed } = xWingEncapsulate(publicKey);
    expect(toHex(XWing.decapsulate(sealed, seed))).toBe(toHex(shared));
    const theirs = XWing.encapsulate(publicKey);
    expect(toHex(xWingDecapsulate(seed, theirs.cipherText))).toBe(toHex(theirs.sharedSecret));
    const ours = await hybridSeal(publicKey, info, text);
    const secret = await suite.DeserializePrivateKey(seed, false);
    expect(await suite.Open(secret, ours.slice(0, 1120), ours.slice(1120), { info })).toEqual(text);
    const other = await suite.Seal(await suite.DeserializePublicKey(publicKey), text, { info });
    expect(await hybridOpen(seed, info, concatBytes(other.encapsulatedSecret, other.ciphertext))).toEqual(text);
  });

  test('is refused under another context, by another key, and altered anywhere', async () => {
    const sealed = await hybridSeal(publicKey, info, text);
    await expect(hybridOpen(seed, concatBytes(info, info), sealed)).rejects.toThrow(refused);
    await expect(hybridOpen(new Uint8Array(32).fill(8), info, sealed)).rejects.toThrow(refused);
    await expect(hybridOpen(seed, info, sealed.subarray(0, 1130))).rejects.toThrow(refused);
    // In the part of either, and in what it covers.
    for (const at of [0, 1087, 1088, 1119, 1120, sealed.length - 1]) {
      const altered = sealed.slice();
      altered[at] ^= 1;
      await expect(hybridOpen(seed, info, altered)).rejects.toThrow(refused);
    }
    await expect(hybridSeal(publicKey.fill(0xff), info, text)).rejects.toMatchObject({ code: 'crypto.input' });
  });
});
