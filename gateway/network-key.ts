// A network as a key of maps: short, and made without the work of writing it for people.
import type { Network } from './address.ts';

/** A single IPv4 address as its 32 bits, signed, so that it is no object; everything else as text, 11 bits a character. */
export type NetworkKey = number | string;

/** Equal for equal networks only. Never shown: it is the address in another spelling. */
export function networkKey({ family, prefix, high, low }: Network): NetworkKey {
  if (family === 4 && prefix === 32) return high | 0;
  return String.fromCharCode(
    (family << 7) | prefix,
    high >>> 21,
    (high >>> 10) & 0x7ff,
    high & 0x3ff,
    low >>> 21,
    (low >>> 10) & 0x7ff,
    low & 0x3ff,
  );
}
