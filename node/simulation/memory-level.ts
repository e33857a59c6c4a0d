// The engine port of the stores over sorted memory: what a crash leaves of a simulated clinic is what was written. Keys are
// kept in sorted runs of bounded length, so that reading, writing and ranges cost the same at a million rows.

import type { Level, LevelIterator, LevelRange, Operation } from '../store/kv.ts';
import { mapKey } from '../store/kv.ts';

/** Rows of one run; a longer one is cut in two. */
const RUN_ROWS = 512;

interface Run {
  readonly names: string[];
  readonly keys: Uint8Array[];
  readonly values: Uint8Array[];
}

/** Values are given out as they are kept: nothing of ours writes into what it read. */
export class MemoryLevel implements Level {
  readonly location = '';
  private runs: Run[] = [{ names: [], keys: [], values: [] }];
  private opened = true;

  get status(): string {
    return this.opened ? 'open' : 'closed';
  }

  async open(): Promise<void> {
    this.opened = true;
  }

  async close(): Promise<void> {
    this.opened = false;
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.getSync(key);
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    const name = mapKey(key);
    const run = this.runs[this.runOf(name)];
    const at = lowerBound(run.names, name);
    return run.names[at] === name ? run.values[at] : undefined;
  }

  async put(key: Uint8Array, value: Uint8Array): Promise<void> {
    this.set(key, value);
  }

  async del(key: Uint8Array): Promise<void> {
    this.remove(key);
  }

  async batch(operations: Operation[]): Promise<void> {
    for (const operation of operations) {
      // The rows of a batch share large buffers, and each would keep all of its own.
      if (operation.type === 'put') this.set(operation.key, operation.value.slice());
      else this.remove(operation.key);
    }
  }

  iterator(range: LevelRange = {}): LevelIterator {
    return each(this.select(range));
  }

  async compactRange(): Promise<void> {}

  private set(key: Uint8Array, value: Uint8Array): void {
    const name = mapKey(key);
    const index = this.runOf(name);
    const run = this.runs[index];
    const at = lowerBound(run.names, name);
    if (run.names[at] === name) {
      run.values[at] = value;
      return;
    }
    run.names.splice(at, 0, name);
    run.keys.splice(at, 0, key.slice());
    run.values.splice(at, 0, value);
    if (run.names.length <= RUN_ROWS) return;
    const half = RUN_ROWS >> 1;
    this.runs.splice(index + 1, 0, {
      names: run.names.splice(half),
      keys: run.keys.splice(half),
      values: run.values.splice(half),
    });
  }

  private remove(key: Uint8Array): void {
    const name = mapKey(key);
    const index = this.runOf(name);
    const run = this.runs[index];
    const at = lowerBound(run.names, name);
    if (run.names[at] !== name) return;
    run.names.splice(at, 1);
    run.keys.splice(at, 1);
    run.values.splice(at, 1);
    if (run.names.length === 0 && this.runs.length > 1) this.runs.splice(index, 1);
  }

  /** The last run that begins at or before `name`, or the first. */
  private runOf(name: string): number {
    let low = 0;
    let high = this.runs.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.runs[middle].names[0] <= name) low = middle;
      else high = middle;
    }
    return low;
  }

  private select({ gte, gt, lt, reverse = false, limit = -1 }: LevelRange): [Uint8Array, Uint8Array][] {
    const most = limit < 0 ? Number.POSITIVE_INFINITY : limit;
    const from = gt ?? gte;
    const begin = from === undefined ? '' : mapKey(from);
    const end = lt === undefined ? undefined : mapKey(lt);
    const inside = (name: string): boolean =>
      (gt === undefined ? name >= begin : name > begin) && (end === undefined || name < end);
    const found: [Uint8Array, Uint8Array][] = [];
    const step = reverse ? -1 : 1;
    const first = reverse ? (end === undefined ? this.runs.length - 1 : this.runOf(end)) : this.runOf(begin);
    for (let index = first; index >= 0 && index < this.runs.length; index += step) {
      const { names, keys, values } = this.runs[index];
      if (names.length === 0) continue;
      if (reverse ? names[names.length - 1] < begin : end !== undefined && names[0] >= end) break;
      for (let i = 0; i < names.length; i++) {
        const at = reverse ? names.length - 1 - i : i;
        if (!inside(names[at])) continue;
        if (found.length >= most) return found;
        found.push([keys[at], values[at]]);
      }
    }
    return found;
  }
}

/** Index of the first name that is not below. */
function lowerBound(names: readonly string[], name: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (names[middle] < name) low = middle + 1;
    else high = middle;
  }
  return low;
}

function each(rows: [Uint8Array, Uint8Array][]): LevelIterator {
  let at = 0;
  return {
    async *[Symbol.asyncIterator]() {
      yield* rows;
    },
    nextv: async (size) => {
      const from = at;
      at += size;
      return rows.slice(from, at);
    },
    close: async () => undefined,
  };
}
