// `wardmesh member`: who belongs to the network, invitations, proposals of governance and their approval.
import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { RpcClient } from '../../rpc/client.ts';
import type { ParamsIn } from '../../rpc/schema/methods.ts';
import { withClient } from '../client.ts';
import { parseDuration } from '../duration.ts';
import { CommandError, EXIT } from '../exit.ts';
import { answer, fields, shortId, table, when } from '../output/say.ts';
import { waitApplied } from '../wait-applied.ts';
import { addCheckpointCommands } from './checkpoint.ts';

/** How long a statement of governance may take to stand in a block. */
const WAIT_MS = 120_000;

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

function addGoverning(member: Command): void {
  const propose = member.command('propose').description("propose a change, with this clinic's governance key");
  propose
    .command('admit <founder-file>')
    .description('admit the clinic of this founder.json')
    .action(async (file: string, _options: unknown, command: Command) => {
      await send(command, { type: 'admit', clinic: await readFile(file, 'utf8') });
    });
  propose
    .command('remove <clinic>')
    .description('remove a clinic, by its number')
    .action(async (clinic: string, _options: unknown, command: Command) => {
      await send(command, { type: 'remove-clinic', clinic: numberOf(clinic) });
    });
  propose
    .command('remove-organisation <organisation>')
    .description('remove an organisation with all its clinics, by its number')
    .action(async (organisation: string, _options: unknown, command: Command) => {
      await send(command, { type: 'remove-organisation', organisation: numberOf(organisation) });
    });
  propose
    .command('update <clinic>')
    .description("change a clinic's name, addresses or networks")
    .option('--name <name>')
    .option('--address <multiaddr...>')
    .option('--own-network <cidr...>')
    .action(
      async (
        clinic: string,
        options: { name?: string; address?: string[]; ownNetwork?: string[] },
        command: Command,
      ) => {
        const { name, address: addresses, ownNetwork: networks } = options;
        await send(command, { type: 'update', clinic: numberOf(clinic), name, addresses, networks });
      },
    );

  propose
    .command('activate <feature> <height>')
    .description('activate a feature of the rules, by its number, from a height on')
    .action(async (feature: string, height: string, _options: unknown, command: Command) => {
      await send(command, { type: 'activate', feature: numberOf(feature), height: Number(height) });
    });

  member
    .command('approve <proposal>')
    .description("approve a proposal with this clinic's governance key")
    .action(async (proposal: string, _options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const made = await client.call('member_approve', { proposal: await proposalId(client, proposal) });
        await waitApplied(client, [made.statement], WAIT_MS);
        answer(json, { ...made, status: 'applied' }, () => 'Approved.');
      });
    });

  member
    .command('leave')
    .description('take this clinic out of the network for good')
    .requiredOption('--yes', 'really')
    .action(async (_options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const made = await client.call('member_leave', {});
        await waitApplied(client, [made.statement], WAIT_MS);
        answer(json, { ...made, status: 'applied' }, () => 'This clinic leaves as soon as that is final.');
      });
    });
}

type Change = ParamsIn<'member_propose'>['change'];

async function send(command: Command, change: Change): Promise<void> {
  await withClient(command, async (client, { json }) => {
    const made = await sendChange(client, change);
    await waitApplied(client, [made.statement], WAIT_MS);
    answer(json, { ...made, status: 'applied' }, () =>
      fields([
        ['proposal', made.proposal],
        ['change', made.summary],
        ['next', `wardmesh member approve ${made.proposal.slice(0, 12)} at the other clinics`],
      ]),
    );
  });
}

function sendChange(client: RpcClient, change: Change) {
  return client.call('member_propose', { change });
}

/** A full id, or the beginning of exactly one. */
async function proposalId(client: RpcClient, given: string): Promise<string> {
  if (/^[0-9a-f]{64}$/i.test(given)) return given;
  const { proposals } = await client.call('member_proposals', {});
  const found = proposals.filter(({ id }) => id.startsWith(given.toLowerCase()));
  if (found.length === 1) return found[0].id;
  throw new CommandError(
    `${found.length === 0 ? 'no proposal' : 'more than one proposal'} begins with ${given}`,
    EXIT.notFound,
  );
}

function numberOf(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 0xffff) return number;
  throw new CommandError(`${text} is no number of a clinic or organisation`, EXIT.usage);
}
