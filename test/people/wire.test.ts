// What branches and strangers send about persons: every message comes back as it was, and nothing else is read.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encryptionKeyPair, randomBytes } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import {
  decodeDeposit,
  decodePullChunk,
  decodeRequest,
  decodeSessions,
  decodeVaultRequest,
  encodeDeposit,
  encodePullChunk,
  encodeRequest,
  encodeSessions,
  encodeVaultRequest,
  openMessage,
  type PeopleRequest,
  sealMessage,
} from '../../node/people/wire.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const id = bytes(16)
  .filter((value) => value.some((byte) => byte !== 0))
  .map(toHex);
const time = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const parts = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 });
const secrets = fc.array(fc.record({ made: time, secret: bytes(32) }), { maxLength: 3 });
const request: fc.Arbitrary<PeopleRequest> = fc.oneof(
  fc.record({ type: fc.constant('pull' as const), epoch: bytes(16), after: time, secrets }),
  fc.record({ type: fc.constant('push' as const), parts }),
  fc.record({ type: fc.constant('sessions' as const), user: id }),
  fc.record({
    type: fc.constant('end' as const),
    ending: fc.record({
      user: id,
      session: fc.option(id, { nil: undefined }),
      before: time,
      except: fc.option(id, { nil: undefined }),
    }),
  }),
);
const session = fc.record({
  id,
  device: fc.string({ maxLength: 200 }).map((text) => text.normalize('NFC').slice(0, 200)),
  address: fc.ipV6(),
  began: time,
  lastActive: time,
  endsAt: time,
});

describe('messages about persons', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(request, (one) => {
        expect(decodeRequest(encodeRequest(one))).toEqual(one);
      }),
    );
    fc.assert(
      fc.property(fc.record({ epoch: bytes(16), through: time, secrets, parts }), (chunk) => {
        expect(decodePullChunk(encodePullChunk(chunk))).toEqual(chunk);
      }),
    );
    fc.assert(
      fc.property(fc.array(session, { maxLength: 5 }), (list) => {
        expect(decodeSessions(encodeSessions(list))).toEqual(list);
      }),
    );
    fc.assert(
      fc.property(id, time, fc.uint8Array({ maxLength: 500 }), (user, at, sealed) => {
        const put = { type: 'put', user, time: at, sealed } as const;
        expect(decodeVaultRequest(encodeVaultRequest(put))).toEqual(put);
        expect(decodeDeposit(encodeDeposit(user, sealed))).toEqual({ user, sealed });
      }),
    );
  });

  it('are read in one way only, whatever the bytes', () => {
    const read = (decode: (input: Uint8Array) => unknown, encode: (value: never) => Uint8Array) =>
      fc.assert(
        fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), request.map(encodeRequest)), fc.nat(), (input, at) => {
          const altered = input.slice();
          if (altered.length > 0) altered[at % altered.length] ^= 1 + (at % 255);
          for (const given of [input, altered, input.subarray(0, at % (input.length + 1))]) {
            let value: unknown;
            try {
              value = decode(given);
            } catch (error) {
              expect(String((error as { code?: string }).code)).toMatch(/^codec\./);
              continue;
            }
            expect(encode(value as never)).toEqual(given.slice());
          }
        }),
      );
    read(decodeRequest, encodeRequest);
    read(decodePullChunk, encodePullChunk);
    read(decodeVaultRequest, encodeVaultRequest);
  });

  it('open for the clinic that they are for alone, from whom they are, in their direction', async () => {
    const [mine, others] = [encryptionKeyPair(), encryptionKeyPair()];
    const envelope = { genesisId: randomBytes(32), from: 1, to: 2, use: 'request' } as const;
    const message = randomBytes(50);
    const sealed = await sealMessage(mine.publicKey, envelope, message);
    expect(await openMessage([mine.secretKey], envelope, sealed)).toEqual(message);
    expect(await openMessage([others.secretKey, mine.secretKey], envelope, sealed)).toEqual(message);
    const wrong = [
      { ...envelope, from: 3 },
      { ...envelope, to: 3 },
      { ...envelope, use: 'answer' as const },
      { ...envelope, genesisId: randomBytes(32) },
    ];
    for (const other of wrong) await expect(openMessage([mine.secretKey], other, sealed)).rejects.toThrow();
    await expect(openMessage([others.secretKey], envelope, sealed)).rejects.toThrow();
  });
});
