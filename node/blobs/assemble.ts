// Joins the parts that keep ciphertext: the disk, what is brought from other clinics and served to them, and who looks after
// it. Which ciphertext belongs here and who may have it is for charts to say.
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { Network } from '../../p2p/ports.ts';
import { BlobClient, type BlobClientModules } from './blob-client.ts';
import { type Authorise, BlobServer } from './blob-server.ts';
import { DiskBlobStore } from './disk-blob-store.ts';
import { BlobKeeper } from './keeper.ts';
import { type BlobDuties, BlobUpkeep, type BlobUpkeepModules } from './upkeep.ts';

export interface AssembleBlobsModules {
  readonly network: Network;
  readonly blames: BlobClientModules['blames'];
  readonly authorise: Authorise;
  readonly duties: BlobDuties;
  readonly demandWhole: BlobUpkeepModules['demandWhole'];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly demandRoom: () => void;
}

export interface AssembledBlobs {
  readonly store: DiskBlobStore;
  readonly client: BlobClient;
  readonly keeper: BlobKeeper;
  readonly upkeep: BlobUpkeep;
}

export function assembleBlobs(
  options: { readonly path: string },
  { network, blames, authorise, duties, demandWhole, clock, logger, demandRoom }: AssembleBlobsModules,
): AssembledBlobs {
  const store = new DiskBlobStore(options, { demandRoom, onDamaged: (cid) => upkeep.onDamaged(cid) });
  const client = new BlobClient({ network, blames });
  const keeper = new BlobKeeper({ store, client, logger });
  const upkeep: BlobUpkeep = new BlobUpkeep({ store, keeper, duties, demandWhole, clock, logger });
  new BlobServer({ store, network, logger, authorise });
  return { store, client, keeper, upkeep };
}
