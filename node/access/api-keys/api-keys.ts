// Keys of applications: made, shown once, turned, ended, found by their secret. Owns the records; which scope opens what
// is the access table's business.
import { equalSecret, randomBytes } from '#crypto';
import { fromHex, toHex } from '../../../common/bytes.ts';
import type { Clock } from '../../../common/clock.ts';
import { Serial } from '../../../common/serial.ts';
import type { ClinicNumber } from '../../../consensus/ledger/types.ts';
import { contains, parseAddress, parseCidr } from '../../../gateway/address.ts';
import { MAX_SCOPE_BYTES } from '../../../records/consent/actor-codec.ts';
import { applicationId } from '../../../records/consent/application.ts';
import { isForPersonsAlone, isUsableScope, scopeActions } from '../../../records/consent/smart-scopes.ts';
import type { KeyValueStore } from '../../../records/ports.ts';
import type { ApiKeyRef } from '../../../rpc/access/principal.ts';
import { API_KEY, API_KEY_PREFIX } from '../../../rpc/access/secrets.ts';
import type { ApiKeys, ClientFacts } from '../../../rpc/ports.ts';
import { ApiKeyError } from './errors.ts';
import { type ApiKeyRecord, decodeApiKey, encodeApiKey, secretHash } from './record.ts';

export interface NewApiKey {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly until: number;
  readonly allowedAddresses: readonly string[];
  /** Hex id of the user; null: the operator. */
  readonly madeBy: string | null;
}

export interface ApiKeyStoreOptions {
  readonly clinic: ClinicNumber;
  /** Every scope that there is, beside those of SMART. */
  readonly scopes: readonly string[];
}

export interface ApiKeyStoreModules {
  readonly store: KeyValueStore;
  readonly clock: Clock;
}

/** Keys of one clinic, ended ones included. */
export const MAX_API_KEYS = 256;
/** How long the secret before the last rotation is good. */
export const OLD_SECRET_TTL_MS = 24 * 60 * 60_000;
const LONGEST_MS = 2 * 366 * 86_400_000;
/** Hex digits of an application's id that are the key's. */
const KEY_IN_APPLICATION = [4, 20] as const;
/** The last use is written this often at most. */
const USE_EVERY_MS = 60_000;

export class ApiKeyStore implements ApiKeys {
  private readonly options: ApiKeyStoreOptions;
  private readonly modules: ApiKeyStoreModules;
  private readonly records = new Map<string, ApiKeyRecord>();
  /** Two that look for room at once would find the same. */
  private readonly making = new Serial();

  constructor(options: ApiKeyStoreOptions, modules: ApiKeyStoreModules) {
    this.options = options;
    this.modules = modules;
  }

  async load(): Promise<void> {
    const rows = await this.modules.store.range(new Uint8Array(0), { limit: MAX_API_KEYS });
    for (const [, row] of rows) {
      const record = decodeApiKey(row);
      this.records.set(record.id, record);
    }
  }

  /** Newest first. */
  list(): readonly ApiKeyRecord[] {
    return [...this.records.values()].sort((a, b) => b.made - a.made || (a.id < b.id ? 1 : -1));
  }

  stateOf({ revoked, until }: ApiKeyRecord): 'active' | 'ended' | 'revoked' {
    if (revoked) return 'revoked';
    return until > this.modules.clock.now() ? 'active' : 'ended';
  }

  /** Throws ApiKeyError. */
  create(wanted: NewApiKey): Promise<{ record: ApiKeyRecord; secret: string }> {
    return this.making.run(() => this.createNow(wanted));
  }

  private async createNow(wanted: NewApiKey): Promise<{ record: ApiKeyRecord; secret: string }> {
    const now = this.modules.clock.now();
    const { name, until, madeBy } = wanted;
    const scopes = [...new Set(wanted.scopes)].sort();
    const unknown = scopes.find((scope) => !this.options.scopes.includes(scope) && !isSmart(scope));
    if (unknown !== undefined) throw new ApiKeyError({ code: 'apikey.scope', scope: unknown });
    if (isForPersonsAlone(scopes)) throw new ApiKeyError({ code: 'apikey.user-scopes' });
    if (!(until > now && until <= now + LONGEST_MS)) throw new ApiKeyError({ code: 'apikey.until' });
    wanted.allowedAddresses.forEach((text, index) => {
      if (networkOf(text) === undefined) throw new ApiKeyError({ code: 'apikey.address', index });
    });
    await this.makeRoom();
    const id = toHex(randomBytes(8));
    const secret = newSecret();
    const record: ApiKeyRecord = {
      ...{
        id,
        name: name.toWellFormed().normalize('NFC'),
        scopes,
        addresses: wanted.allowedAddresses,
        made: now,
        madeBy,
      },
      ...{ until, revoked: false, hash: secretHash(secret), old: undefined, lastUsed: null, lastAddress: null },
    };
    await this.put(record).catch((error: unknown) => {
      this.records.delete(id);
      throw error;
    });
    return { record, secret: shown(id, secret) };
  }

  /** Throws ApiKeyError. */
  async rotate(id: string): Promise<{ record: ApiKeyRecord; secret: string }> {
    const record = this.known(id);
    if (this.stateOf(record) !== 'active') throw new ApiKeyError({ code: 'apikey.ended' });
    const secret = newSecret();
    const old = { hash: record.hash, until: this.modules.clock.now() + OLD_SECRET_TTL_MS };
    const turned = { ...record, hash: secretHash(secret), old };
    await this.put(turned);
    return { record: turned, secret: shown(id, secret) };
  }

  /** Throws ApiKeyError. */
  async revoke(id: string): Promise<ApiKeyRecord> {
    const record = { ...this.known(id), revoked: true, old: undefined };
    await this.put(record);
    return record;
  }

  async find(secret: string, client: ClientFacts): Promise<ApiKeyRef | undefined> {
    const [, id, value] = API_KEY.exec(secret) ?? [];
    const record = id === undefined ? undefined : this.records.get(id);
    const given = secretHash(value ?? '');
    const now = this.modules.clock.now();
    if (record === undefined) return undefined;
    const { hash, old } = record;
    const good = equalSecret(given, hash) || (old !== undefined && old.until > now && equalSecret(given, old.hash));
    if (!good || !this.usable(record, client)) return undefined;
    this.used(record, client, now);
    return this.refOf(record);
  }

  async current(id: string, client: ClientFacts): Promise<ApiKeyRef | undefined> {
    const record = this.records.get(id);
    return record !== undefined && this.usable(record, client) ? this.refOf(record) : undefined;
  }

  /** By which consents, tickets and access events name it, hex. */
  applicationOf({ id }: Pick<ApiKeyRecord, 'id'>): string {
    return toHex(applicationId(this.options.clinic, fromHex(id)));
  }

  /** What this clinic registered under an application's id, hex, ended or not. */
  application(id: string): ApiKeyRecord | undefined {
    const record = this.records.get(id.slice(...KEY_IN_APPLICATION));
    return record !== undefined && this.applicationOf(record) === id ? record : undefined;
  }

  private refOf(record: ApiKeyRecord): ApiKeyRef {
    const { id, name, scopes, madeBy: user } = record;
    return { id, name, scopes, user, application: this.applicationOf(record), actions: scopeActions(scopes) };
  }

  private usable(record: ApiKeyRecord, { address }: ClientFacts): boolean {
    if (this.stateOf(record) !== 'active') return false;
    if (record.addresses.length === 0) return true;
    const from = networkOf(address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, ''));
    return from !== undefined && record.addresses.some((text) => contains(networkOf(text) ?? from, from));
  }

  private used(record: ApiKeyRecord, { address }: ClientFacts, now: number): void {
    const due = record.lastUsed === null || now - record.lastUsed >= USE_EVERY_MS || record.lastAddress !== address;
    const used = { ...record, lastUsed: now, lastAddress: address.slice(0, 64) };
    this.records.set(record.id, used);
    // When a key was used last is no reason to refuse it: a disk that fails shows elsewhere.
    if (due) this.modules.store.put(fromHex(record.id), encodeApiKey(used)).catch(() => undefined);
  }

  /** The longest ended go when there is no room. */
  private async makeRoom(): Promise<void> {
    if (this.records.size < MAX_API_KEYS) return;
    const ended = this.list().filter((record) => this.stateOf(record) !== 'active');
    const last = ended.at(-1);
    if (last === undefined) throw new ApiKeyError({ code: 'apikey.full', limit: MAX_API_KEYS });
    await this.modules.store.delete(fromHex(last.id));
    this.records.delete(last.id);
  }

  private known(id: string): ApiKeyRecord {
    const record = this.records.get(id);
    if (record === undefined) throw new ApiKeyError({ code: 'apikey.unknown' });
    return record;
  }

  /** In memory first: a use that comes between must not write the record from before over this one. */
  private async put(record: ApiKeyRecord): Promise<void> {
    this.records.set(record.id, record);
    await this.modules.store.put(fromHex(record.id), encodeApiKey(record));
  }
}

/** SMART v2, narrowed by nothing but categories. */
function isSmart(scope: string): boolean {
  return scope.length <= MAX_SCOPE_BYTES && isUsableScope(scope);
}

function newSecret(): string {
  return Buffer.from(randomBytes(32)).toString('base64url');
}

function shown(id: string, secret: string): string {
  return `${API_KEY_PREFIX}${id}_${secret}`;
}

function networkOf(text: string): ReturnType<typeof parseCidr> | undefined {
  try {
    return text.includes('/') ? parseCidr(text) : parseAddress(text);
  } catch {
    return undefined;
  }
}
