// What opens an encrypted file: the key in an age identity file, or a passphrase.
import { readFile } from 'node:fs/promises';
import type { AgeIdentity } from '../common/crypto/age.ts';
import { CommandError, EXIT } from './exit.ts';
import { passphraseOfBackup } from './passphrase.ts';

/** `what`: for the message where nothing was given. */
export async function ageIdentity(
  { identityFile, passphraseFile }: { readonly identityFile?: string; readonly passphraseFile?: string },
  what: 'a backup' | 'a takeout',
): Promise<AgeIdentity> {
  if (identityFile === undefined) {
    return { type: 'passphrase', passphrase: await passphraseOfBackup(undefined, passphraseFile, what) };
  }
  const found = /^AGE-SECRET-KEY-1[A-Z0-9]+$/m.exec(await readFile(identityFile, 'utf8'));
  if (found === null) throw new CommandError(`${identityFile} holds no age identity`, EXIT.usage);
  return { type: 'key', identity: found[0] };
}
