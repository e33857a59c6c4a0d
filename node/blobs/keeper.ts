// Brings blobs here whole: from one source after another, going on from what is on disk, whatever interrupted it. One
// transfer of a blob at a time, for all who wish for it. Owns no choice of who should hold what.
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { ByteRange, StoredBlob } from '../../records/blobs/blob-store.ts';
import { codecOf } from '../../records/blobs/cid.ts';
import { type BlockPlace, LEAF_BYTES, walkDag } from '../../records/blobs/dag.ts';
import { BlobError } from '../../records/blobs/errors.ts';
import { type BlobClient, lengthFor } from './blob-client.ts';
import { type BlockFolder, isDamage, readBlock } from './block-folder.ts';
import type { DiskBlobStore } from './disk-blob-store.ts';
import { MAX_RANGE_BYTES } from './protocol.ts';

/** Transfers under way; each holds some blocks. More are refused with `blob.busy`. */
export const MAX_TRANSFERS = 16;

export interface BlobWish {
  readonly cid: string;
  readonly size?: number;
  /** PeerIds of those who may have it, the best first. */
  readonly sources: readonly string[];
  /** A new ticket for that peer. */
  ticket(peerId: string): Uint8Array | Promise<Uint8Array>;
}

export interface BlobKeeperModules {
  readonly store: DiskBlobStore;
  readonly client: BlobClient;
  readonly logger: Logger;
}

export class BlobKeeper {
  private readonly modules: BlobKeeperModules;
  private readonly running = new Map<string, Promise<StoredBlob>>();

  constructor(modules: BlobKeeperModules) {
    this.modules = modules;
  }

  /** Resolves when it is here and on disk. Throws `blob.unavailable` when no source gave all of it: ask again later. */
  keep(wish: BlobWish, signal?: AbortSignal): Promise<StoredBlob> {
    const known = this.running.get(wish.cid);
    if (known !== undefined) return known;
    if (this.running.size >= MAX_TRANSFERS) return Promise.reject(new BlobError({ code: 'blob.busy' }));
    const work = this.bring(wish, signal).finally(() => this.running.delete(wish.cid));
    this.running.set(wish.cid, work);
    return work;
  }

  private async bring(wish: BlobWish, signal: AbortSignal | undefined): Promise<StoredBlob> {
    const { store, logger } = this.modules;
    const { cid, sources } = wish;
    const here = await store.stat(cid).catch(async (error: unknown) => {
      if (!isDamage(error)) throw error;
      await store.reopen(cid);
      return undefined;
    });
    if (here !== undefined) return here;
    const folder = await store.coming(cid);
    try {
      for (const peerId of sources) {
        try {
          await this.fill(folder, wish, peerId, signal);
          await store.commit(folder, cid);
          return (await store.stat(cid)) as StoredBlob;
        } catch (error) {
          signal?.throwIfAborted();
          logger.debug({ peer: peerId, code: codeOf(error), err: error }, 'a blob did not come whole from this clinic');
        }
      }
    } finally {
      await folder.abandon();
    }
    throw new BlobError({ code: 'blob.unavailable', cid, asked: sources.length });
  }

  private async fill(
    folder: BlockFolder,
    wish: BlobWish,
    peerId: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { cid } = wish;
    const ticket = () => wish.ticket(peerId);
    let checked = 0;
    for (;;) {
      await folder.flush();
      const gap = await firstGap(folder.path, cid, checked, lengthFor(wish));
      if (gap === undefined) return;
      for await (const block of this.modules.client.blocks({ peerId, cid }, gap, ticket, signal)) {
        await folder.put(block.cid, block.bytes);
        if (block.offset !== undefined) checked = block.offset + block.bytes.length;
      }
    }
  }
}

/** The first part from `offset` on whose blocks are not here as they should be, at most MAX_RANGE_BYTES. */
async function firstGap(
  folder: string,
  root: string,
  offset: number,
  unknownLength: number,
): Promise<ByteRange | undefined> {
  const missing = new Set<string>();
  const blank = new Uint8Array(LEAF_BYTES);
  const load = async (place: BlockPlace): Promise<Uint8Array> => {
    const bytes = await readBlock(folder, root, place.cid).catch((error: unknown) => {
      if (!isDamage(error)) throw error;
      return undefined;
    });
    if (bytes !== undefined) return bytes;
    if (codecOf(place.cid) === 'dag-pb' || place.size === undefined) throw new MissingNode(place);
    missing.add(place.cid);
    return blank.subarray(0, place.size);
  };
  let from: number | undefined;
  let to = offset;
  try {
    const rest = { offset, length: Number.MAX_SAFE_INTEGER - offset };
    for await (const block of walkDag(root, rest, load)) {
      if (block.offset === undefined) continue;
      if (!missing.has(block.cid)) {
        if (from !== undefined) break;
        continue;
      }
      from ??= Math.max(offset, block.offset);
      to = block.offset + block.bytes.length;
      if (to - from >= MAX_RANGE_BYTES) break;
    }
  } catch (error) {
    if (!(error instanceof MissingNode)) throw error;
    const { place } = error;
    from ??= Math.max(offset, place.offset);
    to = place.size === undefined ? from + unknownLength : place.offset + place.size;
  }
  return from === undefined ? undefined : { offset: from, length: Math.min(to - from, MAX_RANGE_BYTES) };
}

class MissingNode extends Error {
  readonly place: BlockPlace;

  constructor(place: BlockPlace) {
    super('a node is missing');
    this.place = place;
  }
}
