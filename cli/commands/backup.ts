// `wardmesh backup`: one encrypted file of a clinic, made while it runs. Owns the file; what is in it comes from the node.
import { type Command, Option } from 'commander';
import type { BackupFlags } from '../backup-file.ts';

export function addBackupCommand(program: Command): void {
  program
    .command('backup')
    .argument('<file>', 'the backup to write')
    .description('one encrypted file of all that only this clinic has, made while it runs')
    .option('--passphrase-file <path>', "passphrase to encrypt under; the keystore's is a good choice")
    .addOption(new Option('--data <dir>', "take the passphrase of this clinic's data directory"))
    .option(
      '--recipient <age1...>',
      'encrypt to age keys instead of a passphrase',
      (value: string, all: string[] = []) => [...all, value],
    )
    .option('--with-chain', 'the blocks too; without them a restored clinic fetches the chain from the others')
    .action(async (file: string, flags: BackupFlags, command: Command) => {
      const { writeBackup } = await import('../backup-file.ts');
      await writeBackup(file, flags, command);
    });
}
