// Many readers or one writer, in order.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ReadWriteGate } from '../../common/read-write-gate.ts';

it('lets nobody beside a writer, keeps the order, and lets readers in together', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
      fc.scheduler(),
      async (kinds, scheduler) => {
        const gate = new ReadWriteGate();
        const began: number[] = [];
        let readers = 0;
        let writers = 0;
        let together = 0;
        const all = kinds.map((writes, index) =>
          gate[writes ? 'write' : 'read'](async () => {
            began.push(index);
            if (writes) writers++;
            else readers++;
            together = Math.max(together, readers);
            expect(writers).toBeLessThanOrEqual(1);
            expect(writers === 0 || readers === 0).toBe(true);
            await scheduler.schedule(Promise.resolve());
            if (writes) writers--;
            else readers--;
          }),
        );
        await scheduler.waitFor(Promise.all(all));
        expect(began).toEqual(kinds.map((_, index) => index));
        if (kinds.length > 1 && kinds.every((writes) => !writes)) expect(together).toBe(kinds.length);
      },
    ),
    { numRuns: 50 },
  );
});

it('goes on after work that failed', async () => {
  const gate = new ReadWriteGate();
  const failed = gate.write(() => Promise.reject(new Error('no')));
  const after = gate.read(async () => 'read');
  await expect(failed).rejects.toThrow('no');
  expect(await after).toBe('read');
});
