import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  contains,
  formatNetwork,
  type Network,
  overlaps,
  parseAddress,
  parseCidr,
  parseNetwork,
  widen,
} from '../../gateway/address.ts';
import { GatewayError } from '../../gateway/errors.ts';
import { network, spellings4, spellings6 } from './generators.ts';

const code = (text: string, parse: (text: string) => Network = parseNetwork): string => {
  try {
    return formatNetwork(parse(text));
  } catch (error) {
    if (error instanceof GatewayError) return error.code;
    throw error;
  }
};

describe('canonical addresses', () => {
  it('gives one form for an address and for a range', () => {
    expect(code('192.0.2.7')).toBe('192.0.2.7');
    expect(code('192.0.2.7/32')).toBe('192.0.2.7');
    expect(code('192.0.2.0/24')).toBe('192.0.2.0/24');
    expect(code('2001:DB8:0:1:0:0:0:9')).toBe('2001:db8:0:1::/64');
    expect(code('2001:db8::/48')).toBe('2001:db8::/48');
  });

  it('reads IPv4 in IPv6 as IPv4', () => {
    for (const text of ['::ffff:192.0.2.7', '::FFFF:c000:207', '0:0:0:0:0:ffff:192.0.2.7', '::ffff:192.0.2.7/128']) {
      expect(code(text)).toBe('192.0.2.7');
    }
    expect(code('::ffff:192.0.2.0/120')).toBe('192.0.2.0/24');
    expect(code('::ffff:192.0.2.0/64')).toBe('address.prefix');
  });

  it('refuses every spelling that has two readings', () => {
    const texts = [
      ...['', ' ', '/', '192.0.2', '192.0.2.7.', '.192.0.2.7', '3221225991', '0xc0000207', '0xc0.0.2.7', '0300.0.2.7'],
      ...[
        '192.0.02.7',
        '192.0.2.07',
        '192.0.2.256',
        '192.0.2.7 ',
        '\t192.0.2.7',
        '192.0.2.7:80',
        '192.0.2.7/',
        '192.0.2.7/032',
      ],
      ...[
        '192.0.2.7/+32',
        '192.0.2.7/32/32',
        '１９２.0.2.7',
        '[2001:db8::1]',
        'fe80::1%eth0',
        '2001:db8::1%25eth0',
        '2001:db8::00001',
      ],
      ...[
        '2001:db8:::1',
        '1::2::3',
        '1:2:3:4:5:6:7',
        '1:2:3:4:5:6:7:8:9',
        '::192.0.2.7',
        '64:ff9b::192.0.2.7',
        '::ffff:0300.0.2.7',
      ],
      ...['2001:db8::g', ':1:2:3:4:5:6:7', '1:2:3:4:5:6:7:', 'localhost', '::ffff:192.0.2', `${'0'.repeat(60)}::1`],
    ];
    expect(texts.filter((text) => code(text) !== 'address.syntax')).toEqual([]);
  });

  it('refuses ranges that are too wide, too narrow, or have host bits', () => {
    for (const text of [
      '0.0.0.0/0',
      '192.0.2.0/23',
      '::/0',
      '2001:db8::/47',
      '2001:db8::/65',
      '2001:db8::1/128',
      '192.0.2.0/33',
    ]) {
      expect(code(text)).toBe('address.prefix');
    }
    for (const text of ['192.0.2.1/24', '2001:db8::1/64', '2001:db8:0:1::/48'])
      expect(code(text)).toBe('address.host-bits');
    expect(code('192.0.2.0/24', parseAddress)).toBe('address.syntax');
  });

  it('takes wider networks only where members declare their own', () => {
    expect(code('10.0.0.0/8', parseCidr)).toBe('10.0.0.0/8');
    expect(code('2000::/3', parseCidr)).toBe('2000::/3');
    expect(code('10.0.0.1/8', parseCidr)).toBe('address.host-bits');
  });

  it('property 15: blocked address refused: every spelling of an IPv4 address is one value', () => {
    fc.assert(
      fc.property(fc.nat({ max: 0xffff_ffff }), (address) => {
        const texts = spellings4(address);
        expect(new Set(texts.map((text) => JSON.stringify(parseAddress(text)))).size).toBe(1);
        expect(parseAddress(texts[0])).toEqual({ family: 4, prefix: 32, high: address, low: 0 });
      }),
    );
  });

  it('property 15: blocked address refused: every spelling of an IPv6 address is its /64', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constant(0), fc.nat({ max: 0xffff })), { minLength: 8, maxLength: 8 }),
        (groups) => {
          fc.pre(groups.slice(0, 5).some((group) => group !== 0) || groups[5] !== 0xffff);
          const [a, b, c, d] = groups;
          const expected = { family: 6, prefix: 64, high: a * 65536 + b, low: c * 65536 + d };
          for (const text of spellings6(groups)) expect(parseAddress(text)).toEqual(expected);
        },
      ),
    );
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(network, (value) => {
        expect(parseNetwork(formatNetwork(value))).toEqual(value);
      }),
    );
  });

  it('either refuses any text with a code or gives a value that reads back', () => {
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom(...'0123456789abcdefF:./%[]x '), maxLength: 50 }),
      fc.string({ unit: 'binary', maxLength: 60 }),
      network
        .map(formatNetwork)
        .chain((base) => fc.nat(base.length).map((at) => `${base.slice(0, at)}0${base.slice(at)}`)),
    );
    fc.assert(
      fc.property(text, (input) => {
        const result = code(input);
        expect(result.startsWith('address.') || code(result) === result).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('knows containment and overlap as sets of addresses', () => {
    fc.assert(
      fc.property(network, network, (a, b) => {
        const inside =
          a.family === b.family && a.prefix <= b.prefix && formatNetwork(widen(b, a.prefix)) === formatNetwork(a);
        expect(contains(a, b)).toBe(inside);
        expect(overlaps(a, b)).toBe(contains(a, b) || contains(b, a));
      }),
    );
    expect(overlaps(parseCidr('10.0.0.0/8'), parseNetwork('10.1.2.0/24'))).toBe(true);
  });
});
