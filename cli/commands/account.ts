// `wardmesh account`: people's accounts on the chain, as the operator sees and changes them for the clinic.
import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { ROLES, type Role } from '../../consensus/ledger/accounts/types.ts';
import { withClient } from '../client.ts';
import { parseDuration } from '../duration.ts';
import { CommandError, EXIT } from '../exit.ts';
import { answer, fields, shortId, table, when } from '../output/say.ts';
import { waitApplied } from '../wait-applied.ts';

/** How long a statement may take to stand in a block. */
const WAIT_MS = 120_000;

export function addAccountCommands(program: Command): void {
  const account = program.command('account').description('accounts of people: devices, roles, suspension');

  account
    .command('first-admin')
    .description('a new one-time link for the first administrator of this clinic, while it has none')
    .action(async (_options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('admin_firstAdministrator', {}), ({ link }) =>
          [link, 'Open it in a browser. It works once; a link from before is over.'].join('\n'),
        );
      });
    });

  account
    .command('show')
    .addArgument(accountArgument())
    .description('an account: its devices, its roles at every clinic, whether it is suspended')
    .action(async (id: string, _options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('account_get', { account: id }), (found) => {
          const { recovery } = found;
          const devices = found.keys.map((key) => [
            shortId(key.key),
            key.status,
            key.ends === null ? '' : when(key.ends),
          ]);
          const roles = found.roles.map(({ clinic, role, until }) => [clinic, role, when(until)]);
          return [
            fields([
              ['account', found.account],
              ['organisation', found.organisation],
              ['made at clinic', found.clinic],
              ['suspended', found.suspended ? 'yes' : 'no'],
              ['status', found.status],
              ['recovery words', found.recoveryKey === null ? 'none' : 'set'],
              ['recovery', recovery === null ? 'none' : recoveryText(recovery)],
            ]),
            table(['Device', 'Status', 'Counts until'], devices),
            table(['Clinic', 'Role', 'Until'], roles),
          ].join('\n\n');
        });
      });
    });

  account
    .command('role')
    .addArgument(accountArgument())
    .addArgument(new Argument('<role>', 'what the person may do here').choices(ROLES))
    .addOption(new Option('--for <time>', 'how long, as 30m, 24h, 365d').argParser(parseDuration).conflicts('end'))
    .option('--end', 'the role ends now')
    .description('give a person a role at this clinic, or end it')
    .action(async (id: string, role: Role, options: { for?: number; end?: boolean }, command: Command) => {
      if (options.for === undefined && options.end !== true) {
        throw new CommandError('say how long: --for 365d, or --end', EXIT.usage);
      }
      const until = options.for === undefined ? null : Date.now() + options.for;
      await withClient(command, async (client, { json }) => {
        const { statement } = await client.call('account_setRole', { account: id, role, until });
        await waitApplied(client, [statement.id], WAIT_MS);
        answer(json, { account: id, role, until, statement: statement.id, status: 'applied' }, () =>
          fields([
            ['role', until === null ? `${role}, ended` : `${role}, until ${when(until)}`],
            ['statement', statement.id],
            ['status', 'applied'],
          ]),
        );
      });
    });

  account
    .command('suspend')
    .addArgument(accountArgument())
    .description('put a person out at every clinic, from now on and for good')
    .action(async (id: string, _options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const { statement } = await client.call('account_suspend', { account: id });
        // Obeyed from receipt: the block only confirms it.
        answer(json, { account: id, statement: statement.id, status: statement.status }, () =>
          fields([
            ['suspended', 'yes, at every clinic that can be reached'],
            ['statement', statement.id],
            ['status', statement.status],
          ]),
        );
      });
    });
}

function accountArgument(): Argument {
  return new Argument('<account>', 'id of the account, 64 hex digits').argParser((text: string) => {
    if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError('Expected 64 hex digits.');
    return text.toLowerCase();
  });
}

function recoveryText({ state, ready }: { state: string; ready: number }): string {
  return state === 'open' ? `under way, can be stopped until ${when(ready)}` : state;
}
