// What a clinic decides for itself about addresses, over restarts: pins, and blocks by hand without an end.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../../common/logger.ts';
import { parseNetwork } from '../../gateway/address.ts';
import { Blocklist } from '../../gateway/blocklist.ts';
import { NeverBlock } from '../../gateway/never-block.ts';
import { LastingBlocks } from '../../node/threats/lasting.ts';
import { Pins } from '../../node/threats/pins.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { MemoryKeyValues } from '../helpers/memory-key-values.ts';

const WEEK = 7 * 86_400_000;
const HOUR = 3_600_000;
const list = () =>
  new Blocklist(
    { blockInterval: 2_000, threatMaxLife: WEEK },
    { neverBlock: new NeverBlock({ documentationBlockable: true }) },
  );

describe('pins', () => {
  it('outlive a restart, end when they say so, and can be taken away', async () => {
    const database = new MemoryKeyValues();
    const clock = new ManualClock();
    const pins = new Pins({ database, blocklist: list(), clock });
    await pins.pin('203.0.113.7', 'block', 'admin', undefined);
    await pins.pin('203.0.113.0/24', 'allow', 'admin', HOUR);
    await pins.pin('203.0.113.9', 'allow', 'admin', undefined);
    expect(await pins.unpin('203.0.113.9')).toEqual(parseNetwork('203.0.113.9'));
    expect(await pins.unpin('203.0.113.9')).toBeUndefined();

    const after = list();
    const again = new Pins({ database, blocklist: after, clock });
    await again.load();
    expect(new Set(again.list())).toEqual(new Set(pins.list()));
    const verdict = (address: string) => after.verdictFor(address, 1, clock.now()).verdict;
    expect([verdict('203.0.113.7'), verdict('203.0.113.8'), verdict('203.0.113.9')]).toEqual([
      'block',
      'allow',
      'allow',
    ]);
    await clock.advanceAsync(HOUR);
    expect(again.list().map(({ action }) => action)).toEqual(['block']);
  });

  it('of networks that nobody may block are refused, and dropped when they have become such', async () => {
    const database = new MemoryKeyValues();
    const clock = new ManualClock();
    await new Pins({ database, blocklist: list(), clock }).pin('203.0.113.7', 'block', 'admin', undefined);
    const neverBlock = new NeverBlock({ documentationBlockable: true });
    neverBlock.setMembers(['203.0.113.0/28']);
    const blocklist = new Blocklist({ blockInterval: 2_000, threatMaxLife: WEEK }, { neverBlock });
    const pins = new Pins({ database, blocklist, clock });
    await pins.load();
    expect(pins.list()).toEqual([]);
    await expect(pins.pin('203.0.113.7', 'block', 'admin', undefined)).rejects.toThrow(/never blocked/);
  });
});

describe('a block by hand without an end', () => {
  function lasting(database: MemoryKeyValues, clock: ManualClock) {
    const said: number[] = [];
    const announce = async () => {
      said.push(clock.now());
      return { report: new Uint8Array(32).fill(said.length), expires: clock.now() + WEEK };
    };
    const logger = createLogger({ level: 'silent' });
    return { said, blocks: new LastingBlocks({ maxLife: WEEK }, { database, clock, logger, announce }) };
  }
  const network = parseNetwork('203.0.113.7');
  const first = { network, category: 'manual', report: new Uint8Array(32) } as const;

  it('property 40: manual block persistence: is always announced, over any restarts, until it is taken back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 8 }), async (lives) => {
        const database = new MemoryKeyValues();
        const clock = new ManualClock();
        const start = clock.now();
        let { said, blocks } = lasting(database, clock);
        await blocks.start();
        await blocks.add({ ...first, expires: clock.now() + WEEK });
        const all = [start];
        // Runs for a time, is away for up to ten hours, and comes back with nothing but its disk.
        for (const hours of lives) {
          for (let hour = 0; hour < hours; hour++) await clock.advanceAsync(HOUR);
          blocks.stop();
          all.push(...said);
          await clock.advanceAsync((hours % 10) * HOUR);
          ({ said, blocks } = lasting(database, clock));
          await blocks.start();
        }
        all.push(...said);
        for (const [index, at] of all.entries()) expect((all[index + 1] ?? clock.now()) - at).toBeLessThan(WEEK);
        // not more often than needed
        expect(all.length - 1).toBeLessThanOrEqual(Math.ceil((clock.now() - start) / (WEEK - 22 * HOUR)));
        await blocks.ended(network, first.report);
        blocks.stop();
        const gone = lasting(database, clock);
        await gone.blocks.start();
        await clock.advanceAsync(2 * WEEK);
        expect(gone.said).toEqual([]);
        gone.blocks.stop();
      }),
      { numRuns: 4 },
    );
  });

  it('names the newer announcement when an older one is taken back', async () => {
    const clock = new ManualClock();
    const { blocks } = lasting(new MemoryKeyValues(), clock);
    await blocks.add({ ...first, expires: clock.now() + 1 });
    await blocks.start();
    expect(blocks.announces({ network, reportId: new Uint8Array(32).fill(1) })).toBe(true);
    expect(await blocks.ended(network, first.report)).toEqual(new Uint8Array(32).fill(1));
    expect(await blocks.ended(network, first.report)).toBeUndefined();
    blocks.stop();
  });
});
