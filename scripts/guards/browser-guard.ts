// Guard: what pages load, and what the SDK gives to other pages, runs in a browser. It follows run-time imports from web/ and
// from the modules of sdk/ under the browser's conditions.
import type { Finding, Guard } from './guard.ts';
import { covers, LIBRARIES } from './import-table.ts';
import { resolveImport } from './resolve.ts';

/** Runs at build time on Node, not in the page. */
const BUILD_FILE = /\.config\.ts$/;
/** Libraries of other doors that browsers run too. */
const BROWSER_SAFE = [
  ...['@noble/', '@hpke/', '@scure/base', '@scure/bip39', 'zod'],
  ...['age-encryption', 'multiformats', 'ipfs-unixfs', 'ipfs-unixfs-importer', '@ipld/'],
];
/** Programs of Node. */
const EXAMPLES = 'sdk/examples';

export const browserGuard: Guard = {
  name: 'browser',
  claim: 'nothing of Node is reached from web/ or sdk/',
  check(project) {
    const findings: Finding[] = [];
    const cameFrom = new Map<string, string | undefined>();
    const queue = [...project.modules.keys()].filter(
      (path) => (covers('web', path) && !BUILD_FILE.test(path)) || (covers('sdk', path) && !covers(EXAMPLES, path)),
    );
    for (const path of queue) cameFrom.set(path, undefined);
    for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
      const report = (message: string, line?: number) => {
        findings.push({
          path: path!,
          ...(line === undefined ? {} : { line }),
          message: message + wayTo(cameFrom, path!),
        });
      };
      if (/\.node\.tsx?$/.test(path)) report('is for Node only');
      for (const { specifier, line, typeOnly } of project.modules.get(path)!.imports) {
        if (typeOnly) continue;
        const target = resolveImport(project, path, specifier, 'browser');
        if (target.kind === 'builtin') report(`imports node:${target.name}`, line);
        else if (target.kind === 'package') {
          if (!runsInBrowser(target.name)) report(`imports ${target.name}, which is no library of the page`, line);
        } else if (project.modules.has(target.path) && !cameFrom.has(target.path)) {
          cameFrom.set(target.path, path);
          queue.push(target.path);
        }
      }
    }
    return findings;
  },
};

function runsInBrowser(name: string): boolean {
  const rule = LIBRARIES.find(({ library }) => library === name || (library.endsWith('/') && name.startsWith(library)));
  return rule !== undefined && (rule.owners.includes('web') || BROWSER_SAFE.includes(rule.library));
}

function wayTo(cameFrom: ReadonlyMap<string, string | undefined>, path: string): string {
  const steps = [path];
  for (let at = cameFrom.get(path); at !== undefined; at = cameFrom.get(at)) steps.unshift(at);
  return steps.length === 1 ? '' : ` (reached by ${steps.join(' -> ')})`;
}
