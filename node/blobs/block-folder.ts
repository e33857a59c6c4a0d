// The blocks of one blob as files in a folder of its own, one file each, named by CID. Written behind and synced many at a
// time: a sync of each block alone costs more than writing it. Owns no DAG.
import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../common/errors.ts';
import { isBlock } from '../../records/blobs/cid.ts';
import { MAX_BLOCK_BYTES } from '../../records/blobs/dag.ts';
import { BlobError } from '../../records/blobs/errors.ts';
import { syncDirectory } from '../sync-directory.ts';

/** Blocks under way to their files, and files open until they are synced. */
const WRITES_BEHIND = 4;
const SYNCED_TOGETHER = 32;
/** Of the threads that files have, so that others find some free. */
const SYNCS_AT_ONCE = 2;

export class BlockFolder {
  readonly path: string;
  private readonly writing = new Set<Promise<void>>();
  private written: FileHandle[] = [];
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
    if (this.written.length >= SYNCED_TOGETHER) await this.sync();
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
    await this.sync();
    this.check();
    await syncDirectory(this.path);
  }

  /** Lets go of the files; what was not settled may be lost. */
  async abandon(): Promise<void> {
    await Promise.all(this.writing);
    const open = this.written;
    this.written = [];
    await Promise.all(open.map((file) => file.close().catch(() => undefined)));
  }

  private async write(cid: string, bytes: Uint8Array): Promise<void> {
    const file = await open(join(this.path, cid), 'w', 0o600);
    this.written.push(file);
    await file.writeFile(bytes);
  }

  private async sync(): Promise<void> {
    await Promise.all(this.writing);
    const files = this.written;
    this.written = [];
    const turns = Array.from({ length: SYNCS_AT_ONCE }, async () => {
      for (let file = files.pop(); file !== undefined; file = files.pop()) {
        try {
          await file.datasync();
        } finally {
          await file.close();
        }
      }
    });
    await Promise.all(turns);
  }

  private check(): void {
    if (this.failed !== undefined) throw this.failed.error;
  }
}

/** The bytes of a block that is here, compared with its CID; undefined where there is no file. Throws `blob.damaged`. */
export async function readBlock(folder: string, root: string, cid: string): Promise<Uint8Array | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(join(folder, cid));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
  if (bytes.length > MAX_BLOCK_BYTES || !isBlock(cid, bytes)) {
    throw new BlobError({ code: 'blob.damaged', cid: root, block: cid });
  }
  return bytes;
}

export function isDamage(error: unknown): boolean {
  return ['blob.damaged', 'blob.missing-block'].includes(codeOf(error) ?? '');
}
