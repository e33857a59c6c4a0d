// Tags without the weekly key: a thousand reported addresses, and a search that tries every IPv4 address under a key that
// is not it.
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import type { Network } from '../../gateway/address.ts';
import { type ThreatKey, threatTag } from '../../gateway/threat-seal.ts';
import { writeReport } from '../helpers/report.ts';
import { compileScan, scan } from './tag-scan.ts';

const TAGS = 1_000;
const ALL_IPV4 = 2 ** 32;
/** The reported addresses lie in one network of so many, so that the search with the key is a search too. */
const SITE = 2 ** 20;

const client = (high: number): Network => ({ family: 4, prefix: 32, high, low: 0 });

/** Every address, over all processors; how many of the tags were found. */
async function searchAll(wasm: Uint8Array, key: ThreatKey, tags: ReadonlySet<string>): Promise<number> {
  const threads = availableParallelism();
  const part = 4 * Math.ceil(ALL_IPV4 / 4 / threads);
  const found = await Promise.all(
    Array.from({ length: threads }, async (_, i) => {
      const own = { from: i * part, count: Math.min(part, ALL_IPV4 - i * part) };
      const worker = new Worker(new URL('./tag-scan-worker.ts', import.meta.url), {
        workerData: { wasm, key, tags: [...tags], ...own },
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
    const wasm = await compileScan();
    expect(scan(wasm, key, tags, site, SITE)).toEqual([...addresses].sort((a, b) => a - b));
    const nearby = key.key.slice();
    nearby[31] ^= 1;
    for (const other of [new Uint8Array(32), nearby, randomBytes(32)]) {
      expect(scan(wasm, { ...key, key: other }, tags, site, SITE)).toEqual([]);
    }
    const began = performance.now();
    expect(await searchAll(wasm, { ...key, key: randomBytes(32) }, tags)).toBe(0);
    const seconds = (performance.now() - began) / 1_000;
    await writeReport(
      'threat-tags',
      'Tags without the weekly key',
      [
        'A thousand addresses under one key, searched for under others (`test/long/threat-tags.test.ts`; the search computes beginnings of tags in WebAssembly, and every address that it names is held against the tags of the product).',
        'No size of a search settles it by itself, and none needs to. A tag is 16 bytes of HMAC-SHA-256 under a key that HKDF makes of 32 random bytes. HMAC-SHA-256 is taken to be a pseudo-random function: to whoever lacks the key the tags of different addresses are bytes that have nothing to do with the addresses. Who tries all addresses must try them under some key; under a wrong one each try hits one of 1,000 tags with a chance of 1,000 / 2^128, and the number of keys is 2^256. So trying every address without the key gives what guessing without looking gives, and the trials below show that the code has the form that the argument needs: where the key finds all, another one, also one that differs in a single bit, finds none.',
        'What the argument does not cover: who holds the key of a week (every member does) can try every address in the time below, and does so with success. The tags hide addresses from those outside the network and from everybody once the key is destroyed.',
      ].join('\n\n'),
      [
        ['tags', TAGS],
        [`found with the key, trying ${SITE} addresses`, TAGS],
        ["found with no key (zeros), a key with one bit changed, another week's key; the same addresses", '0, 0, 0'],
        ["addresses tried with another week's key", `all ${ALL_IPV4}`],
        ['found', 0],
        [`tries a second, ${availableParallelism()} cores`, Math.round(ALL_IPV4 / seconds)],
        ['time', `${(seconds / 60).toFixed(1)} min for each key that is guessed, of 2^256`],
        ['chance that all of them hit any of the tags', '1.3e-26'],
      ],
    );
  },
  6 * 3_600_000,
);
