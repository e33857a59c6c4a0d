// Networks without parts of them: what a list says of a range in which single addresses are allowed. Pure.
import { contains, type Network, overlaps, widen } from '../address.ts';

/** The fewest networks that hold all of `network` but nothing of `holes`; `network` itself when no hole touches it. */
export function carve(network: Network, holes: readonly Network[]): Network[] {
  const touching = holes.filter((hole) => overlaps(hole, network));
  if (touching.length === 0) return [network];
  if (touching.some((hole) => contains(hole, network))) return [];
  return halves(network).flatMap((half) => carve(half, touching));
}

/** `network` holds a hole that is smaller, so that it is no single address. */
function halves(network: Network): readonly Network[] {
  const prefix = network.prefix + 1;
  const { family, high, low } = network;
  const bit = prefix <= 32 ? 2 ** (32 - prefix) : 2 ** (64 - prefix);
  const upper: Network =
    prefix <= 32 ? { family, prefix, high: high + bit, low } : { family, prefix, high, low: low + bit };
  return [widen({ ...network, prefix }, prefix), upper];
}
