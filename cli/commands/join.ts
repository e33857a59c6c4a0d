// `wardmesh join`: takes an invitation; the clinic then follows the chain as an observer until it is admitted.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { dataOption } from '../arguments.ts';
import { answer } from '../output/say.ts';
import { passphraseOf } from '../passphrase.ts';

export function addJoinCommand(program: Command): void {
  program
    .command('join <invitation>')
    .description('join a network with an invitation (its text, or a file that holds it), after `wardmesh init`')
    .addOption(dataOption())
    .option('--passphrase-file <file>', 'passphrase of the keystore')
    .action(async (invitation: string, options: { data: string; passphraseFile?: string }, command: Command) => {
      const { joinByInvitation } = await import('../../node/joining/join.ts');
      const { createLogger } = await import('../../common/logger.ts');
      const directory = resolve(options.data);
      const text = existsSync(invitation) ? await readFile(invitation, 'utf8') : invitation;
      const passphrase = await passphraseOf(directory, options.passphraseFile);
      const logger = createLogger({ level: 'silent' });
      const { network } = await joinByInvitation(directory, passphrase, text, { logger });
      answer(command.optsWithGlobals().json === true, { network, data: directory }, () =>
        [
          `This clinic follows ${network} as an observer from its next start:`,
          `  wardmesh start --data ${options.data}`,
          'It becomes a member by itself when the network has admitted it.',
        ].join('\n'),
      );
    });
}
