// Resources that this clinic imported or wrote, encrypted under its keystore, with every version's original bytes.
// They never leave the clinic through here; owns no consent and no search.
import { hmacSha256 } from '#crypto';
import { concatBytes, equalBytes } from '../common/bytes.ts';
import type { Clock } from '../common/clock.ts';
import { RecordsError } from './errors.ts';
import type { KeyValue, KeyValueStore } from './ports.ts';
import { rowsOf } from './rows-of.ts';
import {
  checkName,
  MAX_RESOURCE_BYTES,
  MAX_VERSIONS,
  openResource,
  resourceKeys,
  type StoredResource,
  sealResource,
} from './stored-resource.ts';

export interface ResourceStoreOptions {
  /** Secret of this clinic, 32 bytes. */
  readonly storageKey: Uint8Array;
}

export interface ResourceStoreModules {
  readonly store: KeyValueStore;
  readonly clock: Clock;
}

export interface ResourceInput {
  readonly pid: string;
  readonly type: string;
  readonly id: string;
  readonly bytes: Uint8Array;
}

export interface PutResult {
  readonly version: number;
  /** False when exactly this content was held already. */
  readonly created: boolean;
}

const PART_BYTES = 16;
const PAGE = 16;
const encoder = new TextEncoder();

/**
 * Row key: patient (16) | resource (16) | content (16), each an HMAC. The same content meets its own row, so storing it
 * again changes nothing; a patient's rows stand together, so listing needs no index.
 */
export class ResourceStore {
  private readonly keys: ReturnType<typeof resourceKeys>;
  private readonly modules: ResourceStoreModules;
  /** Writers take turns: two at once would choose the same version. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(options: ResourceStoreOptions, modules: ResourceStoreModules) {
    this.keys = resourceKeys(options.storageKey);
    this.modules = modules;
  }

  /** On disk when it resolves. Content that was held already stays the version that it was. */
  put(input: ResourceInput): Promise<PutResult> {
    const result = this.turn.then(() => this.write(input));
    this.turn = result.catch(() => undefined);
    return result;
  }

  /** The newest version. */
  async get(pid: string, type: string, id: string): Promise<StoredResource | undefined> {
    return (await this.newest(this.resourcePrefix(pid, type, id))).resource;
  }

  /** Oldest first. */
  async versions(pid: string, type: string, id: string): Promise<readonly StoredResource[]> {
    const rows = await this.modules.store.range(this.resourcePrefix(pid, type, id), { limit: MAX_VERSIONS });
    return rows.map((row) => this.open(row)).sort((a, b) => a.version - b.version);
  }

  /** The newest version of every resource of a patient, one resource in memory at a time. */
  async *list(pid: string): AsyncGenerator<StoredResource> {
    let newest: { readonly row: KeyValue; readonly resource: StoredResource } | undefined;
    for await (const row of rowsOf(this.modules.store, this.patientPrefix(pid), PAGE)) {
      const resource = this.open(row);
      const same = newest !== undefined && sameResource(newest.row[0], row[0]);
      if (newest !== undefined && !same) yield newest.resource;
      if (newest === undefined || !same || resource.version > newest.resource.version) newest = { row, resource };
    }
    if (newest !== undefined) yield newest.resource;
  }

  /** Every version of every resource of a patient goes. */
  forget(pid: string): Promise<void> {
    const result = this.turn.then(async () => {
      for await (const [key] of rowsOf(this.modules.store, this.patientPrefix(pid), PAGE))
        await this.modules.store.delete(key);
    });
    this.turn = result.catch(() => undefined);
    return result;
  }

  private async write(input: ResourceInput): Promise<PutResult> {
    const { pid, type, id, bytes } = input;
    checkName(type, id);
    if (bytes.length > MAX_RESOURCE_BYTES) {
      throw new RecordsError({ code: 'records.too-large', size: bytes.length, limit: MAX_RESOURCE_BYTES });
    }
    const { store, clock } = this.modules;
    const prefix = this.resourcePrefix(pid, type, id);
    const rowKey = concatBytes(prefix, this.part('content', bytes));
    const held = await store.get(rowKey);
    if (held !== undefined) return { version: this.open([rowKey, held]).version, created: false };
    const { resource: newest, versions } = await this.newest(prefix);
    if (versions >= MAX_VERSIONS) throw new RecordsError({ code: 'records.too-many-versions', limit: MAX_VERSIONS });
    const version = (newest?.version ?? 0) + 1;
    const resource = { type, id, version, storedAt: clock.now(), bytes };
    await store.put(rowKey, sealResource(this.keys.content, rowKey, resource));
    return { version, created: true };
  }

  private async newest(prefix: Uint8Array): Promise<{ resource: StoredResource | undefined; versions: number }> {
    let resource: StoredResource | undefined;
    let versions = 0;
    for await (const row of rowsOf(this.modules.store, prefix, PAGE)) {
      const opened = this.open(row);
      versions++;
      if (resource === undefined || opened.version > resource.version) resource = opened;
    }
    return { resource, versions };
  }

  private open([rowKey, row]: KeyValue): StoredResource {
    return openResource(this.keys.content, rowKey, row);
  }

  private patientPrefix(pid: string): Uint8Array {
    return this.part('patient', encoder.encode(pid));
  }

  private resourcePrefix(pid: string, type: string, id: string): Uint8Array {
    return concatBytes(this.patientPrefix(pid), this.part('resource', encoder.encode(`${pid}|${type}|${id}`)));
  }

  private part(purpose: 'patient' | 'resource' | 'content', data: Uint8Array): Uint8Array {
    return hmacSha256(this.keys.names, concatBytes(encoder.encode(`${purpose}|`), data)).subarray(0, PART_BYTES);
  }
}

function sameResource(a: Uint8Array, b: Uint8Array): boolean {
  return equalBytes(a.subarray(0, 2 * PART_BYTES), b.subarray(0, 2 * PART_BYTES));
}
