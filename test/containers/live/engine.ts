// Docker, or podman behind a program with `build` and `compose` that WARDMESH_CONTAINER_ENGINE names: what the tests of
// containers ask of either.
import { execFile, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const STAND_IN = process.env.WARDMESH_CONTAINER_ENGINE;
const run = promisify(execFile);

/** The program that faults and questions go through. */
export const CLI = STAND_IN === undefined ? 'docker' : 'podman';
export const IMAGE = STAND_IN === undefined ? 'wardmesh:test' : 'localhost/wardmesh:test';
export const COMPOSE_FILE = `${ROOT}docker/compose.network.yml`;
const WARDMESH = ['node', '/app/bin/wardmesh.js'];

export async function engine(...words: readonly string[]): Promise<string> {
  return (await run(CLI, [...words], { maxBuffer: 1 << 26 })).stdout.trim();
}

export async function build(): Promise<void> {
  const words = ['build', '-f', 'docker/Dockerfile', '-t', IMAGE];
  // buildah keeps no layers unless it is told to.
  if (STAND_IN === undefined) await loud('docker', [...words, '.']);
  else await loud(STAND_IN, ['build', '.', '--layers', ...words.slice(1)]);
}

export async function compose(...words: readonly string[]): Promise<void> {
  const all = ['compose', '-f', COMPOSE_FILE, ...words];
  await loud(STAND_IN ?? 'docker', all, { WARDMESH_IMAGE: IMAGE });
}

/** `wardmesh --json ...` inside a container. */
export async function wardmesh<T>(container: string, ...words: readonly string[]): Promise<T> {
  return JSON.parse(await engine('exec', container, ...WARDMESH, '--json', ...words)) as T;
}

/** Runs the container's own health check, or asks for what Docker made of it. */
export async function healthy(container: string): Promise<boolean> {
  if (STAND_IN === undefined) {
    return (await engine('inspect', '-f', '{{.State.Health.Status}}', container)) === 'healthy';
  }
  return engine('healthcheck', 'run', container).then(
    () => true,
    () => false,
  );
}

/** Nobody's network is taken down for a test. */
export async function refuseAnother(name: string): Promise<void> {
  const names = (await engine('ps', '-a', '--format', '{{.Names}}')).split('\n');
  if (names.includes(name)) throw new Error(`there is a container ${name} already; take its network down first`);
}

/** Its output goes where the tests' goes only when it fails. */
export function loud(program: string, words: readonly string[], more: Record<string, string> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...words], {
      cwd: ROOT,
      env: { ...process.env, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        text += chunk;
      });
    }
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(text);
      else reject(new Error(`${program} ${words.join(' ')} ended with ${code}\n${text.slice(-4000)}`));
    });
  });
}
