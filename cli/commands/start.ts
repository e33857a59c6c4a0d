// `wardmesh start`: runs one clinic until it is told to stop. Owns the flags; the running is run-clinic.ts.
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { environmentName, flagName, OPTION_KEYS, OPTIONS } from '../../node/config/options.ts';
import { dataOption } from '../arguments.ts';

export function addStartCommand(program: Command): void {
  const start = program
    .command('start')
    .description('run one clinic')
    .addOption(dataOption())
    .option('--passphrase-file <file>', 'passphrase of the keystore')
    .action(async (options: { data: string; passphraseFile?: string }, command: Command) => {
      const { runClinic } = await import('../run-clinic.ts');
      await runClinic(resolve(options.data), options.passphraseFile, flagsOf(command));
    });
  for (const key of OPTION_KEYS) {
    const { help, standard } = OPTIONS[key];
    const text = `${help} (${environmentName(key)}; default ${JSON.stringify(standard)})`;
    // A switch that is named without a value is on.
    const flag = `--${flagName(key)}`;
    start.addOption(
      typeof standard === 'boolean'
        ? new Option(`${flag} [value]`, text).preset('true')
        : new Option(`${flag} <value>`, text),
    );
  }
}

/** Commander's camel case back to our flag names. */
function flagsOf(command: Command): Record<string, string | undefined> {
  const values = command.opts<Record<string, string | undefined>>();
  return Object.fromEntries(
    OPTION_KEYS.map((key) => {
      const flag = flagName(key);
      return [flag, values[flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())]];
    }),
  );
}
