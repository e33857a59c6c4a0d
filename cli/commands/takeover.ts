// `wardmesh takeover`: what this clinic says about take-overs of patients.
import type { Command } from 'commander';
import type { Result } from '../../rpc/schema/methods.ts';
import { parseWhole } from '../arguments.ts';
import { withClient } from '../client.ts';
import { parseDuration } from '../duration.ts';
import { answer, table, when } from '../output/say.ts';
import { waitApplied } from '../wait-applied.ts';

type TakeOver = Result<'takeover_list'>['takeOvers'][number];

interface ListOptions {
  country?: string;
  type?: string;
  limit: number;
}

const WORDS = [
  ['witness', 'takeover_witness', 'say that this clinic saw the person and the document'],
  ['acknowledge', 'takeover_acknowledge', 'say that this clinic knows of it'],
  ['object', 'takeover_object', 'object: it stops until this is withdrawn or outvoted'],
  ['withdraw', 'takeover_withdraw', "withdraw this clinic's objection"],
] as const;

export function addTakeOverCommands(program: Command): void {
  const takeOver = program.command('takeover').description('patients who take over what clinics keep of them');

  takeOver
    .command('list [patient]')
    .description('take-overs of a patient; without one, those that wait for this clinic')
    .option('--country <code>', 'country of the document')
    .option('--type <type>', 'type of the document')
    .option('--limit <n>', 'how many', parseWhole, 20)
    .action(async (patient: string | undefined, options: ListOptions, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const { country, type, limit } = options;
        const found = await client.call('takeover_list', { patient, country, type, limit });
        answer(json, found, ({ takeOvers, more, authority }) => {
          const lines = [takeOverTable(takeOvers), ...(more ? ['There are more.'] : [])];
          if (authority !== null)
            lines.push(`Since ${when(authority.since)} the key ${authority.key} decides who reads.`);
          return lines.join('\n');
        });
      });
    });

  for (const [word, method, description] of WORDS) {
    takeOver
      .command(`${word} <takeover>`)
      .description(description)
      .option('--wait <time>', 'how long to wait for a block', parseDuration, 60_000)
      .action(async (id: string, options: { wait: number }, command: Command) => {
        await withClient(command, async (client, { json }) => {
          const said = await client.call(method, { takeOver: id });
          await waitApplied(client, [said.statement.id], options.wait);
          answer(json, said, () => `${word}: ${said.takeOver} is in a block`);
        });
      });
  }
}

function takeOverTable(takeOvers: readonly TakeOver[]): string {
  return table(
    ['Take-over', 'State', 'Witnesses', 'Waits for', 'Objections', 'Ready', 'This clinic'],
    takeOvers.map((row) => [
      row.takeOver,
      row.state,
      row.witnesses.join(', '),
      row.waiting.join(', '),
      row.outvoted ? `${row.objections}, outvoted` : row.objections,
      row.readyAt === null ? '' : when(row.readyAt),
      row.objects ? 'objects' : row.asked ? 'is asked' : row.attached ? 'holds the patient' : '',
    ]),
    'No take-over.',
  );
}
