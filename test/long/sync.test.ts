// A fresh clinic comes to the head of a chain of a million transactions, whose state has a million keys, as real processes:
// by a snapshot, and by all blocks; the command is the package's. WARDMESH_SYNC_TRANSACTIONS makes it smaller,
// WARDMESH_SYNC_CHAIN names a folder in which the chain is made once and found again.
import { mkdir } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { installedCommand } from '../../bench/lib/package.ts';
import { prepareWorld, type SyncRun, syncFresh } from '../../bench/lib/syncing.ts';
import { withDirectory } from '../../bench/lib/temporary.ts';
import { writeReport } from '../helpers/report.ts';

const TRANSACTIONS = Number(process.env.WARDMESH_SYNC_TRANSACTIONS ?? 1_000_000);
const HOUR = 3_600_000;
const MIB = 2 ** 20;
const MOST_BYTES = 300_000_000;

interface Measured {
  readonly height: number;
  readonly snapshot: SyncRun;
  readonly full: SyncRun;
}

async function measure(root: string): Promise<Measured> {
  const world = await prepareWorld(root, TRANSACTIONS);
  const command = await installedCommand(root);
  const snapshot = await syncFresh(world, 'snapshot', command);
  return { height: world.height, snapshot, full: await syncFresh(world, 'full', command) };
}

it(
  'comes to the head of a long chain by a snapshot in seconds, and by all blocks at a third of the rate of signatures',
  async () => {
    const folder = process.env.WARDMESH_SYNC_CHAIN;
    if (folder !== undefined) await mkdir(folder, { recursive: true });
    const { height, snapshot, full } = await (folder === undefined ? withDirectory(measure) : measure(folder));
    const perSecond = (1000 * TRANSACTIONS) / (full.headMs - full.readyMs);
    const ofRaw = perSecond / full.rawPerSecond;
    const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
    const mebibytes = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`;
    await writeReport(
      'sync',
      'Coming to the head of a long chain',
      'A fresh clinic and two that have the chain, processes on the same cores (`test/long/sync.test.ts`, `bench/sync.ts`).',
      [
        ['chain', `${TRANSACTIONS} transactions of one record each, ${height} blocks`],
        ['by a snapshot, from the start of the process to the head', `${seconds(snapshot.headMs)} (aim: 30 s)`],
        ['of that until its doors were open', seconds(snapshot.readyMs)],
        ['processor time of the fresh clinic', `${snapshot.cpuSeconds.toFixed(1)} s`],
        ['most memory', `${mebibytes(snapshot.peakBytes)} (aim: 300 MB, 286 MiB)`],
        [
          'by all blocks, from the open doors to the head',
          `${seconds(full.headMs - full.readyMs)}, ${Math.round(perSecond)}/s`,
        ],
        [
          'of raw asynchronous verification before it',
          `${ofRaw.toFixed(2)} of ${Math.round(full.rawPerSecond)}/s (aim: 0.33)`,
        ],
        ['processor time of the fresh clinic', `${full.cpuSeconds.toFixed(1)} s`],
        ['most memory', `${mebibytes(full.peakBytes)} (aim: 300 MB, 286 MiB)`],
      ],
    );
    expect(snapshot.headMs).toBeLessThan(30_000);
    expect(Math.max(snapshot.peakBytes, full.peakBytes)).toBeLessThan(MOST_BYTES);
    expect(ofRaw).toBeGreaterThanOrEqual(1 / 3);
  },
  2 * HOUR,
);
