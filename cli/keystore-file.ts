// What `wardmesh key` does with a keystore on this machine's disk. Apart from the command line, so that others need not load it.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { encryptionKeyPair, signingKeyPair } from '#crypto';
import { toHex } from '../common/bytes.ts';
import { dataPaths, writePrivateFile } from '../node/data-directory.ts';
import { createKeystore, openKeystore } from '../node/keystore/keystore.ts';
import { readPassphrase } from '../node/keystore/passphrase.ts';
import { CommandError } from './exit.ts';
import { answer, table } from './output/say.ts';
import { passphraseOf } from './passphrase.ts';

export interface KeyFlags {
  readonly data: string;
  readonly passphraseFile?: string;
  readonly newPassphraseFile?: string;
}

export async function showKeys(flags: KeyFlags, command: Command): Promise<void> {
  const { contents, repaired } = await opened(flags);
  const { encryption, ...signing } = contents.seeds;
  const keys = [
    ...Object.entries(signing).map(([role, seed]) => ({
      role,
      type: 'ed25519',
      publicKey: toHex(signingKeyPair(seed).publicKey),
    })),
    { role: 'encryption', type: 'x25519', publicKey: toHex(encryptionKeyPair(encryption).publicKey) },
  ];
  const result = { keys, member: contents.shared !== undefined, repaired };
  answer(jsonOf(command), result, () =>
    [
      table(
        ['Role', 'Type', 'Public key'],
        keys.map(({ role, type, publicKey }) => [role, type, publicKey]),
      ),
      ...(repaired ? ['', 'The keystore was damaged; it was written anew from its copy.'] : []),
    ].join('\n'),
  );
}

export async function exportKeystore(file: string, flags: KeyFlags, command: Command): Promise<void> {
  const target = resolve(file);
  if (existsSync(target)) throw new CommandError(`${target} exists already`);
  const keystore = await opened(flags);
  await createKeystore(target, await newPassphrase(flags), keystore.contents);
  answer(jsonOf(command), { file: target }, () => `${target} holds all keys of this clinic. Keep it as you keep them.`);
}

export async function changePassphrase(flags: KeyFlags, command: Command): Promise<void> {
  const keystore = await opened(flags);
  const next = await newPassphrase(flags);
  await keystore.changePassphrase(next);
  // A generated passphrase beside the keystore would be the old one, and start nothing any more.
  const { passphrase } = dataPaths(resolve(flags.data));
  const kept = existsSync(passphrase);
  if (kept) await writePrivateFile(passphrase, `${next}\n`);
  answer(jsonOf(command), { keystore: keystore.path, passphraseFile: kept ? passphrase : null }, () =>
    [
      `${keystore.path} opens with the new passphrase only.`,
      kept ? `${passphrase} holds the new one.` : 'Give the new one wherever the clinic is started.',
      'Backups and exports made before still open with the old one.',
    ].join('\n'),
  );
}

async function opened(flags: KeyFlags): ReturnType<typeof openKeystore> {
  const directory = resolve(flags.data);
  return openKeystore(dataPaths(directory).keystore, await passphraseOf(directory, flags.passphraseFile));
}

function newPassphrase({ newPassphraseFile = '' }: KeyFlags): Promise<string> {
  return readPassphrase({ type: 'file', path: newPassphraseFile });
}

function jsonOf(command: Command): boolean {
  return command.optsWithGlobals<{ json?: boolean }>().json === true;
}
