import fc from 'fast-check';
import { expect, test } from 'vitest';
import { QueueError } from '../../common/collections/errors.ts';
import { WorkQueue } from '../../common/collections/work-queue.ts';

/** Work that ends when told. */
function gate<T>(): { promise: Promise<T>; open: (value: T) => void } {
  const { promise, resolve } = Promise.withResolvers<T>();
  return { promise, open: resolve };
}

const full = expect.objectContaining({ code: 'queue.full' });

test('gives what the work gives and throws what it throws, and goes on after a failure', async () => {
  const lane = new WorkQueue({ concurrency: 1 }).lane({ priority: 0, maxItems: 10 });
  const failing = lane.run(() => Promise.reject(new Error('bad block')));
  const throwing = lane.run(() => {
    throw new Error('bad bytes');
  });
  const good = lane.run(async () => 7);
  await expect(failing).rejects.toThrow('bad block');
  await expect(throwing).rejects.toThrow('bad bytes');
  expect(await good).toBe(7);
});

test('runs at most `concurrency` at once, over all lanes, and all of it in the end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.nat(2), { maxLength: 20 }),
      async (concurrency, priorities) => {
        const queue = new WorkQueue({ concurrency });
        const lanes = [0, 1, 2].map((priority) => queue.lane({ priority, maxItems: 100 }));
        let running = 0;
        let peak = 0;
        const results = priorities.map((priority, index) =>
          lanes[priority].run(async () => {
            running++;
            peak = Math.max(peak, running);
            await Promise.resolve();
            running--;
            return index;
          }),
        );
        expect(await Promise.all(results)).toEqual(priorities.map((_, index) => index));
        expect(peak).toBe(Math.min(concurrency, priorities.length));
      },
    ),
    { numRuns: 50 },
  );
});

test('takes waiting work by priority, then in order', async () => {
  const queue = new WorkQueue({ concurrency: 1 });
  const low = queue.lane({ priority: 2, maxItems: 10 });
  const high = queue.lane({ priority: 0, maxItems: 10 });
  const order: string[] = [];
  const busy = gate<void>();
  const log = (name: string) => async () => void order.push(name);
  const all = [
    low.run(() => busy.promise),
    low.run(log('low 1')),
    high.run(log('high 1')),
    low.run(log('low 2')),
    high.run(log('high 2')),
  ];
  expect([low.size, high.size]).toEqual([2, 2]);
  busy.open();
  await Promise.all(all);
  expect(order).toEqual(['high 1', 'high 2', 'low 1', 'low 2']);
});

test('a full lane refuses the newest, and leaves other lanes alone', async () => {
  const queue = new WorkQueue({ concurrency: 1 });
  const lane = queue.lane({ priority: 0, maxItems: 1 });
  const other = queue.lane({ priority: 1, maxItems: 1 });
  const busy = gate<number>();
  const running = lane.run(() => busy.promise);
  const waiting = lane.run(async () => 2);
  await expect(lane.run(async () => 3)).rejects.toEqual(full);
  const elsewhere = other.run(async () => 4);
  busy.open(1);
  expect(await Promise.all([running, waiting, elsewhere])).toEqual([1, 2, 4]);
});

test('a full lane that drops the oldest refuses the one next in line', async () => {
  const lane = new WorkQueue({ concurrency: 1 }).lane({ priority: 0, maxItems: 1, drop: 'oldest' });
  const busy = gate<number>();
  const running = lane.run(() => busy.promise);
  const oldest = expect(lane.run(async () => 2)).rejects.toEqual(full);
  const newest = lane.run(async () => 3);
  await oldest;
  busy.open(1);
  expect(await Promise.all([running, newest])).toEqual([1, 3]);
});

test('idle waits for what runs and what waits', async () => {
  const queue = new WorkQueue({ concurrency: 1 });
  await queue.idle();
  const lane = queue.lane({ priority: 0, maxItems: 10 });
  const gates = [gate<void>(), gate<void>()];
  let idle = false;
  const work = gates.map(({ promise }) => lane.run(() => promise));
  const waiting = queue.idle().then(() => {
    idle = true;
  });
  gates[0].open();
  await work[0];
  expect(idle).toBe(false);
  gates[1].open();
  await waiting;
  expect(lane.size).toBe(0);
});

test('stop refuses what waits and what comes, and resolves when running work ended', async () => {
  const queue = new WorkQueue({ concurrency: 1 });
  const lane = queue.lane({ priority: 0, maxItems: 10 });
  const busy = gate<string>();
  const running = lane.run(() => busy.promise);
  const waiting = expect(lane.run(async () => 'never')).rejects.toEqual(new QueueError({ code: 'queue.stopped' }));
  const stopped = queue.stop();
  await waiting;
  await expect(lane.run(async () => 'late')).rejects.toMatchObject({ code: 'queue.stopped' });
  busy.open('done');
  await stopped;
  expect(await running).toBe('done');
  await queue.stop();
});

test.each([0, -1, 1.5])('refuses a concurrency of %d', (concurrency) => {
  expect(() => new WorkQueue({ concurrency })).toThrow(RangeError);
});
