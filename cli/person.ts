// A person at the command line: signs in with user name and password as the page does, opens her vault here, and is signed out when
// the command ends. The node sees no more of the password than it does of the page's. Owns no act.
import type { Command } from 'commander';
import { fromHex, toHex } from '../common/bytes.ts';
import { parseVaultFile } from '../identity/vault/file.ts';
import { authOf, passwordBytes, stretch } from '../identity/vault/kdf.ts';
import { type OpenVault, openVault } from '../identity/vault/vault.ts';
import { readPassphrase } from '../node/keystore/passphrase.ts';
import type { RpcClient } from '../rpc/client.ts';
import type { SignIn } from '../rpc/schema/session.ts';
import { type Shared, withVisitor } from './client.ts';
import { CommandError, EXIT } from './exit.ts';

export interface PersonOptions {
  readonly user: string;
  readonly passwordFile?: string;
  /** Of the second factor. */
  readonly code?: string;
  readonly codeFile?: string;
}

/** What `withPerson` takes. */
export function personOptions(command: Command): Command {
  return command
    .requiredOption('--user <name>', 'who does it: the name that she signs in with')
    .option('--password-file <file>', 'her password in its first line; else WARDMESH_PASSWORD')
    .option('--code <code>', 'six digits of her code app; whoever may list the processes of the machine sees it')
    .option('--code-file <file>', 'the code, or one of her recovery codes, in its first line');
}

/** Runs `use` while she is signed in. Throws RpcError, VaultError, CommandError. */
export async function withPerson(
  command: Command,
  options: PersonOptions,
  use: (client: RpcClient, open: OpenVault, shared: Shared) => Promise<void>,
): Promise<void> {
  const password = await passwordOf(options.passwordFile);
  await withVisitor(command, async (client, shared) => {
    const { salt, kdf } = await client.call('session_start', { name: options.user });
    const master = await stretch(passwordBytes(password), fromHex(salt), kdf);
    const auth = toHex(authOf(master));
    const answer = await factor(
      client,
      await codeOf(options),
      await client.call('session_signIn', { name: options.user, auth }),
    );
    try {
      if (answer.vault === null)
        throw new CommandError('this person has no vault yet: she signs in at the portal first');
      const way = { kind: 'password', salt: fromHex(salt), kdf, master } as const;
      await use(client, await openVault(parseVaultFile(answer.vault), way), shared);
    } finally {
      // Left open it ends by itself; what came before is what is told.
      await client.call('session_signOut').catch(() => undefined);
    }
  });
}

async function factor(
  client: RpcClient,
  code: string | undefined,
  answer: SignIn,
): Promise<Extract<SignIn, { step: 'signed-in' }>> {
  if (answer.step === 'signed-in') return answer;
  const method = code !== undefined && /^\d{6}$/.test(code) ? 'totp' : 'recovery-code';
  if (!answer.methods.includes(method)) {
    throw new CommandError('this person has no such second factor: a passkey is shown in the portal alone', EXIT.usage);
  }
  if (code === undefined) throw new CommandError('this person signs in with a second factor: --code', EXIT.usage);
  const next = await client.call('session_factor', { ticket: answer.ticket, method, code });
  if (next.step === 'second-factor') throw new CommandError('another second factor is asked for', EXIT.refused);
  return next;
}

async function codeOf({ code, codeFile }: PersonOptions): Promise<string | undefined> {
  return codeFile === undefined ? code : firstLine(codeFile, 'code');
}

async function firstLine(file: string, what: string): Promise<string> {
  try {
    return await readPassphrase({ type: 'file', path: file });
  } catch {
    throw new CommandError(`no ${what} can be read from ${file}: it is its first line`, EXIT.usage);
  }
}

async function passwordOf(file: string | undefined): Promise<string> {
  const { WARDMESH_PASSWORD } = process.env;
  if (file !== undefined) return firstLine(file, 'password');
  if (WARDMESH_PASSWORD === undefined) {
    throw new CommandError('a password is needed: --password-file or WARDMESH_PASSWORD', EXIT.usage);
  }
  return WARDMESH_PASSWORD;
}
