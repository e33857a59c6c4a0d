// `wardmesh user`: the people of the organisation, as its administrators see and change them.
import { Argument, type Command, Option } from 'commander';
import color from 'picocolors';
import { ROLES, type Role } from '../../consensus/ledger/accounts/types.ts';
import type { RpcClient } from '../../rpc/client.ts';
import type { AdminUser } from '../../rpc/schema/admin.ts';
import type { Result } from '../../rpc/schema/methods.ts';
import { parseWhole } from '../arguments.ts';
import { withClient } from '../client.ts';
import { parseDuration } from '../duration.ts';
import { CommandError, EXIT } from '../exit.ts';
import { answer, fields, shortId, table, when } from '../output/say.ts';
import { userArgument, userId } from '../user-id.ts';
import { logTable } from './log.ts';
import { sessionTable } from './session.ts';

const STATES = ['waiting', 'active', 'refused', 'suspended'] as const;
const YEAR_MS = 365 * 86_400_000;

export function addUserCommands(program: Command): void {
  const user = program
    .command('user')
    .description('people of the organisation: invite, approve, roles, suspend, erase');
  addReading(user);
  addInviting(user);
  addDeciding(user);
  addEnding(user);
}

function addReading(user: Command): void {
  user
    .command('list')
    .description('people, by name')
    .option('--search <words>', 'words of a name, mail address or id')
    .addOption(new Option('--state <state>', 'only these').choices(STATES))
    .addOption(new Option('--role <role>', 'only who has it at some clinic').choices(ROLES))
    .option('--limit <n>', 'how many', parseWhole, 50)
    .option('--after <id>', 'where the page before ended')
    .action(async (options: ListOptions, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('admin_users', options), ({ users, total, next }) => {
          const rows = users.map((row) => [
            row.name,
            row.displayName,
            rolesText(row),
            row.secondFactor ? 'yes' : 'no',
            when(row.lastSignIn),
            stateText(row.state),
            row.user,
          ]);
          const more = next === null ? '' : `\nmore: --after ${next}`;
          return `${table(['Name', 'Shown as', 'Roles', 'Second factor', 'Last sign-in here', 'Status', 'Id'], rows)}\n${total} in all${more}`;
        });
      });
    });

  user
    .command('show')
    .addArgument(userArgument())
    .description('one person: roles, ways to sign in, devices, sessions, last lines of the event log')
    .action(async (given: string, _options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const id = await userId(client, given);
        answer(json, await client.call('admin_user', { user: id }), personText);
      });
    });
}

interface ListOptions {
  search?: string;
  state?: (typeof STATES)[number];
  role?: Role;
  limit: number;
  after?: string;
}

function addInviting(user: Command): void {
  user
    .command('invite')
    .description('a link with which one person makes an account, once')
    .addOption(new Option('--kind <kind>', 'whose account').choices(['staff', 'patient']).default('staff'))
    .addOption(new Option('--role <role...>', 'what the person may do here').choices(ROLES).default([]))
    .addOption(
      new Option('--for <time>', 'how long the roles are given, as 30d or 365d')
        .argParser(parseDuration)
        .default(YEAR_MS, '365d'),
    )
    .option('--email <address>', 'mail the link to this address')
    .option('--name <name>', 'how the person is called')
    .action(async (options: InviteOptions, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const { kind, role, email, name } = options;
        const until = Date.now() + options.for;
        answer(json, await client.call('admin_invite', { kind, roles: role, until, email, name }), (made) =>
          fields([
            ['link', made.link],
            ['good until', when(made.endsAt)],
            ['mailed', made.mailed ? 'yes' : 'no: hand the link over yourself'],
          ]),
        );
      });
    });

  user
    .command('invitations')
    .description('invitations that nobody has used yet')
    .option('--revoke <id>', 'end this one')
    .action(async (options: { revoke?: string }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        if (options.revoke !== undefined) {
          const done = await client.call('admin_inviteRevoke', { id: options.revoke });
          return answer(json, done, () => 'the invitation is over');
        }
        answer(json, await client.call('admin_invitations', {}), ({ invitations }) =>
          table(
            ['For', 'Kind', 'Roles', 'Good until', 'Id'],
            invitations.map((row) => [
              row.email ?? row.name ?? '-',
              row.kind,
              row.roles.join(', '),
              when(row.endsAt),
              row.id,
            ]),
          ),
        );
      });
    });
}

interface InviteOptions {
  kind: 'staff' | 'patient';
  role: Role[];
  for: number;
  email?: string;
  name?: string;
}

function addDeciding(user: Command): void {
  user
    .command('approvals')
    .description('registrations and changes that wait for a decision')
    .action(async (_options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('admin_approvals', {}), ({ approvals }) =>
          table(
            ['Who', 'What', 'Change', 'Asked', 'Id'],
            approvals.map((row) => [row.displayName, row.kind, changeText(row), when(row.made), row.id]),
          ),
        );
      });
    });

  for (const decision of ['approve', 'refuse'] as const) {
    const decide = user
      .command(decision)
      .argument('<approval>', 'id of what waits, or the name of the person')
      .description(decision === 'approve' ? 'let in, or take the change' : 'do neither')
      .option('--reason <text>', 'why; the person is told when it is refused', '');
    if (decision === 'approve') {
      decide
        .addOption(new Option('--role <role...>', 'roles in the place of those asked for').choices(ROLES))
        .addOption(
          new Option('--for <time>', 'how long, as 30d or 365d').argParser(parseDuration).default(YEAR_MS, '365d'),
        );
    }
    decide.action(async (given: string, options: { reason: string; role?: Role[]; for?: number }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const until = Date.now() + (options.for ?? YEAR_MS);
        const roles = options.role?.map((role) => ({ role, until }));
        const waiting = await approvalIds(client, given);
        for (const approval of waiting) {
          await client.call('admin_decide', { approval, decision, reason: options.reason, roles });
        }
        answer(json, { approvals: waiting, decision }, () => `${decision === 'approve' ? 'approved' : 'refused'}`);
      });
    });
  }

  user
    .command('role')
    .addArgument(userArgument())
    .addArgument(new Argument('<role>', 'what the person may do here').choices(ROLES))
    .addOption(new Option('--for <time>', 'how long, as 30m, 24h, 365d').argParser(parseDuration).conflicts('end'))
    .option('--end', 'the role ends now')
    .requiredOption('--reason <text>', 'why')
    .description('give a person a role at this clinic, or end it')
    .action(
      async (given: string, role: Role, options: { for?: number; end?: boolean; reason: string }, command: Command) => {
        if (options.for === undefined && options.end !== true) {
          throw new CommandError('say how long: --for 365d, or --end', EXIT.usage);
        }
        const until = options.for === undefined ? null : Date.now() + options.for;
        await withClient(command, async (client, { json }) => {
          const id = await userId(client, given);
          const made = await client.call('admin_setRole', { user: id, role, until, reason: options.reason });
          answer(json, made, ({ statement }) =>
            fields([
              ['role', until === null ? `${role}, ended` : `${role}, until ${when(until)}`],
              ['statement', statement.id],
              ['status', statement.status],
            ]),
          );
        });
      },
    );
}

function addEnding(user: Command): void {
  user
    .command('suspend')
    .addArgument(userArgument())
    .requiredOption('--reason <text>', 'why')
    .description('put a person out at every branch at once, for good')
    .action(async (given: string, { reason }: { reason: string }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const made = await client.call('admin_suspend', { user: await userId(client, given), reason });
        answer(json, made, ({ statement }) =>
          fields([['suspended', 'yes, at every branch'], ...statementRows(statement)]),
        );
      });
    });

  user
    .command('erase')
    .addArgument(userArgument())
    .requiredOption('--reason <text>', 'why')
    .option('--yes', 'do it; without it the command only says what would happen')
    .description('suspend a person and erase profile, vault, photo and ways to sign in at every branch')
    .action(async (given: string, options: { reason: string; yes?: boolean }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const id = await userId(client, given);
        if (options.yes !== true) {
          const { displayName } = await client.call('admin_user', { user: id });
          throw new CommandError(
            `${displayName} would be suspended and erased at every branch; nothing brings this back. Say --yes`,
            EXIT.usage,
          );
        }
        answer(json, await client.call('admin_erase', { user: id, reason: options.reason }), ({ statement, stays }) =>
          [
            fields([['erased', 'yes'], ...statementRows(statement)]),
            '',
            'What stays:',
            ...stays.map((line) => `  ${line}`),
          ].join('\n'),
        );
      });
    });
}

function statementRows(statement: Result<'admin_suspend'>['statement']): [string, string][] {
  if (statement === null) return [['on the chain', 'no account']];
  return [
    ['statement', statement.id],
    ['status', statement.status],
  ];
}

async function approvalIds(client: RpcClient, given: string): Promise<string[]> {
  if (/^[0-9a-f]{32}$/i.test(given)) return [given.toLowerCase()];
  const { approvals } = await client.call('admin_approvals', {});
  const found = approvals.filter(({ name }) => name.toLowerCase() === given.toLowerCase());
  if (found.length === 0) throw new CommandError(`nothing of ${given} waits`, EXIT.notFound);
  return found.map(({ id }) => id);
}

function personText(person: Result<'admin_user'>): string {
  const { profile, factors } = person;
  const ways = [
    ...(factors.totp ? ['authenticator'] : []),
    ...(factors.passkeys > 0 ? [`${factors.passkeys} passkeys`] : []),
    ...factors.wallets.map((wallet) => `wallet ${wallet}`),
  ];
  const devices = person.devices.map(({ key, status }) => [shortId(key), status]);
  return [
    fields([
      ['id', person.user],
      ['name', person.name],
      ['shown as', profile.displayName],
      ['status', stateText(person.state)],
      ['roles', rolesText(person) || 'none'],
      ['mail', profile.email ?? '-'],
      ['registered', `${when(person.made)}, at clinic ${person.clinic}`],
      ['last sign-in here', when(person.lastSignIn)],
      ['second factors', ways.join(', ') || 'none'],
      ['account', person.account ?? 'none on the chain'],
    ]),
    table(['Device', 'Status'], devices, 'No devices.'),
    table(
      ['When', 'Decided', 'Outcome', 'Reason', 'By'],
      person.decisions.map((row) => [
        when(row.at),
        `${row.kind}${row.change.map(({ to }) => (to === '' ? '' : ` ${to}`)).join('')}`,
        row.outcome,
        row.reason || '-',
        row.by === null ? 'the clinic' : row.byName || row.by,
      ]),
      'Nothing was decided.',
    ),
    sessionTable(person.sessions),
    logTable(person.log),
  ].join('\n\n');
}

function rolesText({ roles, asked }: AdminUser): string {
  const held = roles.map(({ clinic, role, until }) => `${role} at ${clinic} until ${when(until).slice(0, 10)}`);
  return [...held, ...asked.map((role) => `asks for ${role}`)].join(', ');
}

function stateText(state: AdminUser['state']): string {
  if (state === 'active') return color.green(state);
  return state === 'waiting' ? color.yellow(state) : color.red(state);
}

function changeText({ kind, asked, change }: Result<'admin_approvals'>['approvals'][number]): string {
  if (kind === 'registration') return asked.join(', ');
  return change.map(({ field, from, to }) => `${field}: ${from || '-'} -> ${to || '-'}`).join('; ');
}
