import { describe, expect, test } from 'vitest';
import { formatResult, type Job, measure } from '../../bench/lib/benchmark.ts';
import { formatRate, summarise } from '../../bench/lib/statistics.ts';

/** Claims `units` for a little work that takes the same time whatever it claims. */
function job(name: string, units: number, more: Partial<Job> = {}): Job {
  const run = () => {
    const end = performance.now() + 2;
    while (performance.now() < end);
    return units;
  };
  return { name, unit: 'things', run, ...more };
}

const about = 'made up';

describe('benchmark harness', () => {
  test('summarises by median, least and most', () => {
    expect(summarise([5, 1, 9])).toEqual({ median: 5, min: 1, max: 9 });
    expect(summarise([4, 2])).toEqual({ median: 3, min: 2, max: 4 });
    expect(() => summarise([])).toThrow(RangeError);
  });

  test.each([
    [12.345, '12.3'],
    [999, '999'],
    [1234, '1.23 k'],
    [5_551_234, '5.55 M'],
    [2e9, '2.00 G'],
  ])('%d is %s', (rate, text) => {
    expect(formatRate(rate)).toBe(text);
  });

  test('shows a figure as a multiple of its limit, and whether a target is met', async () => {
    const result = await measure({ name: 'example', about, rounds: 3 }, [
      job('limit', 1_000),
      job('met', 100_000, { limit: 'limit', target: 10 }),
      job('missed', 1_000, { limit: 'limit', target: 10 }),
      job('slow', 1_000, { targetPerSecond: 1e12 }),
    ]);
    const [limit, met, missed, slow] = result.jobs;
    expect(result.jobs.every(({ rates }) => rates.length === 3)).toBe(true);
    expect(limit).toMatchObject({ ofLimit: undefined, met: undefined });
    expect(met.ofLimit).toBeGreaterThan(10);
    expect([met.met, missed.met, slow.met]).toEqual([true, false, false]);
    expect(formatResult(result)).toMatch(
      /example: made up; median of 3 rounds[\s\S]*Node v\d[\s\S]*x limit {2}\(target met\)/,
    );
  });

  test('alternates the jobs, after a round that does not count', async () => {
    const order: string[] = [];
    const noted = (name: string): Job => ({
      ...job(name, 1),
      run: () => {
        order.push(name);
        return job(name, 1).run();
      },
    });
    await measure({ name: 'example', about, rounds: 3 }, [noted('a'), noted('b')]);
    expect(order.join('')).toBe('abababab');
  });

  test('refuses a job that did nothing and a limit that is no job', async () => {
    await expect(measure({ name: 'example', about, rounds: 1 }, [job('idle', 0)])).rejects.toThrow('idle did nothing');
    const lost = job('lost', 1, { limit: 'none' });
    await expect(measure({ name: 'example', about, rounds: 1 }, [lost])).rejects.toThrow('no job is named none');
  });
});
