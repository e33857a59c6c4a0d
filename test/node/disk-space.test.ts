import { describe, expect, test } from 'vitest';
import { createLogger } from '../../common/logger.ts';
import { DiskSpace } from '../../node/disk-space.ts';
import { Readiness } from '../../node/services/readiness.ts';
import { ManualClock } from '../helpers/manual-clock.ts';

const MIB = 1024 * 1024;

function disk(free: () => number | Error, reserve = 100 * MIB) {
  const clock = new ManualClock();
  const lines: { level: string; msg: string }[] = [];
  const destination = { write: (line: string): unknown => lines.push(JSON.parse(line)) };
  const freeBytes = async (): Promise<number> => {
    const bytes = free();
    if (typeof bytes !== 'number') throw bytes;
    return bytes;
  };
  const space = new DiskSpace(
    { path: 'nowhere', reserve },
    { clock, logger: createLogger({ destination }), freeBytes },
  );
  const look = async (): Promise<void> => {
    clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { space, clock, lines, look };
}

describe('room on the disk', () => {
  test('below the reserve refuses new writes, says so once, and takes them again when there is room', async () => {
    let free = 101 * MIB;
    const { space, lines, look } = disk(() => free);
    await space.start();
    expect(space.demand).not.toThrow();
    free = 99 * MIB;
    for (let n = 0; n < 3; n++) await look();
    expect(space.low).toBe(true);
    expect(space.demand).toThrow(expect.objectContaining({ code: 'store.disk-full' }));
    // A little more is not enough: it would be used up at once.
    free = 120 * MIB;
    await look();
    expect(space.low).toBe(true);
    free = 126 * MIB;
    await look();
    expect(space.demand).not.toThrow();
    expect(lines.map(({ level, msg }) => [level, /full/.test(msg)])).toEqual([
      ['error', true],
      ['info', false],
    ]);
    space.stop();
  });

  test('that cannot be read leaves things as they were', async () => {
    let answer: number | Error = 5 * MIB;
    const { space, look, clock } = disk(() => answer);
    await space.start();
    answer = new Error('no such file system');
    await look();
    expect(space.low).toBe(true);
    answer = 500 * MIB;
    await look();
    expect(space.low).toBe(false);
    space.stop();
    expect(clock.pending).toBe(0);
  });

  test('is not looked at when nothing is reserved', async () => {
    const { space, clock } = disk(() => 0, 0);
    await space.start();
    expect(clock.pending).toBe(0);
    expect(space.demand).not.toThrow();
  });
});

describe('readiness', () => {
  const parts = { peers: 1, behind: false, low: false, members: 4 };
  const clock = new ManualClock();
  const readiness = new Readiness({
    network: { peers: () => Array.from({ length: parts.peers }, () => ({}) as never) },
    sync: {
      get behind() {
        return parts.behind;
      },
      state: { phase: 'idle', done: 0, total: 0 },
      clock: { offsetMs: 0, alarm: false, tooFar: false },
    },
    disk: {
      get low() {
        return parts.low;
      },
      free: 3.5 * MIB,
    },
    catchUp: { active: false },
    clock,
    isMember: () => true,
    members: () => parts.members,
  });

  test('names the disk, the sync and a minute without any other clinic', () => {
    expect(readiness.reasons()).toEqual([]);
    Object.assign(parts, { peers: 0, low: true, behind: true });
    expect(readiness.reasons()).toEqual([expect.stringContaining('3 MiB'), expect.stringContaining('catching up')]);
    Object.assign(parts, { low: false, behind: false });
    clock.advance(59_000);
    expect(readiness.reasons()).toEqual([]);
    clock.advance(1_000);
    expect(readiness.reasons()).toEqual([expect.stringContaining('no other clinic')]);
    parts.peers = 1;
    expect(readiness.reasons()).toEqual([]);
  });

  test('expects nobody in a network of one', () => {
    Object.assign(parts, { peers: 0, members: 1 });
    clock.advance(3_600_000);
    expect(readiness.reasons()).toEqual([]);
  });
});
