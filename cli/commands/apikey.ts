// `wardmesh apikey`: keys of applications, made and ended by the operator.
import { type Command, Option } from 'commander';
import color from 'picocolors';
import type { ApiKeyView } from '../../rpc/schema/apikey.ts';
import { withClient } from '../client.ts';
import { parseDuration } from '../duration.ts';
import { answer, table, when } from '../output/say.ts';

const YEAR_MS = 365 * 86_400_000;

export function addApiKeyCommands(program: Command): void {
  const apikey = program
    .command('apikey')
    .description('keys with which applications call this node, each for some scopes only (docs/ACCESS.md lists them)');

  apikey
    .command('create <name>')
    .description('make a key and print its secret, which is shown this once')
    .requiredOption('--scope <scope...>', 'what it may do, e.g. chain:read, or SMART v2 as patient/Observation.rs')
    .addOption(
      new Option('--for <time>', 'how long it is good, as 30d or 365d')
        .argParser(parseDuration)
        .default(YEAR_MS, '365d'),
    )
    .option('--from <network...>', 'addresses or networks (CIDR) from which alone it may be used')
    .action(async (name: string, options: { scope: string[]; for: number; from?: string[] }, command: Command) => {
      await withClient(command, async (client, { json }) => {
        const until = Date.now() + options.for;
        const wanted = { name, scopes: options.scope, until, allowedAddresses: options.from };
        answer(json, await client.call('apikey_create', wanted), shown);
      });
    });

  apikey
    .command('list')
    .description('all keys, when and from where they were last used')
    .action(async (_options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('apikey_list', {}), ({ keys }) => {
          const rows = keys.map((key) => [
            key.id,
            key.name,
            key.scopes.join(' '),
            key.application,
            stateOf(key),
            key.lastUsed === null ? 'never used' : `${when(key.lastUsed)} from ${key.lastAddress}`,
          ]);
          return table(['Id', 'Name', 'Scopes', 'Application', 'State', 'Last use'], rows);
        });
      });
    });

  apikey
    .command('rotate <id>')
    .description('give a key a new secret; the old one is good for another 24 hours')
    .action(async (id: string, _options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('apikey_rotate', { id }), shown);
      });
    });

  apikey
    .command('revoke <id>')
    .description('end a key at once')
    .action(async (id: string, _options: unknown, command: Command) => {
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('apikey_revoke', { id }), ({ key }) => `${key.name} (${key.id}): revoked`);
      });
    });
}

function shown({ key, secret }: { key: ApiKeyView; secret: string }): string {
  return [
    `${key.name} (${key.id}) may ${key.scopes.join(', ')} until ${when(key.until)}.`,
    `Consents name it as application ${key.application}.`,
    'Its secret is shown this once; the application sends it as `Authorization: Bearer ...`:',
    '',
    secret,
  ].join('\n');
}

function stateOf({ state, until, oldSecretUntil }: ApiKeyView): string {
  if (state !== 'active') return color.red(state);
  const turning = oldSecretUntil !== null && oldSecretUntil > Date.now() ? ', two secrets' : '';
  return `${color.green('active')} until ${when(until)}${turning}`;
}
