// Where the built pages are. Apart from what runs a node, so that the development network need not load one to know.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));

/** Beside the sources, or beside the compiled files; undefined where they were not built. */
export function webRoot(): string | undefined {
  return [join(HERE, '..', 'dist', 'web'), join(HERE, '..', 'web')].find((path) => existsSync(join(path, 'assets')));
}
