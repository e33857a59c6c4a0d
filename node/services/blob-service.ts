// blob_*: what the operator sees and does of the ciphertext on this disk. Looking after it is node/blobs/upkeep.ts.
import type { Handlers } from '../../rpc/ports.ts';
import { MAX_NAMED_BLOBS } from '../../rpc/schema/blob.ts';
import type { DiskBlobStore } from '../blobs/disk-blob-store.ts';
import type { BlobUpkeep } from '../blobs/upkeep.ts';

export type BlobHandlers = Pick<Handlers, 'blob_status' | 'blob_repair' | 'blob_collect'>;

export interface BlobServiceModules {
  readonly store: Pick<DiskBlobStore, 'list' | 'comingBlobs'>;
  readonly upkeep: BlobUpkeep;
}

export function blobService({ store, upkeep }: BlobServiceModules): BlobHandlers {
  return {
    blob_status: async () => {
      const kept = { blobs: 0, bytes: 0 };
      for await (const { size } of store.list()) {
        kept.blobs++;
        kept.bytes += size;
      }
      let unfinished = 0;
      for await (const _ of store.comingBlobs()) unfinished++;
      return { kept, unfinished, damaged: upkeep.waiting, round: upkeep.lastRound ?? null };
    },
    blob_repair: async () => {
      const { held, brought, lacking } = await upkeep.round();
      return { held, brought, lacking };
    },
    blob_collect: async ({ dryRun }) => {
      const { blobs, unfinished } = await upkeep.collect({ dryRun });
      const found = { blobs: blobs.length, bytes: blobs.reduce((sum, { size }) => sum + size, 0) };
      return {
        dryRun,
        found,
        blobs: blobs.slice(0, MAX_NAMED_BLOBS),
        unfinished: unfinished.slice(0, MAX_NAMED_BLOBS),
      };
    },
  };
}
