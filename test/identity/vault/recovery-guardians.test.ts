// Shares of trusted people: enough true ones open the vault, too few or false ones do not, and a false one is named.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encryptionKeyPair, equalSecret, randomBytes, sha256 } from '#crypto';
import { concatBytes } from '../../../common/bytes.ts';
import { Writer } from '../../../common/codec/writer.ts';
import { hpkeSeal } from '../../../common/crypto/hpke.ts';
import { joinSecret, splitSecret } from '../../../common/crypto/shamir.ts';
import { taggedHash } from '../../../common/crypto/tagged-hash.ts';
import { codeOf } from '../../../common/errors.ts';
import { VaultError } from '../../../identity/vault/errors.ts';
import { exportVaultFile, parseVaultFile } from '../../../identity/vault/file.ts';
import {
  askingOf,
  commitmentOf,
  type Guarding,
  joinShares,
  newGuarding,
  proofOf,
  releaseShare,
  SEALED_SHARE_BYTES,
} from '../../../identity/vault/recovery-guardians.ts';
import { addWay, createVault, openVault } from '../../../identity/vault/vault.ts';
import { checkWords } from '../../../identity/vault/words.ts';
import { words } from './cases.ts';

const place = { genesisId: randomBytes(32), account: randomBytes(32) };

/** Some of the holders 1 to n, k of them. */
const chosen = fc
  .integer({ min: 2, max: 7 })
  .chain((n) =>
    fc.tuple(fc.constant(n), fc.integer({ min: 2, max: n }), fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7].slice(0, n))),
  );

describe('shares', () => {
  test('any as many as it takes give the secret, whichever and in whatever order; one fewer give another value', () => {
    fc.assert(
      fc.property(chosen, ([n, k, order]) => {
        const { secret, shares } = splitSecret(k, n);
        const some = [...order, ...[1, 2, 3, 4, 5, 6, 7].filter((one) => one <= n && !order.includes(one))];
        const held = some.map((index) => ({ index, share: shares[index - 1] }));
        expect(joinSecret(held.slice(0, k))).toEqual(secret);
        const less = joinSecret(held.slice(0, k - 1));
        expect(less).toHaveLength(32);
        expect(equalSecret(less, secret)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  test('one fewer than it takes fit every secret: for each there is a share that makes them whole', () => {
    const { shares } = splitSecret(3, 4);
    const [other] = splitSecret(2, 2).shares;
    const known = [1, 2].map((index) => ({ index, share: shares[index - 1] }));
    // A third share made up joins with the two to a secret of its own, which nothing about the two rules out.
    const whole = joinSecret([...known, { index: 3, share: other }]);
    expect(joinSecret([...known, { index: 3, share: shares[2] }])).not.toEqual(whole);
    expect(whole).toHaveLength(32);
  });

  test('are refused for numbers that make no sense', () => {
    for (const [k, n] of [
      [0, 3],
      [4, 3],
      [2, 1.5],
    ])
      expect(() => splitSecret(k, n)).toThrow();
    const { shares } = splitSecret(2, 2);
    expect(() =>
      joinSecret([
        { index: 1, share: shares[0] },
        { index: 1, share: shares[0] },
      ]),
    ).toThrow();
  });
});

describe('a vault with people to help', () => {
  const holders = [0, 1, 2].map(() => encryptionKeyPair());
  const asking = askingOf(randomBytes(32));

  async function made() {
    const vault = await createVault([words()]);
    const { secret, hashes, commitment, proof, sealed } = await newGuarding(
      { ...place, version: 1, threshold: 2 },
      holders.map(({ publicKey }) => publicKey),
    );
    const guarding: Guarding = { ...place, version: 1, threshold: 2, hashes };
    const guarded = parseVaultFile(exportVaultFile((await addWay(vault, { kind: 'guardians', secret })).file));
    const release = (index: number, to = asking) =>
      releaseShare(guarding, { index, sealed: sealed[index - 1], secretKey: holders[index - 1].secretKey }, to);
    return { guarding, guarded, commitment, proof, sealed, release, secret };
  }

  test('opens with the shares of enough of them, and shows the clinic that they were joined', async () => {
    const { guarding, guarded, commitment, proof, release } = await made();
    expect(commitmentOf(guarding)).toEqual(commitment);
    const released = [3, 1].map(async (index) => ({ index, sealed: await release(index) }));
    const { secret, falseHolders } = await joinShares(guarding, await Promise.all(released), asking);
    expect(falseHolders).toEqual([]);
    expect((await openVault(guarded, { kind: 'guardians', secret })).contents.device.signing).toHaveLength(32);
    expect(sha256(proofOf(secret))).toEqual(proof);
  });

  test('names who gave a false share, and opens by the true ones that are left', async () => {
    const { guarding, release, secret, commitment } = await made();
    // Well sealed and of the right commitment: the share alone is false.
    const { genesisId, account } = place;
    const bound = new Writer(69).fixed(genesisId, 32).fixed(account, 32).u32(1).u8(2).finish();
    const info = taggedHash('wardmesh/recovery-released/1', bound, asking.id);
    const falsehood = concatBytes(splitSecret(2, 2).shares[0], commitment);
    const lie = { index: 2, sealed: await hpkeSeal(asking.key, info, falsehood) };
    const [one, three] = await Promise.all([1, 3].map(async (index) => ({ index, sealed: await release(index) })));
    const few = await joinShares(guarding, [one, lie], asking).catch((error: unknown) => error);
    expect(few).toBeInstanceOf(VaultError);
    expect((few as VaultError).toJSON()).toMatchObject({ code: 'vault.share', holders: [2] });
    expect(await joinShares(guarding, [lie, one, three], asking)).toEqual({ secret, falseHolders: [2] });
    // The share of another under one's own number is false as well.
    expect((await joinShares(guarding, [one, { ...three, index: 2 }, three], asking)).falseHolders).toEqual([2]);
  });

  test('no clinic puts another commitment, another key or another version in between', async () => {
    const { guarding, sealed, release } = await made();
    const held = { index: 1, sealed: sealed[0], secretKey: holders[0].secretKey };
    const changed: Guarding[] = [
      { ...guarding, threshold: 1 },
      { ...guarding, version: 2 },
      { ...guarding, account: randomBytes(32) },
      { ...guarding, hashes: guarding.hashes.with(1, randomBytes(32)) },
    ];
    for (const one of changed) {
      expect(codeOf(await releaseShare(one, held, asking).catch((error: unknown) => error))).toBe('vault.share');
    }
    const other = askingOf(randomBytes(32));
    const mixed = { ...asking, key: other.key };
    expect(codeOf(await releaseShare(guarding, held, mixed).catch((error: unknown) => error))).toBe('vault.share');
    const wrong = [{ index: 1, sealed: await release(1, other) }];
    expect(codeOf(await joinShares(guarding, wrong, asking).catch((error: unknown) => error))).toBe('vault.share');
  });

  test('every sealed share is as long as every other, and words follow from the key alone', async () => {
    const { sealed } = await made();
    expect(sealed.map(({ length }) => length)).toEqual([1, 1, 1].map(() => SEALED_SHARE_BYTES));
    expect(checkWords(asking.key)).toMatch(/^([a-z]+ ){5}[a-z]+$/);
    expect(checkWords(asking.key)).toBe(checkWords(asking.key.slice()));
    expect(checkWords(randomBytes(32))).not.toBe(checkWords(asking.key));
  });
});
