// The ordered key-value port of records/ on a local database, under a prefix of its own; and one for what may be lost.
import { concatBytes } from '../../common/bytes.ts';
import type { KeyValue, KeyValueStore, RangeOptions } from '../../records/ports.ts';
import type { LocalDatabase } from './local-database.ts';

/** `namespace` keeps several users of one database apart; none may be the beginning of another. */
export function localKeyValues(database: LocalDatabase, namespace: Uint8Array): KeyValueStore {
  const full = (key: Uint8Array): Uint8Array => concatBytes(namespace, key);
  return {
    get: (key) => database.get(full(key)),
    put: (key, value) => database.batch([{ type: 'put', key: full(key), value }], { sync: true }),
    delete: (key) => database.batch([{ type: 'del', key: full(key) }], { sync: true }),
    async range(prefix: Uint8Array, { after, limit }: RangeOptions): Promise<readonly KeyValue[]> {
      const found: KeyValue[] = [];
      if (limit <= 0) return found;
      const from = after === undefined ? {} : { after: full(after) };
      for await (const [key, value] of database.range({ prefix: full(prefix), limit, ...from })) {
        found.push([key.slice(namespace.length), value]);
      }
      return found;
    },
  };
}

/** For what can be computed again: not synced, and where a write fails (a full disk) nothing is kept and reading goes on. */
export function localCache(database: LocalDatabase, namespace: Uint8Array): Pick<KeyValueStore, 'get' | 'put'> {
  const full = (key: Uint8Array): Uint8Array => concatBytes(namespace, key);
  return {
    get: (key) => database.get(full(key)),
    put: (key, value) => database.batch([{ type: 'put', key: full(key), value }]).catch(() => undefined),
  };
}
