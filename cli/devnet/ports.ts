// Whether the ports of the development network are free. A devnet that was killed leaves clinics that are about to end.
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../exit.ts';
import type { DevnetClinic } from './plan.ts';

const WAIT_MS = 15_000;
const STEP_MS = 250;

/** Waits a while for ports that are taken, then throws. */
export async function portsFree(clinics: readonly DevnetClinic[]): Promise<void> {
  const end = performance.now() + WAIT_MS;
  for (const port of clinics.flatMap(({ httpPort, p2pPort }) => [httpPort, p2pPort])) {
    while (!(await isFree(port))) {
      if (performance.now() > end) {
        throw new CommandError(`port ${port} is taken: another devnet, or another program, runs on this machine`);
      }
      await sleep(STEP_MS);
    }
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
