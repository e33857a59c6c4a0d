// `wardmesh log`: the clinic's event log, and whether it holds.
import { type Command, Option } from 'commander';
import color from 'picocolors';
import type { Result } from '../../rpc/schema/methods.ts';
import { parseWhole } from '../arguments.ts';
import { withClient } from '../client.ts';
import { parseDuration } from '../duration.ts';
import { EXIT } from '../exit.ts';
import { answer, table, when } from '../output/say.ts';
import { userId } from '../user-id.ts';

type Entry = Result<'admin_accessLog'>['entries'][number];

interface ListOptions {
  since?: number;
  user?: string;
  outcome?: 'permitted' | 'refused';
  method?: string;
  about?: string;
  limit: number;
  after?: number;
}

export function addLogCommands(program: Command): void {
  const log = program.command('log').description("the clinic's event log: who did or was refused what");

  log
    .command('list')
    .description('entries, newest first')
    .option('--since <time>', 'of the last 30m, 24h, 7d', parseDuration)
    .option('--user <user>', 'user name, or id of a user or key of an application')
    .addOption(new Option('--outcome <outcome>', 'only these').choices(['permitted', 'refused']))
    .option('--method <name>', 'only calls of this method, as session_signIn')
    .option('--about <object>', 'only what was about this, as the call named it: an address, an id')
    .option('--limit <n>', 'how many', parseWhole, 50)
    .option('--after <number>', 'where the page before ended', parseWhole)
    .action(async (options: ListOptions, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const { outcome, method, about, limit, after } = options;
        const hex = options.user !== undefined && /^(?:[0-9a-f]{16}|[0-9a-f]{32})$/i.test(options.user);
        const user = options.user === undefined || hex ? options.user : await userId(client, options.user);
        const from = options.since === undefined ? undefined : Math.max(0, Date.now() - options.since);
        const found = await client.call('admin_accessLog', {
          from,
          user,
          outcome,
          method,
          object: about,
          limit,
          after,
        });
        answer(
          json,
          found,
          ({ entries, next }) => logTable(entries) + (next === null ? '' : `\nmore: --after ${next}`),
        );
      });
    });

  log
    .command('check')
    .description('read all of it: whether every entry follows the one before, and every signature is ours')
    .action(async (_options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const state = await client.call('admin_accessLogCheck', {});
        if (state.broken !== null) process.exitCode = EXIT.unproven;
        answer(json, state, ({ first, entries, signed, broken }) =>
          broken === null
            ? `all ${entries} entries hold, from number ${first} to the newest; signed up to ${signed}`
            : color.red(`entry ${broken} does not hold: it is missing, changed, or not signed by this clinic`),
        );
      });
    });
}

export function logTable(entries: readonly Entry[]): string {
  return table(
    ['When', 'Who', 'Action', 'Outcome', 'Why', 'From', 'Times'],
    entries.map((row) => [
      when(row.time),
      row.who === '' ? row.kind : row.who,
      row.action,
      outcomeText(row),
      row.code ?? '',
      row.address ?? '',
      row.times,
    ]),
    'Nothing in the event log.',
  );
}

/** A permitted call may still not have been done: the code says why. */
function outcomeText({ outcome, code }: Entry): string {
  if (outcome === 'refused') return color.red(outcome);
  return code === null ? outcome : color.yellow('permitted, not done');
}
