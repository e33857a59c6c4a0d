// What a guard is: a claim about the whole tree and a function that lists where it does not hold.
// Owns no rule; one `*-guard.ts` beside it each.
import type { Project } from './project.ts';

export interface Finding {
  readonly path: string;
  /** From 1; absent where the whole file is meant. */
  readonly line?: number;
  readonly message: string;
}

export interface Guard {
  readonly name: string;
  /** What holds when nothing is found. */
  readonly claim: string;
  check(project: Project): readonly Finding[];
}

export function show({ path, line, message }: Finding): string {
  return `${path}${line === undefined ? '' : `:${line}`}: ${message}`;
}
