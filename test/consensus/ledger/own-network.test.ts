// The networks that a clinic may call its own: the same as the list of addresses reads them, and never wide.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isOwnNetwork } from '../../../consensus/ledger/members/own-network.ts';
import { parseCidr } from '../../../gateway/address.ts';

it('are one network in one form, no wider than sixteen addresses or 256 networks of one customer (7.1.4)', () => {
  for (const good of ['192.0.2.16/28', '192.0.2.1/32', '192.0.2.1', '2001:db8::/56', '2001:db8:0:1::/64', '::/56']) {
    expect([good, isOwnNetwork(good)]).toEqual([good, true]);
  }
  for (const bad of [
    ...['0.0.0.0/0', '8.0.0.0/8', '192.0.2.0/27', '::/0', '2001:db8::/48', '2001:db8::/55', '2001:db8::/65'],
    ...['192.0.2.1/28', '2001:db8:0:1::/56', '2001:db8::1/64', '192.0.2/28', '192.0.2.256/32', '192.0.2.01/32'],
    ...['192.0.2.0/28/1', '192.0.2.0/', '192.0.2.0/028', '2001:DB8::/56', '2001:db8::', '1::2::/56', '1:2:3/64', ''],
    ...['::ffff:192.0.2.0/124', '1:2:3:4:5:6:7:8:9/64', '1:2:3:4:5:6:7::8/64', '/28', 'localhost'],
  ]) {
    expect([bad, isOwnNetwork(bad)]).toEqual([bad, false]);
  }
});

it('are what the list of addresses understands, host bits and all, and nothing else', () => {
  const word = fc.nat(0xffff).map((value) => value.toString(16));
  const texts = fc.oneof(
    fc.tuple(fc.ipV4(), fc.nat(33)).map(([address, prefix]) => `${address}/${prefix}`),
    fc.tuple(fc.array(word, { maxLength: 8 }), fc.nat(70)).map(([words, prefix]) => `${words.join(':')}::/${prefix}`),
    fc.tuple(fc.ipV6(), fc.integer({ min: 50, max: 70 })).map(([address, prefix]) => `${address}/${prefix}`),
    fc.string({ unit: fc.constantFrom(...'0123456789abcdef.:/'), maxLength: 20 }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      if (!isOwnNetwork(text)) return;
      const { family, prefix } = parseCidr(text);
      expect(prefix).toBeGreaterThanOrEqual(family === 4 ? 28 : 56);
    }),
    { numRuns: 2_000 },
  );
});
