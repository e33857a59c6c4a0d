import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CodedError } from '../../common/errors.ts';
import { createLogger } from '../../common/logger.ts';
import { CompactError } from '../../node/compact/errors.ts';
import { EventLoop } from '../../node/event-loop.ts';
import { blameFor, QUARANTINE_MS, THROTTLE_MS } from '../../node/peer-policy.ts';
import { Bans } from '../../node/peers/bans.ts';
import { PeerBlames } from '../../node/peers/blame.ts';
import { SyncError } from '../../node/sync/errors.ts';
import { GOODBYE } from '../../p2p/goodbye.ts';
import { ManualClock } from '../helpers/manual-clock.ts';

const logger = createLogger({ level: 'silent' });

/** Notes what is asked of the network. */
function noted() {
  const calls: unknown[][] = [];
  return {
    calls,
    network: {
      disconnect: async (...args: unknown[]) => void calls.push(['disconnect', ...args]),
      throttle: (...args: unknown[]) => void calls.push(['throttle', ...args]),
      observe: (...args: unknown[]) => void calls.push(['observe', ...args]),
      setBanned: (banned: ReadonlySet<string>) => void calls.push(['banned', ...banned]),
    },
  };
}

class Coded extends CodedError<{ code: string }> {}
const coded = (code: string): Error => new Coded({ code });

describe('blame', () => {
  it('does what the table says: nothing, throttle, disconnect, quarantine', async () => {
    const { calls, network } = noted();
    const blames = new PeerBlames({ network, clock: new ManualClock(), logger });
    await blames.blame('p', coded('block.spacing'));
    await blames.blame('p', new Error('of ours'));
    expect(calls).toEqual([]);
    await blames.blame('p', coded('threats.equivocation'));
    expect(calls.splice(0)).toEqual([
      ['observe', 'p', 'invalid'],
      ['throttle', 'p', THROTTLE_MS],
    ]);
    await blames.blame('p', new CompactError({ code: 'compact.withheld' }));
    expect(calls.splice(0)).toContainEqual(['disconnect', 'p', GOODBYE.error, 0]);
    await blames.blame('p', new SyncError({ code: 'sync.wrong-network' }));
    expect(calls.splice(0)).toContainEqual(['disconnect', 'p', GOODBYE.irrelevantNetwork, 0]);
    await blames.blame('p', new CompactError({ code: 'compact.wrong-ids' }));
    expect(calls.splice(0)).toContainEqual(['disconnect', 'p', GOODBYE.error, QUARANTINE_MS]);
  });

  it('is kept by code with how often and when last, a bounded number of each peer', async () => {
    const clock = new ManualClock();
    const blames = new PeerBlames({ network: noted().network, clock, logger });
    await blames.blame('p', coded('block.work'));
    await blames.blame('p', coded('codec.short'));
    clock.advance(1_000);
    await blames.blame('p', coded('block.work'));
    expect(blames.of('p')).toMatchObject([
      { code: 'codec.short', times: 1 },
      { code: 'block.work', blame: 'quarantine', times: 2, at: clock.now() },
    ]);
    expect(blames.of('p')[1].because).toBe(blameFor('block.work').because);
    expect(blames.of('q')).toEqual([]);
  });
});

describe('bans', () => {
  let directory: string;
  afterEach(() => rm(directory, { recursive: true, force: true }));
  const file = async (): Promise<string> => {
    directory = await mkdtemp(join(tmpdir(), 'wardmesh-bans-'));
    return join(directory, 'bans.json');
  };

  it('hold at once and over a restart, until they are lifted', async () => {
    const path = await file();
    const { calls, network } = noted();
    const bans = new Bans({ path }, { network, clock: new ManualClock() });
    await bans.load();
    expect(await bans.ban('p', 'noisy')).toBe(true);
    expect(calls).toEqual([['banned', 'p']]);
    const again = noted();
    const reloaded = new Bans({ path }, { network: again.network, clock: new ManualClock() });
    await reloaded.load();
    expect(again.calls).toEqual([['banned', 'p']]);
    expect(reloaded.get('p')).toMatchObject({ reason: 'noisy' });
    expect(await reloaded.unban('p')).toBe(true);
    expect(await reloaded.unban('p')).toBe(false);
    expect(again.calls.at(-1)).toEqual(['banned']);
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual([]);
  });

  it('let nobody in because their file does not read', async () => {
    const path = await file();
    await writeFile(path, '[{"peerId": 3}]');
    await expect(new Bans({ path }, { ...noted(), clock: new ManualClock() }).load()).rejects.toThrow();
  });
});

describe('the watch over the main thread', () => {
  it('says the delay of each window, and that it is late above 50 ms', async () => {
    const clock = new ManualClock();
    let p99 = 6e6;
    let resets = 0;
    const histogram = {
      enable: () => true,
      disable: () => true,
      percentile: () => p99,
      reset: () => void resets++,
      max: 80e6,
    };
    const loop = new EventLoop({ clock, logger, histogram });
    loop.start();
    expect([loop.p99, loop.late]).toEqual([0, false]);
    await clock.advanceAsync(10_000);
    expect([loop.p99, loop.late]).toEqual([1, false]);
    p99 = 70e6;
    await clock.advanceAsync(10_000);
    expect([loop.p99, loop.late, resets]).toEqual([65, true, 2]);
    loop.stop();
    expect(clock.pending).toBe(0);
  });
});
