import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SimNetwork } from '../../node/simulation/nodes/sim-network.ts';
import { ClockOffset, type RoundTrip } from '../../node/sync/clock-offset.ts';

const NOW = 1_760_000_000_000;
const AT_ONCE: RoundTrip = { asked: NOW, answered: NOW };
const T = 30_000;

describe('how far a clock is off', () => {
  it('is nothing while one other clinic alone says so', () => {
    const clocks = new ClockOffset();
    expect(clocks.median).toBe(0);
    clocks.heard('a', NOW + 90_000, AT_ONCE);
    expect(clocks.median).toBe(0);
  });

  it('is the median of all clocks, and forgets who has gone', () => {
    const clocks = new ClockOffset();
    clocks.heard('a', NOW + 50_000, AT_ONCE);
    clocks.heard('b', NOW + 40_000, AT_ONCE);
    expect(clocks.median).toBe(40_000);
    clocks.forget('b');
    expect(clocks.median).toBe(0);
  });

  it('is never what a question or its answer took, however long each was under way', () => {
    const delay = fc.integer({ min: 0, max: 600_000 });
    fc.assert(
      fc.property(
        fc.integer({ min: -100_000, max: 100_000 }),
        fc.array(fc.tuple(delay, delay), { minLength: 2, maxLength: 9 }),
        (ahead, trips) => {
          const clocks = new ClockOffset();
          for (const [index, [there, back]] of trips.entries()) {
            clocks.heard(`${index}`, NOW + there + ahead, { asked: NOW, answered: NOW + there + back });
          }
          // between none and the true one, short of it by one round trip at most
          expect(clocks.median * Math.sign(ahead)).toBeGreaterThanOrEqual(0);
          expect(Math.abs(clocks.median)).toBeLessThanOrEqual(Math.abs(ahead));
          const longest = Math.max(...trips.map(([there, back]) => there + back));
          expect(Math.abs(clocks.median)).toBeGreaterThanOrEqual(Math.abs(ahead) - longest);
        },
      ),
    );
  });

  it('stays within what the honest say while liars are fewer', () => {
    const offset = fc.integer({ min: -2_000, max: 2_000 });
    const lie = fc.integer({ min: -1_000_000, max: 1_000_000 });
    fc.assert(
      fc.property(
        fc.array(offset, { minLength: 1, maxLength: 20 }),
        fc.array(lie, { maxLength: 20 }),
        (honest, lies) => {
          const clocks = new ClockOffset();
          for (const [i, ahead] of honest.entries()) clocks.heard(`honest ${i}`, NOW + ahead, AT_ONCE);
          for (const [i, ahead] of lies.slice(0, honest.length).entries()) {
            clocks.heard(`liar ${i}`, NOW + ahead, AT_ONCE);
          }
          expect(clocks.median).toBeGreaterThanOrEqual(Math.min(0, ...honest));
          expect(clocks.median).toBeLessThanOrEqual(Math.max(0, ...honest));
        },
      ),
    );
  });

  it('is found by the clinic whose clock it is alone, over lines that take seconds', { timeout: 60_000 }, async () => {
    const network = new SimNetwork({
      ...{ clinics: 4, seed: 7, weather: { meanDelay: 2_000 } },
      skew: (clinic) => (clinic === 1 ? -2 * T : 0),
    });
    await network.start();
    await network.pass(12 * T);
    const [first, ...others] = network.clinics.map(({ core }) => core.sync.clock);
    expect(first).toMatchObject({ alarm: true, tooFar: true });
    expect(first.offsetMs).toBeLessThanOrEqual(2 * T);
    for (const clock of others) expect(clock).toEqual({ offsetMs: 0, alarm: false, tooFar: false });
    // What a busy peer sent long ago says nothing of anybody's clock.
    const { core } = network.clinic(2);
    for (const { number, peerId, core: sender } of network.clinics) {
      if (number > 2) core.sync.onStatus(peerId, { ...sender.sync.status(), clock: core.sync.status().clock - 2 * T });
    }
    expect(core.sync.clock.offsetMs).toBe(0);
  });
});
