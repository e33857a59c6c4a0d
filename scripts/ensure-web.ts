// Builds the pages when dist/web is missing or older than what it is built from; else does nothing.
// Owns no build settings: those are in vite.config.ts.
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = ['web', 'rpc', 'common', 'consensus', 'identity', 'records', 'vite.config.ts', 'package-lock.json'];
const BUILT = join(ROOT, 'dist', 'web');

/** Whether the pages must be built before they can be served. */
export function webIsStale(root = ROOT): boolean {
  const index = join(root, 'dist', 'web', 'index.html');
  if (!existsSync(index)) return true;
  const built = statSync(index).mtimeMs;
  return SOURCES.some((source) => newestChange(join(root, source)) > built);
}

/** True when it built. The old pages stay until the new ones are whole. */
export async function ensureWeb(): Promise<boolean> {
  if (!webIsStale()) return false;
  const outDir = join(ROOT, 'dist', `web-${process.pid}`);
  const environment = process.env.NODE_ENV;
  // Test runners set another one, and libraries ship much more for that.
  process.env.NODE_ENV = 'production';
  try {
    const { build } = await import('vite');
    await build({ configFile: join(ROOT, 'vite.config.ts'), logLevel: 'warn', build: { outDir } });
    rmSync(BUILT, { recursive: true, force: true });
    renameSync(outDir, BUILT);
  } finally {
    if (environment === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = environment;
    rmSync(outDir, { recursive: true, force: true });
  }
  return true;
}

function newestChange(path: string): number {
  if (!existsSync(path)) return 0;
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  return readdirSync(path).reduce((newest, name) => Math.max(newest, newestChange(join(path, name))), mtimeMs);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const started = performance.now();
  if (await ensureWeb()) console.log(`Built the pages in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
