// `wardmesh emergency`: emergency access as the clinic knows it, and ending it. Opening and reviewing are for people who are
// signed in with a second factor.
import type { Command } from 'commander';
import type { Result } from '../../rpc/schema/methods.ts';
import { withClient } from '../client.ts';
import { answer, fields, table, when } from '../output/say.ts';

type Emergency = Result<'emergency_list'>['emergencies'][number];

export function addEmergencyCommands(program: Command): void {
  const emergency = program.command('emergency').description('emergency access to records: who opened what and why');

  emergency
    .command('list')
    .description('emergencies that this clinic opened, helped with or has a chart for, newest first')
    .action(async (_: object, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const found = await client.call('emergency_list');
        answer(json, found, ({ emergencies }) => listText(emergencies));
      });
    });

  emergency
    .command('close <emergency>')
    .description('close an emergency that was opened here')
    .action(async (id: string, _: object, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const closed = await client.call('emergency_close', { emergency: id });
        answer(json, closed, ({ emergency: object, closed: at, reviewDue }) =>
          fields([
            ['emergency', object],
            ['closed', when(at)],
            ['review due', when(reviewDue)],
          ]),
        );
      });
    });
}

function listText(emergencies: readonly Emergency[]): string {
  if (emergencies.length === 0) return 'none';
  return table(
    ['emergency', 'clinic', 'by', 'opened', 'state', 'review due', 'reason'],
    emergencies.map(({ emergency, clinic, account, opened, state, reviewDue, reason, text }) => [
      ...[emergency, String(clinic), account, when(opened), state, when(reviewDue)],
      `${reason}: ${text}`,
    ]),
  );
}
