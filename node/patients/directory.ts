// The patients of this clinic by name, number and birth date, encrypted on its disk: whoever was registered here, and whoever's
// page was opened here. Names of rows are keyed hashes. Searched in memory, which is filled at the first search.
import { hkdfSha256, hmacSha256 } from '#crypto';
import { concatBytes, EMPTY_BYTES, toHex } from '../../common/bytes.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { handleOf, type Pid, pidBytes } from '../../identity/patient/pid.ts';
import { CLINICAL } from '../clinical-namespaces.ts';
import type { LocalDatabase } from '../store/local-database.ts';
import { type DirectoryEntry, hasName, MAX_ENTRY_BYTES, readEntry, writeEntry } from './directory-entry.ts';
import { foldedName, matches, type NameQuery } from './name-query.ts';

const NAME_BYTES = 16;

/** Patients in one answer: whoever gets more types more of the name. */
export const MAX_FOUND = 20;

interface Known {
  readonly entry: DirectoryEntry;
  readonly folded: string;
}

export interface Found {
  readonly entries: readonly DirectoryEntry[];
  /** There are others. */
  readonly more: boolean;
}

export class Directory {
  private readonly key: Uint8Array;
  private readonly database: Pick<LocalDatabase, 'batch' | 'range' | 'get'>;
  /** By handle, in hex; undefined until somebody searches. */
  private known: Promise<Map<string, Known>> | undefined;

  constructor(
    options: { readonly storageKey: Uint8Array },
    modules: { readonly database: Pick<LocalDatabase, 'batch' | 'range' | 'get'> },
  ) {
    this.key = hkdfSha256(options.storageKey, EMPTY_BYTES, new TextEncoder().encode('wardmesh/directory/1'), 32);
    this.database = modules.database;
  }

  /** In the place of what was known of them; on the disk when it resolves. */
  async keep(entries: readonly DirectoryEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await this.database.batch(
      entries.map((entry) => ({
        type: 'put' as const,
        key: this.rowKey(entry.pid),
        value: writeEntry(new Writer(MAX_ENTRY_BYTES), entry).finish(),
      })),
      { sync: true },
    );
    const known = await this.known;
    for (const entry of entries) known?.set(toHex(handleOf(entry.pid)), knownOf(entry));
  }

  /** Adds what was not known; what was stays. */
  async note(entry: DirectoryEntry): Promise<void> {
    const known = await this.get(entry.pid);
    const better = known !== undefined && !hasName(known) && known.number === '' && entry.number !== '';
    if (known === undefined || better) await this.keep([entry]);
  }

  async get(pid: Pid): Promise<DirectoryEntry | undefined> {
    const bytes = await this.database.get(this.rowKey(pid));
    return bytes === undefined ? undefined : decodeRow(bytes);
  }

  async byHandle(handle: Uint8Array): Promise<DirectoryEntry | undefined> {
    return (await this.all()).get(toHex(handle))?.entry;
  }

  async search(query: NameQuery): Promise<Found> {
    const found: DirectoryEntry[] = [];
    for (const { entry, folded } of (await this.all()).values()) {
      if (matches(query, entry.birthDate, folded)) found.push(entry);
    }
    found.sort((a, b) => compare(a.family, b.family) || compare(a.given, b.given) || compare(a.birthDate, b.birthDate));
    return { entries: found.slice(0, MAX_FOUND), more: found.length > MAX_FOUND };
  }

  /** The identifier for the time being became another one. */
  async rename(from: Pid, to: Pid): Promise<void> {
    const entry = await this.get(from);
    if (entry === undefined) return;
    await this.keep([{ ...entry, pid: to }]);
    await this.forget(from);
  }

  async forget(pid: Pid): Promise<void> {
    await this.database.batch([{ type: 'del', key: this.rowKey(pid) }], { sync: true });
    (await this.known)?.delete(toHex(handleOf(pid)));
  }

  private all(): Promise<Map<string, Known>> {
    this.known ??= this.load().catch((error) => {
      this.known = undefined;
      throw error;
    });
    return this.known;
  }

  private async load(): Promise<Map<string, Known>> {
    const known = new Map<string, Known>();
    for await (const [, value] of this.database.range({ prefix: CLINICAL.directory })) {
      const entry = decodeRow(value);
      known.set(toHex(handleOf(entry.pid)), knownOf(entry));
    }
    return known;
  }

  private rowKey(pid: Pid): Uint8Array {
    // Identifiers for the time being share their bytes with nobody: twenty random ones.
    return concatBytes(CLINICAL.directory, hmacSha256(this.key, pidBytes(pid)).subarray(0, NAME_BYTES));
  }
}

function knownOf(entry: DirectoryEntry): Known {
  return { entry, folded: foldedName(entry) };
}

function decodeRow(bytes: Uint8Array): DirectoryEntry {
  const input = new Reader(bytes);
  const entry = readEntry(input);
  input.end();
  return entry;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
