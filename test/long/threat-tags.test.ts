// Tags without the weekly key: a thousand reported addresses, and a search that tries addresses under keys that are not it.
// With WARDMESH_EVERY_ADDRESS=1 one such key is tried with every IPv4 address (about an hour of two cores).
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { hkdfSha256, randomBytes } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import type { Network } from '../../gateway/address.ts';
import { threatTag } from '../../gateway/threat-seal.ts';
import { writeReport } from '../helpers/report.ts';
import { scan } from './tag-scan.ts';

const TAGS = 1_000;
const ALL_IPV4 = 2 ** 32;
/** The reported addresses lie in one network of so many, so that the search with the key is a search too. */
const SITE = 2 ** 20;
const everyAddress = process.env.WARDMESH_EVERY_ADDRESS === '1';
const TRIED = everyAddress ? ALL_IPV4 : 2 ** 23;
const TAG_INFO = new TextEncoder().encode('wardmesh/threat-tag/1');

const client = (high: number): Network => ({ family: 4, prefix: 32, high, low: 0 });
const tagKeyOf = (key: Uint8Array) => hkdfSha256(key, new Uint8Array(0), TAG_INFO, 32);

/** Over all processors; how many of the tags were found. */
async function searchAll(key: Uint8Array, tags: ReadonlySet<string>, from: number, count: number): Promise<number> {
  const threads = availableParallelism();
  const part = Math.ceil(count / threads);
  const found = await Promise.all(
    Array.from({ length: threads }, async (_, i) => {
      const own = { from: from + i * part, count: Math.min(part, count - i * part) };
      const worker = new Worker(new URL('./tag-scan-worker.ts', import.meta.url), {
        workerData: { key: tagKeyOf(key), tags: [...tags], ...own },
      });
      const [hits] = (await once(worker, 'message')) as [number[]];
      return hits.length;
    }),
  );
  return found.reduce((sum, each) => sum + each, 0);
}

it(
  `finds none of ${TAGS} tags without the key of their epoch`,
  async () => {
    const key = { epoch: 3, key: randomBytes(32) };
    const site = (new DataView(randomBytes(4).buffer).getUint32(0) & ~(SITE - 1)) >>> 0;
    const addresses = new Set<number>();
    while (addresses.size < TAGS) addresses.add(site + (new DataView(randomBytes(4).buffer).getUint32(0) & (SITE - 1)));
    const tags = new Set([...addresses].map((address) => toHex(threatTag(key, client(address)))));
    // With the key the same search finds them all and nothing else: it is the search that a thief of the key would make.
    expect(scan(tagKeyOf(key.key), tags, site, SITE)).toEqual([...addresses].sort((a, b) => a - b));
    const nearby = key.key.slice();
    nearby[31] ^= 1;
    for (const other of [new Uint8Array(32), nearby, randomBytes(32)]) {
      expect(scan(tagKeyOf(other), tags, site, SITE)).toEqual([]);
    }
    const began = performance.now();
    expect(await searchAll(randomBytes(32), tags, everyAddress ? 0 : site - (site % TRIED), TRIED)).toBe(0);
    const seconds = (performance.now() - began) / 1_000;
    await writeReport(
      'threat-tags',
      'Tags without the weekly key',
      [
        'A thousand addresses under one key, searched for under others (`test/long/threat-tags.test.ts`; the search computes its own SHA-256 and is held against the tags of the product).',
        'No size of a search settles it by itself, and none needs to. A tag is 16 bytes of HMAC-SHA-256 under a key that HKDF makes of 32 random bytes. HMAC-SHA-256 is taken to be a pseudo-random function: to whoever lacks the key the tags of different addresses are bytes that have nothing to do with the addresses. Who tries all addresses must try them under some key; under a wrong one each try hits one of 1,000 tags with a chance of 1,000 / 2^128, and the number of keys is 2^256. So trying every address without the key gives what guessing without looking gives, and the trials below show that the code has the form that the argument needs: where the key finds all, another one, also one that differs in a single bit, finds none.',
        'What the argument does not cover: who holds the key of a week (every member does) can try every address in the time below, and does so with success. The tags hide addresses from those outside the network and from everybody once the key is destroyed.',
      ].join('\n\n'),
      [
        ['tags', TAGS],
        [`found with the key, trying ${SITE} addresses`, TAGS],
        ["found with no key (zeros), a key with one bit changed, another week's key; the same addresses", '0, 0, 0'],
        ["addresses tried with another week's key", everyAddress ? `all ${TRIED}` : TRIED],
        ['found', 0],
        [`tries a second, ${availableParallelism()} cores`, Math.round(TRIED / seconds)],
        [
          everyAddress ? 'all IPv4 addresses took' : 'all IPv4 addresses at that rate, extrapolated',
          `${((ALL_IPV4 * seconds) / TRIED / 3_600).toFixed(1)} h for each key that is guessed, of 2^256`,
        ],
        ['chance that all of them hit any of the tags', '1.3e-26'],
      ],
    );
  },
  6 * 3_600_000,
);
