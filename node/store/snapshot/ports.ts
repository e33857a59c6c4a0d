// What the store offers around snapshots: making and serving them, and taking one in. All of it is plain data.

/** The state after the parent of a checkpoint: the root in the checkpoint's own header covers it. */
export interface SnapshotInfo {
  /** Height and id of the checkpoint. */
  readonly height: number;
  readonly id: Uint8Array;
  readonly parts: number;
}

export interface ImportTarget {
  /** Signed header of the checkpoint (PROTOCOL 5.1), known to be final. */
  readonly checkpoint: Uint8Array;
  /** Encoded cut (consensus/tree/cut.ts) with the checkpoint's state root. */
  readonly cut: Uint8Array;
  /** Encoded steps of the light chain (PROTOCOL 10.1), verified: they become the new database's own. */
  readonly steps: readonly Uint8Array[];
}

export interface ImportProgress {
  /** Next header and next part that are wanted; both in order. */
  readonly nextHeader: number;
  readonly nextPart: number;
  readonly parts: number;
}

export interface SnapshotStore {
  /** Signed headers of the main chain with their blocks' certificates, `296 bytes | certificate b16` each. */
  headers(from: number, limit: number): Promise<readonly Uint8Array[]>;
  /** Lowest height from which all bodies are here. */
  bodiesFrom(): Promise<number>;
  /** Removes bodies, outcomes, undo and indexes below a height, at most `limit` blocks at a time; gives `bodiesFrom`. */
  prune(below: number, limit: number): Promise<number>;
  /** Outcomes of an executed block as they are kept: `encodeOutcomes` of rows.ts. */
  outcomeBytes(id: Uint8Array): Promise<Uint8Array | undefined>;
  /** Takes the body and the outcomes of the block below `bodiesFrom`. Throws BlockError, CodecError or StoreError `store.not-child`. */
  fillBody(block: Uint8Array, outcomes: Uint8Array): Promise<number>;
  /** Kept snapshots, newest first. */
  snapshots(): Promise<readonly SnapshotInfo[]>;
  /** Makes the snapshot of a main-chain block beside the running chain; undefined when its state is out of reach. */
  makeSnapshot(height: number): Promise<SnapshotInfo | undefined>;
  snapshotCut(id: Uint8Array): Promise<Uint8Array | undefined>;
  snapshotPart(id: Uint8Array, part: number): Promise<Uint8Array | undefined>;
  /** Begins, or goes on with what is there of the same target. Throws CodecError when the cut has another root. */
  importBegin(target: ImportTarget): Promise<ImportProgress>;
  /** Headers in order, as `headers` gives them, up to the checkpoint's parent. Throws BlockError or CodecError. */
  importHeaders(items: readonly Uint8Array[]): Promise<ImportProgress>;
  /** Throws CodecError when the part is not what the cut says. */
  importPart(part: number, bytes: Uint8Array): Promise<ImportProgress>;
  /** Forgets what was taken in. */
  importDrop(): Promise<void>;
}
