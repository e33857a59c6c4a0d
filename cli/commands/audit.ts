// `wardmesh audit`: who read what of patients at this clinic and why, with proofs from the chain.
import { type Command, Option } from 'commander';
import color from 'picocolors';
import { fromHex } from '../../common/bytes.ts';
import { encodeAccessProof } from '../../records/audit/proof-file.ts';
import type { RpcClient } from '../../rpc/client.ts';
import type { Result } from '../../rpc/schema/methods.ts';
import { parseWhole } from '../arguments.ts';
import { withClient } from '../client.ts';
import { parseDuration } from '../duration.ts';
import { EXIT } from '../exit.ts';
import { answer, fields, shortId, table, when } from '../output/say.ts';
import { writeNew } from '../write-whole.ts';

type Event = Result<'audit_events'>['events'][number];

interface Span {
  since?: number;
  limit: number;
  after?: number;
}

interface ListOptions extends Span {
  country?: string;
  type?: string;
  account?: string;
  outcome?: 'permitted' | 'refused';
}

export function addAuditCommands(program: Command): void {
  const audit = program.command('audit').description('who read what of patients at this clinic and why');

  spanned(audit.command('events [patient]').description('accesses of a patient, or of all, newest first'))
    .option('--account <id>', 'only of this person')
    .addOption(new Option('--outcome <outcome>', 'only these').choices(['permitted', 'refused']))
    .action(async (patient: string | undefined, options: ListOptions, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const { country, type, account, outcome, limit, after } = options;
        const about = { patient, country, type, account, outcome, limit, after, from: start(options) };
        const found = await client.call('audit_events', about);
        answer(
          json,
          found,
          ({ events, next }) => eventTable(events) + (next === null ? '' : `\nmore: --after ${next}`),
        );
      });
    });

  audit
    .command('proof <event>')
    .description('prove that an event stands under an anchor on the chain')
    .option('--out <file>', 'write it there, for wardmesh verify')
    .action(async (event: string, options: { out?: string }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const found = await client.call('audit_proof', { event: parseWhole(event) });
        if (options.out !== undefined) await writeNew(options.out, await accessProof(client, found));
        answer(json, found, ({ clinic, first, count, statement }) =>
          fields([
            ['clinic', clinic],
            ['anchor', `events ${first} to ${first + count - 1}`],
            ['statement', statement],
            ['proof', options.out ?? `${found.proof.length / 2} bytes, --out keeps them`],
          ]),
        );
      });
    });

  spanned(
    audit
      .command('disclosures <patient>')
      .description('accounting of disclosures: permitted accesses as FHIR AuditEvent, one line each'),
  ).action(async (patient: string, options: ListOptions, command: Command) => {
    await withClient(command, async (client, { json }) => {
      const { country, type, limit, after } = options;
      const about = { patient, country, type, limit, after, from: start(options) };
      const found = await client.call('audit_disclosures', about);
      answer(json, found, ({ ndjson }) => ndjson.trimEnd());
    });
  });

  audit
    .command('status')
    .description('how far events are anchored, and who served this clinic without logging')
    .action(async (_options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const state = await client.call('audit_status', {});
        if (state.findings.length > 0) process.exitCode = EXIT.unproven;
        answer(json, state, ({ anchored, events, awaited, findings }) =>
          [
            `${events} events, anchored up to ${anchored}; ${awaited} served tickets wait for their proof`,
            ...findings.map(({ clinic, clinicName, served, state: found, ticket }) =>
              color.red(`${clinicName ?? clinic}: ticket ${shortId(ticket)} of ${when(served)} is ${found}`),
            ),
          ].join('\n'),
        );
      });
    });
}

/** The proof of the anchor goes along: whoever checks it asks no node. */
async function accessProof(client: RpcClient, { proof, statement }: Result<'audit_proof'>): Promise<Uint8Array> {
  const chain = await client.call('chain_getProof', { statement });
  return encodeAccessProof(fromHex(proof), fromHex(chain.proof));
}

function spanned(command: Command): Command {
  return command
    .option('--country <code>', 'country of the document')
    .option('--type <type>', 'type of the document')
    .option('--since <time>', 'of the last 30m, 24h, 7d', parseDuration)
    .option('--limit <n>', 'how many', parseWhole, 50)
    .option('--after <number>', 'where the page before ended', parseWhole);
}

function start({ since }: Span): number | undefined {
  return since === undefined ? undefined : Math.max(0, Date.now() - since);
}

function eventTable(events: readonly Event[]): string {
  return table(
    ['Number', 'When', 'Who', 'At', 'Action', 'Records', 'Purpose', 'Outcome', 'Why', 'Anchored'],
    events.map((row) => [
      row.number,
      when(row.time),
      row.account === null ? 'the clinic' : row.account,
      row.clinicName ?? row.clinic,
      row.action,
      row.records.length,
      row.purpose,
      row.outcome === 'refused' ? color.red(row.outcome) : row.outcome,
      row.reason,
      row.anchored ? 'yes' : 'not yet',
    ]),
    'No access of a patient.',
  );
}
