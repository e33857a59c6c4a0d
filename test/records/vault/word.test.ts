// The patient's word and the keys of her vault: one encoding per value, and nothing that opens or counts under another name.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomBytes, signingKeyPair } from '#crypto';
import { CodecError } from '../../../common/codec/errors.ts';
import { CATEGORIES } from '../../../records/category.ts';
import { PURPOSES } from '../../../records/consent/terms.ts';
import { openVaultKey, SEALED_VAULT_KEY_BYTES, sealVaultKey } from '../../../records/vault/ring.ts';
import { vaultChartId } from '../../../records/vault/vault-chart.ts';
import {
  decodeWord,
  encodeWord,
  PATIENT_ACTS,
  type PatientWord,
  shareOf,
  signWord,
  verifyWord,
} from '../../../records/vault/word.ts';

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const clinic = fc.integer({ min: 1, max: 0xffff });
const actor = fc.oneof(
  bytes32.map((account) => ({ kind: 'person' as const, account })),
  clinic.map((number) => ({ kind: 'clinic' as const, clinic: number })),
  clinic.map((organisation) => ({ kind: 'organisation' as const, organisation })),
  clinic.map((number) => ({ kind: 'role' as const, role: 'doctor' as const, clinic: number })),
  bytes32.map((id) => ({ kind: 'application' as const, id, scopes: ['patient/Observation.rs', 'patient/Patient.r'] })),
);
const terms = fc.record({
  actor,
  categories: fc.subarray([...CATEGORIES]),
  purposes: fc.subarray([...PURPOSES]),
  until: fc.maxSafeNat(),
});
const word: fc.Arbitrary<PatientWord> = fc.record({
  act: fc.constantFrom(...PATIENT_ACTS),
  clinic,
  account: bytes32,
  about: bytes32,
  terms: fc.option(terms, { nil: undefined }),
  at: fc.maxSafeNat(),
  patient: fc.option(bytes32, { nil: undefined }),
});

describe("the patient's word", () => {
  it('has one encoding, whatever the order in which categories are named', () => {
    fc.assert(
      fc.property(word, (given) => {
        const bytes = encodeWord(given);
        expect(decodeWord(bytes)).toEqual(given);
        const turned = given.terms && { ...given.terms, categories: [...given.terms.categories].reverse() };
        expect(encodeWord({ ...given, terms: turned })).toEqual(bytes);
      }),
      { numRuns: 100 },
    );
  });

  it('is never read from bytes that it does not give back', () => {
    fc.assert(
      fc.property(word, fc.nat(), fc.integer({ min: 1, max: 255 }), (given, at, change) => {
        const bytes = encodeWord(given);
        bytes[at % bytes.length] ^= change;
        try {
          expect(encodeWord(decodeWord(bytes))).toEqual(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('counts for the network and the words that were signed alone', async () => {
    const { seed, publicKey } = signingKeyPair(randomBytes(32));
    const [network, other] = [randomBytes(32), randomBytes(32)];
    const said: PatientWord = {
      ...{ act: 'stop', clinic: 1, account: randomBytes(32), about: randomBytes(32), terms: undefined, at: 5 },
    };
    const bytes = encodeWord(said);
    const signature = signWord(bytes, network, seed);
    expect(await verifyWord(bytes, network, publicKey, signature)).toBe(true);
    expect(await verifyWord(bytes, other, publicKey, signature)).toBe(false);
    expect(await verifyWord(encodeWord({ ...said, at: 6 }), network, publicKey, signature)).toBe(false);
    expect(shareOf(bytes)).not.toEqual(shareOf(encodeWord({ ...said, at: 6 })));
  });
});

describe('the keys of a vault', () => {
  const ring = randomBytes(32);
  const name = { clinic: 1, chart: randomBytes(32), category: 'imaging', epoch: 1 } as const;

  it('open under the ring and the name that they were sealed with, and no other', () => {
    const key = randomBytes(32);
    const sealed = sealVaultKey(ring, name, key);
    expect(sealed).toHaveLength(SEALED_VAULT_KEY_BYTES);
    expect(openVaultKey(ring, name, sealed)).toEqual(key);
    expect(() => openVaultKey(randomBytes(32), name, sealed)).toThrow();
    for (const other of [{ epoch: 2 }, { clinic: 2 }, { category: 'labs' as const }, { chart: randomBytes(32) }]) {
      expect(() => openVaultKey(ring, { ...name, ...other }, sealed)).toThrow();
    }
  });

  it('are those of one account: another one of the same patient has another vault', () => {
    const chart = randomBytes(32);
    expect(vaultChartId(chart, randomBytes(32))).not.toEqual(vaultChartId(chart, randomBytes(32)));
  });
});
