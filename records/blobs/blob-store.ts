// What the rest of Wardmesh asks of the place where envelopes lie: ciphertext by its CID, in streams. The real one keeps one
// file per block (node/blobs/); another one may keep objects in a bucket.

/** Part of a blob or of a content, in bytes. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

export interface StoredBlob {
  /** Version 1, base32, of the root of the UnixFS DAG. */
  readonly cid: string;
  /** Bytes of the blob, without those of the DAG's nodes. */
  readonly size: number;
}

export interface ListedBlob extends StoredBlob {
  /** ms since 1970. */
  readonly storedAt: number;
}

/** Throws BlobError (errors.ts). */
export interface BlobStore {
  /** On disk when it resolves; nothing of it stays when the source fails or `signal` aborts. */
  put(source: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<StoredBlob>;
  /** Several of one block each, as `put` in their order: one wait for the disk serves them all. */
  putSmall(blobs: readonly Uint8Array[]): Promise<StoredBlob[]>;
  /** Every block is compared with its CID before a byte of it is given. The whole blob when no range is asked for. */
  get(cid: string, range?: ByteRange): AsyncIterable<Uint8Array>;
  /** Its size where all of it is here. Reads no content. */
  stat(cid: string): Promise<StoredBlob | undefined>;
  has(cid: string): Promise<boolean>;
  /** Whether there was anything; nothing of it is left when it resolves. */
  delete(cid: string): Promise<boolean>;
  list(): AsyncIterable<ListedBlob>;
}
