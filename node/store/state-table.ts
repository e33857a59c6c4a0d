// State rows and the tree over them, moved together: what a block writes becomes rows of both tables and the undo that
// takes it back. Owns no block; chain-database.ts puts the rows into its batch.
import { equalBytes } from '../../common/bytes.ts';
import type { StateReader, StateWrite } from '../../consensus/ledger/types.ts';
import { leafUpdates } from '../../consensus/tree/keys.ts';
import { StateTree } from '../../consensus/tree/state-tree.ts';
import type { PreparedUpdate, RowReader } from '../../consensus/tree/types.ts';
import { type CheckedBatch, type CheckedRows, mapKey, prefixRange } from './kv.ts';
import { TABLE, tableKey } from './layout.ts';
import type { PastRows } from './past-rows.ts';

export interface PreparedState extends Pick<PreparedUpdate, 'root' | 'prove'> {
  /** The written keys with the values that they had. */
  readonly undo: readonly StateWrite[];
  /** Adds the rows of both tables to the batch. */
  stage(batch: CheckedBatch): void;
  commit(): void;
  abort(): void;
}

export class StateTable {
  readonly tree: StateTree;
  private rows: CheckedRows;
  private readonly told = new Set<PastRows>();

  constructor(rows: CheckedRows) {
    this.rows = rows;
    this.tree = new StateTree({ rows: treeRows(() => this.rows) });
  }

  /** The same rows, reached through another handle: the database was closed and opened again. */
  moveTo(rows: CheckedRows): this {
    this.rows = rows;
    return this;
  }

  /** From now on it is told what rows hold before they are written; gives what ends that. */
  tell(past: PastRows): () => void {
    this.told.add(past);
    return () => this.told.delete(past);
  }

  /** State before a block, with what was read kept for its undo. */
  reader(): CachedState {
    return new CachedState(this.rows);
  }

  /** `writes` are distinct by key. `known` holds what execution has read already. */
  async prepare(writes: readonly StateWrite[], known: CachedState = this.reader()): Promise<PreparedState> {
    const reading = known.before(writes);
    // Hashed while old values are read.
    const leaves = leafUpdates(writes);
    const old = await reading;
    // A write that changes nothing is no row: the undo stays small and the rows are the same either way.
    const changes = writes.map(([, value], i) => !sameValue(value, old[i][1]));
    const prepared = await this.tree.prepare(leaves.filter((_, i) => changes[i]));
    return {
      root: prepared.root,
      prove: prepared.prove,
      undo: old.filter((_, i) => changes[i]),
      stage: (batch) => {
        writes.forEach(([key, value], i) => {
          if (!changes[i]) return;
          const row = tableKey(TABLE.state, key);
          for (const past of this.told) past.before(row, old[i][1]);
          batch.set(row, value);
        });
        for (const [key, value] of prepared.rows) batch.set(tableKey(TABLE.tree, key), value);
      },
      commit: prepared.commit,
      abort: prepared.abort,
    };
  }
}

/** Reads state rows once each. */
export class CachedState implements StateReader {
  private readonly rows: CheckedRows;
  private readonly seen = new Map<string, Uint8Array | undefined>();

  constructor(rows: CheckedRows) {
    this.rows = rows;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const name = mapKey(key);
    if (this.seen.has(name)) return this.seen.get(name);
    const value = this.rows.getSync(tableKey(TABLE.state, key));
    this.seen.set(name, value);
    return value;
  }

  /** The values that the written keys have now. */
  async before(writes: readonly StateWrite[]): Promise<readonly StateWrite[]> {
    const names = writes.map(([key]) => mapKey(key));
    const unseen = writes.flatMap(([key], i) => (this.seen.has(names[i]) ? [] : [{ key, name: names[i] }]));
    const values = this.rows.getMany(unseen.map(({ key }) => tableKey(TABLE.state, key)));
    unseen.forEach(({ name }, i) => {
      this.seen.set(name, values[i]);
    });
    return writes.map(([key], i) => [key, this.seen.get(names[i]) ?? null]);
  }
}

/** The state once `writes` are laid over it. */
export function stateAfter(before: StateReader, writes: readonly StateWrite[]): StateReader {
  const written = new Map(writes.map(([key, value]) => [mapKey(key), value]));
  return {
    get: (key) => {
      const value = written.get(mapKey(key));
      return value === undefined ? before.get(key) : (value ?? undefined);
    },
  };
}

function sameValue(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : equalBytes(a, b);
}

function treeRows(rows: () => CheckedRows): RowReader {
  return {
    getMany: async (keys) => rows().getMany(keys.map((key) => tableKey(TABLE.tree, key))),
    get: (key) => rows().getSync(tableKey(TABLE.tree, key)),
    async *values() {
      for await (const [, value] of rows().rows(prefixRange(tableKey(TABLE.tree)))) yield value;
    },
  };
}
