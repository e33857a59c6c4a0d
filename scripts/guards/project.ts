// The tree that guards look at: the files that git tracks or would track, read once, sources parsed once.
// Owns the list of what is left out; a folder that is not this repository is walked as it is.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSource, parseModule, type SourceModule } from './source-module.ts';

export interface Project {
  /** Paths from the root with forward slashes, sorted. */
  readonly files: readonly string[];
  readonly modules: ReadonlyMap<string, SourceModule>;
  has(path: string): boolean;
  /** Throws for a file that the project does not have. */
  read(path: string): string;
}

const PLANTED = 'test/guards/fixtures/';
/** AssemblyScript: not the same language under the same extension. */
const OTHER_LANGUAGE = /(^|\/)assembly\//;

/** The repository that holds this script: without ignored files, without the planted violations. */
export function loadRepository(root: string): Project {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  const files = listed.split('\0').filter((path) => path !== '' && !path.startsWith(PLANTED));
  return makeProject(
    root,
    files.filter((path) => existsSync(join(root, path))),
  );
}

/** Any folder, all of it. */
export function loadFolder(root: string): Project {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return makeProject(
    root,
    files.map((path) => path.slice(root.length + 1).replaceAll('\\', '/')),
  );
}

function makeProject(root: string, paths: readonly string[]): Project {
  const files = [...new Set(paths)].sort();
  const known = new Set(files);
  const texts = new Map<string, string>();
  const read = (path: string) => {
    let text = texts.get(path);
    if (text === undefined) {
      text = readFileSync(join(root, path), 'utf8');
      texts.set(path, text);
    }
    return text;
  };
  const sources = files.filter((path) => isSource(path) && !OTHER_LANGUAGE.test(path));
  const modules = new Map(sources.map((path) => [path, parseModule(path, read(path))]));
  return { files, modules, has: (path) => known.has(path), read };
}
