// Backup files on the disk of whoever runs the command: written encrypted, read back and checked before they count.
// Apart from the commands, so that others need not load it.
import { createReadStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type AgeIdentity, type AgeRecipient, decryptAge, encryptAge, newAgeKey } from '../common/crypto/age.ts';
import { codeOf } from '../common/errors.ts';
import { BackupError } from '../node/backup/errors.ts';
import type { Manifest } from '../node/backup/manifest.ts';
import { checkBackup, restoreBackup } from '../node/backup/restore.ts';
import { dataPaths } from '../node/data-directory.ts';
import { openKeystore } from '../node/keystore/keystore.ts';
import { openFile } from '../node/keystore/sealed-file.ts';
import { LocalDatabase } from '../node/store/local-database.ts';
import { ageIdentity } from './age-identity.ts';
import { withClient } from './client.ts';
import { answer, fields } from './output/say.ts';
import { passphraseOfBackup } from './passphrase.ts';
import { writeWhole } from './write-whole.ts';

export interface BackupFlags {
  readonly data?: string;
  readonly passphraseFile?: string;
  readonly recipient?: string[];
  readonly withChain?: boolean;
}

export interface RestoreFlags {
  readonly data: string;
  readonly passphraseFile?: string;
  readonly identityFile?: string;
}

export async function writeBackup(file: string, flags: BackupFlags, command: Command): Promise<void> {
  const target = resolve(file);
  const { recipient, identity } = await sealing(flags);
  await withClient(command, async (client, { json }) => {
    const draft = `${target}.${process.pid}.new`;
    try {
      await writeWhole(draft, encryptAge(recipient, client.backup(flags.withChain === true)));
      // As it lies on the disk: what cannot be read back is no backup.
      const { manifest, keystore } = await checkBackup(decrypted(draft, identity));
      await rename(draft, target);
      const opens = identity.type === 'passphrase' && (await opensKeystore(identity.passphrase, keystore));
      const warning = 'Restoring also needs the passphrase of the keystore, which is another one: keep it apart.';
      answer(json, { file: target, ...about(manifest), opensKeystore: opens }, () =>
        [text(target, manifest), ...(opens ? [] : ['', warning])].join('\n'),
      );
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  });
}

export async function restoreFile(file: string, flags: RestoreFlags, command: Command): Promise<void> {
  const json = command.optsWithGlobals<{ json?: boolean }>().json === true;
  const source = resolve(file);
  const directory = resolve(flags.data);
  const identity = await ageIdentity(flags, 'a backup');
  const { manifest, height } = await restoreBackup(decrypted(source, identity), directory);
  if (identity.type === 'passphrase') await proveDatabases(directory, identity.passphrase);
  const result = { data: directory, ...about(manifest), height };
  answer(json, result, () =>
    [
      text(directory, manifest),
      '',
      'Make sure that the clinic this was made of does not run any more: two of one clinic work against each other.',
      `Then: wardmesh start --data ${flags.data} --passphrase-file ${flags.passphraseFile ?? 'PASSPHRASE'}`,
      'PASSPHRASE there is a file with that of the keystore in the backup.',
      'It votes again two epochs after it has caught up, and sends nothing until then.',
    ].join('\n'),
  );
}

/** With the keystore's own passphrase everything is opened once, so that a key that does not fit shows now. */
async function proveDatabases(directory: string, passphrase: string): Promise<void> {
  const paths = dataPaths(directory);
  let key: Uint8Array;
  try {
    key = (await openKeystore(paths.keystore, passphrase)).contents.storageKey;
  } catch (error) {
    // Encrypted under another passphrase than the keystore in it.
    if (codeOf(error) === 'keystore.locked') return;
    throw error;
  }
  for (const [path, name] of [
    [paths.outbox, 'outbox'],
    [paths.clinical, 'clinical data'],
    [paths.people, 'people'],
    [paths.access, 'access'],
  ]) {
    const database = new LocalDatabase({ path, name, key });
    await database.open();
    await database.close();
  }
}

/** To age keys also to one of this moment, which is forgotten once the file was read back. */
async function sealing(flags: BackupFlags): Promise<{ recipient: AgeRecipient; identity: AgeIdentity }> {
  if (flags.recipient !== undefined) {
    const own = await newAgeKey();
    const recipients = [...flags.recipient, own.recipient];
    return { recipient: { type: 'key', recipients }, identity: { type: 'key', identity: own.identity } };
  }
  const passphrase = await passphraseOfBackup(flags.data, flags.passphraseFile, 'a backup');
  return { recipient: { type: 'passphrase', passphrase }, identity: { type: 'passphrase', passphrase } };
}

async function opensKeystore(passphrase: string, keystore: Uint8Array | undefined): Promise<boolean> {
  if (keystore === undefined) return false;
  return openFile(passphrase, keystore).then(
    () => true,
    () => false,
  );
}

async function* decrypted(path: string, identity: AgeIdentity): AsyncGenerator<Uint8Array> {
  try {
    yield* decryptAge(identity, createReadStream(path, { highWaterMark: 1024 * 1024 }));
  } catch (error) {
    if (codeOf(error) === 'crypto.open') throw new BackupError({ code: 'backup.locked', path });
    throw error;
  }
}

function about({ clinic, network, made, head, final, databases, chain }: Manifest) {
  return { clinic, network, made, head, final, databases, chain };
}

function text(path: string, manifest: Manifest): string {
  return fields([
    ['written', path],
    ['clinic', `${manifest.clinic.number} ${manifest.clinic.name} of ${manifest.network}`],
    ['made', new Date(manifest.made).toISOString()],
    ['head', `${manifest.head.height}, final ${manifest.final.height}`],
    ['chain', manifest.chain === null ? 'from the other clinics' : `blocks up to ${manifest.chain}`],
  ]);
}
