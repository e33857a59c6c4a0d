// The event log of a process that is killed while it writes: nothing that it said is on disk is lost, and the chain holds.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { sha256, signingKeyPair } from '#crypto';
import { createLogger } from '../../common/logger.ts';
import { EventLog } from '../../node/access/event-log/event-log.ts';
import { EventReader } from '../../node/access/event-log/reader.ts';
import { LocalDatabase } from '../../node/store/local-database.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { temporaryDirectory } from '../store/chain-fixture.ts';

const CHILD = fileURLToPath(new URL('helpers/event-log-child.ts', import.meta.url));
const genesisId = sha256(Uint8Array.of(7));
const key = signingKeyPair(sha256(Uint8Array.of(8)));

test('a log that was being written when its process was killed has every entry that was said to be on disk', async () => {
  const directory = await temporaryDirectory();
  onTestFinished(() => directory.remove());
  const path = join(directory.path, 'access');
  let told = 0;
  for (const wanted of [5, 40]) {
    const from = told;
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CHILD, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const gone = new Promise((resolve) => child.once('close', resolve));
    for await (const line of createInterface({ input: child.stdout })) {
      told = Number(line);
      if (told - from >= wanted) child.kill('SIGKILL');
    }
    await gone;
  }
  const database = new LocalDatabase({ path, name: 'access', key: sha256(Uint8Array.of(1)) });
  await database.open();
  onTestFinished(() => database.close());
  const log = new EventLog(
    { genesisId, clinic: 1, tagKey: sha256(Uint8Array.of(2)) },
    {
      database,
      key: () => key,
      clock: new ManualClock(Date.now()),
      logger: createLogger({ destination: { write: () => undefined } }),
    },
  );
  await log.start();
  await log.stop();
  const reader = new EventReader({ genesisId, clinic: 1 }, { log, database, isOwnKey: () => true });
  const state = await reader.check();
  expect(state.broken).toBe(null);
  expect(state.signed).toBe(state.entries);
  expect(state.entries).toBeGreaterThan(told);
  const { entries } = await reader.list({ method: 'log.started' }, 10);
  expect(entries).toHaveLength(3);
});
