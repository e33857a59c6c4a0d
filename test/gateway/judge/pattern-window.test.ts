// Claims about the last minute of one pattern: it counts as a plain list of what was seen does.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MAX_WINDOW_ADDRESSES, PATTERN_WINDOW_MS, PatternWindow } from '../../../gateway/judge/pattern-window.ts';

const START = Date.UTC(2026, 0, 1);

interface Seen {
  readonly address: number;
  readonly at: number;
}

/** What is left of those seen before: the youngest last. */
function next(seen: readonly Seen[], { address, at }: Seen): readonly Seen[] {
  const kept = seen.filter((one) => one.address !== address);
  const fresh = kept.findIndex((one) => one.at > at - PATTERN_WINDOW_MS);
  const left = fresh === -1 ? [] : kept.slice(fresh).slice(1 - MAX_WINDOW_ADDRESSES);
  return [...left, { address, at }];
}

it('counts addresses and networks of a minute exactly, up to its bound, the longest unseen going first', () => {
  const step = fc.record({
    address: fc.integer({ min: -200, max: 200 }),
    // Also back: a clock may step.
    after: fc.oneof(
      { weight: 20, arbitrary: fc.integer({ min: 0, max: 900 }) },
      fc.integer({ min: -5_000, max: 90_000 }),
    ),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 600, size: 'max' }), (steps) => {
      const window = new PatternWindow();
      let seen: readonly Seen[] = [];
      let at = START;
      for (const { address, after } of steps) {
        at += after;
        seen = next(seen, { address, at });
        window.add(address, address >> 3, false, at);
        expect(window.addresses).toBe(seen.length);
      }
      expect(window.prefixes).toBe(new Set(seen.map((one) => one.address >> 3)).size);
    }),
    { numRuns: 30 },
  );
});
