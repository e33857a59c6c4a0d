// Wrong answers by client, and the refusal that the third of them brings. Owns no answer.
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import type { Network } from '../address.ts';
import { type NetworkKey, networkKey } from '../network-key.ts';

export const FAILURES_TO_BLOCK = 3;
export const FAILURE_WINDOW_MS = 10 * 60_000;
export const FAILURE_BLOCK_MS = 15 * 60_000;
/** The oldest is forgotten: its failures or its refusal end early. */
export const MAX_FAILED_CLIENTS = 50_000;

interface Failures {
  /** ms since 1970, inside the window, fewer than FAILURES_TO_BLOCK. */
  times: readonly number[];
  blockedUntil: number;
}

export class CaptchaFailures {
  private readonly clients = new BoundedMap<NetworkKey, Failures>({ maxEntries: MAX_FAILED_CLIENTS });

  blockedUntil(client: Network, at: number): number {
    const until = this.clients.size === 0 ? 0 : (this.clients.get(networkKey(client))?.blockedUntil ?? 0);
    return until > at ? until : 0;
  }

  fail(client: Network, at: number): void {
    const key = networkKey(client);
    const known = this.clients.touch(key);
    const times = [...(known?.times ?? []).filter((time) => time > at - FAILURE_WINDOW_MS && time <= at), at];
    const blocks = times.length >= FAILURES_TO_BLOCK;
    this.clients.set(key, { times: blocks ? [] : times, blockedUntil: blocks ? at + FAILURE_BLOCK_MS : 0 });
  }
}
