// How long an envelope's content is made, so that its length says little (PROTOCOL 11.1). Owns no bytes.

/** Of content in one sealed chunk. */
export const CHUNK_BYTES = 65_536;
/** Below it all contents are alike: most FHIR resources. */
const SMALLEST = 1024;

/**
 * The bucket of a content of `size` bytes: up to a chunk the next power of two, above it Padmé's (no more than 1 part in
 * 32 is added, and a length tells about as much as the place of its highest digits).
 */
export function paddedSize(size: number): number {
  if (size <= SMALLEST) return SMALLEST;
  const exponent = highestBit(size);
  if (size <= CHUNK_BYTES) return size === 2 ** exponent ? size : 2 ** (exponent + 1);
  const granule = 2 ** (exponent - highestBit(exponent) - 1);
  return Math.ceil(size / granule) * granule;
}

/** floor(log2 n), exact for safe integers. */
function highestBit(n: number): number {
  return n < 2 ** 31 ? 31 - Math.clz32(n) : 31 + highestBit(Math.floor(n / 2 ** 31));
}
