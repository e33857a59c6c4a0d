// Where the keystore's passphrase comes from on the command line: a file by flag, the environment, a systemd
// credential, or the generated file of the data directory.
import { existsSync } from 'node:fs';
import { dataPaths } from '../node/data-directory.ts';
import { copyPath } from '../node/keystore/keystore.ts';
import { createPassphraseFile, type PassphraseSource, readPassphrase } from '../node/keystore/passphrase.ts';
import { CommandError, EXIT } from './exit.ts';

function passphraseSource(directory: string | undefined, file: string | undefined): PassphraseSource | undefined {
  if (file !== undefined) return { type: 'file', path: file };
  const { WARDMESH_PASSPHRASE, CREDENTIALS_DIRECTORY } = process.env;
  if (WARDMESH_PASSPHRASE !== undefined) return { type: 'value', passphrase: WARDMESH_PASSPHRASE };
  if (CREDENTIALS_DIRECTORY !== undefined) return { type: 'credential', directory: CREDENTIALS_DIRECTORY };
  if (directory === undefined) return undefined;
  const own = dataPaths(directory).passphrase;
  return existsSync(own) ? { type: 'file', path: own } : undefined;
}

/** Of a clinic that exists. */
export async function passphraseOf(directory: string, file: string | undefined): Promise<string> {
  const { keystore, genesis, outbox } = dataPaths(directory);
  if (!existsSync(keystore) && !existsSync(copyPath(keystore))) {
    if (existsSync(genesis) || existsSync(outbox)) throw new CommandError(keystoreGone(directory));
    throw new CommandError(`there is no clinic in ${directory}; make one with wardmesh init`, EXIT.usage);
  }
  const source = passphraseSource(directory, file);
  if (source === undefined) throw new CommandError('the keystore needs its passphrase: --passphrase-file', EXIT.usage);
  return readPassphrase(source);
}

function keystoreGone(directory: string): string {
  return [
    `the keystore of ${directory} is gone, and its copy with it.`,
    'Lost without it: the keys of this clinic, its part in the shared keys, and what outbox/ and clinical/ hold.',
    'Not lost: what is on the chain, which every other clinic has.',
    'Bring it back with wardmesh restore from a backup, or put a file of wardmesh key export in its place.',
    'Where neither exists, the other members can give this clinic new keys: Operations, "A lost keystore".',
  ].join('\n');
}

/** Of a file that leaves the clinic; `directory` is that of a clinic whose passphrase it takes. */
export async function passphraseOfBackup(
  directory: string | undefined,
  file: string | undefined,
  what: 'a backup' | 'a takeout',
): Promise<string> {
  const source = passphraseSource(directory, file);
  if (source === undefined) {
    const ways = what === 'a backup' ? '--passphrase-file, --data' : '--passphrase-file';
    throw new CommandError(`${what} needs a passphrase: ${ways} or WARDMESH_PASSPHRASE`, EXIT.usage);
  }
  return readPassphrase(source);
}

/** Of a keystore that lies by itself. */
export async function passphraseForFile(file: string | undefined): Promise<string> {
  const source = passphraseSource(undefined, file);
  if (source === undefined) throw new CommandError('the keystore needs its passphrase: --passphrase-file', EXIT.usage);
  return readPassphrase(source);
}

/** For a new clinic: what was given, or a generated passphrase in a file of mode 0600 beside the keystore. */
export async function passphraseForNew(directory: string, file: string | undefined): Promise<string> {
  const source = passphraseSource(directory, file);
  return source === undefined ? createPassphraseFile(dataPaths(directory).passphrase) : readPassphrase(source);
}
