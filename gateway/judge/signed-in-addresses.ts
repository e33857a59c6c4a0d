// Addresses from which somebody was signed in lately: no score and nobody else's report blocks them as addresses here
// (their sessions can be ended, their requests challenged), and a list that hits many of them is suspect. Owns no session.
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import { contains, isRange, type Network } from '../address.ts';
import { type NetworkKey, networkKey } from '../network-key.ts';

/** The longest unseen goes first: it loses protection, nothing else. */
export const MAX_SIGNED_IN_ADDRESSES = 50_000;
/** Addresses seen within so long of each other count as equally old when one has to go. */
const SAME_AGE_MS = 60_000;
const STAFF_MS = 24 * 3_600_000;
const OTHERS_MS = 3_600_000;
/** What "lately" and "now" mean where a list is weighed against those who use the application. */
const KNOWN_MS = 7 * 24 * 3_600_000;
const CURRENT_MS = 30 * 60_000;

interface SignedIn {
  readonly client: Network;
  /** ms since 1970. */
  protectedUntil: number;
  last: number;
}

/** How many addresses with a session there are, and how many of them are in the networks asked for. */
export interface Hits {
  readonly known: number;
  readonly knownHit: number;
  readonly current: number;
  readonly currentHit: number;
}

export class SignedInAddresses {
  private readonly addresses = new BoundedMap<NetworkKey, SignedIn>({ maxEntries: MAX_SIGNED_IN_ADDRESSES });

  note(client: Network, isStaff: boolean, at: number): void {
    const key = networkKey(client);
    const known = this.addresses.get(key);
    const until = at + (isStaff ? STAFF_MS : OTHERS_MS);
    if (known === undefined) this.addresses.set(key, { client, protectedUntil: until, last: at });
    else {
      if (at - known.last > SAME_AGE_MS) this.addresses.touch(key);
      known.protectedUntil = Math.max(known.protectedUntil, until);
      known.last = Math.max(known.last, at);
    }
  }

  protects(client: Network, at: number): boolean {
    return (this.addresses.get(networkKey(client))?.protectedUntil ?? 0) > at;
  }

  /** Of the last seven days, and of the last half hour. Walks all addresses: for changes of a list, not for requests. */
  hits(networks: readonly Network[], at: number): Hits {
    const singles = new Set(networks.map(networkKey));
    const ranges = networks.filter(isRange);
    const counts = { known: 0, knownHit: 0, current: 0, currentHit: 0 };
    for (const [key, { client, last }] of this.addresses) {
      if (last <= at - KNOWN_MS) continue;
      const isHit = singles.has(key) || ranges.some((range) => contains(range, client));
      const isCurrent = last > at - CURRENT_MS;
      counts.known++;
      if (isHit) counts.knownHit++;
      if (isCurrent) counts.current++;
      if (isCurrent && isHit) counts.currentHit++;
    }
    return counts;
  }
}
