// Snapshots of one chain database: the ones it serves and the one it takes in, in folders beside it. Owns their places and
// the swap that puts a finished one in place of the chain; a crash at any moment leaves one of the two whole.
import { access, rename, rm } from 'node:fs/promises';
import { codeOf } from '../../../common/errors.ts';
import type { Genesis } from '../../../consensus/genesis.ts';
import { StoreError } from '../errors.ts';
import { type OpenLevel, openLevel } from '../kv.ts';
import type { StateTable } from '../state-table.ts';
import { SnapshotFiles } from './files.ts';
import { SnapshotImport } from './import.ts';
import type { ImportProgress, ImportTarget } from './ports.ts';

export interface SnapshotsOptions {
  /** Of the chain database. */
  readonly path: string;
  readonly genesis: Genesis;
}

export class Snapshots {
  readonly files: SnapshotFiles;
  private readonly options: SnapshotsOptions;
  private readonly openEngine: OpenLevel;
  private importing: SnapshotImport | undefined;

  constructor(options: SnapshotsOptions, modules: { open: OpenLevel }) {
    this.options = options;
    this.openEngine = modules.open;
    this.files = new SnapshotFiles({ path: `${options.path}.snapshots` });
  }

  /** Another engine than the one on disk has no folders. */
  get possible(): boolean {
    return this.openEngine === openLevel;
  }

  /** Before the chain database is opened: looks what is there, ends a swap that a crash cut short. */
  async settle(): Promise<void> {
    const { path } = this.options;
    if (!this.possible) return;
    await this.files.load();
    if (!(await exists(this.replaced))) return;
    if (!(await exists(path))) await rename((await exists(this.incoming)) ? this.incoming : this.replaced, path);
    await rm(this.replaced, { recursive: true, force: true });
  }

  async begin(target: ImportTarget): Promise<ImportProgress> {
    if (!this.possible) throw new StoreError({ code: 'store.no-import' });
    await this.close();
    const options = { path: this.incoming, genesis: this.options.genesis };
    let begun = await SnapshotImport.open(options, target, this.openEngine);
    if (begun === undefined) {
      await SnapshotImport.remove(this.incoming);
      begun = await SnapshotImport.open(options, target, this.openEngine);
    }
    if (begun === undefined) throw new StoreError({ code: 'store.damaged', what: 'import' });
    this.importing = begun;
    return begun.progress;
  }

  async headers(items: readonly Uint8Array[]): Promise<ImportProgress> {
    const importing = this.current();
    await importing.headers(items);
    return importing.progress;
  }

  async part(part: number, bytes: Uint8Array): Promise<ImportProgress> {
    const importing = this.current();
    await importing.part(part, bytes);
    return importing.progress;
  }

  /** Ends the import; its state, with the tree in memory, belongs to the database that `swap` puts in place. */
  async finish(): Promise<StateTable> {
    const importing = this.current();
    try {
      await importing.finish();
    } catch (error) {
      // It would fail again each time: the next one begins anew.
      if (codeOf(error) === 'store.damaged') await this.drop();
      throw error;
    }
    this.importing = undefined;
    return importing.state;
  }

  /** The chain database is closed meanwhile. */
  async swap(): Promise<void> {
    await rename(this.options.path, this.replaced);
    await rename(this.incoming, this.options.path);
    await rm(this.replaced, { recursive: true, force: true });
  }

  async drop(): Promise<void> {
    await this.close();
    await SnapshotImport.remove(this.incoming);
  }

  async close(): Promise<void> {
    await this.importing?.close();
    this.importing = undefined;
  }

  private current(): SnapshotImport {
    if (this.importing === undefined) throw new StoreError({ code: 'store.no-import' });
    return this.importing;
  }

  private get incoming(): string {
    return `${this.options.path}.incoming`;
  }

  private get replaced(): string {
    return `${this.options.path}.replaced`;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
