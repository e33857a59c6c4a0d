// Tickets by which ciphertext is fetched for keeping: one encoding, bound to network and node key, and proof of the row.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { randomBytes, signingKeyPair } from '#crypto';
import { CodecError } from '../../common/codec/errors.ts';
import {
  decodeReplicaTicket,
  encodeReplicaTicket,
  possessionOf,
  provesPossession,
  type ReplicaTicket,
  verifyReplicaTicket,
} from '../../node/charts/replica-ticket.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const ticketArbitrary: fc.Arbitrary<ReplicaTicket> = fc.record({
  asker: fc.nat(0xffff),
  serving: fc.nat(0xffff),
  ends: fc.maxSafeNat(),
  nonce: bytes(16),
  writer: fc.nat(0xffff),
  chart: bytes(32),
  record: bytes(32),
  version: fc.nat(0xffffffff),
  proof: bytes(32),
});
const genesisId = randomBytes(32);
const seed = randomBytes(32);
const { publicKey } = signingKeyPair(seed);

it('property: has one encoding, and no bytes make another error than the codec', () => {
  fc.assert(
    fc.property(ticketArbitrary, (ticket) => {
      const encoded = encodeReplicaTicket(ticket, genesisId, seed);
      expect(decodeReplicaTicket(encoded).ticket).toEqual(ticket);
      for (const cut of [0, 1, encoded.length - 1]) {
        expect(() => decodeReplicaTicket(encoded.subarray(0, cut))).toThrow(CodecError);
      }
    }),
    { numRuns: 30 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (noise) => {
      try {
        decodeReplicaTicket(noise);
      } catch (error) {
        expect(error).toBeInstanceOf(CodecError);
      }
    }),
  );
});

it('counts in its network, from the node that signed it, unaltered', async () => {
  const [ticket] = fc.sample(ticketArbitrary, 1);
  const encoded = encodeReplicaTicket(ticket, genesisId, seed);
  expect(await verifyReplicaTicket(decodeReplicaTicket(encoded), genesisId, publicKey)).toBe(true);
  expect(await verifyReplicaTicket(decodeReplicaTicket(encoded), randomBytes(32), publicKey)).toBe(false);
  expect(await verifyReplicaTicket(decodeReplicaTicket(encoded), genesisId, signingKeyPair().publicKey)).toBe(false);
  const altered = encoded.slice();
  altered[60] ^= 1;
  expect(await verifyReplicaTicket(decodeReplicaTicket(altered), genesisId, publicKey)).toBe(false);
});

it('proves to have the row whole: what a list shows of it, or a proof for another nonce, does not', () => {
  const wrap = randomBytes(60);
  const [ticket] = fc.sample(ticketArbitrary, 1);
  const proven = { ...ticket, proof: possessionOf(wrap, ticket.nonce) };
  expect(provesPossession(proven, wrap)).toBe(true);
  expect(provesPossession(proven, undefined)).toBe(false);
  expect(provesPossession(proven, randomBytes(60))).toBe(false);
  expect(provesPossession({ ...proven, nonce: randomBytes(16) }, wrap)).toBe(false);
});
