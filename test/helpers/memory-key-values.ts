// The ordered key-value port over a Map, for tests of what stands on it.
import { compareBytes, fromHex, toHex } from '../../common/bytes.ts';
import type { KeyValue, KeyValueStore, RangeOptions } from '../../records/ports.ts';

export class MemoryKeyValues implements KeyValueStore {
  readonly rows = new Map<string, Uint8Array>();

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.rows.get(toHex(key));
  }

  async put(key: Uint8Array, value: Uint8Array): Promise<void> {
    this.rows.set(toHex(key), value.slice());
  }

  async delete(key: Uint8Array): Promise<void> {
    this.rows.delete(toHex(key));
  }

  async range(prefix: Uint8Array, { after, limit }: RangeOptions): Promise<readonly KeyValue[]> {
    const start = toHex(prefix);
    return [...this.rows]
      .filter(([key]) => key.startsWith(start))
      .map(([key, value]): KeyValue => [fromHex(key), value])
      .filter(([key]) => after === undefined || compareBytes(key, after) > 0)
      .sort((a, b) => compareBytes(a[0], b[0]))
      .slice(0, limit);
  }
}
