// A clinic whose disk is really full: a small file system of its own in a user namespace, filled up and emptied while the
// clinic runs. Needs a machine that allows such namespaces; elsewhere it is skipped, and says so.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf } from '../../common/errors.ts';
import { createClient, type RpcClient } from '../../rpc/client.ts';
import { type FoundedClinics, foundClinics } from '../helpers/devnet.ts';
import { newAccount } from '../helpers/statements.ts';
import { waitFor } from '../helpers/wait-for.ts';

const COMMAND = fileURLToPath(new URL('../../bin/wardmesh.js', import.meta.url));
const SIZE_MIB = 96;
const RESERVE_MIB = 24;

function allowed(): boolean {
  try {
    execFileSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=1m none /mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!allowed()).each([RESERVE_MIB, 0])('a full disk with a reserve of %i MiB', (reserve) => {
  let founded: FoundedClinics;
  let clinic: ChildProcess;
  let client: RpcClient;
  let log = '';
  let disk: string;

  beforeAll(async () => {
    founded = await foundClinics({ clinics: 1, config: { disk: { reserve } } });
    const { directory, paths, url } = founded.clinics[0];
    disk = join(founded.directory, 'disk');
    // The shell that mounted the disk runs what it is told on its input: nobody else sees the disk.
    const script = [
      `mkdir -p ${disk} && mount -t tmpfs -o size=${SIZE_MIB}m none ${disk}`,
      `cp -a ${directory} ${disk}/clinic`,
      `${process.execPath} ${COMMAND} start --data ${disk}/clinic & clinic=$!`,
      'while read -r line; do eval "$line"; done',
      'kill -TERM $clinic; wait $clinic',
    ];
    clinic = spawn('unshare', ['-rm', 'sh', '-c', script.join('\n')], { stdio: ['pipe', 'pipe', 'pipe'] });
    for (const stream of [clinic.stdout, clinic.stderr]) stream?.on('data', (chunk: Buffer) => (log += chunk));
    await waitFor(() => log.includes(' is ready at '), { what: 'the clinic' });
    client = createClient({ url, token: (await readFile(paths.operatorToken, 'utf8')).trim() });
  }, 90_000);

  afterAll(async () => {
    client?.close();
    const gone = new Promise((resolve) => clinic.once('exit', resolve));
    clinic.stdin?.end();
    await gone;
    await founded.remove();
  }, 30_000);

  const run = (command: string): void => void clinic.stdin?.write(`${command}\n`);
  const low = async (): Promise<boolean> => (await client.call('node_status')).disk.low;
  const height = async (): Promise<number> => (await client.call('chain_head')).height;
  const submit = async (): Promise<string> => {
    const { id, statement } = newAccount(founded.bundle.genesis);
    await client.call('tx_submit', { statements: [{ statement }] });
    return id;
  };
  const applied = async (id: string): Promise<void> => {
    await waitFor(
      async () =>
        (await client.call('tx_wait', { statements: [id], timeoutMs: 1_000 }).catch(() => undefined))?.reached,
      { what: 'the statement' },
    );
  };

  it.runIf(reserve > 0)(
    'is said, refuses what is new with its code, mines nothing, answers reads, and goes on by itself with room',
    async () => {
      const before = await submit();
      await applied(before);
      for (const fill of [
        // Down to the reserve, and down to nothing: also what the databases do by themselves fails then.
        `dd if=/dev/zero of=${disk}/ballast bs=1M count=${SIZE_MIB - RESERVE_MIB + 4} 2>/dev/null`,
        `dd if=/dev/zero of=${disk}/ballast bs=1M 2>/dev/null`,
      ]) {
        const logged = log.length;
        run(fill);
        await waitFor(low, { what: 'the full disk' });
        const health = await client.call('node_health');
        expect(health).toMatchObject({ ready: false, reasons: [expect.stringContaining('disk is full')] });
        for (let n = 0; n < 3; n++) await expect(submit()).rejects.toMatchObject({ code: 'store.disk-full' });
        const ready = await fetch(`${founded.clinics[0].url}/health/ready`);
        expect(ready.status).toBe(503);
        const stood = await height();
        expect((await client.call('chain_statement', { id: before })).status).toMatch(/applied|final/);
        await waitFor(async () => (await client.call('node_status')).mining.hashesPerSecond === 0, {
          timeoutMs: 60_000,
          what: 'the miner to stop',
        });
        expect(await height()).toBeLessThanOrEqual(stood + 8);
        expect(log.slice(logged).match(/nothing new is taken/g)).toHaveLength(1);

        run(`rm -f ${disk}/ballast`);
        await waitFor(async () => !(await low()), { what: 'room again' });
        const later = await submit();
        await applied(later);
        await waitFor(async () => (await client.call('node_health')).ready);
        // The statement may have found its place in a block that was under way when the disk was full.
        await waitFor(async () => (await height()) > stood, { what: 'a block' });
      }
    },
    120_000,
  );

  it.runIf(reserve === 0)(
    'to its last byte keeps what it acknowledged, refuses the rest and goes on with room',
    async () => {
      const acknowledged = [await submit()];
      await applied(acknowledged[0]);
      run(`dd if=/dev/zero of=${disk}/ballast bs=1M 2>/dev/null; dd if=/dev/zero of=${disk}/crumbs bs=1k 2>/dev/null`);
      const refusals: unknown[] = [];
      const full = async (): Promise<boolean> => {
        await submit().then(
          (id) => acknowledged.push(id),
          (error) => refusals.push(codeOf(error)),
        );
        return refusals.length >= 10;
      };
      await waitFor(full, { what: 'the full disk' });
      expect([...new Set(refusals)]).toEqual(['store.disk-full']);
      expect((await client.call('chain_statement', { id: acknowledged[0] })).status).toMatch(/applied|final/);
      run(`rm -f ${disk}/ballast ${disk}/crumbs`);
      const later = await waitFor(() => submit().catch(() => undefined), { what: 'room again' });
      for (const id of [...acknowledged, later]) await applied(id);
    },
    120_000,
  );
});
