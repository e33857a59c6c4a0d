// `wardmesh session`: who is signed in, and signing out.
import type { Command } from 'commander';
import type { Result } from '../../rpc/schema/methods.ts';
import { parseWhole } from '../arguments.ts';
import { withClient } from '../client.ts';
import { answer, table, when } from '../output/say.ts';
import { userArgument, userId } from '../user-id.ts';

type Session = Result<'admin_sessions'>['sessions'][number];

export function addSessionCommands(program: Command): void {
  const session = program.command('session').description('who is signed in');

  session
    .command('list')
    .description('sessions at this clinic, or of one person at every branch, newest first')
    .option('--user <user>', 'user name, or id of 32 hex digits')
    .option('--limit <n>', 'how many', parseWhole, 50)
    .action(async (options: { user?: string; limit: number }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const user = options.user === undefined ? undefined : await userId(client, options.user);
        const found = await client.call('admin_sessions', { user, limit: options.limit });
        answer(json, found, ({ sessions }) => sessionTable(sessions));
      });
    });

  session
    .command('end')
    .addArgument(userArgument())
    .description('sign a person out everywhere, or of one session')
    .option('--session <id>', 'only this one')
    .action(async (given: string, options: { session?: string }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const user = await userId(client, given);
        const done = await client.call('admin_endSessions', { user, session: options.session });
        answer(json, done, ({ ended }) =>
          options.session === undefined ? `${ended} ended here, and all at other branches` : `${ended} ended`,
        );
      });
    });
}

export function sessionTable(sessions: readonly Session[]): string {
  return table(
    ['Name', 'Device', 'From', 'Clinic', 'Began', 'Last active', 'Id'],
    sessions.map((row) => [
      row.name,
      row.device,
      row.address,
      row.clinic,
      when(row.began),
      when(row.lastActive),
      row.id,
    ]),
    'Nobody is signed in.',
  );
}
