// The vault as text: JSON of a fixed form, so that it can be saved, printed, carried. Owns the form and its bounds, not keys.
import { base64 } from '@scure/base';
import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES } from '../../common/crypto/bounds.ts';
import { HPKE_OVERHEAD } from '../../common/crypto/hpke.ts';
import { VaultError } from './errors.ts';
import { checkKdf, type KdfParams, PASSWORD_SALT_BYTES } from './kdf.ts';
import type { WayHeader } from './ways.ts';

export const VAULT_FORMAT = 'wardmesh/vault/1';
export const MAX_VAULT_BYTES = 65_536;
export const MAX_VAULT_WAYS = 16;
const MAX_CREDENTIAL_BYTES = 1023;
const MAX_CONTENTS_BYTES = 16_384;
const ID_BYTES = 16;
/** nonce | GCM of (HPKE of the 32 bytes of the vault key). */
export const LOCKED_BYTES: number = AEAD_NONCE_BYTES + 32 + HPKE_OVERHEAD + AEAD_TAG_BYTES;

/** `id`: 16 random bytes, the same for as long as the vault exists. */
export interface VaultFile {
  readonly id: Uint8Array;
  readonly ways: readonly (WayHeader & { readonly locked: Uint8Array })[];
  /** nonce | AES-256-GCM under the vault key. */
  readonly contents: Uint8Array;
}

/** JSON with every byte string in base64; `parseVaultFile` reads it. */
export function exportVaultFile(file: VaultFile): string {
  const ways = file.ways.map((way) => ({ ...headerJson(way), locked: base64.encode(way.locked) }));
  return JSON.stringify({
    format: VAULT_FORMAT,
    id: base64.encode(file.id),
    ways,
    contents: base64.encode(file.contents),
  });
}

/** What the contents are bound to: everything in the file that is not sealed itself. */
export function headerText({ id, ways }: Pick<VaultFile, 'id'> & { readonly ways: readonly WayHeader[] }): string {
  return JSON.stringify({ format: VAULT_FORMAT, id: base64.encode(id), ways: ways.map(headerJson) });
}

/** Throws VaultError: `vault.format`, `vault.kdf`. Accepts exactly what `exportVaultFile` writes. */
export function parseVaultFile(text: string): VaultFile {
  if (text.length > MAX_VAULT_BYTES) throw malformed('size');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed('json');
  }
  const outer = fields(value, ['format', 'id', 'ways', 'contents']);
  if (outer.format !== VAULT_FORMAT) throw malformed('format');
  if (!Array.isArray(outer.ways) || outer.ways.length === 0 || outer.ways.length > MAX_VAULT_WAYS)
    throw malformed('ways');
  const file = {
    id: bytes(outer.id, 'id', ID_BYTES, ID_BYTES),
    ways: outer.ways.map(readWay),
    contents: bytes(outer.contents, 'contents', AEAD_NONCE_BYTES + AEAD_TAG_BYTES, MAX_CONTENTS_BYTES),
  };
  // One form per vault: no spaces, no repeated members, no other spelling of base64.
  if (exportVaultFile(file) !== text) throw malformed('form');
  return file;
}

function readWay(value: unknown): WayHeader & { locked: Uint8Array } {
  const kind = typeof value === 'object' && value !== null ? (value as { kind?: unknown }).kind : undefined;
  if (kind === 'words' || kind === 'guardians') {
    const { locked } = fields(value, ['kind', 'locked']);
    return { kind, locked: readLocked(locked) };
  }
  if (kind === 'passkey') {
    const { credential, locked } = fields(value, ['kind', 'credential', 'locked']);
    return { kind, credential: bytes(credential, 'credential', 1, MAX_CREDENTIAL_BYTES), locked: readLocked(locked) };
  }
  if (kind !== 'password' && kind !== 'passphrase') throw malformed('kind');
  const { salt, kdf, locked } = fields(value, ['kind', 'salt', 'kdf', 'locked']);
  return {
    kind,
    salt: bytes(salt, 'salt', PASSWORD_SALT_BYTES, PASSWORD_SALT_BYTES),
    kdf: readKdf(kdf),
    locked: readLocked(locked),
  };
}

function readKdf(value: unknown): KdfParams {
  const { name, memoryKiB, passes, lanes } = fields(value, ['name', 'memoryKiB', 'passes', 'lanes']);
  return checkKdf({ name, memoryKiB, passes, lanes } as KdfParams);
}

function readLocked(value: unknown): Uint8Array {
  return bytes(value, 'locked', LOCKED_BYTES, LOCKED_BYTES);
}

function headerJson(way: WayHeader): Record<string, unknown> {
  if (way.kind === 'words' || way.kind === 'guardians') return { kind: way.kind };
  if (way.kind === 'passkey') return { kind: way.kind, credential: base64.encode(way.credential) };
  const { name, memoryKiB, passes, lanes } = way.kdf;
  return { kind: way.kind, salt: base64.encode(way.salt), kdf: { name, memoryKiB, passes, lanes } };
}

/** An object with exactly these members. */
function fields<K extends string>(value: unknown, names: readonly K[]): Record<K, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(names[0]);
  const own = Object.keys(value);
  if (own.length !== names.length || !names.every((name) => Object.hasOwn(value, name))) throw malformed(names[0]);
  return value as Record<K, unknown>;
}

function bytes(value: unknown, field: string, shortest: number, longest: number): Uint8Array {
  if (typeof value !== 'string' || value.length > Math.ceil(longest / 3) * 4) throw malformed(field);
  let found: Uint8Array;
  try {
    found = base64.decode(value);
  } catch {
    throw malformed(field);
  }
  if (found.length < shortest || found.length > longest) throw malformed(field);
  return found;
}

function malformed(field: string): VaultError {
  return new VaultError({ code: 'vault.format', field });
}
