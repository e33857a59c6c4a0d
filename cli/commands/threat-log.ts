// `wardmesh threat stats|top|log|explain|watch`: what the gateways of a clinic judge, and why.
import type { Command } from 'commander';
import { Option } from 'commander';
import color from 'picocolors';
import type { ActionsView, SecurityEntry } from '../../rpc/schema/security.ts';
import { parseWhole } from '../arguments.ts';
import { withClient } from '../client.ts';
import { parseDuration } from '../duration.ts';
import { answer, fields, say, sayJson, table, when } from '../output/say.ts';

type Action = keyof ActionsView;
const ACTIONS: readonly Action[] = ['allow', 'challenge', 'limit', 'refuse'];
const DAY = 86_400_000;

const paint = { allow: color.green, challenge: color.yellow, limit: color.yellow, refuse: color.red };

export function addThreatLogCommands(threat: Command): void {
  threat
    .command('stats')
    .description('how many requests come, and what is done with them')
    .option('--for <time>', 'how far back, as 30m, 24h, 7d', parseDuration, DAY)
    .option('--bucket <time>', 'of whole minutes', parseDuration, 3_600_000)
    .action(async (options: { for: number; bucket: number }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const { now } = await client.call('node_health');
        const result = await client.call('threat_stats', { from: now - options.for, bucketMs: options.bucket });
        answer(json, result, ({ minute, total, log, series }) =>
          [
            fields([
              ['last minute', counts(minute)],
              ['in this time', counts(total)],
              ['entries kept', `${log.entries} for ${log.retentionDays} days`],
              ['lost', log.lost],
            ]),
            '',
            table(
              ['From', 'Allowed', 'Challenged', 'Limited', 'Refused'],
              series.buckets.map((bucket) => [when(bucket.from), ...ACTIONS.map((action) => bucket[action])]),
            ),
          ].join('\n'),
        );
      });
    });

  threat
    .command('top')
    .description('the addresses that stood out most')
    .option('--for <time>', 'how far back, as 30m, 24h, 7d', parseDuration, DAY)
    .option('--limit <n>', 'how many', parseWhole, 10)
    .action(async (options: { for: number; limit: number }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const { now } = await client.call('node_health');
        const result = await client.call('threat_top', { from: now - options.for, limit: options.limit });
        answer(json, result, ({ threats, complete }) => {
          const rows = threats.map((row) => [
            row.address,
            Math.round(row.score),
            row.requests,
            row.stopped,
            row.factor ?? row.rule,
            paint[row.action](row.action),
            when(row.last),
          ]);
          const more = complete ? '' : '\nThere was more than one answer looks at: ask for a shorter time.';
          return table(['Address', 'Score', 'Requests', 'Stopped', 'Reason', 'Action', 'Last'], rows) + more;
        });
      });
    });

  threat
    .command('log')
    .description('judged requests, newest first')
    .option('--address <address>', 'of this address or range')
    .addOption(new Option('--action <action>', 'what was done').choices(ACTIONS))
    .option('--for <time>', 'how far back, as 30m, 24h, 7d', parseDuration)
    .option('--limit <n>', 'how many', parseWhole, 50)
    .option('--after <cursor>', 'where the page before ended', parseWhole)
    .action(async (options: LogOptions, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const { address, action, limit, after } = options;
        const from = options.for === undefined ? undefined : (await client.call('node_health')).now - options.for;
        const result = await client.call('threat_log', { address, action, from, limit, after });
        answer(json, result, ({ entries, next }) => {
          return requests(entries) + (next === null ? '' : `\nmore: --after ${next}`);
        });
      });
    });

  threat
    .command('explain <address>')
    .description('why an address is blocked or challenged here')
    .action(async (address: string, _options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const result = await client.call('threat_explain', { address });
        answer(json, result, ({ verdict, reasons, reports, foreignOrganisations, chain, requests: last }) =>
          [
            fields([
              ['address', result.address],
              ['here', verdict],
              ['other organisations', foreignOrganisations],
              ['chain', `head ${chain.head}, final ${chain.final}${chain.behind ? ', behind the others' : ''}`],
            ]),
            ...reasons.map((reason) => `  ${reason}`),
            '',
            table(
              ['Reported by', 'Reason', 'Mode', 'Until', 'Status', 'Height', 'Transaction'],
              reports.map((report) => [
                report.clinicName ?? report.clinic,
                report.reason,
                report.mode,
                when(report.expires),
                report.status,
                report.height ?? '–',
                report.transaction ?? '–',
              ]),
              'No report.',
            ),
            '',
            requests(last),
          ].join('\n'),
        );
      });
    });

  threat
    .command('watch')
    .description('what is judged, second by second, until Ctrl+C')
    .option('--for <time>', 'end after this time', parseDuration)
    .action(async (options: { for?: number }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        await new Promise<void>((resolve, reject) => {
          client.subscribe(
            'threats',
            {},
            (value) => {
              if (json) sayJson(value);
              else say(`${when(value.at)}  last second: ${counts(value.second)}; last minute: ${counts(value.minute)}`);
            },
            { onError: reject },
          );
          if (options.for !== undefined) setTimeout(resolve, options.for);
        });
      });
    });
}

interface LogOptions {
  readonly address?: string;
  readonly action?: Action;
  readonly for?: number;
  readonly limit: number;
  readonly after?: number;
}

function counts(actions: ActionsView): string {
  return ACTIONS.map((action) => `${actions[action]} ${action}`).join(', ');
}

function requests(entries: readonly SecurityEntry[]): string {
  const rows = entries.map((entry) => [
    when(entry.at),
    entry.address,
    paint[entry.action](entry.action),
    entry.rule,
    Math.round(entry.score),
    entry.factors.map(({ name, points }) => `${name} ${Math.round(points)}`).join(', '),
    entry.endpoint,
    entry.status ?? '–',
    entry.reference,
  ]);
  const head = ['When', 'Address', 'Action', 'Rule', 'Score', 'Factors', 'Path', 'Status', 'Reference'];
  return table(head, rows, 'No request.');
}
