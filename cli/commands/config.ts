// `wardmesh config`: the configuration in force at a node, or all keys with their defaults.
import type { Command } from 'commander';
import { environmentName, flagName, OPTION_KEYS, OPTIONS } from '../../node/config/options.ts';
import { withClient } from '../client.ts';
import { answer, fields, table } from '../output/say.ts';

export function addConfigCommand(program: Command): void {
  program
    .command('config')
    .description('the configuration in force at a node')
    .option('--keys', 'list every key with its flag, variable and default instead')
    .action(async (options: { keys?: boolean }, command: Command) => {
      if (options.keys) {
        const keys = OPTION_KEYS.map((key) => ({
          key,
          flag: `--${flagName(key)}`,
          variable: environmentName(key),
          standard: OPTIONS[key].standard,
          help: OPTIONS[key].help,
        }));
        answer(command.optsWithGlobals().json === true, { keys }, () =>
          table(
            ['Key', 'Flag', 'Variable', 'Default', 'What'],
            keys.map((row) => [row.key, row.flag, row.variable, JSON.stringify(row.standard), row.help]),
          ),
        );
        return;
      }
      await withClient(command, async (client, { json }) => {
        answer(json, await client.call('node_config', {}), ({ config }) =>
          fields(Object.entries(config).map(([key, value]) => [key, JSON.stringify(value)])),
        );
      });
    });
}
