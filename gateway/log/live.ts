// How many requests come now: the last minute, second by second. Owns no clock and no entry.
import type { Decision } from '../judge/decision.ts';
import type { ActionCounts } from './block.ts';

const SECONDS = 60;
const NO_ACTIONS = { allow: 0, challenge: 0, limit: 0, refuse: 0 };

export class RecentRequests {
  private readonly slots = Array.from({ length: SECONDS }, () => ({ second: -1, actions: { ...NO_ACTIONS } }));

  /** `at`: monotonic ms. */
  add({ action }: Decision, at: number): void {
    const second = Math.floor(at / 1000);
    const slot = this.slots[second % SECONDS];
    if (slot.second !== second) {
      slot.second = second;
      slot.actions = { ...NO_ACTIONS };
    }
    slot.actions[action]++;
  }

  /** Of the last `seconds` whole or begun seconds, at most 60; `at`: monotonic ms. */
  last(seconds: number, at: number): ActionCounts {
    const now = Math.floor(at / 1000);
    const sum = { ...NO_ACTIONS };
    for (const { second, actions } of this.slots) {
      if (second > now || second <= now - seconds) continue;
      sum.allow += actions.allow;
      sum.challenge += actions.challenge;
      sum.limit += actions.limit;
      sum.refuse += actions.refuse;
    }
    return sum;
  }
}
