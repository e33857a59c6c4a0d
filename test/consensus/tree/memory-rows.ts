// Rows of a state tree in a Map: the port's other implementation, so that tree tests need no disk.
import { compareBytes, fromHex, toHex } from '../../../common/bytes.ts';
import { StateTree } from '../../../consensus/tree/state-tree.ts';
import type { LeafUpdate, RowReader } from '../../../consensus/tree/types.ts';

export class MemoryRows implements RowReader {
  readonly rows = new Map<string, Uint8Array>();

  async getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    return keys.map((key) => this.get(key));
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.rows.get(toHex(key));
  }

  async *values(): AsyncIterable<Uint8Array> {
    const keys = [...this.rows.keys()].sort((a, b) => compareBytes(fromHex(a), fromHex(b)));
    for (const key of keys) yield this.rows.get(key)!;
  }

  write(rows: readonly (readonly [Uint8Array, Uint8Array | null])[]): void {
    for (const [key, value] of rows) {
      if (value === null) this.rows.delete(toHex(key));
      else this.rows.set(toHex(key), value);
    }
  }

  /** Everything stored, comparable. */
  dump(): string {
    return [...this.rows]
      .map(([key, value]) => `${key}=${toHex(value)}`)
      .sort()
      .join('\n');
  }
}

export function treeOver(rows: MemoryRows): StateTree {
  return new StateTree({ rows });
}

export async function applyTo(tree: StateTree, rows: MemoryRows, updates: readonly LeafUpdate[]): Promise<void> {
  const prepared = await tree.prepare(updates);
  rows.write(prepared.rows);
  prepared.commit();
}
