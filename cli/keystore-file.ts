// What `wardmesh key` does with a keystore on this machine's disk. Apart from the command line, so that others need not load it.
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { encryptionKeyPair, signEd25519, signingKeyPair } from '#crypto';
import { fromHex, toHex } from '../common/bytes.ts';
import { checkpointMessage } from '../consensus/chain/finality/certificate.ts';
import { EPOCH_BLOCKS } from '../consensus/limits.ts';
import { dataPaths, writePrivateFile } from '../node/data-directory.ts';
import { newClinicSecrets } from '../node/genesis/founding.ts';
import { createKeystore, openKeystore } from '../node/keystore/keystore.ts';
import { readPassphrase } from '../node/keystore/passphrase.ts';
import { publicKeyOf } from '../node/keystore/rotation.ts';
import { signFile } from '../node/members/governance-file.ts';
import { contentInWords } from '../node/members/in-words.ts';
import type { CheckpointFile } from '../rpc/schema/checkpoint.ts';
import { type GovernanceFile, governanceFile } from '../rpc/schema/member.ts';
import { CommandError, EXIT } from './exit.ts';
import { answer, fields, table } from './output/say.ts';
import { passphraseForFile, passphraseOf } from './passphrase.ts';

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

/** A governance key that no node holds, in a keystore of its own; its public half. */
export async function createGovernanceKey(file: string, newPassphraseFile: string | undefined): Promise<string> {
  const target = resolve(file);
  if (existsSync(target)) throw new CommandError(`${target} exists already`);
  if (newPassphraseFile === undefined) {
    throw new CommandError('the new keystore needs its passphrase: --new-passphrase-file', EXIT.usage);
  }
  const { contents } = await createKeystore(
    target,
    await newPassphrase({ data: '', newPassphraseFile }),
    newClinicSecrets(),
  );
  return toHex(publicKeyOf('governance', contents.seeds.governance));
}

export interface SignFlags {
  readonly data: string;
  readonly keystore?: string;
  readonly passphraseFile?: string;
  readonly out?: string;
}

/** Signs what `member propose --out` and the like wrote, with nothing but a keystore. */
export async function signGovernanceFile(file: string, flags: SignFlags, command: Command): Promise<void> {
  const document = parseGovernanceFile(file, await readFile(file, 'utf8'));
  const keystore =
    flags.keystore === undefined
      ? await opened(flags)
      : await openKeystore(resolve(flags.keystore), await passphraseForFile(flags.passphraseFile));
  const { governance } = keystore.contents.seeds;
  // What is signed are the bytes of the change: they are what is shown, not the summary that came with them.
  const words = contentInWords(document.subject, fromHex(document.content));
  const signed = signFile(document, governance);
  const out = flags.out ?? file;
  await writeFile(out, `${JSON.stringify(signed, undefined, 2)}\n`);
  const key = toHex(publicKeyOf('governance', governance));
  answer(jsonOf(command), { file: out, action: signed.action, summary: words, clinic: signed.clinic, key }, () =>
    fields([
      ['signed', `${signed.action}: ${words}`],
      ['of clinic', signed.clinic],
      ['by key', key],
      ['file', out],
      [
        'next',
        `wardmesh member submit ${out} at ${signed.action === 'approve' ? 'any clinic' : 'the node that wrote it'}`,
      ],
    ]),
  );
}

/** The checkpoint that a node signed, signed by the governance key of a keystore instead. `genesis`: id of the network. */
export async function signCheckpoint(
  file: CheckpointFile,
  genesis: string,
  flags: { readonly clinic?: number; readonly keystore: string; readonly passphraseFile?: string },
): Promise<CheckpointFile> {
  const { contents } = await openKeystore(resolve(flags.keystore), await passphraseForFile(flags.passphraseFile));
  const { set, height, id } = file;
  const checkpoint = { epoch: height / EPOCH_BLOCKS, id: fromHex(id) };
  const message = checkpointMessage(fromHex(genesis), { set, checkpoint, height });
  const signature = toHex(signEd25519(contents.seeds.governance, message));
  return { set, height, id, signatures: [{ clinic: flags.clinic ?? file.signatures[0].clinic, signature }] };
}

export function parseGovernanceFile(path: string, text: string): GovernanceFile {
  try {
    return governanceFile.parse(JSON.parse(text));
  } catch {
    throw new CommandError(`${path} is no file of wardmesh member propose, approve or leave with --out`, EXIT.usage);
  }
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
