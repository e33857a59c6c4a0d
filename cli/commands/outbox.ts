// `wardmesh outbox`: what was made here, and what became of it.
import type { Command } from 'commander';
import { Option } from 'commander';
import { parseWhole } from '../arguments.ts';
import { withClient } from '../client.ts';
import { answer, shortId, table, when } from '../output/say.ts';

const STATUSES = ['queued', 'pending', 'applied', 'final', 'refused'] as const;

export function addOutboxCommand(program: Command): void {
  program
    .command('outbox')
    .description('statements made at this clinic, newest first, with their status')
    .addOption(new Option('--status <status>', 'only these').choices(STATUSES))
    .option('--limit <n>', 'how many', parseWhole, 100)
    .option('--after <cursor>', 'where the page before ended')
    .action(
      async (options: { status?: (typeof STATUSES)[number]; limit: number; after?: string }, command: Command) => {
        await withClient(command, async (client, { json }) => {
          answer(json, await client.call('outbox_list', options), ({ entries, total, next }) => {
            const rows = entries.map((row) => [
              shortId(row.id),
              row.name,
              when(row.made),
              row.status,
              row.height ?? '-',
              row.reason ?? '',
            ]);
            const more = next === null ? '' : `, more: --after ${next}`;
            return `${table(['Statement', 'What', 'Made', 'Status', 'Block', 'Reason'], rows)}\n${total} in all${more}`;
          });
        });
      },
    );
}
