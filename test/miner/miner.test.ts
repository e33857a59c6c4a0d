import { afterEach, describe, expect, test } from 'vitest';
import { createRegistry } from '../../common/metrics.ts';
import { blockId } from '../../consensus/chain/header.ts';
import type { Header } from '../../consensus/chain/types.ts';
import { meetsTarget } from '../../consensus/chain/work.ts';
import { targetFor } from '../../consensus/params.ts';
import { Miner, type MinerModules, type MinerOptions } from '../../node/miner/miner.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { sampleHeader } from './samples.ts';

const EASY = targetFor(5000n);
const HOPELESS = 0n;

const miners: Miner[] = [];
afterEach(() => Promise.all(miners.splice(0).map((miner) => miner.stop())));

async function started(options: Partial<MinerOptions> = {}, modules: MinerModules = {}) {
  const miner = new Miner({ threads: 1, dutyCycle: 1, ...options }, modules);
  miners.push(miner);
  const found: Header[] = [];
  await miner.start((header) => found.push(header));
  return { miner, found };
}

const solves = (header: Header) => meetsTarget(blockId(header), header.target);

describe('Miner', () => {
  test.each(['simd', 'js'] as const)('finds a solution with the %s kernel, and then waits', async (kernel) => {
    const { miner, found } = await started({ kernel });
    const template = sampleHeader({ target: EASY });
    miner.replace(template);
    expect(miner.stats()).toMatchObject({ height: template.height, found: 0, threads: 1, dutyCycle: 1 });
    await waitFor(() => found.length === 1);
    expect(solves(found[0])).toBe(true);
    expect({ ...found[0], nonce: 0n, extraNonce: 0n }).toEqual(template);
    expect(miner.stats()).toMatchObject({ kernel, height: undefined, found: 1, hashRate: 0 });

    const { hashes } = miner.stats();
    expect(hashes).toBeGreaterThan(0);
    miner.replace(sampleHeader({ height: 8, target: EASY }));
    await waitFor(() => found.length === 2);
    expect(found[1].height).toBe(8);
    expect(miner.stats().hashes).toBeGreaterThan(hashes);
  });

  test('gives one solution of a template that many threads solve, from ranges of their own', async () => {
    const { miner, found } = await started({ threads: 3 });
    const extraNonces = new Set<bigint>();
    // Which thread wins is chance: until two have won.
    for (let height = 1; height <= 5 || extraNonces.size < 2; height++) {
      miner.replace(sampleHeader({ height, target: targetFor(50_000n), extraNonce: (1n << 64n) - 1n }));
      await waitFor(() => found.length >= height, { intervalMs: 1, timeoutMs: 20_000 });
      expect(found).toHaveLength(height);
      expect(found[height - 1].height).toBe(height);
      expect(solves(found[height - 1])).toBe(true);
      extraNonces.add(found[height - 1].extraNonce);
    }
    // The range after the last is the first: an extraNonce is 64 bits.
    for (const extraNonce of extraNonces) expect([(1n << 64n) - 1n, 0n, 1n]).toContain(extraNonce);
  });

  test('hears a new template and an end at once while it mines flat out', async () => {
    const { miner, found } = await started();
    miner.replace(sampleHeader({ height: 1, target: HOPELESS }));
    await waitFor(() => miner.stats().hashes > 0);
    miner.replace(sampleHeader({ height: 2, target: EASY }));
    await waitFor(() => found.length === 1);
    expect(found[0].height).toBe(2);

    miner.replace(sampleHeader({ height: 3, target: HOPELESS }));
    await miner.stop();
    const { hashes } = miner.stats();
    miner.replace(sampleHeader({ height: 4, target: EASY }));
    expect(miner.stats()).toMatchObject({ height: undefined, hashes, hashRate: 0 });
  });

  test('pauses: nothing more is tried until the next template', async () => {
    const { miner, found } = await started();
    miner.replace(sampleHeader({ target: HOPELESS }));
    await waitFor(() => miner.stats().hashRate > 0);
    miner.pause();
    expect(miner.stats()).toMatchObject({ hashRate: 0, height: undefined });
    miner.replace(sampleHeader({ height: 9, target: EASY }));
    await waitFor(() => found.length === 1);
    expect(found[0].height).toBe(9);
  });

  test('a solution of a replaced template counts on the same parent, and on another it does not', async () => {
    const { miner, found } = await started();
    const blockThisThread = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
    miner.replace(sampleHeader({ height: 1, target: EASY }));
    await waitFor(() => found.length === 1);

    miner.replace(sampleHeader({ height: 2, target: EASY }));
    blockThisThread(); // The solution waits to be heard; the template is replaced before.
    miner.replace(sampleHeader({ height: 2, target: HOPELESS, timestamp: 1_700_000_000_500 }));
    await waitFor(() => found.length === 2);
    expect(found[1]).toMatchObject({ height: 2, target: EASY });
    expect(miner.stats().height).toBeUndefined();

    miner.replace(sampleHeader({ height: 3, target: EASY }));
    blockThisThread();
    miner.replace(sampleHeader({ height: 4, target: targetFor(50_000n), parent: new Uint8Array(32).fill(9) }));
    await waitFor(() => found.length === 3);
    expect(found[2].height).toBe(4);
  });

  test('starts and stops as often as it is asked', async () => {
    const { miner, found } = await started();
    await miner.start(() => {
      throw new Error('the first caller stays');
    });
    miner.replace(sampleHeader({ target: EASY }));
    await waitFor(() => found.length === 1);
    await miner.stop();
    await miner.stop();
    await miner.start((header) => found.push(header));
    miner.replace(sampleHeader({ height: 8, target: EASY }));
    await waitFor(() => found.length === 2);
  });

  test('keeps to its duty cycle', async () => {
    const { miner } = await started({ dutyCycle: 0.25 });
    const flatOut = (await started({ dutyCycle: 1 })).miner;
    await waitFor(() => [miner, flatOut].every((each) => each.stats().ready === 1));
    miner.replace(sampleHeader({ target: HOPELESS }));
    flatOut.replace(sampleHeader({ target: HOPELESS }));
    await waitFor(() => flatOut.stats().hashes > 700_000, { timeoutMs: 25_000 });
    expect(miner.stats().hashes).toBeGreaterThan(0);
    expect(miner.stats().hashes).toBeLessThan(0.6 * flatOut.stats().hashes);
  });

  test('a caller that throws does not end the miner', async () => {
    const errors: unknown[] = [];
    const logger = { error: (...line: unknown[]) => errors.push(line) } as unknown as MinerModules['logger'];
    const miner = new Miner({ threads: 1, dutyCycle: 1 }, { logger });
    miners.push(miner);
    let calls = 0;
    await miner.start(() => {
      calls++;
      throw new Error('not now');
    });
    miner.replace(sampleHeader({ target: EASY }));
    await waitFor(() => errors.length === 1);
    miner.replace(sampleHeader({ height: 8, target: EASY }));
    await waitFor(() => calls === 2);
  });

  test('mines nothing without threads', async () => {
    const { miner } = await started({ threads: 0 });
    miner.replace(sampleHeader());
    expect(miner.stats()).toMatchObject({ threads: 0, hashes: 0, hashRate: 0, kernel: 'simd' });
  });

  test.each([{ threads: -1 }, { threads: 1.5 }, { dutyCycle: 0 }, { dutyCycle: 1.1 }, { dutyCycle: Number.NaN }])(
    'refuses %o',
    (options) => {
      expect(() => new Miner({ threads: 1, ...options })).toThrow(RangeError);
    },
  );

  test.runIf(process.platform === 'linux')('its threads run at nice 19, this one does not', async () => {
    const { getPriority } = await import('node:os');
    const before = getPriority();
    const { miner } = await started();
    await waitFor(() => miner.stats().ready === 1);
    expect(miner.stats().nice).toBe(19);
    expect(getPriority()).toBe(before);
  });

  test('shows its figures to Prometheus', async () => {
    const registry = createRegistry();
    const { miner, found } = await started({}, { registry });
    miner.replace(sampleHeader({ target: EASY }));
    await waitFor(() => found.length === 1);
    const text = await registry.metrics();
    expect(text).toContain('wardmesh_mining_solutions_total 1');
    expect(text).toMatch(/wardmesh_mining_hashes_total [1-9]/);
  });
});
