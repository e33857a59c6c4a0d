// The search that an attacker would make: tags of every IPv4 address under one key, as fast as one core goes. WebAssembly
// computes beginnings of tags; each address that it names is held against the product's own tags.
import { fileURLToPath } from 'node:url';
import { hkdfSha256 } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { type ThreatKey, threatTag } from '../../gateway/threat-seal.ts';
import { compress, INITIAL_STATE } from '../../node/miner/kernel/compress.ts';
import { compileAssembly } from '../../scripts/build-kernel.ts';

const SOURCE = fileURLToPath(new URL('./assembly/tag-scan.ts', import.meta.url));
/** 64 KiB each: the 2 MiB of beginnings and what lies beside them. */
const PAGES = 34;
const BLOCK = 64;
const MAX_FOUND = 4_096;
/** Addresses a call: among so many, 63 tags of a thousand begin alike by chance. */
const STRIDE = 2 ** 20;
const TAG_INFO = new TextEncoder().encode('wardmesh/threat-tag/1');

interface ScanExports {
  readonly memory: WebAssembly.Memory;
  keyed(): number;
  begins(): number;
  found(): number;
  scan(from: number, count: number): number;
}

export function compileScan(): Promise<Uint8Array> {
  return compileAssembly(SOURCE, PAGES);
}

/** Addresses of `count` (a multiple of 4) from `from` on whose tags under `key` are among `tags` (hex). */
export function scan(
  wasm: Uint8Array,
  key: ThreatKey,
  tags: ReadonlySet<string>,
  from: number,
  count: number,
): number[] {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm as Uint8Array<ArrayBuffer>));
  const search = exports as unknown as ScanExports;
  const { buffer } = search.memory;
  const tagKey = hkdfSha256(key.key, new Uint8Array(0), TAG_INFO, 32);
  const states = new Uint32Array(buffer, search.keyed(), 16);
  states.set(keyed(tagKey, 0x36));
  states.set(keyed(tagKey, 0x5c), 8);
  const begins = new Uint8Array(buffer, search.begins(), 2 << 20);
  for (const tag of tags) {
    const beginning = Number.parseInt(tag.slice(0, 6), 16);
    begins[beginning >>> 3] |= 1 << (beginning & 7);
  }
  const found: number[] = [];
  for (let done = 0; done < count; done += STRIDE) {
    const hits = search.scan(from + done, Math.min(STRIDE, count - done));
    if (hits === MAX_FOUND) throw new Error('more tags begin alike than there is room for');
    for (const address of new Uint32Array(buffer, search.found(), hits)) {
      const network = { family: 4, prefix: 32, high: address, low: 0 } as const;
      if (tags.has(toHex(threatTag(key, network)))) found.push(address);
    }
  }
  return found;
}

/** The state of SHA-256 behind the block of a key of HMAC. */
function keyed(key: Uint8Array, pad: number): Uint32Array {
  const block = new Uint8Array(BLOCK).fill(pad);
  for (const [i, byte] of key.entries()) block[i] ^= byte;
  const words = new Uint32Array(16);
  const view = new DataView(block.buffer);
  for (let i = 0; i < 16; i++) words[i] = view.getUint32(4 * i);
  const state = new Uint32Array(8);
  compress(INITIAL_STATE, words, state);
  return state;
}
