// The keys of records in a backup: own rows under a key of their own, as the journal copy of a small database beside the real
// one. At the first start after a restore they go over into that, and their files go.
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { hkdfSha256 } from '#crypto';
import { EMPTY_BYTES, toHex } from '../../common/bytes.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { CHART_TABLES } from '../charts/layout.ts';
import { journalCopy } from '../store/journal-copy.ts';
import { journalPath, LocalDatabase, type LocalWrite } from '../store/local-database.ts';
import type { ShreddableDatabase } from '../store/shreddable-database.ts';
import { ownRows } from './own-rows.ts';

export interface KeyBackupOptions {
  readonly clinic: ClinicNumber;
  readonly storageKey: Uint8Array;
  /** Where a restore puts them. */
  readonly path: string;
}

export interface KeyBackupModules {
  readonly rows: Pick<ShreddableDatabase, 'snapshot' | 'range' | 'batch'>;
}

const PORTION = 1024;
const CHART_BYTES = 32;

export class KeyBackup {
  private readonly options: KeyBackupOptions;
  private readonly modules: KeyBackupModules;
  private readonly key: Uint8Array;

  constructor(options: KeyBackupOptions, modules: KeyBackupModules) {
    this.options = options;
    this.modules = modules;
    this.key = hkdfSha256(options.storageKey, EMPTY_BYTES, new TextEncoder().encode('wardmesh/own-keys/1'), 32);
  }

  /** The content of `COPY_FILE`. */
  async *copy(): AsyncGenerator<Uint8Array> {
    const { rows } = this.modules;
    const vaults = new Set<string>();
    for await (const [key] of rows.range({ prefix: Uint8Array.of(CHART_TABLES.vaults) })) {
      vaults.add(toHex(key.subarray(-CHART_BYTES)));
    }
    yield* journalCopy(this.key, ownRows(rows.snapshot(), this.options.clinic, vaults));
  }

  /** Whether a backup left something to take over. */
  get present(): boolean {
    return existsSync(journalPath(this.options.path));
  }

  /** Into the database that is open; may be done again after a crash. */
  async takeOver(): Promise<void> {
    if (!this.present) return;
    const { path } = this.options;
    const source = new LocalDatabase({ path, name: 'own keys of a backup', key: this.key });
    await source.open();
    try {
      let writes: LocalWrite[] = [];
      for await (const [key, value] of source.snapshot()) {
        writes.push({ type: 'put', key, value });
        if (writes.length < PORTION) continue;
        await this.modules.rows.batch(writes);
        writes = [];
      }
      if (writes.length > 0) await this.modules.rows.batch(writes);
    } finally {
      await source.close();
    }
  }

  /** Once they are taken over and that is remembered. */
  async drop(): Promise<void> {
    const { path } = this.options;
    const name = basename(path);
    // Itself, its journal copy, and what opening it without a database set aside.
    for (const entry of await readdir(dirname(path))) {
      if (entry !== name && !entry.startsWith(`${name}.`)) continue;
      await rm(join(dirname(path), entry), { recursive: true, force: true });
    }
  }
}
