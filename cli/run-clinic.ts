// Runs one clinic until a signal ends it. Apart from the command line, so that other commands need not load a node.
import { flushCompileCache } from 'node:module';
import { createLogger } from '../common/logger.ts';
import { FeatureError } from '../consensus/features.ts';
import { openClinic, readConfigFile } from '../node/clinic-directory.ts';
import { loadConfig } from '../node/config/load.ts';
import { dataPaths, writePrivateFile } from '../node/data-directory.ts';
import { OBSERVER } from '../node/joining/observers.ts';
import { Node } from '../node/node.ts';
import { EXIT } from './exit.ts';
import { say } from './output/say.ts';
import { passphraseOf } from './passphrase.ts';
import { webRoot } from './web-root.ts';

export async function runClinic(
  directory: string,
  passphraseFile: string | undefined,
  flags: Record<string, string | undefined>,
): Promise<void> {
  const passphrase = await passphraseOf(directory, passphraseFile);
  const config = loadConfig({ file: await readConfigFile(directory), environment: process.env, flags });
  let ended = false;
  let running: Node | undefined;
  const logger = createLogger({ level: config['log.level'] });
  const stop = (): Promise<void> | undefined => {
    ended = true;
    return running?.stop();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // Stays: a second signal must not end the process in the middle of its stop.
    process.on(signal, () => {
      logger.info({ signal }, 'stopping');
      void stop();
    });
  }
  process.on('SIGHUP', () => void running?.reloadCertificate());
  // Whoever started this clinic with a channel is gone: a clinic without its devnet ends too.
  process.on('disconnect', () => void stop());
  // The channel tells of its end only: it must not keep a clinic that stopped, or did not start, from ending.
  process.channel?.unref();
  // By which node key the members know this clinic, when its own chain does not say so yet.
  let knownBy: Uint8Array | undefined;
  // Once more when an observer was admitted, or other keys are in force: then it is another clinic than it was.
  while (!ended) {
    const { genesis, clinic, keys, keystore, repaired, contacts, admit } = await openClinic(directory, passphrase);
    if (repaired) logger.warn({ what: 'keystore' }, 'the keystore was damaged: written anew from its copy');
    if (ended) return;
    const node = new Node(
      { genesis, clinic, keys, knownBy, contacts, paths: dataPaths(directory), config, webRoot: webRoot() },
      { logger: logger.child({ clinic: clinic.number }), admit, keystore },
    );
    running = node;
    // Better none than one that stands still and says that all is well; whoever keeps it running starts it again.
    void node.failed.then((error) => {
      if (error instanceof FeatureError) {
        logger.fatal({ feature: error.type.feature, height: error.type.height }, error.message);
        process.exitCode = EXIT.outdated;
      } else {
        logger.fatal({ err: error }, 'the chain store failed: this clinic ends');
        process.exitCode = EXIT.failed;
      }
      return stop();
    });
    void node.admitted.then(() => {
      say(`${clinic.name} is admitted: starting again as a member`);
      return node.stop();
    });
    void node.rekeyed.then((name) => {
      knownBy = name;
      say(`${clinic.name} has other keys in force: starting again with them`);
      return node.stop();
    });
    await node.start();
    if (node.port !== undefined) {
      await writePrivateFile(dataPaths(directory).doors, JSON.stringify({ port: node.port }));
      const who = clinic.number === OBSERVER ? 'observer' : `clinic ${clinic.number}`;
      const { certificate } = node;
      const scheme = certificate === undefined ? 'http' : 'https';
      const ready = `${clinic.name} (${who}) is ready at ${scheme}://${hostText(config['http.host'])}:${node.port}`;
      const known =
        certificate === undefined ? '' : `\nIts certificate has the fingerprint SHA-256 ${certificate.fingerprint}`;
      say(ready + known);
      flushCompileCache();
    }
    await node.ended;
  }
}

function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
