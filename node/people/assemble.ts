// Joins the persons to the node: settings in, handlers and sessions out.
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { Member } from '../../consensus/member-set.ts';
import type { Slots } from '../../identity/slots.ts';
import type { Network } from '../../p2p/ports.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { Config } from '../config/options.ts';
import type { DataPaths } from '../data-directory.ts';
import type { MemberSets } from '../members/member-sets.ts';
import { type AccountHandlers, accountService } from '../services/account-service.ts';
import { type RecoveryHandlers, recoveryService } from '../services/recovery-service.ts';
import { type SessionHandlers, sessionService } from '../services/session-service.ts';
import type { LocalDatabase } from '../store/local-database.ts';
import { chainAccounts } from './chain-accounts.ts';
import { People } from './people.ts';
import type { Mailer } from './ports.ts';

export interface AssemblePeopleOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: Member;
  readonly config: Config;
  /** The one in force first. */
  readonly encryptionSecrets: readonly Uint8Array[];
  readonly nodeSeed: Uint8Array;
  readonly paths: DataPaths;
}

export interface AssemblePeopleModules {
  readonly database: LocalDatabase;
  readonly network: Network;
  readonly members: MemberSets;
  readonly accounts: Accounts;
  readonly slots: Slots;
  readonly mailer: Mailer;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether the clinic signed the certificate of its doors itself. */
  selfSigned(): boolean;
}

export interface AssembledPeople {
  readonly people: People;
  readonly handlers: SessionHandlers & AccountHandlers & RecoveryHandlers;
}

export function assemblePeople(options: AssemblePeopleOptions, modules: AssemblePeopleModules): AssembledPeople {
  const { genesisId, clinic, config, encryptionSecrets, nodeSeed, paths } = options;
  const { accounts, selfSigned, ...rest } = modules;
  const { number, name, organisation } = clinic;
  const registration = { staff: config['registration.staff'], patients: config['registration.patients'] };
  const site = { name, selfSigned };
  const people = new People(
    {
      ...{ genesisId, clinic: number, organisation, encryptionSecrets, nodeSeed, registration },
      firstAdministrator: paths.firstAdministrator,
      idle: 1000 * config['session.lifetime'],
      longest: 1000 * config['session.maxLifetime'],
      photoTypes: config['photo.types'],
    },
    { ...rest, accounts: chainAccounts(accounts), site },
  );
  const about = { clinic: { number, name, organisation }, registration };
  const handlers = {
    ...sessionService(about, { people, site }),
    ...accountService({ people }),
    ...recoveryService({ people }),
  };
  return { people, handlers };
}
