// Keystore contents for tests.
import fc from 'fast-check';
import {
  KEY_ROLES,
  type KeystoreContents,
  MAX_DEALINGS,
  MAX_HELD_SHARES,
  MAX_SPARE_KEYS,
  type SharedKeys,
} from '../../node/keystore/contents.ts';
import type { KdfParams } from '../../node/keystore/sealed-file.ts';

/** Cheap on purpose; the standard is tested once. */
export const FAST_KDF: KdfParams = { log2N: 4, r: 1, p: 1 };

export const PASSPHRASE = 'correct horse battery staple';

const key = fc.uint8Array({ minLength: 32, maxLength: 32 });

export const sharedKeys: fc.Arbitrary<SharedKeys> = fc.record({
  threatKeys: fc
    .uniqueArray(fc.record({ epoch: fc.integer({ min: 1, max: 0xffff_ffff }), key }), {
      minLength: 1,
      maxLength: 64,
      selector: ({ epoch }) => epoch,
    })
    .map((keys) => keys.sort((a, b) => a.epoch - b.epoch)),
  identifierKey: fc.option(key, { nil: undefined }),
});

export const keystoreContents: fc.Arbitrary<KeystoreContents> = fc.record({
  seeds: fc.record({ governance: key, node: key, gateway: key, vote: key, encryption: key }),
  storageKey: key,
  shared: fc.option(sharedKeys, { nil: undefined }),
  spares: fc.array(
    fc.record({
      role: fc.constantFrom(...KEY_ROLES),
      state: fc.constantFrom('next' as const, 'former' as const),
      since: fc.nat(),
      seed: key,
    }),
    { maxLength: MAX_SPARE_KEYS },
  ),
  shares: fc.array(
    fc.record({
      purpose: fc.constantFrom('identifier' as const, 'emergency' as const),
      generation: fc.nat(),
      ceremony: key,
      attempt: fc.nat(255),
      secret: key,
    }),
    { maxLength: MAX_HELD_SHARES },
  ),
  dealings: fc.array(fc.record({ ceremony: key, attempt: fc.nat(255), seed: key }), { maxLength: MAX_DEALINGS }),
});

export function sampleContents(fill = 1): KeystoreContents {
  const bytes = (offset: number) => new Uint8Array(32).fill(fill + offset);
  return {
    seeds: { governance: bytes(0), node: bytes(1), gateway: bytes(2), vote: bytes(3), encryption: bytes(4) },
    storageKey: bytes(5),
    shared: { threatKeys: [{ epoch: 1, key: bytes(6) }], identifierKey: bytes(7) },
    spares: [],
    shares: [],
    dealings: [],
  };
}
