import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encryptionKeyPair, signEd25519, signingKeyPair, verifyEd25519 } from '#crypto';
import { oprfPublicKey } from '../../common/crypto/oprf.ts';
import { codeOf } from '../../common/errors.ts';
import { genesisId } from '../../consensus/genesis.ts';
import { threatKeyHash } from '../../consensus/ledger/threats/key-epoch/types.ts';
import { GenesisError } from '../../node/genesis/errors.ts';
import { formatFounder, parseFounder } from '../../node/genesis/founder-file.ts';
import { bundleOf, foundNetwork, newClinicSecrets } from '../../node/genesis/founding.ts';
import { openSharedKeys, sealSharedKeys } from '../../node/genesis/shared-keys.ts';
import { countingRandom, FOUNDED, FOUNDERS, SECRETS, samplePlan } from './samples.ts';

const { genesis, shared } = FOUNDED;

test('new secrets are all different, and new each time', () => {
  const texts = [newClinicSecrets(), newClinicSecrets()].flatMap(({ seeds, storageKey }) =>
    [...Object.values(seeds), storageKey].map((key) => Buffer.from(key).toString('hex')),
  );
  expect(new Set(texts).size).toBe(12);
});

test('a founder document holds the public keys of the secrets and nothing secret', async () => {
  const [{ seeds, storageKey }] = SECRETS;
  const [founder] = FOUNDERS;
  const text = formatFounder(founder);
  expect(parseFounder(text)).toEqual(founder);
  for (const secret of [...Object.values(seeds), storageKey])
    expect(text).not.toContain(Buffer.from(secret).toString('hex'));
  const message = new Uint8Array(32);
  expect(await verifyEd25519(founder.nodeKey, message, signEd25519(seeds.node, message))).toBe(true);
  expect(founder.governanceKey).toEqual(signingKeyPair(seeds.governance).publicKey);
  expect(founder.encryptionKey).toEqual(encryptionKeyPair(seeds.encryption).publicKey);
});

test('a mutated founder document is refused with a code', () => {
  const text = formatFounder(FOUNDERS[0]);
  for (const [key, change] of [
    ['nodeKey', { nodeKey: 'xyz' }],
    ['organisation', { organisation: '' }],
    ['more', { more: 1 }],
    ['format', { format: 'wardmesh/founder/2' }],
    ['networks[0]', { networks: ['nowhere'] }],
    ['networks[0]', { networks: ['0.0.0.0/0'] }],
    ['networks[1]', { networks: ['192.0.2.0/28', '2001:db8::/48'] }],
  ] as const) {
    const file = JSON.stringify({ ...JSON.parse(text), ...change });
    expect(() => parseFounder(file)).toThrow(expect.objectContaining({ type: expect.objectContaining({ key }) }));
  }
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.string({ maxLength: 3 }), (at, insert) => {
      try {
        parseFounder(text.slice(0, at) + insert + text.slice(at + 1));
      } catch (error) {
        expect(error).toBeInstanceOf(GenesisError);
      }
    }),
    { numRuns: 200 },
  );
});

test('numbers clinics as listed and organisations as they appear', () => {
  expect(genesis.organisations).toEqual([
    { number: 1, name: 'A' },
    { number: 2, name: 'B' },
    { number: 3, name: 'C' },
  ]);
  expect(genesis.clinics.map(({ number, organisation }) => [number, organisation])).toEqual([
    [1, 1],
    [2, 1],
    [3, 2],
    [4, 3],
  ]);
  expect(genesis.threatKeyHash).toEqual(threatKeyHash(shared.threatKeys[0].key));
  expect(genesis.identifierKey).toEqual(oprfPublicKey(shared.identifierKey));
});

test('the same plan and randomness found the same network, other randomness another', () => {
  expect(foundNetwork(samplePlan(), countingRandom('network'))).toEqual(FOUNDED);
  expect(genesisId(foundNetwork(samplePlan()).genesis)).not.toEqual(genesisId(genesis));
});

test.each([
  [
    'one founder twice',
    samplePlan({ founders: [FOUNDERS[0], { ...FOUNDERS[0], name: 'Other' }] }),
    'genesis.clinics[1].governanceKey',
  ],
  [
    'two clinics of one name',
    samplePlan({ founders: [FOUNDERS[0], { ...FOUNDERS[1], name: FOUNDERS[0].name }] }),
    'genesis.clinics[1].name',
  ],
  ['no founder', samplePlan({ founders: [] }), 'genesis.organisations'],
  ['a network name that is no slug', samplePlan({ network: 'A b' }), 'genesis.network'],
  ['a country that is none', samplePlan({ country: 'usa' }), 'genesis.country'],
])('refuses %s', (_, plan, key) => {
  expect(() => foundNetwork(plan)).toThrow(expect.objectContaining({ type: expect.objectContaining({ key }) }));
});

test('every founder opens the shared keys with its own secret, from the bundle', async () => {
  const bundle = await bundleOf(FOUNDED);
  for (const [index, { seeds }] of SECRETS.entries()) {
    expect(await openSharedKeys(bundle.genesis, bundle.sharedKeys, index + 1, seeds.encryption)).toEqual(shared);
  }
});

test('shared keys open for nobody else, for no other clinic and under no other genesis', async () => {
  const sealed = await sealSharedKeys(genesis, shared);
  const secret = SECRETS[0].seeds.encryption;
  const codes = [
    openSharedKeys(genesis, sealed, 1, SECRETS[1].seeds.encryption),
    openSharedKeys(genesis, { 2: sealed[1] }, 2, secret),
    openSharedKeys({ ...genesis, created: genesis.created + 1 }, sealed, 1, secret),
    openSharedKeys(genesis, {}, 1, secret),
    openSharedKeys(genesis, { 1: 'AAAA' }, 1, secret),
    openSharedKeys(genesis, { 1: `${sealed[1].slice(0, -8)}AAAAAAA=` }, 1, secret),
  ].map((opened) => opened.then(() => 'opened', codeOf));
  expect(await Promise.all(codes)).toEqual(Array(6).fill('genesis.sealed'));
});

test('refuses keys that are well sealed but not those that genesis commits to', async () => {
  const secret = SECRETS[0].seeds.encryption;
  const [{ key }] = shared.threatKeys;
  const wrong = [
    { ...shared, threatKeys: [{ epoch: 1, key: key.map((byte) => byte ^ 1) }] },
    { ...shared, threatKeys: [{ epoch: 2, key }] },
    { ...shared, identifierKey: foundNetwork(samplePlan()).shared.identifierKey },
    { ...shared, identifierKey: new Uint8Array(32) },
    { ...shared, identifierKey: new Uint8Array(32).fill(255) },
  ];
  for (const keys of wrong) {
    const sealed = await sealSharedKeys(genesis, keys);
    await expect(openSharedKeys(genesis, sealed, 1, secret)).rejects.toMatchObject({
      type: { code: 'genesis.sealed' },
    });
  }
});
