// How a clinic begins and ends: stopped at any moment of its start, and as the child of a development network.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../../common/logger.ts';
import { openClinic, readConfigFile } from '../../node/clinic-directory.ts';
import { loadConfig } from '../../node/config/load.ts';
import { Node } from '../../node/node.ts';
import { type FoundedClinics, foundClinics } from '../helpers/devnet.ts';

const COMMAND = fileURLToPath(new URL('../../bin/wardmesh.js', import.meta.url));
const logger = createLogger({ level: 'silent' });

let founded: FoundedClinics;

beforeAll(async () => {
  founded = await foundClinics({ clinics: 1, config: { mining: { threads: 0 } } });
});

afterAll(() => founded?.remove());

async function newNode(): Promise<Node> {
  const { directory, passphrase, paths } = founded.clinics[0];
  const { genesis, clinic, keys, keystore } = await openClinic(directory, passphrase);
  const config = loadConfig({ file: await readConfigFile(directory) });
  return new Node({ genesis, clinic, keys, paths, config, webRoot: undefined }, { logger, keystore });
}

/** The end of a clinic that was started with a channel; `act` sees it once it is ready. */
async function asChild(flags: readonly string[], act: (pid: number) => void): Promise<number | null> {
  const { directory } = founded.clinics[0];
  const child = spawn(process.execPath, [COMMAND, 'start', '--data', directory, ...flags], {
    stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
  });
  child.stdout?.once('data', () => act(child.pid!));
  const [code] = await once(child, 'exit');
  return code;
}

describe('a clinic', { timeout: 240_000 }, () => {
  it('that is stopped while it starts ends, opens no door, and leaves its directory free', async () => {
    for (const turns of [0, 1, 5, 50, 500]) {
      const node = await newNode();
      const started = node.start();
      for (let i = 0; i < turns; i++) await turn();
      await node.stop();
      await started;
      expect(node.network.addresses()).toEqual([]);
    }
    const node = await newNode();
    await node.start();
    expect(node.port).toBe(founded.clinics[0].httpPort);
    await node.stop();
  });

  it('ends by itself when it is told to stop or cannot start, though whoever started it keeps a channel open', async () => {
    expect(await asChild([], (pid) => process.kill(pid, 'SIGTERM'))).toBe(0);
    expect(await asChild(['--p2p-listen', '/ip4/203.0.113.1/tcp/9'], () => {})).toBeGreaterThan(0);
  });
});
