// A person's vault: one random key locked once for each way to open it, and under that key the person's device keys.
// Taking a way away takes a new key: what the file says from then on, the lost way does not open. An older copy of the
// file it still opens, so a stolen secret also calls for new device keys.
import { aeadOpen, aeadSeal, encryptionKeyPair, equalSecret, randomBytes, signingKeyPair } from '#crypto';
import { concatBytes, equalBytes } from '../../common/bytes.ts';
import { AEAD_NONCE_BYTES } from '../../common/crypto/bounds.ts';
import { hpkeOpen, hpkeSeal } from '../../common/crypto/hpke.ts';
import { type DeviceSeeds, decodeContents, encodeContents, type VaultContents, type WayLock } from './contents.ts';
import { VaultError } from './errors.ts';
import { headerText, MAX_VAULT_WAYS, type VaultFile } from './file.ts';
import { type Way, type WayHeader, type WayKeys, type WayName, wayKeys } from './ways.ts';

const utf8 = new TextEncoder();

/** `key`: the vault key, 32 bytes. Stays in the browser. */
export interface OpenVault {
  readonly file: VaultFile;
  readonly key: Uint8Array;
  readonly contents: VaultContents;
}

/** 32 bytes each: Ed25519 signs, X25519 opens what is sealed to the person. */
export interface DeviceKeys {
  readonly signing: { readonly seed: Uint8Array; readonly publicKey: Uint8Array };
  readonly encryption: { readonly secretKey: Uint8Array; readonly publicKey: Uint8Array };
}

interface LockedWay {
  readonly header: WayHeader;
  readonly lock: WayLock;
}

/** Which each of the ways opens. Throws VaultError: `vault.taken`, `vault.too-many`, `vault.last-way` for none, `vault.words`. */
export async function createVault(ways: readonly Way[], device: DeviceSeeds = newDevice()): Promise<OpenVault> {
  return sealVault(randomBytes(16), device, listed([], ways));
}

/** Throws VaultError: `vault.no-way`, `vault.secret`, `vault.format`, `vault.words`. */
export async function openVault(file: VaultFile, way: Way): Promise<OpenVault> {
  const place = placeOf(file.ways, way);
  const header = file.ways[place];
  if (header === undefined) throw new VaultError({ code: 'vault.no-way', kind: way.kind });
  const keys = wayKeys(way);
  const key = await vaultKey(keys, header.locked, wayContext(file.id, header));
  const contents = decodeContents(openContents(key, file));
  const own = contents.locks[place];
  if (contents.locks.length !== file.ways.length || own === undefined || !equalSecret(own.lock, keys.lock)) {
    throw new VaultError({ code: 'vault.format', field: 'ways' });
  }
  return { file, key, contents };
}

/** A copy that one more way opens. Throws VaultError: `vault.taken`, `vault.too-many`. */
export async function addWay(open: OpenVault, way: Way): Promise<OpenVault> {
  const { id } = open.file;
  const ways = listed(lockedWays(open), [way]);
  const added = await lockWay(id, open.key, ways.at(-1) as LockedWay);
  return sealContents(id, open.key, open.contents.device, ways, [...open.file.ways, added]);
}

/** A copy under a new key, which the way does not open. Throws VaultError: `vault.no-way`, `vault.last-way`. */
export async function removeWay(open: OpenVault, name: WayName): Promise<OpenVault> {
  const ways = lockedWays(open);
  const place = placeOf(open.file.ways, name);
  if (place === -1) throw new VaultError({ code: 'vault.no-way', kind: name.kind });
  if (ways.length === 1) throw new VaultError({ code: 'vault.last-way' });
  return sealVault(open.file.id, open.contents.device, ways.toSpliced(place, 1));
}

/** A copy under a new key in which this way stands in place of the one of its name, if there is one: a new password. */
export async function replaceWay(open: OpenVault, way: Way): Promise<OpenVault> {
  const place = placeOf(open.file.ways, way);
  const kept = place === -1 ? lockedWays(open) : lockedWays(open).toSpliced(place, 1);
  return sealVault(open.file.id, open.contents.device, listed(kept, [way]));
}

/** By the list in the file; which way opens it is only known by opening. */
export function hasWay(file: VaultFile, name: WayName): boolean {
  return placeOf(file.ways, name) !== -1;
}

export function deviceKeys({ contents }: OpenVault): DeviceKeys {
  const { signing, encryption } = contents.device;
  return { signing: signingKeyPair(signing), encryption: encryptionKeyPair(encryption) };
}

/** Two random seeds. */
export function newDevice(): DeviceSeeds {
  return { signing: randomBytes(32), encryption: randomBytes(32) };
}

function lockedWays({ file, contents }: OpenVault): LockedWay[] {
  return file.ways.map((header, place) => ({ header, lock: contents.locks[place] as WayLock }));
}

/** The ways with new ones behind them; one password, one passphrase, one set of words, each passkey once. */
function listed(before: readonly LockedWay[], added: readonly Way[]): LockedWay[] {
  const all = [...before];
  for (const way of added) {
    const headers = all.map(({ header }) => header);
    if (placeOf(headers, way) !== -1) throw new VaultError({ code: 'vault.taken', kind: way.kind });
    if (all.length === MAX_VAULT_WAYS) throw new VaultError({ code: 'vault.too-many', limit: MAX_VAULT_WAYS });
    const { lock, publicKey } = wayKeys(way);
    all.push({ header: headerOf(way), lock: { lock, publicKey } });
  }
  if (all.length === 0) throw new VaultError({ code: 'vault.last-way' });
  return all;
}

async function vaultKey(keys: WayKeys, locked: Uint8Array, bound: Uint8Array): Promise<Uint8Array> {
  try {
    return await hpkeOpen(keys.secretKey, bound, unlock(keys.lock, locked, bound));
  } catch {
    throw new VaultError({ code: 'vault.secret' });
  }
}

function openContents(key: Uint8Array, file: VaultFile): Uint8Array {
  try {
    return unlock(key, file.contents, utf8.encode(headerText(file)));
  } catch {
    throw new VaultError({ code: 'vault.format', field: 'contents' });
  }
}

async function sealVault(id: Uint8Array, device: DeviceSeeds, ways: readonly LockedWay[]): Promise<OpenVault> {
  const key = randomBytes(32);
  const locked = await Promise.all(ways.map((way) => lockWay(id, key, way)));
  return sealContents(id, key, device, ways, locked);
}

function sealContents(
  id: Uint8Array,
  key: Uint8Array,
  device: DeviceSeeds,
  ways: readonly LockedWay[],
  locked: VaultFile['ways'],
): OpenVault {
  const contents = { device, locks: ways.map(({ lock }) => lock) };
  const bound = utf8.encode(headerText({ id, ways: locked }));
  const sealed = lockUp(key, encodeContents(contents), bound);
  return { file: { id, ways: locked, contents: sealed }, key, contents };
}

async function lockWay(
  id: Uint8Array,
  key: Uint8Array,
  { header, lock }: LockedWay,
): Promise<VaultFile['ways'][number]> {
  const bound = wayContext(id, header);
  return { ...header, locked: lockUp(lock.lock, await hpkeSeal(lock.publicKey, bound, key), bound) };
}

/** The header alone, also of a way with its secret or its lock. */
function headerOf(way: WayHeader): WayHeader {
  if (way.kind === 'words' || way.kind === 'guardians') return { kind: way.kind };
  if (way.kind === 'passkey') return { kind: way.kind, credential: way.credential };
  return { kind: way.kind, salt: way.salt, kdf: way.kdf };
}

/** The vault and the way that a lock belongs to. */
function wayContext(id: Uint8Array, header: WayHeader): Uint8Array {
  return utf8.encode(headerText({ id, ways: [header] }));
}

function placeOf(ways: readonly WayName[], name: WayName): number {
  return ways.findIndex((way) => {
    if (way.kind === 'passkey' && name.kind === 'passkey') return equalBytes(way.credential, name.credential);
    return way.kind === name.kind;
  });
}

function lockUp(key: Uint8Array, plaintext: Uint8Array, bound: Uint8Array): Uint8Array {
  const nonce = randomBytes(AEAD_NONCE_BYTES);
  return concatBytes(nonce, aeadSeal(key, nonce, plaintext, bound));
}

function unlock(key: Uint8Array, locked: Uint8Array, bound: Uint8Array): Uint8Array {
  return aeadOpen(key, locked.subarray(0, AEAD_NONCE_BYTES), locked.subarray(AEAD_NONCE_BYTES), bound);
}
