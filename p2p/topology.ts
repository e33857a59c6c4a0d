// Whom to connect to: everybody in a small network, else a bounded number, chosen so that the network stays connected
// (research P 1.6). Every member computes the same choice of every other from the list of members alone; owns no dialling.
import { compareBytes } from '../common/bytes.ts';
import { taggedHash } from '../common/crypto/tagged-hash.ts';
import { FULL_MESH_MEMBERS, MESH_DEGREE } from './limits.ts';

export interface Topology {
  /** Up to this many members, this node included, everybody dials everybody. */
  readonly fullMesh: number;
  /** Members that this node dials in a larger network; about as many dial it. */
  readonly degree: number;
}

export const STANDARD_TOPOLOGY: Topology = { fullMesh: FULL_MESH_MEMBERS, degree: MESH_DEGREE };

const encoder = new TextEncoder();

/**
 * All other members in the order in which `self` prefers them. Members stand on a ring by a hash of their ids; first come
 * those 1, 2, 4, 8, ... places on, which alone connect any number of members in as many steps as the number has bits, then
 * the others by a hash of the pair. Who cannot be reached is replaced by the next.
 */
export function dialOrder(self: string, members: Iterable<string>): string[] {
  const ids = new Set([...members, self]);
  const ring = sortedBy(ids, (id) => taggedHash('wardmesh/topology/1', encoder.encode(id)));
  const at = ring.indexOf(self);
  const order = new Set<string>();
  for (let step = 1; step < ring.length; step *= 2) order.add(ring[(at + step) % ring.length]);
  const pair = (other: string): Uint8Array => {
    const [first, second] = self < other ? [self, other] : [other, self];
    return taggedHash('wardmesh/topology-pair/1', encoder.encode(`${first} ${second}`));
  };
  for (const id of sortedBy(ids, pair)) if (id !== self) order.add(id);
  return [...order];
}

/** Of `order`, as many that can be reached as the topology asks for, and all before them that cannot. */
export function wantedOf(
  topology: Topology,
  order: readonly string[],
  reachable: (id: string) => boolean,
): Set<string> {
  if (order.length < topology.fullMesh) return new Set(order);
  const wanted = new Set<string>();
  let reached = 0;
  for (const id of order) {
    if (reached >= topology.degree) break;
    wanted.add(id);
    if (reachable(id)) reached++;
  }
  return wanted;
}

function sortedBy(ids: Iterable<string>, key: (id: string) => Uint8Array): string[] {
  const keyed = Array.from(ids, (id) => [key(id), id] as const);
  return keyed.sort(([a], [b]) => compareBytes(a, b)).map(([, id]) => id);
}
