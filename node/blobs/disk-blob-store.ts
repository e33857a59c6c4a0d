// Blobs on the disk of this clinic. A blob of one block is a file, a larger one a folder of its blocks; either comes to its
// place by one rename, so a blob is here whole or not at all, and erasing it unlinks its own files and nobody else's.
// Blobs that are still coming lie apart (`coming`), and survive a restart; what was being written here does not.
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { randomBytes } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import type { BlobStore, ByteRange, ListedBlob, StoredBlob } from '../../records/blobs/blob-store.ts';
import { cidOfBlock, codecOf, isCid, parseCid } from '../../records/blobs/cid.ts';
import { type Block, type BlockPlace, buildDag, LEAF_BYTES, sizeOfRoot, walkDag } from '../../records/blobs/dag.ts';
import { BlobError } from '../../records/blobs/errors.ts';
import { syncDirectory } from '../sync-directory.ts';
import { ahead } from './ahead.ts';
import { BlockFolder, isDamage, readBlock } from './block-folder.ts';

export interface DiskBlobStoreOptions {
  /** The folder of the blobs; made when it is not there. */
  readonly path: string;
}

export interface DiskBlobStoreModules {
  /** Throws where nothing new may be kept. */
  readonly demandRoom: () => void;
  /** A blob of which a block that was read is damaged or gone. */
  readonly onDamaged?: (cid: string) => void;
}

const WHOLE: ByteRange = { offset: 0, length: Number.MAX_SAFE_INTEGER };
/** Blocks that are read while one is being used. */
const READ_AHEAD = 1;

export class DiskBlobStore implements BlobStore {
  private readonly root: string;
  private readonly modules: DiskBlobStoreModules;

  constructor({ path }: DiskBlobStoreOptions, modules: DiskBlobStoreModules) {
    this.root = path;
    this.modules = modules;
  }

  /** Before anything else: drops what an earlier process was writing. */
  async open(): Promise<void> {
    await rm(this.drafts, { recursive: true, force: true });
    for (const path of [this.drafts, this.comings]) await mkdir(path, { recursive: true, mode: 0o700 });
  }

  async put(source: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<StoredBlob> {
    this.modules.demandRoom();
    const folder = await BlockFolder.make(this.draft());
    try {
      const stored = await buildDag(heeding(source, signal), (cid, bytes) => folder.put(cid, bytes));
      await this.commit(folder, stored.cid);
      return stored;
    } catch (error) {
      await folder.abandon();
      await rm(folder.path, { recursive: true, force: true });
      throw error;
    }
  }

  async putSmall(blobs: readonly Uint8Array[]): Promise<StoredBlob[]> {
    if (blobs.length === 0) return [];
    if (blobs.some(({ length }) => length > LEAF_BYTES)) throw new RangeError('a blob of more than one block');
    this.modules.demandRoom();
    const stored = blobs.map((bytes): StoredBlob => ({ cid: cidOfBlock('raw', bytes), size: bytes.length }));
    const draft = this.draft();
    await mkdir(draft, { mode: 0o700 });
    try {
      // Step by step for all of them: on a busy machine it is the turns of this thread that take the time.
      const files = await Promise.all(stored.map(({ cid }) => open(join(draft, cid), 'w', 0o600)));
      try {
        await Promise.all(files.map((file, index) => file.writeFile(blobs[index])));
        await Promise.all(files.map((file) => file.datasync()));
      } finally {
        await Promise.all(files.map((file) => file.close()));
      }
      await this.place(
        draft,
        stored.map(({ cid }) => cid),
      );
      return stored;
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }

  async *get(cid: string, range: ByteRange = WHOLE): AsyncGenerator<Uint8Array, void, undefined> {
    // The file of a blob of one block is all of it: read at once, most are small.
    const single = codecOf(cid) === 'raw' ? await this.checked(dirname(this.placeOf(cid)), cid, cid) : undefined;
    const size = single?.length ?? (await this.stat(cid))?.size;
    if (size === undefined) throw new BlobError({ code: 'blob.absent', cid });
    const end = range === WHOLE ? size : range.offset + range.length;
    if (!(range.offset >= 0 && range.length >= 0 && end <= size)) throw new BlobError({ code: 'blob.range', cid });
    if (range.length === 0) return;
    if (single !== undefined) {
      yield single.subarray(range.offset, end);
      return;
    }
    for await (const { bytes, offset } of this.blocks(cid, range)) {
      if (offset === undefined) continue;
      yield bytes.subarray(Math.max(0, range.offset - offset), Math.min(bytes.length, end - offset));
    }
  }

  /** The blocks of that part in the order of the DAG, nodes included. */
  async *blocks(cid: string, range: ByteRange = WHOLE): AsyncGenerator<Block, void, undefined> {
    const folder = await this.folderOf(cid);
    if (folder === undefined) throw new BlobError({ code: 'blob.absent', cid });
    const load = async ({ cid: block, size }: BlockPlace): Promise<Uint8Array> => {
      // Below a node stands what lies under it, of a leaf its own size.
      const bytes = await this.checked(folder, cid, block, codecOf(block) === 'raw' ? size : undefined);
      if (bytes !== undefined) return bytes;
      this.modules.onDamaged?.(cid);
      throw new BlobError({ code: 'blob.missing-block', cid, block });
    };
    yield* ahead(walkDag(cid, range, load), READ_AHEAD);
  }

  async stat(cid: string): Promise<StoredBlob | undefined> {
    const folder = await this.folderOf(cid);
    if (folder === undefined) return undefined;
    if (codecOf(cid) === 'raw') return { cid, size: (await stat(join(folder, cid))).size };
    const bytes = await readBlock(folder, cid, cid);
    if (bytes === undefined) throw new BlobError({ code: 'blob.missing-block', cid, block: cid });
    return { cid, size: sizeOfRoot(cid, bytes) };
  }

  async has(cid: string): Promise<boolean> {
    return (await this.folderOf(cid)) !== undefined;
  }

  async delete(cid: string): Promise<boolean> {
    let found = false;
    for (const path of [this.placeOf(cid), this.comingPath(cid)]) {
      const doomed = this.draft();
      // First out of its place at once, then block by block: nobody reads half of it.
      if (!(await moved(path, doomed))) continue;
      await syncDirectory(dirname(path));
      await rm(doomed, { recursive: true, force: true });
      found = true;
    }
    if (found) await syncDirectory(this.drafts);
    return found;
  }

  async *list(): AsyncGenerator<ListedBlob, void, undefined> {
    for (const fan of await names(this.root)) {
      if (fan.length !== FAN_LENGTH) continue;
      for (const cid of await names(join(this.root, fan))) {
        if (!isCid(cid)) continue;
        const found = await stat(join(this.root, fan, cid)).catch(() => undefined);
        if (found === undefined) continue;
        // A blob whose root is damaged is listed too: it is there, and what looks after it must see it.
        const size = await this.stat(cid).then(
          (known) => known?.size,
          () => 0,
        );
        if (size !== undefined) yield { cid, size, storedAt: Math.floor(found.ctimeMs) };
      }
    }
  }

  /** The folder of a blob that is coming from elsewhere, with what came before. */
  async coming(cid: string): Promise<BlockFolder> {
    this.modules.demandRoom();
    return BlockFolder.make(this.comingPath(cid));
  }

  /** CIDs of blobs that are not whole yet, with the time of their last block. */
  async *comingBlobs(): AsyncGenerator<{ readonly cid: string; readonly touchedAt: number }, void, undefined> {
    for (const cid of await names(this.comings)) {
      if (isCid(cid)) yield { cid, touchedAt: Math.floor((await stat(join(this.comings, cid))).mtimeMs) };
    }
  }

  async dropComing(cid: string): Promise<void> {
    await rm(this.comingPath(cid), { recursive: true, force: true });
  }

  /** Takes a damaged blob out of its place; its good blocks count when it is fetched anew. */
  async reopen(cid: string): Promise<void> {
    const path = this.placeOf(cid);
    const target = this.comingPath(cid);
    const single = codecOf(cid) === 'raw';
    await rm(target, { recursive: true, force: true });
    if (single) await rm(path, { force: true });
    else await moved(path, target);
    await syncDirectory(dirname(path));
  }

  /** Gives the folder its place as a whole blob. Another one of the same CID may have been faster. */
  async commit(folder: BlockFolder, cid: string): Promise<void> {
    await folder.settle();
    const place = this.placeOf(cid);
    const fan = dirname(place);
    if ((await mkdir(fan, { recursive: true, mode: 0o700 })) !== undefined) await syncDirectory(this.root);
    const single = codecOf(cid) === 'raw';
    try {
      await rename(single ? join(folder.path, cid) : folder.path, place);
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
    await rm(folder.path, { recursive: true, force: true });
    await syncDirectory(fan);
  }

  /** Gives blocks of a folder, blobs by themselves, their places; names on the disk together when it resolves. */
  private async place(folder: string, cids: readonly string[]): Promise<void> {
    const places = new Map(cids.map((cid) => [cid, this.placeOf(cid)]));
    const fans = [...new Set([...places.values()].map((place) => dirname(place)))];
    const made = await Promise.all(fans.map((fan) => mkdir(fan, { recursive: true, mode: 0o700 })));
    if (made.some((path) => path !== undefined)) await syncDirectory(this.root);
    await Promise.all([...places].map(([cid, place]) => rename(join(folder, cid), place)));
    await Promise.all(fans.map(syncDirectory));
  }

  /** Undefined where there is no such block. */
  private async checked(folder: string, cid: string, block: string, size?: number): Promise<Uint8Array | undefined> {
    try {
      return await readBlock(folder, cid, block, size);
    } catch (error) {
      if (isDamage(error)) this.modules.onDamaged?.(cid);
      throw error;
    }
  }

  /** Where its blocks lie as files; undefined where it is not. */
  private async folderOf(cid: string): Promise<string | undefined> {
    const place = this.placeOf(cid);
    const found = await stat(place).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (found === undefined) return undefined;
    return codecOf(cid) === 'raw' ? dirname(place) : place;
  }

  private placeOf(cid: string): string {
    parseCid(cid);
    return join(this.root, cid.slice(-1 - FAN_LENGTH, -1), cid);
  }

  private comingPath(cid: string): string {
    parseCid(cid);
    return join(this.comings, cid);
  }

  private draft(): string {
    return join(this.drafts, toHex(randomBytes(8)));
  }

  private get drafts(): string {
    return join(this.root, 'drafts');
  }

  private get comings(): string {
    return join(this.root, 'coming');
  }
}

/** Of base32 letters before the last, which has fewer values: 1,024 folders. */
const FAN_LENGTH = 2;

async function* heeding(source: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined) {
  for await (const part of source) {
    signal?.throwIfAborted();
    yield part;
  }
  signal?.throwIfAborted();
}

async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function names(path: string): Promise<string[]> {
  return readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}
