import { expect, test } from 'vitest';
import { Serial } from '../../common/serial.ts';

test('runs one at a time, in the order asked for', async () => {
  const serial = new Serial();
  const log: string[] = [];
  const work = (name: string, turns: number) => async () => {
    log.push(`${name} in`);
    for (let i = 0; i < turns; i++) await Promise.resolve();
    log.push(`${name} out`);
    return name;
  };
  expect(await Promise.all([serial.run(work('a', 9)), serial.run(work('b', 0)), serial.run(() => 'c')])).toEqual([
    'a',
    'b',
    'c',
  ]);
  expect(log).toEqual(['a in', 'a out', 'b in', 'b out']);
});

test('a failure reaches its caller alone', async () => {
  const serial = new Serial();
  const failing = serial.run(() => {
    throw new Error('disk full');
  });
  const next = serial.run(async () => 1);
  await expect(failing).rejects.toThrow('disk full');
  expect(await next).toBe(1);
});

test('idle waits for work that was added while it waited', async () => {
  const serial = new Serial();
  const done: number[] = [];
  void serial.run(async () => {
    void serial.run(async () => {
      await Promise.resolve();
      done.push(2);
    });
    done.push(1);
  });
  await serial.idle();
  expect(done).toEqual([1, 2]);
});
