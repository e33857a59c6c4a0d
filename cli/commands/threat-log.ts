// `wardmesh threat stats|top|log|explain|watch|breakers|release`: what the gateways of a clinic judge, and why.
import type { Command } from 'commander';
import { Argument, InvalidArgumentError, Option } from 'commander';
import color from 'picocolors';
import { ACTIONS, BREAKERS } from '../../gateway/judge/names.ts';
import type { ActionsView, BreakerView, SecurityEntry } from '../../rpc/schema/security.ts';
import type { ThreatReport } from '../../rpc/schema/threat.ts';
import { parseWhole } from '../arguments.ts';
import { withClient } from '../client.ts';
import { parseDuration } from '../duration.ts';
import { answer, fields, say, sayJson, shortId, table, when } from '../output/say.ts';

type Action = keyof ActionsView;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;

const paint = { allow: color.green, challenge: color.yellow, limit: color.yellow, refuse: color.red };

export function addThreatLogCommands(threat: Command): void {
  threat
    .command('stats')
    .description('how many requests come, and what is done with them')
    .addOption(lastDay())
    .addOption(new Option('--bucket <time>', 'of whole minutes, as 15m, 1h').argParser(parseBucket).default(HOUR, '1h'))
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
    .addOption(lastDay())
    .option('--limit <n>', 'how many', parseWhole, 10)
    .action(async (options: { for: number; limit: number }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const { now } = await client.call('node_health');
        const result = await client.call('threat_top', { from: now - options.for, limit: options.limit });
        answer(json, result, ({ threats, challenged, complete }) => {
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
          return [
            table(['Address', 'Score', 'Requests', 'Stopped', 'Reason', 'Action', 'Last'], rows) + more,
            '',
            table(
              ['Challenged by', 'Addresses', 'Were people'],
              challenged.map(({ by, addresses, passed }) => [by, addresses, passed]),
              'Nobody was challenged.',
            ),
          ].join('\n');
        });
      });
    });

  threat
    .command('log')
    .description('judged requests, newest first')
    .option('--address <address>', 'of this address or range')
    .addOption(new Option('--action <action>', 'what was done').choices(ACTIONS))
    .option('--reference <reference>', 'the request whose page showed this to the visitor')
    .option('--for <time>', 'how far back, as 30m, 24h, 7d', parseDuration)
    .option('--limit <n>', 'how many', parseWhole, 50)
    .option('--after <cursor>', 'where the page before ended', parseWhole)
    .action(async (options: LogOptions, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const { address, action, reference, limit } = options;
        const from = options.for === undefined ? undefined : (await client.call('node_health')).now - options.for;
        const page = (after: number | undefined) =>
          client.call('threat_log', { address, action, reference, from, limit, after });
        let result = await page(options.after);
        // One answer looks at so many entries; somebody on the telephone waits for the one.
        while (reference !== undefined && result.entries.length === 0 && result.next !== null)
          result = await page(result.next);
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
              ['by the lists', verdict],
              ['other organisations', foreignOrganisations],
              ['last request', last.length === 0 ? 'none in the log' : lastOf(last[0])],
              ['chain', `head ${chain.head}, final ${chain.final}${chain.behind ? ', behind the others' : ''}`],
            ]),
            ...reasons.map((reason) => `  ${reason}`),
            '',
            table(
              ['Reported by', 'Reason', 'Mode', 'Disputed', 'Until', 'Status', 'Height', 'Transaction'],
              reports.map((report) => [
                report.clinicName ?? report.clinic,
                report.reason,
                report.mode,
                disputesOf(report),
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

  addBreakerCommands(threat);

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

function lastDay(): Option {
  return new Option('--for <time>', 'how far back, as 30m, 24h, 7d').argParser(parseDuration).default(DAY, '24h');
}

function parseBucket(text: string): number {
  const ms = parseDuration(text);
  if (ms % MINUTE !== 0 || ms > DAY) throw new InvalidArgumentError('Expected whole minutes, a day at most.');
  return ms;
}

function addBreakerCommands(threat: Command): void {
  threat
    .command('breakers')
    .description('circuit breakers that are open: there visitors are let in rather than refused')
    .action(async (_options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const result = await client.call('threat_breakers', {});
        answer(json, result, ({ breakers }) => {
          const rows = breakers.map((one) => [
            one.breaker,
            one.gateway ?? 'own doors',
            when(one.since),
            CAUSES[one.cause](one),
            one.releasing ? 'being released' : EFFECTS[one.breaker](one),
          ]);
          return table(['Breaker', 'Gateway', 'Open since', 'Why', 'What it does'], rows, 'No breaker is open.');
        });
      });
    });

  threat
    .command('release')
    .addArgument(
      new Argument(
        '<breaker>',
        'refusals: refuse again, whatever comes for an hour; list: what waits takes effect; signatures: those that do not count here count for a day',
      ).choices(BREAKERS),
    )
    .description('close a circuit breaker')
    .option('--gateway <name>', 'as "threat breakers" names it (default: the own doors of the node)')
    .action(async (breaker: BreakerView['breaker'], { gateway }: { gateway?: string }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const result = await client.call('threat_release', { breaker, gateway });
        answer(json, result, ({ releasing }) =>
          releasing ? 'released: the gateway takes it up within seconds' : 'released',
        );
      });
    });
}

const CAUSES: Readonly<Record<BreakerView['cause'], (one: BreakerView) => string>> = {
  'refused-share': ({ hit, of }) => `${hit} of ${of} requests of a minute would have been refused`,
  'known-addresses': ({ hit, of }) => `${hit} of ${of} addresses signed in within 7 days would be refused`,
  'current-sessions': ({ hit, of }) => `${hit} of ${of} addresses signed in now would be refused`,
  'ordinary-requests': ({ hit, of }) => `${hit} of ${of} requests of people match a shared signature`,
  pace: ({ hit, of }) => `${hit} new entries in a minute, ${of} are usual at most`,
};

const EFFECTS: Readonly<Record<BreakerView['breaker'], (one: BreakerView) => string>> = {
  refusals: () => 'visitors are checked, not refused; ends by itself with a quiet minute, or with "release"',
  signatures: ({ waiting }) =>
    `${waiting} shared signatures do not count; ends by itself within a day, or with "release"`,
  list: ({ waiting }) => `${waiting} new blocks only check visitors; ends by itself, or with "release"`,
};

interface LogOptions {
  readonly address?: string;
  readonly action?: Action;
  readonly reference?: string;
  readonly for?: number;
  readonly limit: number;
  readonly after?: number;
}

/** By whom a report is disputed, and whether it has lost its effect here by that. */
export function disputesOf({ disputes, stoppedUntil }: Pick<ThreatReport, 'disputes' | 'stoppedUntil'>): string {
  const by = disputes.map(({ organisation, reason }) => `organisation ${organisation}: ${reason}`);
  return [...by, ...(stoppedUntil === null ? [] : ['without effect here'])].join(', ') || '–';
}

function counts(actions: ActionsView): string {
  return ACTIONS.map((action) => `${actions[action]} ${action}`).join(', ');
}

/** Nobody need have blocked whom a gateway refused: its own reasons stand beside the verdict. */
function lastOf({ action, rule, score, gateway, at }: SecurityEntry): string {
  const why = rule === 'score' ? `by its score of ${Math.round(score)}` : `by ${rule}`;
  return `${action} ${why} at ${gateway ?? 'our own doors'}, ${when(at)}`;
}

function requests(entries: readonly SecurityEntry[]): string {
  const rows = entries.map((entry) => [
    when(entry.at),
    entry.gateway ?? 'own doors',
    entry.address,
    paint[entry.action](entry.action),
    entry.rule,
    Math.round(entry.score),
    [...entry.factors.map(({ name, points }) => `${name} ${Math.round(points)}`), ...entry.signatures.map(named)].join(
      ', ',
    ),
    entry.endpoint,
    entry.status ?? '–',
    entry.reference,
  ]);
  const head = ['When', 'Gateway', 'Address', 'Action', 'Rule', 'Score', 'Factors', 'Path', 'Status', 'Reference'];
  return table(head, rows, 'No request.');
}

/** As `threat signature list` writes them. */
function named(signature: string): string {
  return signature.startsWith('starter/') ? signature : shortId(signature);
}
