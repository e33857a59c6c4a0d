// The list as files: every value reads back as what was listed, and files that did not change are not sent again.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contains, formatNetwork, parseCidr, parseNetwork } from '../../gateway/address.ts';
import { textList } from '../../gateway/lists/text-lists.ts';
import { network } from '../gateway/generators.ts';
import { HOUR, openFeeds } from './door.ts';

const NOW = 1_760_000_000_000;
const networks = fc.uniqueArray(network, { maxLength: 20, selector: formatNetwork });
const text = (format: Parameters<typeof textList>[0], listed: Parameters<typeof textList>[1]) =>
  [...textList(format, listed, NOW)].join('');

describe('lists as text', () => {
  it('hold canonical values that read back as what is listed', () => {
    fc.assert(
      fc.property(networks, (listed) => {
        const entries = listed.map((one) => ({ network: one, until: NOW + HOUR }));
        const wanted = listed.map(formatNetwork).sort();
        const plain = text('plain', entries)
          .split('\n')
          .filter((line) => line !== '' && !line.startsWith('#'));
        expect(plain.map((line) => formatNetwork(parseNetwork(line))).sort()).toEqual(wanted);
        expect(plain.sort()).toEqual(wanted);
        const ipset = [...text('ipset', entries).matchAll(/^add \S+ (\S+) timeout 3600$/gm)].map(([, value]) => value);
        expect(ipset.sort()).toEqual(wanted);
        const geo = [...text('nginx', entries).matchAll(/^ {2}(\S+) 1;$/gm)].map(([, value]) => value);
        expect(geo.map((value) => formatNetwork(parseCidr(value))).sort()).toEqual(wanted);
        const nft = [...text('nft', entries).matchAll(/^ {6}(\S+) timeout 3600s,$/gm)].map(([, value]) =>
          parseCidr(value),
        );
        for (const one of listed) {
          const single = one.family === 4 && one.prefix === 32;
          expect(nft.some((set) => (single ? formatNetwork(set) === formatNetwork(one) : contains(set, one)))).toBe(
            true,
          );
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('the doors of lists', () => {
  it('send a file once, of one family where it is asked, and say what did not change', async () => {
    const { door, apiKeys, block, clock } = await openFeeds();
    const bearer = { authorization: `Bearer ${apiKeys.make(['feed:read'])}` };
    block('192.0.2.1');
    block('2001:db8:0:1::/64');
    clock.advance(1_000);
    const first = await door.get('/lists/blocklist.txt', bearer);
    expect(first.text).toBe('# Wardmesh: blocked addresses and networks, one a line\n192.0.2.1\n2001:db8:0:1::/64\n');
    const [etag, modified] = ['etag', 'last-modified'].map((name) => first.headers.get(name) as string);
    expect((await door.get('/lists/blocklist.txt', { ...bearer, 'if-none-match': etag })).status).toBe(304);
    expect((await door.get('/lists/blocklist.txt', { ...bearer, 'if-modified-since': modified })).status).toBe(304);
    expect((await door.get('/lists/blocklist.txt?fam=6', bearer)).text).not.toContain('192.0.2.1');
    const wrong = await door.get('/lists/blocklist.txt?fam=5', bearer);
    expect(wrong.status).toBe(400);
    expect(wrong.text).toContain('fam is 4 for IPv4 or 6 for IPv6');
    block('192.0.2.2');
    for (const [name, value] of [
      ['if-none-match', etag],
      ['if-modified-since', modified],
    ]) {
      expect((await door.get('/lists/blocklist.txt', { ...bearer, [name]: value })).text).toContain('192.0.2.2');
    }
    // A second that is not over says nothing of what else it will bring.
    expect((await door.get('/lists/blocklist.txt', bearer)).headers.get('last-modified')).toBeNull();
    for (const path of ['/lists/nft', '/lists/ipset', '/lists/nginx-geo.conf']) {
      expect((await door.get(path, bearer)).text).toContain('192.0.2.2');
    }
  });

  it('take the key as a password too, and nothing without one', async () => {
    const { door, apiKeys, block } = await openFeeds();
    block('192.0.2.1');
    const basic = (password: string) => ({
      authorization: `Basic ${Buffer.from(`edl:${password}`).toString('base64')}`,
    });
    expect((await door.get('/lists/blocklist.txt', basic(apiKeys.make(['feed:read'])))).text).toContain('192.0.2.1');
    expect((await door.get('/lists/blocklist.txt', basic('wmk_0'))).status).toBe(401);
    expect((await door.get('/lists/blocklist.txt')).status).toBe(401);
  });
});
