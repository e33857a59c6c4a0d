// `wardmesh member`: who belongs to the network, and invitations. What governance decides is governance.ts.
import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { withClient } from '../client.ts';
import { parseDuration } from '../duration.ts';
import { CommandError, EXIT } from '../exit.ts';
import { answer, shortId, table, when } from '../output/say.ts';
import { addCheckpointCommands } from './checkpoint.ts';
import { addGoverning } from './governance.ts';

export function addMemberCommands(program: Command): void {
  const member = program.command('member').description('members of the network, and who joins or leaves it');
  addReading(member);
  addInviting(member);
  addGoverning(member);
  addCheckpointCommands(member);
}

function addReading(member: Command): void {
  member
    .command('list')
    .description('organisations and clinics of the network')
    .option('--former', 'also those that have left or were removed')
    .action(async ({ former = false }: { former?: boolean }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('member_list', { former }), (list) => {
          const names = new Map(list.organisations.map(({ number, name }) => [number, name]));
          const rows = list.members.map((row) => [
            row.number,
            row.name,
            names.get(row.organisation) ?? row.organisation,
            row.voteSuspended ? `${row.status}, votes suspended` : row.status,
            row.connected ? 'yes' : 'no',
            row.lastBlock?.height ?? '-',
          ]);
          const next =
            list.next === null ? [] : [`Set ${list.next.memberSet} comes into force at height ${list.next.height}.`];
          const heads = ['Clinic', 'Name', 'Organisation', 'Status', 'Connected', 'Last block'];
          return [`Member set ${list.memberSet}, governed by ${list.governance}s`, table(heads, rows), ...next].join(
            '\n',
          );
        });
      });
    });

  member
    .command('proposals')
    .description('what was proposed, and who approved')
    .action(async (_options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('member_proposals', {}), ({ proposals }) =>
          table(
            ['Proposal', 'Change', 'Status', 'By', 'Approved by', 'Missing', 'Until height'],
            proposals.map((row) => [
              shortId(row.id),
              row.summary,
              row.status,
              row.proposer,
              row.approvals.join(', '),
              row.missing,
              row.expires,
            ]),
          ),
        );
      });
    });
}

function addInviting(member: Command): void {
  member
    .command('invite <founder-file>')
    .description('let a clinic follow the chain until it is admitted; the file is its founder.json')
    .option('--for <duration>', 'how long the invitation holds', '14d')
    .option('--out <file>', 'write the invitation there')
    .action(async (file: string, options: { for: string; out?: string }, command: Command) => {
      const clinic = await readFile(file, 'utf8');
      const forMs = parseDuration(options.for);
      await withClient(command, async (client, { json }) => {
        const made = await client.call('member_invite', { clinic, forMs });
        if (options.out !== undefined) await writeFile(options.out, `${made.invitation}\n`);
        answer(json, made, () =>
          [
            `${made.name} may follow the chain until ${when(made.expires)}.`,
            options.out === undefined ? made.invitation : `The invitation is in ${options.out}; it holds no secret.`,
            'There: wardmesh join INVITATION && wardmesh start. Here: wardmesh member propose admit FOUNDER-FILE.',
          ].join('\n'),
        );
      });
    });

  member
    .command('observers')
    .description('clinics that this node has invited')
    .action(async (_options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('member_observers', {}), ({ observers }) =>
          table(
            ['Name', 'Node key', 'Until', 'Connected'],
            observers.map((row) => [row.name, shortId(row.nodeKey), when(row.expires), row.connected ? 'yes' : 'no']),
          ),
        );
      });
    });

  member
    .command('uninvite <node-key>')
    .description('take an invitation back')
    .action(async (nodeKey: string, _options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const result = await client.call('member_uninvite', { nodeKey });
        if (!result.removed) throw new CommandError('no such observer was invited here', EXIT.notFound);
        answer(json, result, () => 'The invitation is taken back.');
      });
    });
}
