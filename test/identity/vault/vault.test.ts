// The vault on Node; test/browser/vault.test.ts runs the same cases in Chromium.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeOf } from '../../../common/errors.ts';
import { decodeContents, encodeContents } from '../../../identity/vault/contents.ts';
import {
  exportVaultFile,
  LOCKED_BYTES,
  MAX_VAULT_WAYS,
  parseVaultFile,
  type VaultFile,
} from '../../../identity/vault/file.ts';
import { createVault, openVault } from '../../../identity/vault/vault.ts';
import { CASES, passkey, passphrase, password, words } from './cases.ts';

test.each(CASES)('%s', async (_, run) => run());

const some = (minLength: number, maxLength = minLength) => fc.uint8Array({ minLength, maxLength });
const kdf = fc.record({
  name: fc.constant('argon2id' as const),
  memoryKiB: fc.integer({ min: 19_456, max: 131_072 }),
  passes: fc.integer({ min: 2, max: 8 }),
  lanes: fc.integer({ min: 1, max: 4 }),
});
const way = fc.oneof(
  fc.record({
    kind: fc.constantFrom('password' as const, 'passphrase' as const),
    salt: some(16),
    kdf,
    locked: some(LOCKED_BYTES),
  }),
  fc.record({ kind: fc.constant('passkey' as const), credential: some(1, 1023), locked: some(LOCKED_BYTES) }),
  fc.record({ kind: fc.constantFrom('words' as const, 'guardians' as const), locked: some(LOCKED_BYTES) }),
);
const file: fc.Arbitrary<VaultFile> = fc.record({
  id: some(16),
  ways: fc.array(way, { minLength: 1, maxLength: MAX_VAULT_WAYS }),
  contents: some(28, 400),
});

function codeThrown(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return codeOf(error);
  }
  return 'accepted';
}

describe('the file', () => {
  test('reads back as it was written', () => {
    fc.assert(fc.property(file, (value) => void expect(parseVaultFile(exportVaultFile(value))).toEqual(value)));
  });

  test('accepts one text per vault: what it reads it writes alike', () => {
    fc.assert(
      fc.property(file, fc.nat(), fc.string({ maxLength: 3 }), (value, at, put) => {
        const text = exportVaultFile(value);
        const place = at % text.length;
        const altered = text.slice(0, place) + put + text.slice(place + 1);
        const code = codeThrown(() => expect(exportVaultFile(parseVaultFile(altered))).toBe(altered));
        expect(['accepted', 'vault.format', 'vault.kdf']).toContain(code);
      }),
    );
  });

  test('refuses anything else with a code, however it is made', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        expect(['vault.format', 'vault.kdf']).toContain(codeThrown(() => parseVaultFile(text)));
      }),
    );
    const huge = `{"format":"wardmesh/vault/1","x":"${'y'.repeat(70_000)}"}`;
    const polluted = '{"__proto__":{"kind":"words"},"format":"wardmesh/vault/1","id":"","ways":[],"contents":""}';
    for (const text of [huge, polluted, 'null', '[]', '{']) {
      expect(codeThrown(() => parseVaultFile(text))).toBe('vault.format');
    }
  });

  test('refuses a way that a clinic could guess cheaply', async () => {
    const { file: made } = await createVault([password()]);
    const weak = exportVaultFile(made).replace('"memoryKiB":32768', '"memoryKiB":8');
    expect(codeThrown(() => parseVaultFile(weak))).toBe('vault.kdf');
  });

  test('holds as many ways as it may and stays within its size', async () => {
    const ways = [password(), passphrase(), words(), ...Array.from({ length: 13 }, (_, n) => passkey(10 + n))];
    const made = await createVault(ways);
    expect(made.file.ways).toHaveLength(MAX_VAULT_WAYS);
    await expect(createVault([...ways, passkey(99)])).rejects.toMatchObject({ code: 'vault.too-many' });
    expect(exportVaultFile(made.file).length).toBeLessThan(8192);
  });

  test('no altered bit of a way or of the contents goes unseen', async () => {
    const { file: made } = await createVault([password(), words()]);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('contents', 'locked', 'salt'), fc.nat(), async (part, at) => {
        const flip = (bytes: Uint8Array) => bytes.map((byte, i) => (i === at % bytes.length ? byte ^ 1 : byte));
        const ways = made.ways.map((one) =>
          part === 'contents' || !(part in one) ? one : { ...one, [part]: flip(one[part as 'locked']) },
        );
        const altered = { ...made, ways, contents: part === 'contents' ? flip(made.contents) : made.contents };
        await expect(openVault(altered, password())).rejects.toMatchObject({ code: /^vault\.(secret|format)$/ });
      }),
      { numRuns: 30 },
    );
  });
});

test('contents read back as they were written, and nothing else is read', () => {
  const lock = fc.record({ lock: some(32), publicKey: some(32) });
  const contents = fc.record({
    device: fc.record({ signing: some(32), encryption: some(32) }),
    locks: fc.array(lock, { maxLength: MAX_VAULT_WAYS }),
  });
  fc.assert(fc.property(contents, (value) => void expect(decodeContents(encodeContents(value))).toEqual(value)));
  fc.assert(
    fc.property(some(0, 400), (bytes) => {
      const code = codeThrown(() => expect(encodeContents(decodeContents(bytes))).toEqual(bytes));
      expect(['accepted', 'vault.format']).toContain(code);
    }),
  );
});
