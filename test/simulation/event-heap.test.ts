import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EventHeap } from '../../node/simulation/event-heap.ts';

it('gives events in order of time, and those of one time in the order in which they came', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 3000 }), (times) => {
      const heap = new EventHeap();
      times.forEach((time, value) => {
        heap.push(time, value);
      });
      const order = times.map((time, value) => ({ time, value })).sort((a, b) => a.time - b.time || a.value - b.value);
      for (const { time, value } of order) {
        expect(heap.nextTime).toBe(time);
        expect(heap.pop()).toBe(value);
      }
      expect(heap.size).toBe(0);
    }),
  );
});
