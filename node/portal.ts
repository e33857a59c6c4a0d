// What people sign in to at a clinic: the persons of the organisation, API keys and event log, mail, and what
// administrators do with them. Joins these parts; owns no rule.
import { toHex } from '../common/bytes.ts';
import type { Clock } from '../common/clock.ts';
import type { Logger } from '../common/logger.ts';
import type { Member } from '../consensus/member-set.ts';
import type { Slots } from '../identity/slots.ts';
import type { Network } from '../p2p/ports.ts';
import type { Handlers } from '../rpc/ports.ts';
import type { accountMethods } from '../rpc/schema/account.ts';
import type { recoveryMethods } from '../rpc/schema/recovery.ts';
import type { sessionMethods } from '../rpc/schema/session.ts';
import { type Access, assembleAccess } from './access/assemble.ts';
import type { Accounts } from './accounts/accounts.ts';
import type { Config } from './config/options.ts';
import type { Core } from './core.ts';
import type { DataPaths } from './data-directory.ts';
import type { Doors } from './doors.ts';
import type { KeystoreContents } from './keystore/contents.ts';
import { seedsOf } from './keystore/rotation.ts';
import { assembleMail, type Mail } from './mail/assemble.ts';
import { assemblePeople } from './people/assemble.ts';
import type { People } from './people/people.ts';
import { type AdminHandlers, adminService } from './services/admin-service.ts';
import type { ApiKeyHandlers } from './services/apikey-service.ts';
import { LocalDatabase } from './store/local-database.ts';

export interface PortalOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: Member;
  readonly config: Config;
  readonly keys: KeystoreContents;
  readonly paths: DataPaths;
}

export interface PortalModules {
  readonly core: Pick<Core, 'members' | 'chain' | 'voting' | 'outbox'>;
  readonly network: Network;
  readonly accounts: Accounts;
  readonly doors: Pick<Doors, 'site' | 'certificate'>;
  readonly slots: Slots;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Throws where nothing new may be acknowledged. */
  readonly demandRoom: () => void;
}

type PersonHandlers = Pick<
  Handlers,
  keyof typeof sessionMethods | keyof typeof accountMethods | keyof typeof recoveryMethods
>;

export interface Portal {
  readonly people: People;
  readonly access: Access;
  readonly mail: Mail;
  /** Of the persons. */
  readonly database: LocalDatabase;
  readonly handlers: PersonHandlers & ApiKeyHandlers & AdminHandlers;
  /** The databases; before the chain starts. */
  open(): Promise<void>;
  /** After the chain and the accounts. `lost`: what is on disk is older than what others saw of it. */
  start(lost: boolean): Promise<void>;
  stop(): Promise<void>;
  close(): Promise<void>;
}

export function assemblePortal(options: PortalOptions, modules: PortalModules): Portal {
  const { genesisId, clinic, config, keys, paths } = options;
  const { core, network, accounts, doors, slots, clock, logger, demandRoom } = modules;
  const { members, chain, voting, outbox } = core;
  const { storageKey } = keys;
  const local = { logger, demandRoom };
  const site = (): string => doors.site;
  const access = assembleAccess(
    { genesisId, clinic: clinic.number, path: paths.access, storageKey, nodeSeeds: seedsOf(keys, 'node') },
    { clock, ...local },
  );
  const nameSeed = `${clinic.number}-${toHex(genesisId).slice(0, 8)}`;
  const mail = assembleMail({ config, paths, storageKey, clinic: clinic.name, nameSeed, site }, { clock, ...local });
  const database = new LocalDatabase({ path: paths.people, name: 'people', key: storageKey }, local);
  const { people, handlers } = assemblePeople(
    { genesisId, clinic, config, encryptionSecrets: seedsOf(keys, 'encryption'), nodeSeed: keys.seeds.node, paths },
    {
      ...{ database, network, members, accounts, slots, mailer: mail, clock, logger },
      selfSigned: () => doors.certificate?.selfSigned === true,
    },
  );
  const admin = adminService(
    { clinic: clinic.number, paths, site },
    { people, events: access.events, mail, chain, finality: voting.finality, network, outbox, clock },
  );
  return {
    ...{ people, access, mail, database },
    handlers: { ...handlers, ...access.handlers, ...admin },
    open: async () => {
      await Promise.all([database.open(), access.start()]);
    },
    start: async (lost) => {
      await people.start(lost);
      await mail.start();
    },
    stop: async () => {
      await people.stop();
      await mail.stop();
    },
    close: async () => {
      await database.close();
      await access.stop();
    },
  };
}
