// Claims about whose request it is behind proxies.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatNetwork, parseAddress } from '../../gateway/address.ts';
import { AddressTruth } from '../../gateway/address-truth.ts';

const truth = new AddressTruth({ trustedProxies: ['10.0.0.0/8', '2001:db8:1::/64'] });
const of = (peer: string, forwarded?: string) => {
  const { client, forwarding } = truth.of(peer, forwarded);
  return [formatNetwork(client), forwarding];
};

describe('address truth', () => {
  it('takes the right-most address that no trusted proxy has', () => {
    expect(of('10.0.0.1', '203.0.113.9')).toEqual(['203.0.113.9', 'proxied']);
    expect(of('10.0.0.1', '1.1.1.1, 203.0.113.9, 10.2.3.4')).toEqual(['203.0.113.9', 'proxied']);
    expect(of('2001:db8:1::5', '2001:db8:2:3:4::1')).toEqual(['2001:db8:2:3::/64', 'proxied']);
    expect(of('::ffff:10.0.0.1', '::ffff:203.0.113.9')).toEqual(['203.0.113.9', 'proxied']);
    expect(of('10.0.0.1', '[2001:db8:9::1]:443')).toEqual(['2001:db8:9::/64', 'proxied']);
    expect(of('10.0.0.1', '203.0.113.9:50123')).toEqual(['203.0.113.9', 'proxied']);
    expect(of('10.0.0.1', '10.0.0.2, 10.0.0.3')).toEqual(['10.0.0.2', 'proxied']);
  });

  it('ignores what a peer that is no trusted proxy wrote', () => {
    expect(of('203.0.113.1', '198.51.100.1')).toEqual(['203.0.113.1', 'direct']);
    expect(of('203.0.113.1', 'nonsense')).toEqual(['203.0.113.1', 'direct']);
    expect(of('fe80::1%eth0', '198.51.100.1')).toEqual(['fe80::/64', 'direct']);
    expect(of('10.0.0.1')).toEqual(['10.0.0.1', 'direct']);
  });

  it('says that a list makes no sense and answers with whom wrote it', () => {
    expect(of('10.0.0.1', 'unknown')).toEqual(['10.0.0.1', 'malformed']);
    expect(of('10.0.0.1', '203.0.113.9, 010.0.0.2')).toEqual(['10.0.0.1', 'malformed']);
    expect(of('10.0.0.1', '203.0.113.9, evil, 10.0.0.7')).toEqual(['10.0.0.7', 'malformed']);
    expect(of('10.0.0.1', '')).toEqual(['10.0.0.1', 'malformed']);
    expect(of('10.0.0.1', Array(17).fill('10.0.0.2').join(','))).toEqual(['10.0.0.2', 'malformed']);
    // Who writes many to hide behind the proxy is found all the same.
    expect(of('10.0.0.1', `${'6.6.6.6,'.repeat(40)}203.0.113.9`)).toEqual(['203.0.113.9', 'malformed']);
  });

  it('never throws for what others wrote, and nobody chooses another address by writing to the left', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.nat({ max: 0xffff }), (junk, low) => {
        const own = `203.0.${low >>> 8}.${low & 255}`;
        const { client, forwarding } = truth.of('10.0.0.1', `${junk},${own}`);
        expect(client).toEqual(parseAddress(own));
        expect(['proxied', 'malformed']).toContain(forwarding);
        truth.of('10.0.0.1', junk);
      }),
    );
  });
});
