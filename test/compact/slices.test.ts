import { describe, expect, it } from 'vitest';
import { decodeBlock, decodeBlockInSteps } from '../../consensus/chain/block.ts';
import { Slices } from '../../node/slices.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { bench, blockOf, transactions } from './clinics.ts';

describe('work in slices', () => {
  it('decodes a block step by step into what it decodes at once', () => {
    const { bytes } = blockOf(transactions(50));
    const steps = decodeBlockInSteps(bench.id, bytes, 8);
    let pauses = 0;
    let result = steps.next();
    for (; !result.done; result = steps.next()) pauses++;
    expect(pauses).toBe(6);
    expect(result.value).toEqual(decodeBlock(bench.id, bytes));
  });

  it('refuses in a later step what is malformed there', () => {
    const { bytes } = blockOf(transactions(50));
    const steps = decodeBlockInSteps(bench.id, bytes.subarray(0, bytes.length - 1), 8);
    expect(() => {
      while (!steps.next().done);
    }).toThrow('codec.short');
  });

  it('gives others a turn when its time is over, and not before', async () => {
    const clock = new ManualClock();
    const slices = new Slices({ clock });
    clock.advance(7);
    expect(slices.over).toBe(false);
    clock.advance(1);
    expect(slices.over).toBe(true);
    let other = false;
    setImmediate(() => {
      other = true;
    });
    await slices.next();
    expect(other).toBe(true);
    expect(slices.over).toBe(false);
  });
});
