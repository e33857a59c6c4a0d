// The files of the security log: blocks appended one after another, a new file when one is large enough, the oldest removed
// when all are too large. Owns files and what stands open in their blocks; keys and entries are security-log.ts.
//   FIRST.log     blocks (gateway/log/block.ts) from the entry with this number on
import { type FileHandle, open, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { concatBytes } from '../../common/bytes.ts';
import { type BlockHead, blocksIn, type SealedBlock } from '../../gateway/log/block.ts';
import { makePrivateDirectory } from '../data-directory.ts';
import { StoreError } from '../store/errors.ts';
import { syncDirectory } from '../sync-directory.ts';

export interface Segment {
  /** Number of its first entry; its name. */
  readonly first: number;
  bytes: number;
  /** Minutes since 1970 of its earliest and its latest block. */
  earliest: number;
  latest: number;
  /** Numbers of the keys that its blocks are under. */
  readonly keys: Set<number>;
}

export interface SegmentsOptions {
  readonly path: string;
  /** Of all files together, about. */
  readonly maxBytes: number;
  readonly segmentBytes: number;
}

const FILE = /^(\d{16})\.log$/;

export class Segments {
  private readonly options: SegmentsOptions;
  private segments: Segment[] = [];
  private file: FileHandle | undefined;

  constructor(options: SegmentsOptions) {
    this.options = options;
  }

  /** Oldest first. */
  get list(): readonly Segment[] {
    return this.segments;
  }

  get bytes(): number {
    return this.segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Gives every block in order. A file ends where its last whole block ends, or before the first that `holds` refuses. */
  async open(holds: (block: SealedBlock) => boolean, onBlock: (head: BlockHead) => void): Promise<void> {
    await makePrivateDirectory(this.options.path);
    const firsts = (await readdir(this.options.path)).flatMap((name) => FILE.exec(name)?.[1] ?? []).sort();
    for (const name of firsts) {
      const segment = emptySegment(Number(name));
      const bytes = await readFile(this.pathOf(segment));
      // What was being written when the machine stopped can only be in the last file.
      const newest = name === firsts.at(-1);
      for (const block of blocksIn(bytes)) {
        if (newest && !holds(block)) break;
        note(segment, block);
        onBlock(block.head);
      }
      if (segment.bytes < bytes.length) await truncate(this.pathOf(segment), segment.bytes);
      if (segment.bytes === 0) await rm(this.pathOf(segment), { force: true });
      else this.segments.push(segment);
    }
  }

  async close(): Promise<void> {
    await this.file?.close();
    this.file = undefined;
  }

  /** On disk when it resolves. When it rejects, the same blocks are to be given again. */
  async append(blocks: readonly SealedBlock[]): Promise<void> {
    const [begin] = blocks;
    if (begin === undefined) return;
    let segment = this.segments.at(-1);
    if (segment === undefined || segment.bytes >= this.options.segmentBytes) {
      await this.close();
      segment = emptySegment(begin.head.first);
    }
    this.file ??= await open(this.pathOf(segment), segment.bytes === 0 ? 'w+' : 'r+', 0o600);
    // At its place: what a write that failed left behind is overwritten.
    const bytes = concatBytes(...blocks.map((block) => block.bytes));
    const { bytesWritten } = await this.file.write(bytes, 0, bytes.length, segment.bytes);
    if (bytesWritten < bytes.length) throw new StoreError({ code: 'store.disk-full' });
    await this.file.datasync();
    if (segment.bytes === 0) {
      await syncDirectory(this.options.path);
      this.segments.push(segment);
    }
    for (const block of blocks) note(segment, block);
  }

  /** Whole blocks in order; none for a file that is gone meanwhile. */
  async read(segment: Segment): Promise<SealedBlock[]> {
    try {
      return [...blocksIn((await readFile(this.pathOf(segment))).subarray(0, segment.bytes))];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  /** Removes the oldest while there is too much, and those that no key opens; gives the heads of what went. */
  async trim(opens: (key: number) => boolean): Promise<BlockHead[]> {
    const gone: BlockHead[] = [];
    let excess = this.bytes - this.options.maxBytes;
    for (const segment of [...this.segments]) {
      const newest = segment === this.segments.at(-1);
      const oldest = excess > 0 && !newest;
      if (!oldest && [...segment.keys].some(opens)) continue;
      if (newest) await this.close();
      gone.push(...(await this.read(segment)).map(({ head }) => head));
      await rm(this.pathOf(segment), { force: true });
      this.segments = this.segments.filter((other) => other !== segment);
      if (oldest) excess -= segment.bytes;
    }
    return gone;
  }

  private pathOf({ first }: Segment): string {
    return join(this.options.path, `${String(first).padStart(16, '0')}.log`);
  }
}

function emptySegment(first: number): Segment {
  return { first, bytes: 0, earliest: Number.MAX_SAFE_INTEGER, latest: 0, keys: new Set() };
}

function note(segment: Segment, { head, bytes }: SealedBlock): void {
  segment.bytes += bytes.length;
  segment.earliest = Math.min(segment.earliest, head.minute);
  segment.latest = Math.max(segment.latest, head.minute);
  segment.keys.add(head.key);
}
