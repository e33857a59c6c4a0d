// A program of a Debian package for tests that need the real thing: from PATH, else unpacked into a directory of temporary
// files. Installs nothing: no package script runs, no service starts.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

export interface DebianProgram {
  readonly path: string;
  /** To be merged into the environment of the program: where its libraries are. */
  readonly env: Readonly<Record<string, string>>;
  /** Below it stand the packages' files; undefined when the program was on PATH. */
  readonly root: string | undefined;
}

/**
 * `packages`: that of the program and of the libraries that a bare image lacks. `set`: names their directory, for a program
 * with files beside it that one on PATH may lack: always unpacked. Throws when it cannot be had.
 */
export function debianProgram(name: string, packages: readonly string[], set?: string): DebianProgram {
  const onPath = spawnSync('sh', ['-c', `PATH="$PATH:/usr/sbin:/sbin"; command -v ${name}`], {
    encoding: 'utf8',
  }).stdout.trim();
  if (onPath !== '' && set === undefined) return { path: onPath, env: {}, root: undefined };
  const root = join(tmpdir(), `wardmesh-debian-${userInfo().uid}`, set ?? name);
  if (!existsSync(root)) unpack(root, packages);
  const path = ['usr/bin', 'usr/sbin', 'sbin', 'bin'].map((at) => join(root, at, name)).find(existsSync);
  if (path === undefined) throw new Error(`${name} is in none of ${packages.join(', ')}`);
  const libraries = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].flatMap((triple) => [
    join(root, 'usr/lib', triple),
    join(root, 'lib', triple),
  ]);
  return { path, env: { LD_LIBRARY_PATH: libraries.filter(existsSync).join(':') }, root };
}

function unpack(root: string, packages: readonly string[]): void {
  const making = `${root}.${process.pid}`;
  const debs = join(making, '.debs');
  mkdirSync(debs, { recursive: true });
  try {
    const download = () => execFileSync('apt-get', ['download', ...packages], { cwd: debs, stdio: 'ignore' });
    try {
      download();
    } catch {
      execFileSync('apt-get', ['update'], { stdio: 'ignore' });
      download();
    }
    for (const deb of readdirSync(debs)) execFileSync('dpkg', ['-x', join(debs, deb), making]);
    renameSync(making, root);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}
