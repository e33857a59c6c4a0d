// How many bytes the parts of a data directory take on the disk. Looked at again after a minute at the earliest.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../common/clock.ts';
import type { DataPaths } from '../data-directory.ts';
import { journalPath } from '../store/local-database.ts';

export interface StorageSize {
  readonly name: string;
  readonly bytes: number;
}

const AGAIN_MS = 60_000;
const PARTS = ['chain', 'attachments', 'outbox', 'clinical', 'people', 'access', 'mail'] as const;

export class StorageSizes {
  private readonly paths: DataPaths;
  private readonly clock: Pick<Clock, 'monotonic'>;
  private known: { readonly at: number; readonly sizes: Promise<StorageSize[]> } | undefined;

  constructor(paths: DataPaths, modules: { readonly clock: Pick<Clock, 'monotonic'> }) {
    this.paths = paths;
    this.clock = modules.clock;
  }

  /** By part, those that are there. */
  all(): Promise<StorageSize[]> {
    const now = this.clock.monotonic();
    if (this.known === undefined || now - this.known.at >= AGAIN_MS) this.known = { at: now, sizes: this.measure() };
    return this.known.sizes;
  }

  private async measure(): Promise<StorageSize[]> {
    const sizes: StorageSize[] = [];
    for (const name of PARTS) {
      const path = this.paths[name];
      const bytes = (await bytesBelow(path)) + (await bytesBelow(journalPath(path)));
      if (bytes > 0) sizes.push({ name, bytes });
    }
    return sizes;
  }
}

/** 0 for what is not there; files may come and go meanwhile. */
async function bytesBelow(path: string): Promise<number> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    bytes += (await stat(join(entry.parentPath, entry.name)).catch(() => undefined))?.size ?? 0;
  }
  return bytes;
}
