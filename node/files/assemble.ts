// Joins files to the clinic: settings and stores in, what the doors ask of files and the methods around them out.
import { join } from 'node:path';
import { toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import type { FileDoor } from '../../rpc/ports.ts';
import type { AssembledBlobs } from '../blobs/assemble.ts';
import { SealedUploads } from '../blobs/sealed-uploads.ts';
import { UploadSpool } from '../blobs/upload-spool.ts';
import { Uploads } from '../blobs/uploads.ts';
import type { Config } from '../config/options.ts';
import { type BlobHandlers, blobService } from '../services/blob-service.ts';
import { type FileHandlers, type FileServiceModules, fileService } from '../services/file-service.ts';
import { Downloads } from './downloads.ts';
import { fileDoor } from './file-door.ts';

export interface AssembleFilesOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: number;
  readonly organisation: number;
  readonly config: Pick<Config, 'upload.maxBytes' | 'upload.types' | 'upload.dir'>;
  /** Where uploads wait unless the configuration says. */
  readonly path: string;
}

export interface AssembleFilesModules extends Omit<FileServiceModules, 'uploads' | 'downloads'> {
  readonly blobs: AssembledBlobs;
  readonly clock: Clock;
  readonly demandRoom: () => void;
}

export interface AssembledFiles {
  readonly door: FileDoor;
  readonly handlers: FileHandlers & BlobHandlers;
  /** For records whose envelopes come sealed. */
  readonly sealedUploads: SealedUploads;
  readonly downloads: Downloads;
  /** Empties the spool. */
  open(): Promise<void>;
  close(): Promise<void>;
}

export function assembleFiles(options: AssembleFilesOptions, modules: AssembleFilesModules): AssembledFiles {
  const { genesisId, clinic, organisation, config, path } = options;
  const { blobs, clock, demandRoom, ...rest } = modules;
  const { 'upload.maxBytes': maxBytes, 'upload.types': types, 'upload.dir': directory } = config;
  // A name that nothing else has: data directories are called clinic-N.
  const own = `wardmesh-uploads-${toHex(genesisId).slice(0, 8)}-${clinic}`;
  const spool = new UploadSpool({ directory: directory === '' ? path : join(directory, own) }, { clock, demandRoom });
  const uploads = new Uploads({ maxBytes, types }, { spool });
  const sealedUploads = new SealedUploads({ maxBytes }, { spool, blobs: blobs.store });
  const downloads = new Downloads({ clock });
  return {
    ...{ sealedUploads, downloads },
    door: fileDoor({ uploads, sealedUploads, downloads, blobs: blobs.store }),
    handlers: {
      ...fileService({ clinic, organisation }, { ...rest, uploads, downloads }),
      ...blobService({ store: blobs.store, upkeep: blobs.upkeep }),
    },
    open: () => spool.open(),
    close: () => spool.close(),
  };
}
