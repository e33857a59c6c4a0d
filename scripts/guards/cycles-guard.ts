// Guard: no module imports itself through others, not even as a type. Reports each knot once, by one shortest cycle.
import type { Finding, Guard } from './guard.ts';
import type { Project } from './project.ts';
import { resolveImport } from './resolve.ts';

export const cyclesGuard: Guard = {
  name: 'cycles',
  claim: 'no import cycle exists, also none of types',
  check(project) {
    const graph = new Map<string, readonly string[]>();
    for (const path of project.modules.keys()) graph.set(path, targets(project, path));
    const findings: Finding[] = [];
    const reported = new Set<string>();
    for (const path of graph.keys()) {
      if (reported.has(path)) continue;
      const cycle = shortestCycle(graph, path);
      if (cycle === undefined) continue;
      for (const member of cycle) reported.add(member);
      findings.push({ path, message: `import cycle: ${[...cycle, path].join(' -> ')}` });
    }
    return findings;
  },
};

function targets(project: Project, path: string): string[] {
  return project.modules.get(path)!.imports.flatMap(({ specifier }) => {
    const target = resolveImport(project, path, specifier, 'node');
    return target.kind === 'file' && project.modules.has(target.path) ? [target.path] : [];
  });
}

/** The modules of a shortest way from the start back to it, or undefined. */
function shortestCycle(graph: ReadonlyMap<string, readonly string[]>, start: string): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    for (const next of graph.get(at) ?? []) {
      if (next === start) return way(cameFrom, start, at);
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, at);
      queue.push(next);
    }
  }
  return undefined;
}

function way(cameFrom: ReadonlyMap<string, string>, start: string, end: string): string[] {
  const steps = [end];
  while (steps[0] !== start) steps.unshift(cameFrom.get(steps[0])!);
  return steps;
}
