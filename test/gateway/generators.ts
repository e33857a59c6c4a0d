// Networks, spellings and reports for the gateway's property tests; few distinct values, so that they meet.
import fc from 'fast-check';
import { STANDINGS, THREAT_CATEGORIES, THREAT_MODES } from '../../common/threat-names.ts';
import type { Network } from '../../gateway/address.ts';
import { widen } from '../../gateway/address.ts';
import type { ThreatEntry } from '../../gateway/threat-entry.ts';

const word = fc.nat({ max: 0xffff_ffff });

export const network: fc.Arbitrary<Network> = fc.oneof(
  fc
    .record({ high: word, prefix: fc.integer({ min: 24, max: 32 }) })
    .map(({ high, prefix }) => widen({ family: 4, prefix, high, low: 0 }, prefix)),
  fc
    .record({ high: word, low: word, prefix: fc.integer({ min: 48, max: 64 }) })
    .map(({ high, low, prefix }) => widen({ family: 6, prefix, high, low }, prefix)),
);

/** Inside the documentation ranges, which the development profile leaves blockable. */
export const nearNetwork: fc.Arbitrary<Network> = fc.oneof(
  fc
    .record({ host: fc.nat(3), prefix: fc.constantFrom(24, 30, 31, 32) })
    .map(({ host, prefix }) => widen({ family: 4, prefix, high: 0xc0000200 + host, low: 0 }, prefix)),
  fc
    .record({ low: fc.nat(3), prefix: fc.constantFrom(48, 63, 64) })
    .map(({ low, prefix }) => widen({ family: 6, prefix, high: 0x20010db8, low }, prefix)),
);

export const id = (seed: number) => new Uint8Array(32).fill(seed & 255).with(0, (seed >>> 8) & 255);

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const time = fc.nat({ max: 2 ** 45 });

export const anyEntry: fc.Arbitrary<ThreatEntry> = fc.record({
  reportId: bytes32,
  network,
  organisation: fc.nat(0xffff),
  clinic: fc.nat(0xffff),
  category: fc.constantFrom(...THREAT_CATEGORIES),
  mode: fc.constantFrom(...THREAT_MODES),
  severity: fc.nat(100),
  standing: fc.constantFrom(...STANDINGS),
  keyEpoch: fc.nat(0xffff_ffff),
  tag: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  issuedAt: time,
  expires: time,
  commitment: bytes32,
  transaction: bytes32,
  confirmed: fc.boolean(),
  receivedAt: time,
});

/** Equal for equal networks, as tags are. */
export const tagOf = (of: Network): Uint8Array => {
  const tag = new Uint8Array(16);
  new DataView(tag.buffer).setUint32(0, of.high);
  new DataView(tag.buffer).setUint32(4, of.low);
  return tag.with(8, of.prefix).with(9, of.family);
};

export const entryOf = (fields: Partial<ThreatEntry> & Pick<ThreatEntry, 'network'>): ThreatEntry => ({
  reportId: id(1),
  organisation: 1,
  clinic: 1,
  category: 'flood',
  mode: 'manual',
  severity: 50,
  standing: 'full',
  keyEpoch: 1,
  tag: tagOf(fields.network),
  issuedAt: 0,
  expires: 100_000,
  commitment: id(fields.reportId?.[1] ?? 1),
  transaction: id(1),
  confirmed: true,
  receivedAt: 0,
  ...fields,
});

export function spellings4(address: number): string[] {
  const parts = [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255];
  const dotted = parts.join('.');
  const hex = [parts[0] * 256 + parts[1], parts[2] * 256 + parts[3]].map((group) => group.toString(16));
  const tails = [
    dotted,
    hex.join(':'),
    hex.join(':').toUpperCase(),
    hex.map((group) => group.padStart(4, '0')).join(':'),
  ];
  const heads = ['::ffff:', '::FFFF:', '0:0:0:0:0:ffff:', '0000:0000:0000:0000:0000:ffff:', '0::ffff:', '::0:ffff:'];
  return [dotted, ...heads.flatMap((head) => tails.map((tail) => head + tail))];
}

export function spellings6(groups: readonly number[]): string[] {
  const short = groups.map((group) => group.toString(16));
  const full = short.map((group) => group.padStart(4, '0'));
  const out = [short.join(':'), full.join(':'), full.join(':').toUpperCase()];
  // One gap in the place of each run of zeros.
  for (let from = 0; from < 8; from++) {
    for (let to = from + 1; to <= 8 && groups.slice(from, to).every((group) => group === 0); to++) {
      out.push(`${short.slice(0, from).join(':')}::${short.slice(to).join(':')}`);
    }
  }
  return out;
}
