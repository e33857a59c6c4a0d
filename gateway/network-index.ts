// Values by network, with the fast question of a gateway: which of them cover this address? One hash lookup per prefix
// length in use (at most 9 for IPv4, 17 for IPv6), whatever the number of networks.
import { type Family, type Network, widen } from './address.ts';

type Key = number | string;

export class NetworkIndex<V> {
  private readonly families: Readonly<Record<Family, Map<number, Map<Key, { network: Network; value: V }>>>> = {
    4: new Map(),
    6: new Map(),
  };
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** Of exactly this network, not of one around it. */
  get(network: Network): V | undefined {
    return this.families[network.family].get(network.prefix)?.get(keyOf(network))?.value;
  }

  /** In place of the value that the network had. */
  set(network: Network, value: V): void {
    const lengths = this.families[network.family];
    let networks = lengths.get(network.prefix);
    if (networks === undefined) {
      networks = new Map();
      lengths.set(network.prefix, networks);
    }
    const before = networks.size;
    networks.set(keyOf(network), { network, value });
    this.count += networks.size - before;
  }

  delete(network: Network): void {
    const lengths = this.families[network.family];
    const networks = lengths.get(network.prefix);
    if (!networks?.delete(keyOf(network))) return;
    this.count--;
    if (networks.size === 0) lengths.delete(network.prefix);
  }

  /** Values whose network holds the whole of `network`, in no stated order. */
  covering(network: Network): V[] {
    const found: V[] = [];
    for (const [prefix, networks] of this.families[network.family]) {
      if (prefix > network.prefix) continue;
      const hit = networks.get(keyOf(prefix === network.prefix ? network : widen(network, prefix)));
      if (hit !== undefined) found.push(hit.value);
    }
    return found;
  }

  *values(): IterableIterator<V> {
    for (const lengths of Object.values(this.families)) {
      for (const networks of lengths.values()) for (const { value } of networks.values()) yield value;
    }
  }
}

function keyOf({ family, high, low }: Network): Key {
  return family === 4 ? high : `${high}:${low}`;
}
