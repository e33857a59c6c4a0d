// `wardmesh threat`: block, unblock, dispute, pins, list, check; signatures are threat-signature.ts, what was judged is threat-log.ts.
import type { Command } from 'commander';
import { Argument, Option } from 'commander';
import color from 'picocolors';
import {
  DISPUTE_REASONS,
  type DisputeReason,
  THREAT_CATEGORIES,
  type ThreatCategory,
} from '../../common/threat-names.ts';
import { REVOKE_REASONS, type ThreatRevokeReason } from '../../consensus/ledger/threats/types.ts';
import type { Result } from '../../rpc/schema/methods.ts';
import { parseWhole } from '../arguments.ts';
import { withClient } from '../client.ts';
import { parseDuration } from '../duration.ts';
import { answer, fields, shortId, table, when } from '../output/say.ts';
import { standing, stood, waitOption } from '../output/standing.ts';
import { addThreatLogCommands, disputesOf } from './threat-log.ts';
import { addSignatureCommands } from './threat-signature.ts';

const paint = { block: color.red, challenge: color.yellow, allow: color.green };

export function addThreatCommands(program: Command): void {
  const threat = program.command('threat').description('addresses that are blocked, here and at the other clinics');

  addSignatureCommands(threat);

  waitOption(threat.command('block <address>'))
    .description('report an address: blocked at every branch of this organisation, challenged elsewhere')
    .addOption(new Option('--reason <reason>', 'why').choices(THREAT_CATEGORIES).default('manual'))
    .option(
      '--for <time>',
      'how long, as 90s, 30m, 24h, 7d (default: as long as the network allows, 7d as a rule; more is refused)',
      parseDuration,
    )
    .option('--lasting', 'without an end: until it is unblocked')
    .action(async (address: string, options: Blocking, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const said = await client.call('threat_block', {
          address,
          reason: options.reason,
          forMs: options.for,
          lasting: options.lasting,
        });
        const [result] = await stood(client, [said], options.wait);
        answer(json, result, (made) =>
          fields([
            ['address', made.address],
            ['here', 'in force at once'],
            ['status', standing(made.status)],
            ['until', made.lasting ? `unblocked (announced until ${when(made.expires)})` : when(made.expires)],
            ['statement', made.statement],
          ]),
        );
      });
    });

  waitOption(threat.command('unblock <address>'))
    .description("revoke this organisation's reports of an address: it is let in again at all its branches")
    .addOption(
      new Option('--reason <reason>', 'why; a mistake, and an appeal that was right, count against this organisation')
        .choices(REVOKE_REASONS)
        .default('resolved'),
    )
    .action(async (address: string, { reason, wait }: Saying<ThreatRevokeReason>, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const said = await client.call('threat_unblock', { address, reason });
        answer(json, { ...said, revoked: await stood(client, said.revoked, wait) }, unblocked);
      });
    });

  waitOption(threat.command('dispute <address>'))
    .description(
      'say that what others report of an address is wrong: without effect here at once, with a second everywhere but at the clinics that report it',
    )
    .addOption(new Option('--reason <reason>', 'why').choices(DISPUTE_REASONS).default('not-hostile'))
    .action(async (address: string, { reason, wait }: Saying<DisputeReason>, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const said = await client.call('threat_dispute', { address, reason });
        const result = { ...said, disputed: await stood(client, said.disputed, wait) };
        answer(json, result, (made) =>
          [
            `${made.address}: disputed, without effect here from now on`,
            ...made.disputed.map(({ statement, status }) => `  ${shortId(statement)}  ${standing(status)}`),
          ].join('\n'),
        );
      });
    });

  waitOption(threat.command('reinstate <organisation>'))
    .description('say that what was held against an organisation was false: most of the others begin its sharing anew')
    .action(async (number: string, { wait }: { wait?: number }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const said = await client.call('threat_reinstate', { organisation: parseWhole(number) });
        const [result] = await stood(client, [said], wait);
        answer(json, result, (made) => `organisation ${made.organisation}: ${standing(made.status)}`);
      });
    });

  addPinCommands(threat);

  threat
    .command('check <address>')
    .description('what this clinic does with requests of an address, and why')
    .action(async (address: string, _options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const result = await client.call('threat_check', { address });
        answer(json, result, ({ verdict, reasons }) =>
          [`${result.address}: ${paint[verdict](verdict)}`, ...reasons.map((reason) => `  ${reason}`)].join('\n'),
        );
      });
    });

  threat
    .command('list')
    .description('reports in effect, newest first')
    .option('--disputed', 'only what somebody says is wrong', false)
    .option('--limit <n>', 'how many', parseWhole, 100)
    .option('--after <cursor>', 'where the page before ended')
    .action(async (options: { disputed: boolean; limit: number; after?: string }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const result = await client.call('threat_list', options);
        answer(json, result, ({ threats, next }) => {
          const rows = threats.map((row) => [
            row.address,
            paint[row.verdict](row.verdict),
            row.reason,
            row.clinicName ?? row.clinic,
            disputesOf(row),
            when(row.expires),
            row.status,
            shortId(row.statement),
          ]);
          const more = next === null ? '' : `\nmore: --after ${next}`;
          return (
            table(['Address', 'Here', 'Reason', 'By', 'Disputed', 'Until', 'Status', 'Statement'], rows, 'No report.') +
            more
          );
        });
      });
    });

  addThreatLogCommands(threat);
}

interface Saying<Reason> {
  readonly reason: Reason;
  readonly wait?: number;
}

interface Blocking {
  readonly reason: ThreatCategory;
  readonly for?: number;
  readonly lasting?: true;
  readonly wait?: number;
}

function unblocked({ address, revoked }: Result<'threat_unblock'>): string {
  if (revoked.length === 0)
    return `${address}: this organisation reports nothing of it; others are answered by a dispute`;
  return [
    `${address}: ${revoked.length === 1 ? '1 report' : `${revoked.length} reports`} revoked, here at once`,
    ...revoked.map(({ statement, status }) => `  ${shortId(statement)}  ${standing(status)}`),
  ].join('\n');
}

function addPinCommands(threat: Command): void {
  threat
    .command('pin')
    .addArgument(new Argument('<action>', 'whether its requests are let in').choices(['allow', 'block']))
    .argument('<address>')
    .description('decide for this clinic alone, whatever anybody reports')
    .option('--for <time>', 'how long, as 90s, 30m, 24h, 7d (default: until it is taken away)', parseDuration)
    .action(async (action: 'allow' | 'block', address: string, options: { for?: number }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const made = await client.call('threat_pin', { address, action, forMs: options.for });
        answer(
          json,
          made,
          () =>
            `${made.address}: ${paint[made.action](made.action)} here ${made.until === null ? 'until it is taken away' : `until ${when(made.until)}`}`,
        );
      });
    });

  threat
    .command('unpin <address>')
    .description('take a decision of this clinic away')
    .action(async (address: string, _options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const made = await client.call('threat_unpin', { address });
        answer(json, made, () => `${made.address}: reports alone decide again`);
      });
    });

  threat
    .command('pins')
    .description('decisions of this clinic, oldest first')
    .action(async (_options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const result = await client.call('threat_pins', {});
        answer(json, result, ({ pins }) => {
          const rows = pins.map((row) => [row.address, paint[row.action](row.action), row.by, when(row.until)]);
          return table(['Address', 'Here', 'By', 'Until'], rows);
        });
      });
    });
}
