// `wardmesh restore`: a new data directory from a backup. The directory must not exist or be empty.
import type { Command } from 'commander';
import type { RestoreFlags } from '../backup-file.ts';

export function addRestoreCommand(program: Command): void {
  program
    .command('restore')
    .argument('<file>', 'the backup')
    .description('a data directory from a backup')
    .requiredOption('--data <dir>', 'the directory to make; it must be empty or not exist')
    .option('--passphrase-file <path>', 'passphrase of the backup (WARDMESH_PASSPHRASE)')
    .option('--identity-file <path>', 'age identity for a backup that was encrypted to a key')
    .action(async (file: string, flags: RestoreFlags, command: Command) => {
      const { restoreFile } = await import('../backup-file.ts');
      await restoreFile(file, flags, command);
    });
}
