// Addresses from which somebody was signed in lately: nobody else's report and no score blocks them as addresses here
// (their sessions can be ended, their requests challenged). Owns no session.
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import type { Network } from '../address.ts';
import { networkKey } from '../network-key.ts';

/** The longest unseen goes first: it loses protection, nothing else. */
export const MAX_SIGNED_IN_ADDRESSES = 50_000;
const STAFF_MS = 24 * 3_600_000;
const OTHERS_MS = 3_600_000;

export class SignedInAddresses {
  /** Until when, ms. */
  private readonly until = new BoundedMap<string, number>({ maxEntries: MAX_SIGNED_IN_ADDRESSES });

  note(client: Network, isStaff: boolean, at: number): void {
    const key = networkKey(client);
    const until = Math.max(this.until.get(key) ?? 0, at + (isStaff ? STAFF_MS : OTHERS_MS));
    this.until.set(key, until);
    this.until.touch(key);
  }

  protects(client: Network, at: number): boolean {
    return (this.until.get(networkKey(client)) ?? 0) > at;
  }
}
