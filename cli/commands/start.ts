// `wardmesh start`: runs one clinic until it is told to stop.
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import { createLogger } from '../../common/logger.ts';
import { openClinic, readConfigFile } from '../../node/clinic-directory.ts';
import { loadConfig } from '../../node/config/load.ts';
import { environmentName, flagName, OPTION_KEYS, OPTIONS } from '../../node/config/options.ts';
import { dataPaths } from '../../node/data-directory.ts';
import { readPassphrase } from '../../node/keystore/passphrase.ts';
import { Node } from '../../node/node.ts';
import { CommandError, EXIT } from '../exit.ts';
import { say } from '../output/say.ts';
import { passphraseSource } from '../passphrase.ts';

export function addStartCommand(program: Command): void {
  const start = program
    .command('start')
    .description('run one clinic')
    .option('--data <dir>', "the clinic's data directory", '.wardmesh/clinic')
    .option('--passphrase-file <file>', 'passphrase of the keystore')
    .action(async (options: { data: string; passphraseFile?: string }, command: Command) => {
      await runClinic(resolve(options.data), options.passphraseFile, flagsOf(command));
    });
  for (const key of OPTION_KEYS) {
    const { help, standard } = OPTIONS[key];
    const text = `${help} (${environmentName(key)}; default ${JSON.stringify(standard)})`;
    start.addOption(new Option(`--${flagName(key)} <value>`, text));
  }
}

async function runClinic(
  directory: string,
  passphraseFile: string | undefined,
  flags: Record<string, string | undefined>,
): Promise<void> {
  const source = passphraseSource(directory, passphraseFile);
  if (source === undefined) throw new CommandError('the keystore needs its passphrase: --passphrase-file', EXIT.usage);
  const config = loadConfig({ file: await readConfigFile(directory), environment: process.env, flags });
  const { genesis, clinic, keys } = await openClinic(directory, await readPassphrase(source));
  const logger = createLogger({ level: config['log.level'], bindings: { clinic: clinic.number } });
  const paths = dataPaths(directory);
  const node = new Node({ genesis, clinic, keys, paths, config, webRoot: webRoot() }, { logger });
  const over = new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        logger.info({ signal }, 'stopping');
        void node.stop().then(done);
      });
    }
  });
  await node.start();
  say(`${clinic.name} (clinic ${clinic.number}) is ready at http://${hostText(config['http.host'])}:${node.port}`);
  await over;
}

/** The built pages, when they are there. */
export function webRoot(): string | undefined {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
  const found = [join(root, 'dist', 'web'), join(root, 'web')].find((path) => existsSync(join(path, 'index.html')) && !existsSync(join(path, 'shared')));
  return found;
}

function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
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
