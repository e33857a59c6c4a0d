import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { formatNetwork, parseNetwork } from '../../gateway/address.ts';
import { GatewayError } from '../../gateway/errors.ts';
import { networkBytes } from '../../gateway/network-codec.ts';
import { decodeThreatEntry, encodeThreatEntry } from '../../gateway/threat-entry.ts';
import {
  decodeThreatPayload,
  encodeThreatPayload,
  PAYLOAD_BYTES,
  type ThreatPayload,
} from '../../gateway/threat-payload.ts';
import { openThreat, sealThreat, threatTag } from '../../gateway/threat-seal.ts';
import { anyEntry, network } from './generators.ts';

const u32 = fc.nat({ max: 0xffff_ffff });
const payload: fc.Arbitrary<ThreatPayload> = fc.record({
  network,
  score: fc.nat(100),
  requests: u32,
  failures: u32,
  note: fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.normalize('NFC')),
});

const key = { epoch: 1, key: new Uint8Array(32).fill(5) };
const context = { clinic: 3, expires: 1_760_000_000_000 };
const sample: ThreatPayload = { network: parseNetwork('192.0.2.7'), score: 0, requests: 9, failures: 8, note: 'scan' };

describe('threat payload', () => {
  it('property 16: blocklist entry completeness: encode and decode of the sealed payload lose nothing', () => {
    fc.assert(
      fc.property(payload, (value) => {
        const bytes = encodeThreatPayload(value);
        expect(bytes.length).toBe(PAYLOAD_BYTES);
        expect(decodeThreatPayload(bytes)).toEqual(value);
      }),
    );
  });

  it('refuses any bytes that are not the one encoding of what they say', () => {
    fc.assert(
      fc.property(payload, fc.nat(PAYLOAD_BYTES - 1), fc.integer({ min: 1, max: 255 }), (value, at, flip) => {
        const bytes = encodeThreatPayload(value);
        bytes[at] ^= flip;
        let decoded: ThreatPayload;
        try {
          decoded = decodeThreatPayload(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
          return;
        }
        expect(encodeThreatPayload(decoded)).toEqual(bytes);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses other lengths and values out of range', () => {
    expect(() => decodeThreatPayload(encodeThreatPayload(sample).subarray(1))).toThrow(CodecError);
    expect(() => encodeThreatPayload({ ...sample, score: 101 })).toThrow(CodecError);
    expect(() => encodeThreatPayload({ ...sample, note: 'x'.repeat(241) })).toThrow(CodecError);
    expect(() => encodeThreatPayload({ ...sample, note: 'e\u0301' })).toThrow(CodecError);
  });
});

describe('blocklist entry bytes', () => {
  it('property 16: blocklist entry completeness: encode and decode of an entry lose nothing', () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        const bytes = encodeThreatEntry(entry);
        expect(decodeThreatEntry(bytes)).toEqual(entry);
        for (let length = 0; length < bytes.length; length++) {
          expect(() => decodeThreatEntry(bytes.subarray(0, length))).toThrow(CodecError);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('accepts no second encoding', () => {
    fc.assert(
      fc.property(anyEntry, fc.nat(200), fc.integer({ min: 1, max: 255 }), (entry, place, flip) => {
        const bytes = encodeThreatEntry(entry);
        bytes[place % bytes.length] ^= flip;
        let again: Uint8Array;
        try {
          again = encodeThreatEntry(decodeThreatEntry(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
          return;
        }
        expect(again).toEqual(bytes);
      }),
      { numRuns: 500 },
    );
  });
});

describe('sealed threat report', () => {
  it('opens to what was sealed, in a constant size', () => {
    fc.assert(
      fc.property(payload, (value) => {
        const sealed = sealThreat(key, context, value);
        expect(sealed.bytes.length).toBe(300);
        expect(openThreat(key, context, sealed)).toEqual(value);
      }),
    );
  });

  it('does not open under another key, epoch, clinic, expiry or salt, nor after any change', () => {
    const sealed = sealThreat(key, context, sample);
    const fails = (open: () => unknown) => expect(open).toThrow(expect.objectContaining({ code: 'threat.seal' }));
    fails(() => openThreat({ ...key, key: new Uint8Array(32) }, context, sealed));
    fails(() => openThreat({ ...key, epoch: 2 }, context, sealed));
    fails(() => openThreat(key, { ...context, clinic: 4 }, sealed));
    fails(() => openThreat(key, { ...context, expires: context.expires + 1 }, sealed));
    fails(() => openThreat(key, context, { ...sealed, salt: sealed.salt.with(0, sealed.salt[0] ^ 1) }));
    fails(() => openThreat(key, context, { ...sealed, salt: new Uint8Array(31) }));
    fails(() => openThreat(key, context, { ...sealed, bytes: sealed.bytes.subarray(1) }));
    for (let at = 0; at < sealed.bytes.length; at += 13) {
      fails(() => openThreat(key, context, { ...sealed, bytes: sealed.bytes.with(at, sealed.bytes[at] ^ 1) }));
    }
  });

  it('refuses an address that the tag on chain does not stand for', () => {
    const sealed = sealThreat(key, context, sample);
    const tag = threatTag(key, parseNetwork('192.0.2.8'));
    expect(() => openThreat(key, context, { ...sealed, tag })).toThrow(GatewayError);
    expect(() => openThreat(key, context, { ...sealed, tag })).toThrow(expect.objectContaining({ code: 'threat.tag' }));
  });

  it('gives one tag for every spelling, another for every other network and key', () => {
    const tag = (text: string, epoch = key) => toHex(threatTag(epoch, parseNetwork(text)));
    expect(tag('::ffff:192.0.2.7')).toBe(tag('192.0.2.7'));
    expect(tag('2001:DB8:0:0:1::')).toBe(tag('2001:db8::'));
    const networks = ['192.0.2.7', '192.0.2.0/24', '192.0.2.0/25', '192.0.2.8', '2001:db8::/64', '2001:db8::/48'];
    expect(new Set(networks.map((text) => tag(text))).size).toBe(networks.length);
    expect(tag('192.0.2.7', { epoch: 1, key: new Uint8Array(32) })).not.toBe(tag('192.0.2.7'));
  });

  it('property 5: privacy preservation: neither tag nor attachment holds the address in any form', () => {
    fc.assert(
      fc.property(network, (value) => {
        const sealed = sealThreat(key, context, { ...sample, network: value });
        const visible = toHex(sealed.tag) + toHex(sealed.salt) + toHex(sealed.bytes);
        const text = formatNetwork(value);
        expect(visible).not.toContain(toHex(networkBytes(value)));
        expect(visible).not.toContain(toHex(new TextEncoder().encode(text)));
      }),
    );
  });

  it('never seals twice alike', () => {
    expect(toHex(sealThreat(key, context, sample).bytes)).not.toBe(toHex(sealThreat(key, context, sample).bytes));
  });
});
