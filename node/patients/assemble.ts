// Patients at this clinic: registrations, provisional identifiers and their links. Joins these parts; owns no rule.
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { Network } from '../../p2p/ports.ts';
import { ResourceStore } from '../../records/resource-store.ts';
import type { Shares } from '../ceremony/shares.ts';
import { CLINICAL } from '../clinical-namespaces.ts';
import type { Core } from '../core.ts';
import type { Identifiers } from '../identifiers/assemble.ts';
import { Provisionals } from '../identifiers/provisionals.ts';
import type { ChainReader } from '../services/chain-reader.ts';
import { type PatientHandlers, patientService } from '../services/patient-service.ts';
import type { Views } from '../services/views.ts';
import type { LocalDatabase } from '../store/local-database.ts';
import { localKeyValues } from '../store/local-key-values.ts';
import type { ChainStore } from '../store/ports.ts';
import { PatientLinks } from './patient-links.ts';
import { Patients } from './patients.ts';
import { ProvisionalLinks } from './provisional-links.ts';

export interface PatientsPartOptions {
  readonly clinic: ClinicNumber;
  readonly storageKey: Uint8Array;
  /** The network's defaults for numbers typed without them. */
  readonly country: string;
  readonly idType: string;
}

export interface PatientsPartModules {
  readonly core: Pick<Core, 'members' | 'outbox' | 'author'>;
  readonly identifiers: Identifiers;
  readonly shares: Shares;
  readonly database: LocalDatabase;
  readonly store: ChainStore;
  readonly network: Network;
  readonly reader: ChainReader;
  readonly views: Views;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface PatientsPart {
  readonly patients: Patients;
  readonly links: PatientLinks;
  readonly provisionals: Provisionals;
  readonly resources: ResourceStore;
  readonly handlers: PatientHandlers;
  /** After the outbox. */
  start(): void;
  stop(): Promise<void>;
}

export function assemblePatients(options: PatientsPartOptions, modules: PatientsPartModules): PatientsPart {
  const { clinic, storageKey, country, idType } = options;
  const { core, shares, database, store, network, reader, views, clock, logger } = modules;
  const { members, outbox, author } = core;
  const { identifiers } = modules.identifiers;
  const resources = new ResourceStore({ storageKey }, { store: localKeyValues(database, CLINICAL.resources), clock });
  const provisionals = new Provisionals(
    { storageKey },
    { store: localKeyValues(database, CLINICAL.provisionals), clock },
  );
  const links = new PatientLinks({ store, outbox, author, members });
  const patients = new Patients(
    { clinic, country, idType },
    { identifiers, provisionals, links, resources, store, outbox, author },
  );
  const provisionalLinks = new ProvisionalLinks({
    ...{ provisionals, identifiers, patients, network, shares, clock, logger },
  });
  return {
    ...{ patients, links, provisionals, resources },
    handlers: patientService({ country, idType }, { patients, reader, views }),
    start: () => {
      patients.start();
      provisionalLinks.start();
    },
    stop: () => provisionalLinks.stop(),
  };
}
