// What a figure was measured on. Owns no measurement.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, type as systemName, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly v8: string;
  readonly wardmesh: string;
  /** Empty outside a clone. */
  readonly commit: string;
  /** Runnable processes of the last minute: others at work make figures worse. */
  readonly load: number;
}

export function describeMachine(): Machine {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${systemName()} ${release()}`,
    node: process.version,
    v8: process.versions.v8,
    wardmesh: version,
    commit: currentCommit(),
    load: Math.round(loadavg()[0] * 100) / 100,
  };
}

export function formatMachine(machine: Machine): string {
  const { processor, cores, memoryGiB, system, node, v8, wardmesh, commit, load } = machine;
  return (
    `${processor}, ${cores} cores, ${memoryGiB} GiB, load ${load}; ${system}; Node ${node} (V8 ${v8}); ` +
    `Wardmesh ${wardmesh}${commit === '' ? '' : ` at ${commit}`}`
  );
}

function currentCommit(): string {
  try {
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    const head = execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return head.trim();
  } catch {
    return '';
  }
}
