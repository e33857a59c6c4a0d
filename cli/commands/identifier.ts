// `wardmesh identifier`: how identifiers are computed, with whom and for whom.
import type { Command } from 'commander';
import { withClient } from '../client.ts';
import { answer, fields, table, when } from '../output/say.ts';

export function addIdentifierCommands(program: Command): void {
  const identifier = program.command('identifier').description('how patient identifiers are computed, with whom');

  identifier
    .command('status')
    .description('the threshold, who of the holders can be reached, and what was evaluated for others')
    .action(async (_options: object, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const status = await client.call('identifier_status', {});
        answer(json, status, ({ mode, generation, threshold, holders, reachable, provisional, quotas }) =>
          [
            fields([
              ['mode', mode],
              ['generation', generation ?? '-'],
              ['threshold', threshold === null ? '-' : `${threshold} of ${holders.length}`],
              ['holders', holders.join(', ') || '-'],
              ['reachable', reachable.join(', ') || '-'],
              ['provisional patients', provisional],
            ]),
            ...(quotas.length === 0
              ? []
              : [
                  '',
                  table(
                    ['Clinic', 'For', 'Today', 'Limit', 'Granted', 'Ever', 'Refused', 'Until'],
                    quotas.map((one) => [
                      ...[one.clinic, one.use, one.today, one.limit, one.granted, one.total, one.refused],
                      when(one.until),
                    ]),
                  ),
                ]),
          ].join('\n'),
        );
      });
    });

  identifier
    .command('grant <clinic> <count>')
    .description('let a clinic have so many computed beyond its daily quota here, for a first enrolment')
    .option('--links', 'tokens by which duplicates are found, in the place of identifiers')
    .action(async (clinic: string, count: string, options: { links?: true }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const use = options.links === true ? 'link' : 'identifier';
        const result = await client.call('identifier_grant', { clinic: Number(clinic), use, count: Number(count) });
        answer(json, result, ({ granted }) => `clinic ${clinic} may have ${granted} more computed beyond its days`);
      });
    });
}
