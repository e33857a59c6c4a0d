// Which keys a database may have: it knows those that were never put since the database was empty. Most keys that a block
// asks for are new ones, and the engine merges a file sooner the more questions had to look past it: half of what it wrote
// while a chain was fetched from its first block came from questions (docs/results/sync.md). Owns no row.
import { crc32 } from 'node:zlib';

/** Two million keys leave one false "perhaps" in fifty, four million one in seven. */
const FILTER_BYTES = 2 * 1024 * 1024;
const PROBES = 4;
const MASK = 8 * FILTER_BYTES - 1;

export class KeyFilter {
  private readonly bits = new Uint8Array(FILTER_BYTES);

  add(key: Uint8Array): void {
    const step = stepOf(key);
    for (let probe = 0, at = crc32(key); probe < PROBES; probe++, at = (at + step) >>> 0) {
      this.bits[(at & MASK) >>> 3] |= 1 << (at & 7);
    }
  }

  /** False only for keys that were never added. */
  mayHave(key: Uint8Array): boolean {
    const step = stepOf(key);
    for (let probe = 0, at = crc32(key); probe < PROBES; probe++, at = (at + step) >>> 0) {
      if ((this.bits[(at & MASK) >>> 3] & (1 << (at & 7))) === 0) return false;
    }
    return true;
  }
}

/** From the end of the key, where ids and hashes are; odd, so that no probe falls on another. */
function stepOf(key: Uint8Array): number {
  let step = 0;
  for (let i = Math.max(0, key.length - 4); i < key.length; i++) step = (step << 8) | key[i];
  return (step | 1) >>> 0;
}
