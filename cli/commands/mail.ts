// `wardmesh mail`: whether mails get through.
import type { Command } from 'commander';
import color from 'picocolors';
import { withClient } from '../client.ts';
import { answer, fields, table, when } from '../output/say.ts';

export function addMailCommands(program: Command): void {
  const mail = program.command('mail').description('mails of this clinic');

  mail
    .command('status')
    .description('how many wait, what was given up and why')
    .action(async (_options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('admin_mail', {}), ({ configured, waiting, outage, failed }) => {
          if (!configured) return 'No mail server is configured (mail.host): links are handed over by hand.';
          const state = outage === null ? color.green('yes') : color.red(`no: ${outage}`);
          const rows = failed.map((row) => [row.kind, row.to, when(row.failed), row.reason]);
          return [
            fields([
              ['gets through', state],
              ['waiting', waiting],
            ]),
            table(['Given up', 'To', 'When', 'Why'], rows, 'None was given up.'),
          ].join('\n\n');
        });
      });
    });

  mail
    .command('test <address>')
    .description('queue a test mail')
    .action(async (to: string, _options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(
          json,
          await client.call('admin_mailTest', { to }),
          () => 'Queued. wardmesh mail status says how it went.',
        );
      });
    });
}
