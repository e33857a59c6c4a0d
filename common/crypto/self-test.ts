// Run when a node starts: a runtime that computes anything else would leave the network on its first odd signature
// (PROTOCOL 2.2), so it must not start at all. Known answers only; takes a few milliseconds.
import * as runtime from '#crypto';
import { equalBytes, fromHex, toHex } from '../bytes.ts';
import { CryptoError } from './errors.ts';
import { hpkeOpen, hpkeSeal } from './hpke.ts';
import { SPECCHECK_VECTORS } from './speccheck-vectors.ts';

export type Primitives = typeof runtime;

/** Throws CryptoError `crypto.self-test` with the name of the first check that fails. */
export async function runCryptoSelfTest(primitives: Primitives = runtime): Promise<void> {
  checkHash(primitives);
  checkAead(primitives);
  await checkSignatures(primitives);
  checkTorsion(primitives);
  await checkSealing(primitives);
}

// FIPS 180-4, the example "abc".
function checkHash({ sha256 }: Primitives): void {
  const digest = toHex(sha256(new TextEncoder().encode('abc')));
  expect('sha256', digest === 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
}

// The AES-256-GCM cases 13 and 14 of McGrew and Viega, "The Galois/Counter Mode of Operation".
function checkAead({ aeadSeal }: Primitives): void {
  const zeros = new Uint8Array(32);
  const nonce = zeros.subarray(0, 12);
  const none = zeros.subarray(0, 0);
  const empty = toHex(aeadSeal(zeros, nonce, none, none));
  const block = toHex(aeadSeal(zeros, nonce, zeros.subarray(0, 16), none));
  expect('aes-256-gcm', empty === '530f8afbc74536b9a963b4f1c4cb738b');
  expect('aes-256-gcm', block === 'cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919');
}

async function checkSignatures({
  signingKeyPair,
  signEd25519,
  verifyEd25519,
  verifyEd25519Sync,
}: Primitives): Promise<void> {
  for (const [index, vector] of SPECCHECK_VECTORS.entries()) {
    const args = [fromHex(vector.publicKey), fromHex(vector.message), fromHex(vector.signature)] as const;
    const check = `ed25519-speccheck ${index}: ${vector.what}`;
    expect(check, (await verifyEd25519(...args)) === vector.valid);
    expect(check, verifyEd25519Sync(...args) === vector.valid);
  }
  // RFC 8032 7.1, test 1.
  const seed = fromHex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60');
  const { publicKey } = signingKeyPair(seed);
  const signature = signEd25519(seed, new Uint8Array(0));
  expect('ed25519 key', toHex(publicKey) === 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
  expect(
    'ed25519 signature',
    toHex(signature) ===
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  );
  expect('ed25519 verification', await verifyEd25519(publicKey, new Uint8Array(0), signature));
}

// The key of vector 3 has a torsion part: its signatures verify, but it is never registered.
function checkTorsion({ isTorsionFreeKey, signingKeyPair }: Primitives): void {
  expect('torsion', !isTorsionFreeKey(fromHex(SPECCHECK_VECTORS[3].publicKey)));
  expect('torsion', isTorsionFreeKey(signingKeyPair(new Uint8Array(32)).publicKey));
}

async function checkSealing({ encryptionKeyPair }: Primitives): Promise<void> {
  const { secretKey, publicKey } = encryptionKeyPair();
  const message = new TextEncoder().encode('wardmesh');
  const opened = await hpkeOpen(secretKey, message, await hpkeSeal(publicKey, message, message));
  expect('hpke', equalBytes(opened, message));
}

function expect(check: string, holds: boolean): void {
  if (!holds) throw new CryptoError({ code: 'crypto.self-test', check });
}
