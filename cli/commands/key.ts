// `wardmesh key`: the public halves of a clinic's keys, and its keystore: a copy under another passphrase, another passphrase.
// Secrets leave the keystore only encrypted.
import type { Command } from 'commander';
import { withClient } from '../client.ts';
import type { KeyFlags } from '../keystore-file.ts';
import { answer, table } from '../output/say.ts';

const DATA = ['--data <dir>', "the clinic's data directory", '.wardmesh/clinic'] as const;

export function addKeyCommand(program: Command): void {
  const key = program
    .command('key')
    .description("public halves of this clinic's keys")
    .action(async (_options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('key_list', {}), ({ keys }) =>
          table(
            ['Role', 'Type', 'Public key'],
            keys.map((each) => [each.role, each.type, each.publicKey]),
          ),
        );
      });
    });

  key
    .command('show')
    .description('the same from a keystore, without a running node')
    .option(...DATA)
    .option('--passphrase-file <path>', 'passphrase of the keystore')
    .action(async (flags: KeyFlags, command: Command) => {
      const { showKeys } = await import('../keystore-file.ts');
      await showKeys(flags, command);
    });

  key
    .command('export')
    .argument('<file>', 'the keystore to write')
    .description('a copy of the keystore, under a passphrase of its own')
    .option(...DATA)
    .option('--passphrase-file <path>', 'passphrase of the keystore')
    .requiredOption('--new-passphrase-file <path>', 'passphrase of the copy')
    .action(async (file: string, flags: KeyFlags, command: Command) => {
      const { exportKeystore } = await import('../keystore-file.ts');
      await exportKeystore(file, flags, command);
    });

  key
    .command('passphrase')
    .description('change the passphrase of a keystore; backups made before keep the old one')
    .option(...DATA)
    .option('--passphrase-file <path>', 'present passphrase of the keystore')
    .requiredOption('--new-passphrase-file <path>', 'its new passphrase')
    .action(async (flags: KeyFlags, command: Command) => {
      const { changePassphrase } = await import('../keystore-file.ts');
      await changePassphrase(flags, command);
    });
}
