// What the doors ask for files: uploads into the spool, downloads that were offered, blobs as CAR files. Owns none of them.
import { carFile } from '../../records/blobs/car.ts';
import { BlobError } from '../../records/blobs/errors.ts';
import { MAX_CONTENT_BYTES } from '../../records/envelope/layout.ts';
import type { FileDoor } from '../../rpc/ports.ts';
import type { DiskBlobStore } from '../blobs/disk-blob-store.ts';
import type { SealedUploads } from '../blobs/sealed-uploads.ts';
import { MAX_UPLOADS_OF_OPERATOR } from '../blobs/upload-spool.ts';
import type { Uploads } from '../blobs/uploads.ts';
import type { Downloads } from './downloads.ts';
import { ownerOf } from './owner.ts';

export interface FileDoorModules {
  readonly uploads: Uploads;
  readonly sealedUploads: SealedUploads;
  readonly downloads: Downloads;
  readonly blobs: Pick<DiskBlobStore, 'blocks' | 'has'>;
}

/** The bounds of the configuration are the portal's; what the operator brings in is bounded by the disk. */
const OPERATORS = { maxBytes: MAX_CONTENT_BYTES, count: MAX_UPLOADS_OF_OPERATOR };

export function fileDoor({ uploads, sealedUploads, downloads, blobs }: FileDoorModules): FileDoor {
  return {
    upload: async (size, source, { principal }) => {
      const owner = ownerOf(principal);
      const bounds = principal.kind === 'operator' ? OPERATORS : undefined;
      const { id, mediaType } = await uploads.accept(owner, size, source, bounds);
      return { upload: id, mediaType, size };
    },
    uploadSealed: async (size, source, { principal }) => sealedUploads.accept(ownerOf(principal), size, source),
    open: async (download, context) => downloads.open(ownerOf(context.principal), download, context),
    car: async (cid) => {
      if (!(await blobs.has(cid))) throw new BlobError({ code: 'blob.absent', cid });
      return carFile(cid, blobs.blocks(cid));
    },
  };
}
