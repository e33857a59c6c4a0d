// IPv6 clients that come back from the next /64: when so many of one /56 were blocked, all of it is. A /56 is what one
// household or office gets.
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import { type Network, overlaps, widen } from '../address.ts';
import { type NetworkKey, networkKey } from '../network-key.ts';

/** Each with at most BAD_NEIGHBOURS ends of blocks. */
export const MAX_NEIGHBOURHOODS = 4_096;
const BAD_NEIGHBOURS = 8;
const PREFIX = 56;

export class Neighbourhoods {
  private readonly blocked = new BoundedMap<NetworkKey, { readonly network: Network; untils: number[] }>({
    maxEntries: MAX_NEIGHBOURHOODS,
  });

  /** A client was blocked until then, ms since 1970. */
  note(client: Network, at: number, until: number): void {
    if (client.family === 4) return;
    const network = widen(client, PREFIX);
    const key = networkKey(network);
    const untils = (this.blocked.touch(key)?.untils ?? []).filter((each) => each > at);
    this.blocked.set(key, { network, untils: [...untils, until].slice(-BAD_NEIGHBOURS) });
  }

  isBlocked(client: Network, at: number): boolean {
    if (client.family === 4 || this.blocked.size === 0) return false;
    const untils = this.blocked.get(networkKey(widen(client, PREFIX)))?.untils ?? [];
    return untils.length === BAD_NEIGHBOURS && untils.every((each) => each > at);
  }

  /** The network was unblocked. */
  reset(network: Network): void {
    for (const [key, each] of this.blocked) if (overlaps(each.network, network)) this.blocked.delete(key);
  }
}
