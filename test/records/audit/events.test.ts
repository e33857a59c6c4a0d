import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signingKeyPair } from '#crypto';
import { CodecError } from '../../../common/codec/errors.ts';
import { ROLES } from '../../../consensus/ledger/accounts/types.ts';
import {
  ACCESS_ACTIONS,
  ACCESS_OUTCOMES,
  type AccessEvent,
  decodeEvent,
  encodeEvent,
  eventLeaf,
  isSigned,
  signEvent,
} from '../../../records/audit/event.ts';
import { fhirAuditEvent } from '../../../records/audit/fhir-audit-event.ts';
import { decodeLeafProof, encodeLeafProof, holds, leafProof, rootOf } from '../../../records/audit/leaf-proof.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const some = bytes(32).filter((value) => value.some((byte) => byte !== 0));
const maybe = fc.option(some, { nil: undefined });
const word = fc.stringMatching(/^[a-z-]{0,20}$/);

const anyEvent: fc.Arbitrary<AccessEvent> = fc.record({
  number: fc.maxSafeNat(),
  time: fc.maxSafeNat(),
  action: fc.constantFrom(...ACCESS_ACTIONS),
  outcome: fc.constantFrom(...ACCESS_OUTCOMES),
  reason: word,
  account: maybe,
  application: maybe,
  roles: fc.subarray([...ROLES]),
  clinic: fc.nat(0xffff),
  writer: fc.nat(0xffff),
  patient: bytes(16),
  records: fc.array(bytes(16), { maxLength: 5 }),
  purpose: word,
  grant: maybe,
  ticket: maybe,
});

const GENESIS = new Uint8Array(32).fill(7);
const KEY = signingKeyPair(new Uint8Array(32).fill(3));

describe('access events', () => {
  it('come back from their bytes as they were, and other bytes are no event', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const encoded = encodeEvent(event);
        expect(decodeEvent(encoded)).toEqual(event);
        expect(() => decodeEvent(encoded.subarray(0, encoded.length - 1))).toThrow(CodecError);
      }),
      { numRuns: 50 },
    );
  });

  it('have one encoding: whatever is accepted encodes to the same bytes', () => {
    fc.assert(
      fc.property(anyEvent, fc.nat(), fc.nat(255), (event, at, value) => {
        const mutated = encodeEvent(event);
        mutated[at % mutated.length] = value;
        try {
          expect(encodeEvent(decodeEvent(mutated))).toEqual(mutated);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('are signed for one network and one clinic', async () => {
    const [event] = fc.sample(anyEvent, { numRuns: 1, seed: 1 });
    const signed = signEvent(encodeEvent(event), GENESIS, 3, KEY);
    expect(await isSigned(signed, GENESIS, 3)).toBe(true);
    expect(await isSigned(signed, GENESIS, 4)).toBe(false);
    expect(await isSigned(signed, new Uint8Array(32), 3)).toBe(false);
  });
});

describe('a leaf proof', () => {
  const events = fc
    .sample(anyEvent, { numRuns: 9, seed: 2 })
    .map((event) => signEvent(encodeEvent(event), GENESIS, 3, KEY));
  const leaves = events.map(eventLeaf);
  const anchor = { count: leaves.length, root: rootOf(leaves) };

  it('holds for each event of an anchor, in its bytes too', async () => {
    for (const [index, event] of events.entries()) {
      const proof = leafProof({ clinic: 3, first: 10, event }, leaves, index);
      expect(decodeLeafProof(encodeLeafProof(proof))).toEqual(proof);
      expect(await holds(proof, anchor, GENESIS)).toBe(true);
    }
  });

  it('fails for another event, place, count, root and clinic', async () => {
    const proof = leafProof({ clinic: 3, first: 10, event: events[2] }, leaves, 2);
    const bad = [
      { ...proof, event: events[3] },
      { ...proof, index: 3 },
      { ...proof, count: proof.count + 1 },
      { ...proof, clinic: 4 },
      { ...proof, hashes: proof.hashes.slice(1) },
    ];
    for (const other of bad) expect(await holds(other, anchor, GENESIS)).toBe(false);
    expect(await holds(proof, { ...anchor, root: leaves[0] }, GENESIS)).toBe(false);
  });

  it('is refused when its bytes are not exactly one', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (input) => {
        expect(() => decodeLeafProof(input)).toThrow(CodecError);
      }),
      { numRuns: 50 },
    );
  });
});

describe('the accounting of disclosures', () => {
  it('says of an event who, what, why, whose and how it ended, as a FHIR AuditEvent', () => {
    const [sample] = fc.sample(anyEvent, { numRuns: 1, seed: 3 });
    const account = new Uint8Array(32).fill(1);
    const grant = new Uint8Array(32).fill(2);
    const event = { ...sample, number: 7, time: 0, action: 'read', outcome: 'permitted', purpose: 'TREAT' } as const;
    const names = { observer: 'North', reader: 'South', patient: 'pid1x', records: ['ab'] };
    const resource = fhirAuditEvent({ ...event, account, grant, ticket: undefined, roles: ['doctor'] }, names);
    expect(resource).toMatchObject({
      resourceType: 'AuditEvent',
      action: 'R',
      recorded: '1970-01-01T00:00:00.000Z',
      outcome: '0',
      purposeOfEvent: [{ coding: [{ code: 'TREAT' }] }],
      agent: [
        {
          requestor: true,
          role: [{ text: 'doctor' }],
          who: { display: 'South', identifier: { value: '01'.repeat(32) } },
        },
        { requestor: false, who: { display: 'North' } },
      ],
      source: { observer: { display: 'North' } },
      entity: [
        { what: { identifier: { value: 'pid1x' } }, role: { code: '1' } },
        { what: { identifier: { value: 'ab' } } },
        { what: { identifier: { value: '02'.repeat(32) } } },
      ],
    });
    const alone = { ...event, account: undefined, application: new Uint8Array(32).fill(3), grant, roles: [] };
    expect(fhirAuditEvent(alone, names).agent).toMatchObject([
      { who: { identifier: { system: 'urn:wardmesh:application', value: '03'.repeat(32) } } },
      {},
    ]);
    for (const action of ACCESS_ACTIONS) {
      const refused = fhirAuditEvent({ ...event, action, outcome: 'refused' }, names);
      expect(refused).toMatchObject({ outcome: '8', subtype: [{}, { code: action }] });
      expect(refused.action).toMatch(/^[CRUDE]$/);
    }
  });
});
