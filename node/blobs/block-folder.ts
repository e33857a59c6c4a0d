// The blocks of one blob as files in a folder of its own, one file each, named by CID. Written behind and synced many at a
// time: a sync of each block alone costs more than writing it. Owns no DAG.
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { unfilled } from '../../common/bytes.ts';
import { codeOf } from '../../common/errors.ts';
import { isBlock } from '../../records/blobs/cid.ts';
import { MAX_BLOCK_BYTES } from '../../records/blobs/dag.ts';
import { BlobError } from '../../records/blobs/errors.ts';
import { syncDirectory } from '../sync-directory.ts';

/** Blocks under way to their files, and files that are synced while as many more are written. */
const WRITES_BEHIND = 4;
const SYNCED_TOGETHER = 16;
/** Of the threads that files have, so that others find some free. */
const SYNCS_AT_ONCE = 2;

export class BlockFolder {
  readonly path: string;
  private readonly writing = new Set<Promise<void>>();
  /** Open until they are synced. */
  private written: FileHandle[] = [];
  private syncing: Promise<void> = Promise.resolve();
  private failed: { readonly error: unknown } | undefined;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(path: string): Promise<BlockFolder> {
    await mkdir(path, { recursive: true, mode: 0o700 });
    return new BlockFolder(path);
  }

  /** Takes the block over; it is on disk after `settle`. Throws what an earlier one failed with. */
  async put(cid: string, bytes: Uint8Array): Promise<void> {
    while (this.writing.size >= WRITES_BEHIND) await Promise.race(this.writing);
    if (this.written.length >= SYNCED_TOGETHER) await this.beginSync();
    this.check();
    const work = this.write(cid, bytes).catch((error: unknown) => {
      this.failed ??= { error };
    });
    const done = work.finally(() => this.writing.delete(done));
    this.writing.add(done);
  }

  /** All that was put can be read. */
  async flush(): Promise<void> {
    await Promise.all(this.writing);
    this.check();
  }

  /** All that was put is on disk. */
  async settle(): Promise<void> {
    await Promise.all(this.writing);
    await this.beginSync();
    await this.syncing;
    this.check();
    await syncDirectory(this.path);
  }

  /** Lets go of the files; what was not settled may be lost. */
  async abandon(): Promise<void> {
    await Promise.all(this.writing);
    await this.syncing;
    const open = this.written;
    this.written = [];
    await Promise.all(open.map((file) => file.close().catch(() => undefined)));
  }

  private async write(cid: string, bytes: Uint8Array): Promise<void> {
    const file = await open(join(this.path, cid), 'w', 0o600);
    try {
      await file.writeFile(bytes);
    } catch (error) {
      await file.close();
      throw error;
    }
    this.written.push(file);
  }

  /** Of what is written so far, when what was begun before is done. */
  private async beginSync(): Promise<void> {
    await this.syncing;
    const files = this.written;
    this.written = [];
    this.syncing = Promise.all(Array.from({ length: SYNCS_AT_ONCE }, () => this.syncSome(files))).then(() => undefined);
  }

  private async syncSome(files: FileHandle[]): Promise<void> {
    for (let file = files.pop(); file !== undefined; file = files.pop()) {
      const one = file;
      await one
        .datasync()
        .finally(() => one.close())
        .catch((error: unknown) => {
          this.failed ??= { error };
        });
    }
  }

  private check(): void {
    if (this.failed !== undefined) throw this.failed.error;
  }
}

/**
 * The bytes of a block that is here, compared with its CID; undefined where there is no file. `known`: its size, where its
 * node says so. Throws `blob.damaged`.
 */
export async function readBlock(
  folder: string,
  root: string,
  cid: string,
  known?: number,
): Promise<Uint8Array | undefined> {
  const file = await open(join(folder, cid), 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    const size = known ?? (await file.stat()).size;
    const bytes = size > MAX_BLOCK_BYTES ? undefined : await readAll(file, size);
    if (bytes === undefined || !isBlock(cid, bytes)) {
      throw new BlobError({ code: 'blob.damaged', cid: root, block: cid });
    }
    return bytes;
  } finally {
    // Not awaited: the next block is read meanwhile, and nothing was written.
    file.close().catch(() => undefined);
  }
}

/** In one piece from the start: reading a file by parts and joining them costs another copy. */
async function readAll(file: FileHandle, size: number): Promise<Uint8Array> {
  const bytes = unfilled(size);
  let length = 0;
  while (length < size) {
    const { bytesRead } = await file.read(bytes, length, size - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return bytes.subarray(0, length);
}

export function isDamage(error: unknown): boolean {
  return ['blob.damaged', 'blob.missing-block'].includes(codeOf(error) ?? '');
}
