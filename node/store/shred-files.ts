// The two small files of a shreddable database: the key that its rows are under now, and what is being shredded. Owns their
// bytes, their safe replacement and their end; what they mean is shreddable-database.ts. The security log's key files are alike.
//   key:   magic 8 "WMR1SHRD" | generation u32 | nonce 12 | key 32 sealed under the keystore
//   shred: magic 8 "WMR1SHRI" | generation u32 | nonce 12 | targets sealed under the key of that generation
//   targets: keys u32 x b16 | prefixes u32 x b16
import { type FileHandle, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { aeadOpen, aeadSeal, hkdfSha256, randomBytes } from '#crypto';
import { concatBytes, equalBytes } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { codeOf } from '../../common/errors.ts';
import { writePrivateFile } from '../data-directory.ts';
import { syncDirectory } from '../sync-directory.ts';
import { StoreError } from './errors.ts';

/** Rows that are to be gone: those of these keys, and all whose keys begin so. */
export interface ShredTarget {
  readonly keys?: readonly Uint8Array[];
  readonly prefixes?: readonly Uint8Array[];
}

export interface Generation {
  readonly number: number;
  /** 32 bytes, on this disk only, and only until the next shred. */
  readonly key: Uint8Array;
}

const KEY_MAGIC = new TextEncoder().encode('WMR1SHRD');
const INTENT_MAGIC = new TextEncoder().encode('WMR1SHRI');
const SALT = new TextEncoder().encode('wardmesh/shreddable/1');
const KEY_INFO = new TextEncoder().encode('key file');
const INTENT_INFO = new TextEncoder().encode('intent');
const KEY_BYTES = 32;
const NONCE_BYTES = 12;

/** Undefined when there is none. Throws StoreError `store.key`, `store.damaged`. */
export async function readKeyFile(path: string, storageKey: Uint8Array, name: string): Promise<Generation | undefined> {
  const bytes = await readIfThere(path);
  if (bytes === undefined) return undefined;
  const { number, head, sealed } = readHead(bytes, KEY_MAGIC, { name, file: 'key' });
  const key = openSealed(sealingKey(storageKey, KEY_INFO), head, sealed);
  if (key?.length !== KEY_BYTES) throw new StoreError({ code: 'store.key' });
  return { number, key };
}

/**
 * Whole or not at all. The bytes of the key that it replaces are overwritten where they stood: on a disk that writes in
 * place nothing of them is left in the free blocks either.
 */
export async function replaceKeyFile(path: string, storageKey: Uint8Array, next: Generation): Promise<void> {
  const old = await openIfThere(path);
  try {
    await writePrivateFile(path, sealed(KEY_MAGIC, next.number, sealingKey(storageKey, KEY_INFO), next.key));
    if (old !== undefined) await overwrite(old);
  } finally {
    await old?.close();
  }
}

/** Overwrites a key file where it stands, then removes it. Nothing happens where there is none. */
export async function destroyKeyFile(path: string): Promise<void> {
  const file = await openIfThere(path);
  if (file === undefined) return;
  try {
    await overwrite(file);
  } finally {
    await file.close();
  }
  await rm(path, { force: true });
  await syncDirectory(dirname(path));
}

/** What was begun under this generation; undefined when nothing was, or when it came to its end. */
export async function readIntent(
  path: string,
  { number, key }: Generation,
  name: string,
): Promise<ShredTarget | undefined> {
  const bytes = await readIfThere(path);
  if (bytes === undefined) return undefined;
  const intent = readHead(bytes, INTENT_MAGIC, { name, file: 'shred' });
  // The key of its generation is gone, and with it every row that it named.
  if (intent.number !== number) return undefined;
  const plain = openSealed(sealingKey(key, INTENT_INFO), intent.head, intent.sealed);
  if (plain === undefined) throw new StoreError({ code: 'store.damaged', what: name, file: 'shred' });
  return decodeTarget(plain);
}

export async function writeIntent(path: string, { number, key }: Generation, target: ShredTarget): Promise<void> {
  await writePrivateFile(path, sealed(INTENT_MAGIC, number, sealingKey(key, INTENT_INFO), encodeTarget(target)));
}

export function encodeTarget({ keys = [], prefixes = [] }: ShredTarget): Uint8Array {
  const out = new Writer(1024);
  for (const list of [keys, prefixes]) {
    out.u32(list.length);
    for (const entry of list) out.bytes16(entry);
  }
  return out.finish();
}

/** Throws CodecError. */
export function decodeTarget(bytes: Uint8Array): Required<ShredTarget> {
  const reader = new Reader(bytes);
  const keys = readList(reader);
  const target = { keys, prefixes: readList(reader) };
  reader.end();
  return target;
}

function readList(reader: Reader): Uint8Array[] {
  const list: Uint8Array[] = [];
  for (let left = reader.u32(); left > 0; left--) list.push(reader.bytes16());
  return list;
}

function sealed(magic: Uint8Array, number: number, key: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const head = new Writer(24).fixed(magic, magic.length).u32(number).fixed(nonce, NONCE_BYTES).finish();
  return concatBytes(head, aeadSeal(key, nonce, plaintext, head));
}

function readHead(
  bytes: Uint8Array,
  magic: Uint8Array,
  { name, file }: { readonly name: string; readonly file: string },
): { readonly number: number; readonly head: Uint8Array; readonly sealed: Uint8Array } {
  try {
    const reader = new Reader(bytes);
    if (!equalBytes(reader.fixed(magic.length), magic)) throw new CodecError({ code: 'codec.value', field: 'magic' });
    const number = reader.u32();
    reader.fixed(NONCE_BYTES);
    return { number, head: bytes.slice(0, reader.offset), sealed: bytes.slice(reader.offset) };
  } catch (error) {
    if (error instanceof CodecError) throw new StoreError({ code: 'store.damaged', what: name, file });
    throw error;
  }
}

function openSealed(key: Uint8Array, head: Uint8Array, sealedBytes: Uint8Array): Uint8Array | undefined {
  try {
    return aeadOpen(key, head.slice(-NONCE_BYTES), sealedBytes, head);
  } catch (error) {
    if (codeOf(error) === 'crypto.open' || codeOf(error) === 'crypto.input') return undefined;
    throw error;
  }
}

function sealingKey(secret: Uint8Array, info: Uint8Array): Uint8Array {
  return hkdfSha256(secret, SALT, info, KEY_BYTES);
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function overwrite(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  await file.write(new Uint8Array(size), 0, size, 0);
  await file.datasync();
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
