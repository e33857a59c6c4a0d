// Where an import leads: a file of the project, a package, or a built-in of Node.
// `#names` follow package.json `imports` under the conditions that the caller gives.
import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import type { Project } from './project.ts';

export type Target =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'package'; readonly name: string }
  | { readonly kind: 'builtin'; readonly name: string };

export type Runtime = 'node' | 'browser';

export function resolveImport(project: Project, from: string, specifier: string, runtime: Runtime): Target {
  const bare = specifier.replace(/[?#](?!.*\/).*$/, (suffix) => (specifier.startsWith('#') ? suffix : ''));
  if (bare.startsWith('#')) return { kind: 'file', path: subpath(project, bare, runtime) };
  if (bare.startsWith('.')) return { kind: 'file', path: posix.join(posix.dirname(from), bare) };
  if (isBuiltin(bare)) return { kind: 'builtin', name: bare.replace(/^node:/, '') };
  return { kind: 'package', name: packageName(bare) };
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function subpath(project: Project, name: string, runtime: Runtime): string {
  const { imports = {} } = JSON.parse(project.read('package.json')) as { imports?: Record<string, unknown> };
  let target = imports[name];
  while (typeof target === 'object' && target !== null) {
    const conditions = Object.entries(target);
    target = conditions.find(([condition]) => condition === runtime || condition === 'default')?.[1];
  }
  if (typeof target !== 'string') throw new Error(`package.json imports no ${name}`);
  return posix.normalize(target);
}
