// Rows of charts in memory, in the order of their keys.
import { compareBytes, fromHex, toHex } from '../../common/bytes.ts';
import type { KeyRowsDatabase } from '../../node/charts/ports.ts';

/** The rows of the database that shredding works on, in memory. */
export function memoryRows(): KeyRowsDatabase {
  const rows = new Map<string, Uint8Array>();
  return {
    get: async (key) => rows.get(toHex(key)),
    batch: async (writes) => {
      for (const write of writes) {
        if (write.type === 'put') rows.set(toHex(write.key), write.value);
        else rows.delete(toHex(write.key));
      }
    },
    async *range({ prefix, after, limit = Number.POSITIVE_INFINITY }) {
      const found = [...rows].filter(([key]) => key.startsWith(toHex(prefix)));
      const sorted = found
        .map(([key, value]) => [fromHex(key), value] as const)
        .filter(([key]) => after === undefined || compareBytes(key, after) > 0)
        .sort((a, b) => compareBytes(a[0], b[0]));
      yield* sorted.slice(0, limit);
    },
  };
}
