import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCidr, parseNetwork, widen } from '../../gateway/address.ts';
import { NeverBlock } from '../../gateway/never-block.ts';

const production = new NeverBlock({ documentationBlockable: false });
production.setMembers(['8.8.4.0/28', '2a00:1450:4001::/56']);
const development = new NeverBlock({ documentationBlockable: true });

const RESERVED = [
  ...[
    '0.0.0.1',
    '10.1.2.3',
    '100.64.0.1',
    '100.127.255.255',
    '127.0.0.1',
    '169.254.1.1',
    '172.16.0.1',
    '172.31.255.255',
  ],
  ...['192.168.1.1', '198.18.0.1', '224.0.0.1', '240.0.0.1', '255.255.255.255', '::1', 'fe80::1', 'fc00::1', 'fd12::1'],
  ...['ff02::1', '64:ff9b::1', '2001::1', '2002:c000:204::1', '::ffff:10.0.0.1', '10.0.0.0/24', 'fd00::/48'],
];
const DOCUMENTATION = ['192.0.2.7', '198.51.100.0/24', '203.0.113.9', '2001:db8::1', '2001:db8:ffff::/48', '3fff::1'];
const PUBLIC = [
  '8.8.8.8',
  '100.63.255.255',
  '100.128.0.1',
  '172.32.0.1',
  '9.255.255.255',
  '2a00:1450:4001:100::1',
  '2606:4700::1',
];

describe('never-block set', () => {
  it('holds every reserved range in both profiles', () => {
    for (const text of RESERVED) {
      expect([text, production.setOf(parseNetwork(text))]).toEqual([text, 'reserved']);
      expect([text, development.setOf(parseNetwork(text))]).toEqual([text, 'reserved']);
    }
  });

  it('leaves documentation ranges blockable in the development profile only', () => {
    for (const text of DOCUMENTATION) {
      expect(production.setOf(parseNetwork(text))).toBe('reserved');
      expect(development.setOf(parseNetwork(text))).toBeUndefined();
    }
  });

  it('leaves public addresses blockable', () => {
    for (const text of PUBLIC) expect([text, production.setOf(parseNetwork(text))]).toEqual([text, undefined]);
  });

  it('protects a member whichever range is the wider one', () => {
    for (const text of [
      '8.8.4.1',
      '8.8.4.0/30',
      '8.8.4.0/24',
      '2a00:1450:4001::1',
      '2a00:1450:4001::/48',
      '2a00:1450:4001:ff::9',
    ]) {
      expect([text, production.setOf(parseNetwork(text))]).toEqual([text, 'member']);
    }
    expect(() => production.check(parseNetwork('8.8.4.1'))).toThrow(
      expect.objectContaining({ code: 'address.never-block' }),
    );
  });

  it('gives back the member networks that are none, and protects the others', () => {
    const neverBlock = new NeverBlock({ documentationBlockable: false });
    const bad = ['8.8.4.1/28', 'example', '8.8.4.0/40'];
    expect(neverBlock.setMembers([...bad, '8.8.4.0/28'])).toEqual(bad);
    expect(neverBlock.setOf(parseNetwork('8.8.4.1'))).toBe('member');
  });

  it('protects the networks of the members as they are now, not as they were', () => {
    const neverBlock = new NeverBlock({ documentationBlockable: false });
    neverBlock.setMembers(['8.8.4.0/28']);
    neverBlock.setMembers(['9.9.9.0/28']);
    expect([neverBlock.setOf(parseNetwork('8.8.4.1')), neverBlock.setOf(parseNetwork('9.9.9.1'))]).toEqual([
      undefined,
      'member',
    ]);
  });

  it('never leaves a range blockable that holds a protected address', () => {
    const word = fc.nat({ max: 0xffff_ffff });
    fc.assert(
      fc.property(
        word,
        fc.integer({ min: 24, max: 32 }),
        fc.constantFrom(...RESERVED, '8.8.4.3'),
        (high, prefix, text) => {
          const inside = parseCidr(text);
          const range =
            inside.family === 4 ? widen({ ...inside, prefix: 32 }, Math.min(prefix, inside.prefix)) : inside;
          expect(production.setOf(range)).toBeDefined();
          // An address is protected exactly when its own /32 is.
          const address = { family: 4, prefix: 32, high, low: 0 } as const;
          if (production.setOf(address) !== undefined) expect(production.setOf(widen(address, prefix))).toBeDefined();
        },
      ),
    );
  });
});
