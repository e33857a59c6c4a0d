// Runs one clinic until a signal ends it. Apart from the command line, so that other commands need not load a node.
import { existsSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLogger } from '../common/logger.ts';
import { openClinic, readConfigFile } from '../node/clinic-directory.ts';
import { loadConfig } from '../node/config/load.ts';
import { dataPaths } from '../node/data-directory.ts';
import { Node } from '../node/node.ts';
import { EXIT } from './exit.ts';
import { say } from './output/say.ts';
import { passphraseOf } from './passphrase.ts';

export async function runClinic(
  directory: string,
  passphraseFile: string | undefined,
  flags: Record<string, string | undefined>,
): Promise<void> {
  const passphrase = await passphraseOf(directory, passphraseFile);
  const config = loadConfig({ file: await readConfigFile(directory), environment: process.env, flags });
  const { genesis, clinic, keys } = await openClinic(directory, passphrase);
  const logger = createLogger({ level: config['log.level'], bindings: { clinic: clinic.number } });
  const paths = dataPaths(directory);
  const node = new Node({ genesis, clinic, keys, paths, config, webRoot: webRoot() }, { logger });
  const over = new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      // Stays: a second signal must not end the process in the middle of its stop.
      process.on(signal, () => {
        logger.info({ signal }, 'stopping');
        void node.stop().then(done);
      });
    }
    // Better none than one that stands still and says that all is well; whoever keeps it running starts it again.
    void node.failed.then((error) => {
      logger.fatal({ err: error }, 'the chain store failed: this clinic ends');
      process.exitCode = EXIT.failed;
      return node.stop().then(done);
    });
    // Whoever started this clinic with a channel is gone: a clinic without its devnet ends too.
    process.on('disconnect', () => void node.stop().then(done));
  });
  // The channel tells of its end only: it must not keep a clinic that stopped, or did not start, from ending.
  process.channel?.unref();
  await node.start();
  if (node.port === undefined) return over;
  say(`${clinic.name} (clinic ${clinic.number}) is ready at http://${hostText(config['http.host'])}:${node.port}`);
  flushCompileCache();
  await over;
}

/** The built pages, when they are there: beside the sources, or beside the compiled files. */
function webRoot(): string | undefined {
  const here = dirname(fileURLToPath(import.meta.url));
  return [join(here, '..', 'dist', 'web'), join(here, '..', 'web')].find((path) => existsSync(join(path, 'assets')));
}

function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
