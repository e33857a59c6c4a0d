// What records/ asks of the database of this clinic. The real one is node/store/local-database.ts; tests use a Map.
// Values handed to it are ciphertext already, and keys are keyed hashes: it learns nothing but sizes.

export interface RangeOptions {
  /** Only keys after this one. */
  readonly after?: Uint8Array;
  /** At most this many entries. */
  readonly limit: number;
}

export type KeyValue = readonly [key: Uint8Array, value: Uint8Array];

/** Ordered by key bytes. `put` is durable and atomic when it resolves. */
export interface KeyValueStore {
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  put(key: Uint8Array, value: Uint8Array): Promise<void>;
  delete(key: Uint8Array): Promise<void>;
  /** Entries whose key starts with `prefix`, ascending. */
  range(prefix: Uint8Array, options: RangeOptions): Promise<readonly KeyValue[]>;
}
