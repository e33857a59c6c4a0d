// Where a passphrase comes from, as the caller says: a value, a file, or a systemd credential. Reads no environment.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from '#crypto';
import { writePrivateFile } from '../data-directory.ts';
import { KeystoreError } from './errors.ts';

export type PassphraseSource =
  | { readonly type: 'value'; readonly passphrase: string }
  | { readonly type: 'file'; readonly path: string }
  /** `directory` is systemd's $CREDENTIALS_DIRECTORY. */
  | { readonly type: 'credential'; readonly directory: string };

export const CREDENTIAL_NAME = 'wardmesh-passphrase';

const MAX_PASSPHRASE_CHARACTERS = 1024;
const GENERATED_BYTES = 24;

/** The passphrase; of a file, its first line. Throws `keystore.passphrase`. */
export async function readPassphrase(source: PassphraseSource): Promise<string> {
  if (source.type === 'value') return checkPassphrase(source.passphrase);
  const path = source.type === 'file' ? source.path : join(source.directory, CREDENTIAL_NAME);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new KeystoreError({ code: 'keystore.passphrase', reason: `${path} cannot be read` }, undefined, {
      cause: error,
    });
  }
  return checkPassphrase(text.split(/\r?\n/, 1)[0]);
}

/** Makes a random passphrase (192 bits) and its file, mode 0600: as safe as the disk it lies on, for trials. */
export async function createPassphraseFile(path: string): Promise<string> {
  const passphrase = Buffer.from(randomBytes(GENERATED_BYTES)).toString('base64url');
  await writePrivateFile(path, `${passphrase}\n`);
  return passphrase;
}

export function checkPassphrase(passphrase: string): string {
  if (passphrase.length === 0) throw new KeystoreError({ code: 'keystore.passphrase', reason: 'it is empty' });
  if (passphrase.length > MAX_PASSPHRASE_CHARACTERS || !passphrase.isWellFormed()) {
    throw new KeystoreError({ code: 'keystore.passphrase', reason: 'it is too long or no text' });
  }
  return passphrase;
}
