import { expect, test } from 'vitest';
import { fromHex } from '../../common/bytes.ts';
import * as node from '../../common/crypto/primitives.node.ts';
import { type Primitives, runCryptoSelfTest } from '../../common/crypto/self-test.ts';
import { SPECCHECK_VECTORS } from '../../common/crypto/speccheck-vectors.ts';
import { RUNTIMES } from './runtimes.ts';

const failure = (check: RegExp) => ({ code: 'crypto.self-test', type: { check: expect.stringMatching(check) } });

test.each(RUNTIMES)('the self-test passes on %s', async (_, primitives) => {
  await expect(runCryptoSelfTest(primitives)).resolves.toBeUndefined();
});

test('of the twelve speccheck vectors the rule accepts the fourth alone', () => {
  expect(SPECCHECK_VECTORS).toHaveLength(12);
  expect(SPECCHECK_VECTORS.map(({ valid }) => valid).indexOf(true)).toBe(3);
  expect(SPECCHECK_VECTORS.filter(({ valid }) => valid)).toHaveLength(1);
});

test.each(SPECCHECK_VECTORS.map((vector, index) => [index, vector.what] as const))(
  'stops a runtime that disagrees on vector %d (%s)',
  async (index) => {
    const odd = fromHex(SPECCHECK_VECTORS[index].signature);
    const lie = (signature: Uint8Array, truth: boolean) => (Buffer.compare(signature, odd) === 0 ? !truth : truth);
    const asynchronous: Primitives = {
      ...node,
      verifyEd25519: async (key, message, signature) =>
        lie(signature, await node.verifyEd25519(key, message, signature)),
    };
    const synchronous: Primitives = {
      ...node,
      verifyEd25519Sync: (key, message, signature) => lie(signature, node.verifyEd25519Sync(key, message, signature)),
    };
    await expect(runCryptoSelfTest(asynchronous)).rejects.toMatchObject(failure(/^ed25519-speccheck/));
    await expect(runCryptoSelfTest(synchronous)).rejects.toMatchObject(failure(/^ed25519-speccheck/));
  },
);

const zeros = new Uint8Array(64);

test.each<[string, Partial<Primitives>, RegExp]>([
  ['another hash', { sha256: () => zeros }, /^sha256/],
  ['another cipher', { aeadSeal: () => zeros }, /^aes/],
  ['other keys', { signingKeyPair: () => ({ seed: zeros, publicKey: zeros }) }, /^ed25519 key/],
  ['other signatures', { signEd25519: () => zeros }, /^ed25519 signature/],
  ['no torsion check', { isTorsionFreeKey: () => true }, /^torsion/],
  ['a torsion check that refuses all', { isTorsionFreeKey: () => false }, /^torsion/],
])('stops a runtime with %s', async (_what, part, check) => {
  await expect(runCryptoSelfTest({ ...node, ...part })).rejects.toMatchObject(failure(check));
});

test('stops a runtime whose keys do not open what is sealed to them', async () => {
  const encryptionKeyPair = () => ({ ...node.encryptionKeyPair(), secretKey: node.randomBytes(32) });
  await expect(runCryptoSelfTest({ ...node, encryptionKeyPair })).rejects.toMatchObject({ code: 'crypto.open' });
});
