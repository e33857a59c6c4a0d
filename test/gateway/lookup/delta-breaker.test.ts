// Claims about changes of the list that wait for an administrator.
import { describe, expect, it } from 'vitest';
import { widen } from '../../../gateway/address.ts';
import { SignedInAddresses } from '../../../gateway/judge/signed-in-addresses.ts';
import { DeltaBreaker, MAX_ENTRIES_PER_MINUTE } from '../../../gateway/lookup/delta-breaker.ts';
import { addressOf, START } from '../visits.ts';

const DAY = 24 * 3_600_000;
const some = (from: number, count: number) => Array.from({ length: count }, (_, i) => addressOf(from + i));

function breakerWith(known: number, daysAgo: number): DeltaBreaker {
  const signedIn = new SignedInAddresses();
  for (const client of some(0, known)) signedIn.note(client, false, START - daysAgo * DAY);
  return new DeltaBreaker({ signedIn });
}

describe('the circuit breaker on the list', () => {
  it('holds what would hit more than two of a hundred addresses that signed in within seven days', () => {
    const breaker = breakerWith(200, 6);
    expect(breaker.holds(some(0, 4), START)).toBeUndefined();
    expect(breaker.holds(some(0, 5), START)).toEqual({ rule: 'known-addresses', hit: 5, of: 200 });
    expect(breakerWith(200, 8).holds(some(0, 200), START)).toBeUndefined();
  });

  it('holds what would hit more than one of a hundred addresses with a session now, also as a range', () => {
    const breaker = breakerWith(300, 0);
    expect(breaker.holds(some(0, 3), START)).toBeUndefined();
    expect(breaker.holds(some(0, 4), START)).toEqual({ rule: 'current-sessions', hit: 4, of: 300 });
    expect(breaker.holds([widen(addressOf(0), 20)], START)).toMatchObject({ rule: 'known-addresses', hit: 16 });
  });

  it('holds more than a thousand new entries a minute, and counts only what it let through', () => {
    const breaker = breakerWith(0, 0);
    expect(breaker.holds(some(0, MAX_ENTRIES_PER_MINUTE), START)).toBeUndefined();
    expect(breaker.holds(some(5_000, 1), START + 59_999)).toEqual({ rule: 'pace', entries: 1_001 });
    expect([START, START + 60_000].map((at) => breaker.room(at))).toEqual([0, MAX_ENTRIES_PER_MINUTE]);
    expect(breaker.holds(some(5_000, 999), START + 60_000)).toBeUndefined();
    expect([breaker.room(START + 60_000), breaker.holds(some(6_000, 1), START + 60_000)]).toEqual([1, undefined]);
  });

  it('weighs small changes of one minute together, so that many of them are one', () => {
    const breaker = breakerWith(100, 6);
    for (const first of [0, 1]) expect(breaker.holds(some(first, 1), START + first)).toBeUndefined();
    expect(breaker.holds(some(2, 1), START + 59_999)).toEqual({ rule: 'known-addresses', hit: 3, of: 100 });
    expect(breaker.holds(some(2, 1), START + 60_001)).toBeUndefined();
  });
});
