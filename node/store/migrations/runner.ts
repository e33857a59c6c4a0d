// Brings a database from the layout that it was written with to the present one, step by step. A database of a later layout
// is refused before anything of it is read: an older program would write what the later one cannot trust.
import type { Logger } from '../../../common/logger.ts';
import { StoreError } from '../errors.ts';

export interface Migration<T> {
  /** Layout that it starts from; it leads to the next one. May be run again after a crash in it. */
  readonly from: number;
  run(target: T): Promise<void>;
}

export interface MigrationPlan<T> {
  /** What is migrated, for the log: `outbox`. */
  readonly what: string;
  readonly found: number;
  readonly expected: number;
  readonly steps: readonly Migration<T>[];
  readonly target: T;
  /** Says on disk which layout it has now. */
  mark(version: number): Promise<void>;
}

/** Throws StoreError `store.version` when no way leads from the found layout to the expected one. */
export async function migrate<T>(plan: MigrationPlan<T>, logger: Logger | undefined): Promise<void> {
  const { what, found, expected, steps, target } = plan;
  if (found === expected) return;
  const path: Migration<T>[] = [];
  for (let version = found; version < expected; version++) {
    const step = steps.find(({ from }) => from === version);
    if (step !== undefined) path.push(step);
  }
  if (found > expected || path.length !== expected - found) {
    throw new StoreError({ code: 'store.version', what, found, expected });
  }
  for (const step of path) {
    await step.run(target);
    await plan.mark(step.from + 1);
  }
  logger?.info({ what, from: found, to: expected }, 'brought to the present layout');
}
