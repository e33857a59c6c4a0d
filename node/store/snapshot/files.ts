// The snapshots that a node keeps on disk to serve: one folder each, whole or not there at all. Owns names, the manifest's
// layout and how many are kept.
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { equalBytes } from '../../../common/bytes.ts';
import { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import { taggedHash } from '../../../common/crypto/tagged-hash.ts';
import { decodeCut, encodeCut } from '../../../consensus/tree/cut.ts';
import type { ExportedPart } from './export.ts';
import { exportParts } from './export.ts';
import type { PartRow } from './part.ts';
import type { SnapshotInfo } from './ports.ts';

/** Whoever began with the one before the newest can end with it. */
const MAX_SNAPSHOTS = 2;
const HASH = 32;

interface Kept extends SnapshotInfo {
  readonly directory: string;
  readonly cut: Uint8Array;
  /** Where each part ends in the file; it begins where the one before ends. */
  readonly ends: readonly number[];
}

export class SnapshotFiles {
  private readonly root: string;
  private kept: readonly Kept[] = [];

  constructor(options: { readonly path: string }) {
    this.root = options.path;
  }

  /** Newest first. */
  list(): readonly SnapshotInfo[] {
    return this.kept.map(({ height, id, parts }) => ({ height, id, parts }));
  }

  /** What is on disk; anything that is not whole goes. */
  async load(): Promise<void> {
    const found: Kept[] = [];
    for (const name of await readdir(this.root).catch(() => [])) {
      const directory = join(this.root, name);
      const kept = /^[0-9]+$/.test(name) ? await readKept(directory) : undefined;
      if (kept === undefined) await rm(directory, { recursive: true, force: true });
      else found.push(kept);
    }
    this.kept = found.sort((a, b) => b.height - a.height);
    await this.dropOld();
  }

  async make(height: number, id: Uint8Array, rows: AsyncIterable<PartRow>): Promise<SnapshotInfo> {
    const making = join(this.root, 'making');
    await rm(making, { recursive: true, force: true });
    await mkdir(making, { recursive: true, mode: 0o700 });
    const scratch = join(making, 'scratch');
    const parts = await exportParts(rows, { scratch, parts: join(making, 'parts') });
    await rm(scratch);
    await writeFile(join(making, 'manifest'), encodeManifest(height, id, parts), { mode: 0o600, flush: true });
    const directory = join(this.root, String(height));
    await rm(directory, { recursive: true, force: true });
    await rename(making, directory);
    const kept = await readKept(directory);
    if (kept === undefined) throw new Error('a snapshot that was just written cannot be read');
    this.kept = [kept, ...this.kept.filter((other) => other.height !== height)].sort((a, b) => b.height - a.height);
    await this.dropOld();
    return { height, id, parts: parts.length };
  }

  cut(id: Uint8Array): Uint8Array | undefined {
    return this.find(id)?.cut;
  }

  async part(id: Uint8Array, part: number): Promise<Uint8Array | undefined> {
    const kept = this.find(id);
    if (kept === undefined || part >= kept.ends.length) return undefined;
    const from = part === 0 ? 0 : kept.ends[part - 1];
    const bytes = new Uint8Array(kept.ends[part] - from);
    const file = await open(join(kept.directory, 'parts'), 'r');
    try {
      const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
      return bytesRead === bytes.length ? bytes : undefined;
    } finally {
      await file.close();
    }
  }

  private find(id: Uint8Array): Kept | undefined {
    return this.kept.find((kept) => equalBytes(kept.id, id));
  }

  private async dropOld(): Promise<void> {
    for (const { directory } of this.kept.slice(MAX_SNAPSHOTS)) await rm(directory, { recursive: true, force: true });
    this.kept = this.kept.slice(0, MAX_SNAPSHOTS);
  }
}

/** `height u64 | id 32 | ends, u64 each | cut | H(all before)`; there are as many ends as parts. */
function encodeManifest(height: number, id: Uint8Array, parts: readonly ExportedPart[]): Uint8Array {
  const cut = encodeCut(parts);
  const out = new Writer(128 + 8 * parts.length + cut.length).u64(height).fixed(id, HASH).u32(parts.length);
  for (const { offset, length } of parts) out.u64(offset + length);
  const body = out.fixed(cut, cut.length).finish();
  return new Writer(body.length + HASH)
    .fixed(body, body.length)
    .fixed(taggedHash('wardmesh/snapshot-manifest/1', body), HASH)
    .finish();
}

async function readKept(directory: string): Promise<Kept | undefined> {
  try {
    const bytes = new Uint8Array(await readFile(join(directory, 'manifest')));
    const body = bytes.subarray(0, bytes.length - HASH);
    if (!equalBytes(taggedHash('wardmesh/snapshot-manifest/1', body), bytes.subarray(body.length))) return undefined;
    const reader = new Reader(body);
    const height = reader.u64();
    const id = reader.fixed(HASH);
    const ends = Array.from({ length: reader.u32() }, () => reader.u64());
    const cut = reader.fixed(reader.left);
    decodeCut(cut);
    return { directory, height, id, parts: ends.length, cut, ends };
  } catch {
    return undefined;
  }
}
