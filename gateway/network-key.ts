// A network as a key of maps: short, and made without the work of writing it for people.
import type { Network } from './address.ts';

/** Equal for equal networks only. Never shown: it is the address in another spelling. */
export function networkKey({ family, prefix, high, low }: Network): string {
  return family === 4 && prefix === 32
    ? high.toString(36)
    : `${family}.${prefix}.${high.toString(36)}.${low.toString(36)}`;
}
