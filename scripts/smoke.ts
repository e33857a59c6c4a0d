// The README's second command as its reader would use it: `npm start`, four clinics ready, a registered patient found at
// clinic 3, Ctrl+C. Uses the ports of the development network; keeps its data in a temporary folder. For .ci/run.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SAMPLES } from '../cli/devnet/samples.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PORTS = [8641, 8642, 8643, 8644];
const READY_MS = 120_000;
const FOUND_MS = 60_000;
const STOP_MS = 30_000;

async function ready(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/health/ready`).then(
    (response) => response.ok,
    () => false,
  );
}

function found(): boolean {
  const [{ number }] = SAMPLES;
  const command = ['wardmesh', '--json', 'patient', 'get', number, '--node', `http://localhost:${PORTS[2]}`];
  const { status, stdout } = spawnSync('npx', command, { cwd: ROOT, encoding: 'utf8', env });
  return status === 0 && JSON.parse(stdout).registered === true;
}

async function until(what: string, limitMs: number, holds: () => boolean | Promise<boolean>): Promise<void> {
  const start = performance.now();
  while (!(await holds())) {
    if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode} before: ${what}`);
    if (performance.now() - start > limitMs) throw new Error(`not within ${limitMs / 1000} s: ${what}`);
    await pause(250);
  }
  console.log(`${what} after ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

/** As Ctrl+C: the signal reaches the whole group. */
async function interrupt(running: ChildProcess): Promise<void> {
  const ended = new Promise<void>((resolve) => running.once('exit', () => resolve()));
  process.kill(-running.pid!, 'SIGINT');
  const late = await Promise.race([ended.then(() => false), pause(STOP_MS, true)]);
  if (late) process.kill(-running.pid!, 'SIGKILL');
  if (late) throw new Error(`npm start did not stop within ${STOP_MS / 1000} s`);
}

const directory = mkdtempSync(join(tmpdir(), 'wardmesh-smoke-'));
const env = { ...process.env, WARDMESH_DEVNET: directory };
if ((await Promise.all(PORTS.map(ready))).includes(true)) throw new Error('a development network is running already');
const child = spawn('npm', ['start'], { cwd: ROOT, env, detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
try {
  await until('four clinics ready', READY_MS, async () => (await Promise.all(PORTS.map(ready))).every(Boolean));
  await until('a patient of clinic 1 found at clinic 3', FOUND_MS, found);
  await interrupt(child);
  if ((await Promise.all(PORTS.map(ready))).includes(true)) throw new Error('a clinic outlived npm start');
} finally {
  if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL');
  rmSync(directory, { recursive: true, force: true });
}
