import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { randomBytes, signingKeyPair } from '#crypto';
import { decodeElement, elementOf, encodeScalar, publicOf, randomScalar } from '../../../common/crypto/group.ts';
import { oprfPublicKey } from '../../../common/crypto/oprf.ts';
import { codeOf } from '../../../common/errors.ts';
import { ROLES } from '../../../consensus/ledger/accounts/types.ts';
import { CATEGORIES } from '../../../records/category.ts';
import { decodeEscrow, type Escrow, encodeEscrow, makeEscrow, soundPoint } from '../../../records/emergency/escrow.ts';
import {
  combinePartials,
  type HolderPartials,
  partialsOf,
  verifyPartials,
} from '../../../records/emergency/partials.ts';
import {
  decodeEmergency,
  EMERGENCY_REASONS,
  type EmergencyRequest,
  encodeEmergency,
  signEmergency,
  verifyEmergency,
} from '../../../records/emergency/request.ts';
import { type DealtShare, dealShares } from '../../helpers/deal-shares.ts';

const genesisId = randomBytes(32);
const secret = encodeScalar(randomScalar());
const publicKey = oprfPublicKey(secret);
const network = { genesisId, publicKey };
const context = { genesisId, object: randomBytes(32) };
const shares = dealShares(secret, 3, [1, 2, 3, 4]);

const name = { clinic: 1, chart: randomBytes(32), category: 'labs', epoch: 1 } as const;

function pointsOf(escrows: readonly Escrow[]) {
  return escrows.map((escrow) => soundPoint(escrow, genesisId) ?? fail());
}

function fail(): never {
  throw new Error('no sound point');
}

function helped(escrows: readonly Escrow[], by: readonly DealtShare[]): HolderPartials[] {
  return by.map(({ index, share, verificationShare }) => ({
    index,
    partials: partialsOf(pointsOf(escrows), share, verificationShare, context),
  }));
}

describe('an escrow', () => {
  const keys = [randomBytes(32), randomBytes(32)];
  const escrows = [makeEscrow(name, network, keys[0]), makeEscrow({ ...name, category: 'hiv' }, network, keys[1])];

  test('is opened by any threshold of clinics, and by shares that were dealt again', () => {
    expect(combinePartials(escrows, helped(escrows, shares.slice(0, 3)), genesisId)).toEqual(keys);
    expect(combinePartials(escrows, helped(escrows, [shares[3], shares[0], shares[2]]), genesisId)).toEqual(keys);
    const again = dealShares(secret, 4, [2, 5, 7, 9, 11]);
    expect(combinePartials(escrows, helped(escrows, again.slice(1)), genesisId)).toEqual(keys);
  });

  test('stays closed for fewer, for shares of two dealings and for what one clinic makes up', () => {
    const tooFew = (parts: HolderPartials[]) => () => combinePartials(escrows, parts, genesisId);
    const again = dealShares(secret, 3, [2, 5, 7]);
    expect(tooFew(helped(escrows, shares.slice(0, 2)))).toThrow();
    expect(tooFew(helped(escrows, [shares[0], again[1], again[2]]))).toThrow();
    expect(
      tooFew([...helped(escrows, shares.slice(0, 2)), { ...helped(escrows, [shares[0]])[0], index: 3 }]),
    ).toThrow();
  });

  test('shows who gave a wrong partial', () => {
    const [{ share, verificationShare }, other] = shares;
    const points = pointsOf(escrows);
    const good = partialsOf(points, share, verificationShare, context);
    expect(verifyPartials(points, good, verificationShare, context)).toBe(true);
    expect(verifyPartials(points, good, other.verificationShare, context)).toBe(false);
    expect(verifyPartials(points, { ...good, values: [...good.values].reverse() }, verificationShare, context)).toBe(
      false,
    );
    expect(verifyPartials(points, { ...good, values: good.values.slice(1) }, verificationShare, context)).toBe(false);
    expect(verifyPartials(points, good, verificationShare, { ...context, object: randomBytes(32) })).toBe(false);
    const wild = { ...good, values: [randomBytes(32), good.values[1]] };
    expect(verifyPartials(points, wild, verificationShare, context)).toBe(false);
  });

  test('holds for its own chart, category, epoch, key and network alone', () => {
    const [escrow] = escrows;
    expect(soundPoint(escrow, genesisId)).toBeDefined();
    expect(soundPoint(escrow, randomBytes(32))).toBeUndefined();
    const moved: Partial<Escrow>[] = [
      { clinic: 2 },
      { chart: randomBytes(32) },
      { category: 'notes' },
      { epoch: 2 },
      { publicKey: elementOf(publicOf(randomScalar())).bytes },
      { sealed: randomBytes(48) },
      { proof: randomBytes(64) },
      { point: new Uint8Array(32) },
    ];
    for (const change of moved)
      expect(soundPoint({ ...escrow, ...change }, genesisId), String(Object.keys(change))).toBeUndefined();
  });

  test("refuses a point that was made of another patient's, however it was re-randomised", () => {
    // The attacker writes it into a chart of its own, and knows everything but the exponent of the other's point.
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 }), (how) => {
        const [victim] = escrows;
        const own = makeEscrow({ ...name, clinic: 3, chart: randomBytes(32) }, network, randomBytes(32));
        const added = randomScalar();
        const theirs = decodeElement(victim.point).point;
        const moved = how === 0 ? theirs : how === 1 ? theirs.add(publicOf(added)) : theirs.multiply(added);
        const point = moved.toBytes();
        for (const proof of [victim.proof, own.proof, randomBytes(64)]) {
          expect(soundPoint({ ...own, point, proof }, genesisId)).toBeUndefined();
          expect(soundPoint({ ...own, point, proof, sealed: victim.sealed }, genesisId)).toBeUndefined();
        }
      }),
      { numRuns: 12 },
    );
  });

  test('decodes to what was encoded, and nothing else decodes', () => {
    for (const escrow of escrows) expect(decodeEscrow(encodeEscrow(escrow))).toEqual(escrow);
    fuzz(encodeEscrow(escrows[0]), (wild) => encodeEscrow(decodeEscrow(wild)));
  });
});

describe('an emergency that a clinic asks with', () => {
  const request: fc.Arbitrary<EmergencyRequest> = fc.record({
    salt: bytes(16),
    clinic: fc.nat(0xffff),
    account: bytes(32),
    role: fc.constantFrom(...ROLES),
    handle: bytes(32),
    reason: fc.constantFrom(...EMERGENCY_REASONS),
    text: fc.string({ maxLength: 200 }).map((text) => text.normalize('NFC')),
    factorAt: fc.nat(),
    opened: fc.nat(),
    ends: fc.nat(),
  });

  test('decodes to what was encoded, and is signed whole', async () => {
    const { seed, publicKey: nodeKey } = signingKeyPair();
    await fc.assert(
      fc.asyncProperty(request, bytes(16), async (made, salt) => {
        const signed = signEmergency(made, genesisId, seed);
        expect(decodeEmergency(encodeEmergency(signed))).toEqual(signed);
        expect(await verifyEmergency(signed, genesisId, nodeKey)).toBe(true);
        const other = { ...signed, request: { ...made, ends: made.ends + 1 } };
        expect(await verifyEmergency(other, genesisId, nodeKey)).toBe(false);
        expect(await verifyEmergency(signed, randomBytes(32), nodeKey)).toBe(false);
        fuzz(
          encodeEmergency({ ...signed, request: { ...made, salt } }),
          (wild) => encodeEmergency(decodeEmergency(wild)),
          5,
        );
      }),
      { numRuns: 20 },
    );
  });
});

test('every category has a byte', () => {
  for (const category of CATEGORIES) {
    const escrow = makeEscrow({ ...name, category }, network, randomBytes(32));
    expect(decodeEscrow(encodeEscrow(escrow)).category).toBe(category);
  }
});

function bytes(length: number) {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

function fuzz(good: Uint8Array, again: (wild: Uint8Array) => Uint8Array, numRuns = 60): void {
  const cut = fc.nat(good.length - 1).map((length) => good.slice(0, length));
  const flipped = fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, by]) => {
    const copy = good.slice();
    copy[at] ^= by;
    return copy;
  });
  const longer = fc.uint8Array({ minLength: 1, maxLength: 8 }).map((more) => new Uint8Array([...good, ...more]));
  fc.assert(
    fc.property(fc.oneof(cut, flipped, longer, fc.uint8Array({ maxLength: 400 })), (wild) => {
      try {
        expect(again(wild)).toEqual(wild);
      } catch (error) {
        expect(codeOf(error)).toMatch(/^codec\./);
      }
    }),
    { numRuns },
  );
}
