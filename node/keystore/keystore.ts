// The one encrypted file with all secrets of a clinic, and its copy beside it: without these keys the clinic is gone, so one
// damaged file must not be their end. Owns mode, encryption and replacement; the directory around it is
// node/data-directory.ts. Holds the derived key, never the passphrase.
import { constants, existsSync } from 'node:fs';
import { type FileHandle, link, open, readFile, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { randomBytes } from '#crypto';
import { equalBytes, toHex } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { CryptoError } from '../../common/crypto/errors.ts';
import { codeOf } from '../../common/errors.ts';
import { Serial } from '../../common/serial.ts';
import { makePrivateDirectory, writePrivateFile } from '../data-directory.ts';
import { decodeContents, encodeContents, type KeystoreContents } from './contents.ts';
import { KeystoreError } from './errors.ts';
import { checkPassphrase } from './passphrase.ts';
import {
  type KdfParams,
  MAX_KEYSTORE_BYTES,
  newSealingKey,
  openFile,
  type SealingKey,
  STANDARD_KDF,
  sealFile,
} from './sealed-file.ts';

export class Keystore {
  readonly path: string;
  /** Whether the file was damaged or gone, and was written anew from its copy. */
  readonly repaired: boolean;
  private key: SealingKey;
  private readonly writes = new Serial();
  private current: KeystoreContents;

  constructor(path: string, key: SealingKey, contents: KeystoreContents, repaired = false) {
    this.path = path;
    this.key = key;
    this.current = contents;
    this.repaired = repaired;
  }

  get contents(): KeystoreContents {
    return this.current;
  }

  /** Replaces the contents by what `change` makes of them; they count once they are on disk. One after the other. */
  update(change: (contents: KeystoreContents) => KeystoreContents): Promise<KeystoreContents> {
    return this.writes.run(async () => {
      const next = change(this.current);
      await writeBoth(this.path, sealFile(this.key, encode(next)));
      this.current = next;
      return next;
    });
  }

  /** From then on only the new one opens it. */
  changePassphrase(passphrase: string, kdf: KdfParams = STANDARD_KDF): Promise<void> {
    checkPassphrase(passphrase);
    return this.writes.run(async () => {
      const key = await newSealingKey(passphrase, kdf);
      await writeBoth(this.path, sealFile(key, encode(this.current)));
      this.key = key;
    });
  }
}

/** Throws `keystore.exists` rather than replace secrets. The directory is made, with mode 0700. */
export async function createKeystore(
  path: string,
  passphrase: string,
  contents: KeystoreContents,
  kdf: KdfParams = STANDARD_KDF,
): Promise<Keystore> {
  checkPassphrase(passphrase);
  const plaintext = encode(contents);
  if (existsSync(copyPath(path))) throw new KeystoreError({ code: 'keystore.exists', path: copyPath(path) });
  const key = await newSealingKey(passphrase, kdf);
  await makePrivateDirectory(dirname(path));
  const draft = `${path}.${toHex(randomBytes(8))}`;
  await writePrivateFile(draft, sealFile(key, plaintext));
  try {
    await link(draft, path);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw new KeystoreError({ code: 'keystore.exists', path });
    throw error;
  } finally {
    await unlink(draft);
  }
  await followCopy(path);
  return new Keystore(path, key, contents);
}

/** The file, or its copy where the file is damaged or gone: then the file is written anew from it. */
export async function openKeystore(path: string, passphrase: string): Promise<Keystore> {
  checkPassphrase(passphrase);
  try {
    const { key, contents } = await openOne(path, passphrase);
    await followCopy(path);
    return new Keystore(path, key, contents);
  } catch (error) {
    const copy = copyPath(path);
    if (!DAMAGED.includes(codeOf(error) ?? '') || !existsSync(copy)) throw error;
    // A wrong passphrase opens neither, and looks like damage of both.
    const found = await openOne(copy, passphrase).catch(() => Promise.reject(error));
    await writePrivateFile(path, await readKeystoreFile(copy));
    return new Keystore(path, found.key, found.contents, true);
  }
}

const DAMAGED = ['keystore.locked', 'keystore.format', 'keystore.missing'];

export function copyPath(path: string): string {
  return `${path}.copy`;
}

async function openOne(path: string, passphrase: string): Promise<{ key: SealingKey; contents: KeystoreContents }> {
  const bytes = await readKeystoreFile(path);
  try {
    const { key, plaintext } = await openFile(passphrase, bytes);
    return { key, contents: decodeContents(plaintext) };
  } catch (error) {
    if (error instanceof CryptoError && error.code === 'crypto.open')
      throw new KeystoreError({ code: 'keystore.locked', path });
    if (error instanceof CodecError) throw new KeystoreError({ code: 'keystore.format', path, reason: error.message });
    throw error;
  }
}

/** The copy first: after a crash in between it is the newer of two good ones. */
async function writeBoth(path: string, bytes: Uint8Array): Promise<void> {
  await writePrivateFile(copyPath(path), bytes);
  await writePrivateFile(path, bytes);
}

/** Makes the copy of a file that was opened the same again. A directory that cannot be written keeps what it has. */
async function followCopy(path: string): Promise<void> {
  try {
    const bytes = await readKeystoreFile(path);
    const copy = await readFile(copyPath(path)).catch(() => undefined);
    if (copy === undefined || !equalBytes(new Uint8Array(copy), bytes)) await writePrivateFile(copyPath(path), bytes);
  } catch (error) {
    if (!['EROFS', 'EACCES', 'ENOSPC', 'EDQUOT'].includes(systemCode(error) ?? '')) throw error;
  }
}

function encode(contents: KeystoreContents): Uint8Array {
  try {
    return encodeContents(contents);
  } catch (error) {
    if (error instanceof CodecError) throw new KeystoreError({ code: 'keystore.contents', reason: error.message });
    throw error;
  }
}

async function readKeystoreFile(path: string): Promise<Uint8Array> {
  const file = await openPlainFile(path);
  try {
    const { mode, size } = await file.stat();
    if ((mode & constants.S_IFMT) !== constants.S_IFREG || (process.platform !== 'win32' && (mode & 0o077) !== 0)) {
      throw new KeystoreError({ code: 'keystore.mode', path, mode: (mode & 0o777).toString(8).padStart(4, '0') });
    }
    if (size > MAX_KEYSTORE_BYTES) throw new KeystoreError({ code: 'keystore.format', path, reason: `${size} bytes` });
    return new Uint8Array(await file.readFile());
  } finally {
    await file.close();
  }
}

/** Never waits, as a pipe in the file's place would make it. */
async function openPlainFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') throw new KeystoreError({ code: 'keystore.missing', path });
    throw error;
  }
}

function systemCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
