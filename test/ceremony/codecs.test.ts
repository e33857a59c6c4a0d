import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { PURPOSES } from '../../consensus/ledger/ceremony/purpose.ts';
import {
  BLAMES,
  decodeCeremonyRow,
  decodeGenerationRow,
  encodeCeremonyRow,
  encodeGenerationRow,
  MAX_CEREMONY_CLINICS,
  STEPS,
} from '../../consensus/ledger/ceremony/rows.ts';
import {
  encodeAnswer,
  encodeBegin,
  encodeCommit,
  encodeComplain,
  encodeResult,
  MODES,
  readAnswer,
  readBegin,
  readCommit,
  readComplain,
  readResult,
} from '../../consensus/ledger/ceremony/types.ts';
import { decodeShareRequest, encodeShareRequest } from '../../node/ceremony/wire.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const u8 = fc.nat(255);
const u16 = fc.nat(65_535);
const run = { purpose: fc.constantFrom(...PURPOSES), ceremony: bytes(32), attempt: u8 };
const flag = fc.boolean();
const clinics = { minLength: 1, maxLength: MAX_CEREMONY_CLINICS } as const;

const part = fc.record({
  clinic: u16,
  mayDeal: flag,
  holds: flag,
  committed: flag,
  deals: flag,
  confirmed: flag,
  blame: fc.option(fc.constantFrom(...BLAMES), { nil: undefined }),
  against: u8,
  unanswered: u8,
  complaints: u8,
  waiting: u8,
});

const ceremony = fc.record({
  ceremony: bytes(32),
  created: bytes(32),
  clinic: u16,
  mode: fc.constantFrom(...MODES),
  generation: fc.nat(),
  made: fc.nat(),
  threshold: u16,
  needed: u16,
  attempt: u8,
  step: fc.constantFrom(...STEPS),
  since: fc.nat(),
  parts: fc.array(part, clinics),
});

const generation = fc.record({
  publicKey: bytes(32),
  threshold: u16,
  origin: u16,
  height: fc.nat(),
  ceremony: bytes(32),
  attempt: u8,
  holders: fc.array(fc.record({ clinic: u16, verificationShare: bytes(32) }), clinics),
});

function whole<T>(read: (input: Reader) => T): (payload: Uint8Array) => T {
  return (payload) => {
    const input = new Reader(payload);
    const value = read(input);
    input.end();
    return value;
  };
}

const PAIRS = [
  [
    'begin',
    fc.record({ salt: bytes(16), purpose: run.purpose, mode: fc.constantFrom(...MODES), generation: fc.nat() }),
    encodeBegin,
    whole(readBegin),
  ],
  [
    'commit',
    fc.record({ ...run, proof: bytes(64), commitments: fc.array(bytes(32), { minLength: 1, maxLength: 9 }) }),
    encodeCommit,
    whole(readCommit),
  ],
  ['complain', fc.record({ ...run, dealer: u16 }), encodeComplain, whole(readComplain)],
  ['answer', fc.record({ ...run, holder: u16, share: bytes(32) }), encodeAnswer, whole(readAnswer)],
  ['result', fc.record(run), encodeResult, whole(readResult)],
  ['request', fc.record(run), encodeShareRequest, decodeShareRequest],
  ['ceremony row', ceremony, encodeCeremonyRow, decodeCeremonyRow],
  ['generation row', generation, encodeGenerationRow, decodeGenerationRow],
] as readonly [string, fc.Arbitrary<unknown>, (value: never) => Uint8Array, (payload: Uint8Array) => unknown][];

test.each(PAIRS)(
  '%s: what is written is read, and bytes that are read are the one encoding',
  (_, values, encode, decode) => {
    fc.assert(
      fc.property(values, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, at, change) => {
        const payload = encode(value as never).slice();
        expect(decode(payload)).toEqual(value);
        payload[at % payload.length] ^= change;
        for (const altered of [payload, payload.subarray(0, -1)]) {
          try {
            expect(encode(decode(altered) as never)).toEqual(altered);
          } catch (error) {
            expect(error).toBeInstanceOf(CodecError);
          }
        }
      }),
      { numRuns: 60 },
    );
  },
);
