import fc from 'fast-check';
import { ROLES } from '../../../consensus/ledger/accounts/types.ts';
import { RECOVERY_CODES } from '../../../identity/people/part-values.ts';
import type { Part, PartName } from '../../../identity/people/types.ts';

const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((value) => Buffer.from(value).toString('hex'));
const base64url = (max: number) =>
  fc.uint8Array({ minLength: 1, maxLength: max }).map((value) => Buffer.from(value).toString('base64url'));
const time = fc.integer({ min: 0, max: 2 ** 42 });
const text = (maxLength: number) => fc.string({ unit: 'binary', maxLength: Math.floor(maxLength / 8) });
const factor = (letters: string) =>
  fc.tuple(fc.constantFrom(...letters), hex(11)).map(([letter, rest]) => `${letter}-${rest}`);

/** Few of each, so that stamps meet. */
export const stamp = fc.record({ time: fc.nat(3), counter: fc.nat(2), clinic: fc.integer({ min: 1, max: 3 }) });

const kdf = fc.record({
  name: fc.constant('argon2id' as const),
  memoryKiB: fc.integer({ min: 19_456, max: 65_536 }),
  passes: fc.integer({ min: 2, max: 4 }),
  lanes: fc.constant(1),
});
const verifier = fc.record({
  N: fc.constant(32_768),
  r: fc.constant(8),
  p: fc.constant(1),
  salt: hex(16),
  hash: hex(32),
});

/** Few factors, so that uses meet; more than are kept come in a test of their own. */
const usedFactor = fc
  .tuple(fc.constantFrom('t', 'c', 'p'), fc.nat(5))
  .map(([letter, i]) => `${letter}-${`${i}`.padStart(22, '0')}`);
export const uses = fc.dictionary(usedFactor, fc.record({ mark: fc.nat(1023), at: fc.nat(5) }), { maxKeys: 8 });

const values: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  person: fc.record({
    name: fc.constantFrom('anna', 'ben', 'жанна'),
    account: fc.option(hex(32)),
    kind: fc.constantFrom('staff', 'patient'),
    clinic: fc.integer({ min: 1, max: 9 }),
    made: time,
  }),
  state: fc.record({
    state: fc.constantFrom('waiting', 'active', 'suspended', 'refused'),
    asked: fc.subarray([...ROLES]),
    since: time,
    by: fc.option(hex(16)),
    reason: text(1000),
  }),
  password: fc.record({ salt: hex(16), kdf, verifier, changed: time }),
  totp: fc.record({ id: factor('t'), secret: hex(52), confirmed: time }),
  codes: fc.record({
    id: factor('c'),
    hashes: fc.array(hex(32), { minLength: RECOVERY_CODES, maxLength: RECOVERY_CODES }),
    made: time,
  }),
  vault: fc.record({ version: fc.nat(), vault: base64url(300) }),
  profile: fc.record(
    {
      ...{ displayName: text(200), familyName: text(200), givenName: text(200), title: text(200) },
      ...{ birthDate: fc.constant('1980-02-29'), email: text(254), phone: text(64), language: fc.constant('en-GB') },
    },
    { requiredKeys: ['displayName', 'familyName', 'givenName', 'language'] },
  ),
  preferences: fc.record({ mail: fc.dictionary(fc.constantFrom('sign-in', 'role', 'profile'), fc.boolean()) }),
  photo: fc.record({ type: fc.constantFrom('image/png', 'image/jpeg'), bytes: fc.constantFrom('', 'AAAA', 'AA==') }),
  uses,
  passkey: fc.record({
    ...{ id: factor('p'), credential: base64url(64), publicKey: base64url(80), counter: fc.nat(), label: text(64) },
    ...{ transports: fc.subarray(['internal', 'hybrid', 'usb']), rpId: fc.constant('clinic.example') },
    ...{ prf: fc.boolean(), synced: fc.boolean(), made: time },
  }),
  wallet: fc.record({ address: hex(20).map((address) => `0x${address}`), linked: time }),
  approval: fc.record({
    kind: fc.constantFrom('registration', 'profile', 'photo'),
    made: time,
    change: fc.array(fc.record({ field: text(64), from: text(1000), to: text(1000) }), { maxLength: 4 }),
    proposal: text(1000),
    decision: fc.option(
      fc.record({
        outcome: fc.constantFrom('approved', 'refused', 'withdrawn'),
        ...{ by: fc.option(hex(16)), at: time, reason: text(1000) },
      }),
    ),
  }),
  recovery: fc.record({
    ...{ version: fc.integer({ min: 1, max: 9 }), threshold: fc.integer({ min: 2, max: 7 }), made: time },
    ...{ commitment: hex(32), proof: hex(32) },
    guardians: fc.array(fc.record({ account: hex(32), key: hex(32), hash: hex(32), sealed: hex(112) }), {
      ...{ minLength: 2, maxLength: 7 },
    }),
  }),
  'recovery-request': fc.record({
    ...{ id: hex(16), key: hex(32), token: hex(32), version: fc.integer({ min: 1, max: 9 }), began: time },
    state: fc.constantFrom('waiting', 'stopped', 'refused', 'renewed', 'finished'),
    ...{ by: fc.option(hex(16)), at: time },
  }),
  release: fc.record({ request: hex(16), sealed: hex(112), at: time }),
};

/** Any part of a record, of one person, by the kind of its name. */
export function partOf(kind: string): fc.Arbitrary<Part> {
  const user = '0123456789abcdef0123456789abcdef';
  const names: Readonly<Record<string, (value: { id?: string; address?: string }) => string>> = {
    passkey: ({ id }) => `passkey/${id}`,
    wallet: ({ address }) => `wallet/${address}`,
    approval: () => `approval/${user}`,
    release: () => 'release/7',
  };
  return fc.tuple(values[kind], stamp, fc.integer({ min: 0, max: 5 })).map(([value, at, gone]) => {
    const name = (names[kind]?.(value as object) ?? kind) as PartName;
    return { user, name, stamp: at, value: gone === 0 ? null : (value as never) };
  });
}

export const PART_KINDS = Object.keys(values);
export const anyPart: fc.Arbitrary<Part> = fc.constantFrom(...PART_KINDS).chain(partOf);

/** Copies of one part, as clinics that could not see each other wrote them. */
export const copies: fc.Arbitrary<readonly [Part, Part, Part]> = fc
  .constantFrom(...PART_KINDS)
  .chain((kind) =>
    fc
      .tuple(partOf(kind), partOf(kind), partOf(kind))
      .map(([a, b, c]) => [a, { ...b, name: a.name }, { ...c, name: a.name }]),
  );
