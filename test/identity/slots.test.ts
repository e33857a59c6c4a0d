import { describe, expect, it } from 'vitest';
import { Slots } from '../../identity/slots.ts';

const busy = () => new Error('busy');

describe('slots', () => {
  it('never runs more than its limit at once, loses nobody, and refuses beyond its queue', async () => {
    const slots = new Slots({ limit: 2 });
    const lane = slots.lane({ maxWaiting: 3, busy });
    let running = 0;
    let most = 0;
    const task = async (fails: boolean) => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      await Promise.resolve();
      running--;
      if (fails) throw new Error('failed');
    };
    const results = await Promise.allSettled([0, 1, 2, 3, 4, 5, 6].map((i) => lane.run(() => task(i % 2 === 1))));
    expect(most).toBe(2);
    expect(results.map((result) => (result.status === 'rejected' ? result.reason.message : 'ok'))).toEqual([
      'ok',
      'failed',
      'ok',
      'failed',
      'ok',
      'busy',
      'busy',
    ]);
    await lane.run(() => task(false));
  });

  it('lets lanes take turns, so that a long queue of one does not hold up another', async () => {
    const slots = new Slots({ limit: 1 });
    const patients = slots.lane({ maxWaiting: 100, busy });
    const people = slots.lane({ maxWaiting: 2, busy });
    const order: string[] = [];
    const named = (name: string) => async () => {
      await Promise.resolve();
      order.push(name);
    };
    const runs = ['a', 'b', 'c', 'd', 'e'].map((name) => patients.run(named(name)));
    runs.push(people.run(named('1')), people.run(named('2')));
    await expect(people.run(named('3'))).rejects.toThrow('busy');
    await Promise.all(runs);
    expect(order.join('')).toBe('ab1c2de');
  });
});
