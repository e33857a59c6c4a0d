// Mail for a node: the queue with its database where an SMTP server is configured, else a mailer that keeps nothing.
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { Config } from '../config/options.ts';
import type { DataPaths } from '../data-directory.ts';
import { LocalDatabase, type LocalModules } from '../store/local-database.ts';
import { MailError } from './errors.ts';
import { MailQueue, type MailStatus } from './mail-queue.ts';
import type { Mailer } from './mailer.ts';
import { smtpTransport } from './transport.ts';

export interface AssembleMailOptions {
  readonly config: Config;
  readonly paths: DataPaths;
  readonly storageKey: Uint8Array;
  /** Name of the clinic. */
  readonly clinic: string;
  /** First digits of the genesis id and the clinic's number: mails of two clinics have no name in common. */
  readonly nameSeed: string;
  /** Where the pages are. */
  site(): string;
}

export interface Mail extends Mailer {
  readonly status: MailStatus;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Throws MailError when the settings are only half there. */
export function assembleMail(
  options: AssembleMailOptions,
  modules: LocalModules & { readonly clock: Clock; readonly logger: Logger },
): Mail {
  const { config, paths, storageKey, clinic, nameSeed, site } = options;
  const host = config['mail.host'];
  if (host === '') return NO_MAIL;
  const user = config['mail.user'];
  const passwordFile = config['mail.passwordFile'];
  const from = config['mail.from'];
  if (from === '') throw new MailError({ code: 'config.mail-from' });
  if ((user === '') !== (passwordFile === '')) throw new MailError({ code: 'config.mail-password' });
  const transport = smtpTransport({
    ...{ host, port: config['mail.port'], security: config['mail.security'], ca: config['mail.ca'] },
    ...{ user, passwordFile, from, fromName: clinic },
  });
  const database = new LocalDatabase({ path: paths.mail, name: 'mails', key: storageKey }, modules);
  return new MailQueue({ clinic, nameSeed, site }, { ...modules, database, transport });
}

const NO_MAIL: Mail = {
  configured: false,
  status: { waiting: 0, failed: [], outage: null },
  send: async () => undefined,
  start: async () => undefined,
  stop: async () => undefined,
};
