// A fast hash for counters and tables in memory. Keyed, so that nobody outside can aim at one bucket; no security rests
// on it beyond that.

/** u32. FNV-1a over UTF-16 units, finished as murmur3 does. */
export function hashText(text: string, seed: number): number {
  let hash = seed ^ 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return finish(hash);
}

/** u32 of two words. */
export function hashWords(a: number, b: number, seed: number): number {
  return finish(Math.imul(a ^ seed, 0x9e3779b1) ^ Math.imul(finish(b ^ seed), 0x85ebca77));
}

function finish(word: number): number {
  let hash = word;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
