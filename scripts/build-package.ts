// Builds what the package `wardmesh` publishes into dist/: pages, compiled modules with their types, the command as a bundle,
// and a package.json that points `#crypto` at the compiled files. Running from a clone needs none of it.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleServer } from './bundle-server.ts';
import { ensureWeb } from './ensure-web.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

interface Manifest {
  readonly version: string;
  readonly imports: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The manifest of dist/: its `#names` lead to compiled files. */
export function compiledManifest({ version, imports }: Manifest): object {
  const compiled = Object.entries(imports).map(([name, conditions]) => [
    name,
    Object.fromEntries(Object.entries(conditions).map(([key, path]) => [key, path.replace(/\.ts$/, '.js')])),
  ]);
  return { name: 'wardmesh', version, type: 'module', private: true, imports: Object.fromEntries(compiled) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await ensureWeb();
  const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
  const { status } = spawnSync(tsc, ['-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  // Names of chunks change with what is in them.
  rmSync(join(ROOT, 'dist', 'chunks'), { recursive: true, force: true });
  await bundleServer(ROOT, join(ROOT, 'dist'));
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  writeFileSync(join(ROOT, 'dist', 'package.json'), `${JSON.stringify(compiledManifest(manifest), undefined, 2)}\n`);
}
