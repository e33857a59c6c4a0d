// Tags without the weekly key: a thousand reported addresses, and a search that tries addresses under keys that are not it.
import { expect, it } from 'vitest';
import { hkdfSha256, hmacSha256, randomBytes } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { parseNetwork } from '../../gateway/address.ts';
import { networkBytes } from '../../gateway/network-codec.ts';
import { THREAT_TAG_BYTES, threatTag } from '../../gateway/threat-seal.ts';
import { writeReport } from '../helpers/report.ts';

const TAGS = 1_000;
const TRIED = 2 ** 21;
const ALL_IPV4 = 2 ** 32;
const TAG_INFO = new TextEncoder().encode('wardmesh/threat-tag/1');

/** How many tags a search over these addresses under this key finds. */
function search(key: Uint8Array, tags: ReadonlySet<string>, addresses: Iterable<number>): number {
  const tagKey = hkdfSha256(key, new Uint8Array(0), TAG_INFO, 32);
  const bytes = networkBytes(parseNetwork('0.0.0.0'));
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  let found = 0;
  for (const address of addresses) {
    view.setUint32(2, address);
    if (tags.has(toHex(hmacSha256(tagKey, bytes).subarray(0, THREAT_TAG_BYTES)))) found++;
  }
  return found;
}

function* range(from: number, count: number): Iterable<number> {
  for (let n = 0; n < count; n++) yield (from + n * 2_654_435_761) % ALL_IPV4;
}

it(`finds none of ${TAGS} tags without the key of their epoch`, async () => {
  const key = { epoch: 3, key: randomBytes(32) };
  const addresses = Array.from({ length: TAGS }, () => new DataView(randomBytes(4).buffer).getUint32(0));
  const tags = new Set(
    addresses.map((address) => {
      const text = [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
      return toHex(threatTag(key, parseNetwork(text)));
    }),
  );
  // With the key the same search finds them all: it is the search that a thief of the key would make.
  expect(search(key.key, tags, addresses)).toBe(TAGS);
  const nearby = key.key.slice();
  nearby[31] ^= 1;
  const others = [new Uint8Array(32), nearby, randomBytes(32)];
  for (const other of others) expect(search(other, tags, addresses)).toBe(0);
  const began = performance.now();
  expect(search(randomBytes(32), tags, range(addresses[0], TRIED))).toBe(0);
  const perSecond = TRIED / ((performance.now() - began) / 1_000);
  await writeReport(
    'threat-tags',
    'Tags without the weekly key',
    'A thousand addresses under one key, searched for under others (`test/long/threat-tags.test.ts`). All IPv4 addresses were not tried: the rate of those that were is extrapolated. No search needs to be: under a key that is not the right one a tag is 16 bytes of HMAC-SHA-256 that have nothing to do with it, so 2^32 addresses hit one of 1,000 tags with a chance of 2^32 x 1,000 / 2^128.',
    [
      ['tags', TAGS],
      ['found with the key, trying the true addresses', TAGS],
      ["found with no key (zeros), a key with one bit changed, another epoch's key; true addresses", '0, 0, 0'],
      ['other addresses tried with another key', TRIED],
      ['found', 0],
      ['tries a second, one core, busy machine', Math.round(perSecond)],
      [
        'all IPv4 addresses at that rate, extrapolated',
        `${(ALL_IPV4 / perSecond / 3_600).toFixed(1)} h for each key that is guessed, of 2^256`,
      ],
      ['chance that all of them hit any of the tags', '1.3e-26'],
    ],
  );
}, 300_000);
