import { describe, expect, test } from 'vitest';
import { systemClock } from '../../common/clock.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { waitFor } from '../helpers/wait-for.ts';

describe('systemClock', () => {
  test('tells ms since 1970, and a time that never goes back', () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1000);
    const first = systemClock.monotonic();
    expect(systemClock.monotonic()).toBeGreaterThanOrEqual(first);
  });

  test('fires a timer, and not one that was cleared', async () => {
    const fired: string[] = [];
    const cleared = systemClock.setTimeout(() => fired.push('cleared'), 0);
    const far = systemClock.setTimeout(() => fired.push('far'), Number.MAX_SAFE_INTEGER);
    await new Promise<void>((resolve) => {
      systemClock.clearTimeout(cleared);
      systemClock.setTimeout(resolve, 5);
    });
    systemClock.clearTimeout(far);
    systemClock.clearTimeout(undefined);
    expect(fired).toEqual([]);
  });
});

describe('ManualClock', () => {
  test('fires in order of time, also what is set on the way, and stands at the end', () => {
    const clock = new ManualClock(1000);
    const fired: [string, number][] = [];
    const note = (name: string) => () => void fired.push([name, clock.now()]);
    clock.setTimeout(note('late'), 30);
    clock.setTimeout(() => {
      note('early')();
      clock.setTimeout(note('set on the way'), 10);
    }, 10);
    const cleared = clock.setTimeout(note('cleared'), 15);
    clock.setTimeout(note('beyond'), 51);
    clock.clearTimeout(cleared);
    clock.advance(50);
    expect(fired).toEqual([
      ['early', 1010],
      ['set on the way', 1020],
      ['late', 1030],
    ]);
    expect([clock.now(), clock.monotonic(), clock.pending]).toEqual([1050, 50, 1]);
  });

  test('advanceAsync lets promises settle between timers', async () => {
    const clock = new ManualClock();
    let rounds = 0;
    const sleep = (ms: number) => new Promise<void>((resolve) => void clock.setTimeout(resolve, ms));
    const loop = async () => {
      for (; rounds < 5; rounds++) await sleep(10);
    };
    const running = loop();
    await clock.advanceAsync(49);
    expect(rounds).toBe(4);
    await clock.advanceAsync(1);
    await running;
    expect(clock.pending).toBe(0);
  });
});

describe('waitFor', () => {
  test('gives the first real value, whatever it threw before', async () => {
    let calls = 0;
    const value = await waitFor(
      () => {
        calls++;
        if (calls === 1) throw new Error('not yet');
        return calls < 4 ? undefined : calls;
      },
      { intervalMs: 1 },
    );
    expect(value).toBe(4);
  });

  test('takes 0 and the empty string as values', async () => {
    expect(await waitFor(() => 0)).toBe(0);
    expect(await waitFor(async () => '')).toBe('');
  });

  test('fails after its time, with the name of the condition and the last error', async () => {
    const failing = waitFor(() => Promise.reject(new Error('no tip')), {
      timeoutMs: 5,
      intervalMs: 1,
      what: 'a block',
    });
    await expect(failing).rejects.toMatchObject({
      message: 'a block did not come true within 5 ms',
      cause: new Error('no tip'),
    });
  });
});
