// Shapes of the state tree and the port to its rows. Owns no rule.
import type { StateProof } from './proof.ts';
import type { RowId } from './row-id.ts';

/** A tree key (32 bytes) with the hash of its new value (32 bytes), or null when it is removed. */
export type LeafUpdate = readonly [key: Uint8Array, valueHash: Uint8Array | null];

/** Rows of the committed tree, read only: the tree gives what is to be written with each prepared update. */
export interface RowReader {
  /** In the order of the keys; undefined where there is no row. */
  getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]>;
  get(key: Uint8Array): Uint8Array | undefined;
  /** All rows in ascending order of their keys. */
  values(): AsyncIterable<Uint8Array>;
}

/** The same by row id, as the phases of an update ask for rows. */
export interface RowSource {
  many(ids: readonly RowId[]): Promise<readonly (Uint8Array | undefined)[]>;
  one(id: RowId): Uint8Array | undefined;
}

/** An update that is computed and not yet in force: write the rows in one batch, then commit; or abort. */
export interface PreparedUpdate {
  readonly root: Uint8Array;
  /** Row keys with their new bytes, or null when the row goes. */
  readonly rows: readonly (readonly [key: Uint8Array, value: Uint8Array | null])[];
  /** Proof that the key is present or absent in the computed tree; until commit or abort. */
  prove(key: Uint8Array): StateProof;
  commit(): void;
  abort(): void;
}

export interface TreeCounters {
  readonly hashes: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly nodes: number;
  /** Bytes of hashes and work areas. */
  readonly memory: number;
}
