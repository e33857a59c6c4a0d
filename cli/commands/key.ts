// `wardmesh key`: the public halves of a clinic's keys. Secrets never leave the keystore.
import type { Command } from 'commander';
import { withClient } from '../client.ts';
import { answer, table } from '../output/say.ts';

export function addKeyCommand(program: Command): void {
  program
    .command('key')
    .description("public halves of this clinic's keys")
    .action(async (_options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('key_list', {}), ({ keys }) =>
          table(
            ['Role', 'Type', 'Public key'],
            keys.map((key) => [key.role, key.type, key.publicKey]),
          ),
        );
      });
    });
}
