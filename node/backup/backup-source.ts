// What a running clinic gives for its backup: a tar archive as a stream, with nothing in it that is readable without the
// keystore's passphrase but names and counts. Each database as of one batch. Never the vote file: an old one would vote twice.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { sha256 } from '#crypto';
import { concatBytes, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { Writer } from '../../common/codec/writer.ts';
import { tarEnd } from '../../common/tar.ts';
import type { Genesis } from '../../consensus/genesis.ts';
import type { Member } from '../../consensus/member-set.ts';
import type { Chain } from '../chain/chain.ts';
import type { DataPaths } from '../data-directory.ts';
import type { KeyBackup } from '../recovery/key-backup.ts';
import { journalFileName } from '../store/journal/journal-files.ts';
import { COPY_FILE } from '../store/journal-copy.ts';
import { journalPath, type LocalDatabase } from '../store/local-database.ts';
import type { ChainStore } from '../store/ports.ts';
import { VERSION } from '../version.ts';
import { BackupError } from './errors.ts';
import { BACKUP_VERSION, MANIFEST_NAME, type Manifest } from './manifest.ts';
import { tarEntry } from './tar.ts';

export interface BackupOptions {
  readonly genesis: Genesis;
  readonly genesisId: Uint8Array;
  readonly clinic: Member;
  readonly paths: DataPaths;
}

export interface BackupModules {
  readonly outbox: LocalDatabase;
  readonly clinical: LocalDatabase;
  readonly people: LocalDatabase;
  readonly access: LocalDatabase;
  /** Keys of records, as far as they are this clinic's own. */
  readonly keys: Pick<KeyBackup, 'copy'>;
  readonly chain: Chain;
  readonly store: ChainStore;
  readonly clock: Clock;
}

/** Of a database or of blocks; each is an entry of its own. */
const PART_BYTES = 8 * 1024 * 1024;
const HEADERS = 64;
/** Name of the parts that hold blocks, each `length u32 | block`, from height 1 on. */
export const CHAIN_PARTS = 'chain.blocks';

type Entries = { name: string; bytes: number; sha256: string }[];

export class BackupSource {
  private readonly options: BackupOptions;
  private readonly modules: BackupModules;

  constructor(options: BackupOptions, modules: BackupModules) {
    this.options = options;
    this.modules = modules;
  }

  /** Throws BackupError `backup.pruned` when the chain was asked for and is not all here. */
  async *stream(withChain: boolean, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const { genesis, genesisId, clinic, paths } = this.options;
    const { outbox, clinical, people, access, keys, chain, clock } = this.modules;
    const made = clock.now();
    const entries: Entries = [];
    const entry = (name: string, bytes: Uint8Array): Uint8Array => {
      signal.throwIfAborted();
      entries.push({ name, bytes: bytes.length, sha256: toHex(sha256(bytes)) });
      return tarEntry({ name, bytes }, made);
    };
    for (const path of backedUpFiles(paths)) {
      const bytes = await readIfThere(path);
      if (bytes !== undefined) yield entry(basename(path), bytes);
    }
    const databases = { outbox: 0, clinical: 0, people: 0, access: 0 };
    for (const [which, database, path] of [
      ['outbox', outbox, paths.outbox],
      ['clinical', clinical, paths.clinical],
      ['people', people, paths.people],
      ['access', access, paths.access],
    ] as const) {
      const { sequence, bytes } = await database.copy();
      databases[which] = sequence;
      const name = `${basename(journalPath(path))}/${journalFileName('rows', sequence)}`;
      for await (const part of parted(name, bytes)) yield entry(part.name, part.bytes);
    }
    const ownKeys = `${basename(journalPath(paths.ownKeys))}/${COPY_FILE}`;
    for await (const part of parted(ownKeys, keys.copy())) yield entry(part.name, part.bytes);
    // What is final stays on the main chain while it is read; before anything is, the tip as of now.
    const { tip, view } = chain;
    const final = { height: 4 * view.finalised.epoch, id: toHex(view.finalised.id) };
    const until = final.height > 0 ? final.height : tip.header.height;
    if (withChain) for await (const part of parted(CHAIN_PARTS, this.blocks(until))) yield entry(part.name, part.bytes);
    const manifest: Manifest = {
      format: 'wardmesh/backup',
      version: BACKUP_VERSION,
      program: VERSION,
      made,
      network: genesis.network,
      genesis: toHex(genesisId),
      clinic: { number: clinic.number, name: clinic.name },
      head: { height: tip.header.height, id: toHex(tip.id) },
      final,
      databases,
      chain: withChain ? until : null,
      entries,
    };
    const bytes = new TextEncoder().encode(`${JSON.stringify(manifest, undefined, 1)}\n`);
    yield tarEntry({ name: MANIFEST_NAME, bytes }, made);
    yield tarEnd();
  }

  private async *blocks(until: number): AsyncGenerator<Uint8Array> {
    const { store } = this.modules;
    for (let from = 1; from <= until; from += HEADERS) {
      for (const { id } of await store.entries(from, Math.min(HEADERS, until - from + 1))) {
        const block = await store.block(id);
        if (block === undefined) throw new BackupError({ code: 'backup.pruned' });
        yield new Writer(4).u32(block.length).finish();
        yield block;
      }
    }
  }
}

/** In the order in which they stand in a backup. The passphrase, the token and the vote file are not among them. */
export function backedUpFiles(paths: DataPaths): readonly string[] {
  const { keystore, genesis, config, founder, invitation, admission, observers } = paths;
  return [keystore, genesis, config, founder, invitation, admission, observers];
}

async function* parted(
  name: string,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ name: string; bytes: Uint8Array }> {
  let held: Uint8Array[] = [];
  let length = 0;
  let number = 1;
  const take = (): { name: string; bytes: Uint8Array } => {
    const part = { name: `${name}.${String(number++).padStart(6, '0')}`, bytes: concatBytes(...held) };
    [held, length] = [[], 0];
    return part;
  };
  for await (const bytes of source) {
    if (length > 0 && length + bytes.length > PART_BYTES) yield take();
    for (let at = 0; at < bytes.length; at += PART_BYTES) {
      held.push(bytes.subarray(at, at + PART_BYTES));
      length += held[held.length - 1].length;
      if (length >= PART_BYTES) yield take();
    }
  }
  if (length > 0) yield take();
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
