// Patients at this clinic: registrations, provisional identifiers, links and duplicates. Joins these parts; owns no rule.
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { LinkTokens } from '../../identity/patient/link-tokens.ts';
import type { Network } from '../../p2p/ports.ts';
import { ResourceStore } from '../../records/resource-store.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { AccessEvents } from '../audit/ports.ts';
import type { Shares } from '../ceremony/shares.ts';
import { CLINICAL } from '../clinical-namespaces.ts';
import type { Core } from '../core.ts';
import type { Identifiers } from '../identifiers/assemble.ts';
import { Provisionals } from '../identifiers/provisionals.ts';
import type { ChainReader } from '../services/chain-reader.ts';
import { type FindHandlers, findService } from '../services/find-service.ts';
import { type IdentifierHandlers, identifierService } from '../services/identifier-service.ts';
import { type PatientHandlers, patientService } from '../services/patient-service.ts';
import type { Views } from '../services/views.ts';
import type { LocalDatabase } from '../store/local-database.ts';
import { localKeyValues } from '../store/local-key-values.ts';
import type { ChainStore } from '../store/ports.ts';
import { BranchSearch } from './branch-search.ts';
import { Directory } from './directory.ts';
import { Forgetting } from './forgetting.ts';
import { PatientLinks } from './patient-links.ts';
import { PatientRefs } from './patient-refs.ts';
import { Patients } from './patients.ts';
import { ProvisionalLinks } from './provisional-links.ts';
import { SuggestionStore } from './suggestion-store.ts';
import { Suggestions } from './suggestions.ts';

export interface PatientsPartOptions {
  readonly clinic: ClinicNumber;
  readonly storageKey: Uint8Array;
  /** The network's defaults for numbers typed without them. */
  readonly country: string;
  readonly idType: string;
}

export interface PatientsPartModules {
  readonly core: Pick<Core, 'members' | 'outbox' | 'author' | 'blames'>;
  readonly identifiers: Identifiers;
  readonly shares: Shares;
  readonly accounts: Pick<Accounts, 'roles'>;
  /** What was shown of whom; there once the whole clinic is assembled. */
  readonly events: () => Pick<AccessEvents, 'append'>;
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
  readonly directory: Directory;
  readonly forgetting: Forgetting;
  readonly handlers: PatientHandlers & IdentifierHandlers & FindHandlers;
  /** After the outbox. */
  start(): void;
  stop(): Promise<void>;
}

export function assemblePatients(options: PatientsPartOptions, modules: PatientsPartModules): PatientsPart {
  const { clinic, storageKey, country, idType } = options;
  const { core, shares, database, store, network, reader, views, clock, logger } = modules;
  const { members, outbox, author, blames } = core;
  const { identifiers } = modules.identifiers;
  const resources = new ResourceStore({ storageKey }, { store: localKeyValues(database, CLINICAL.resources), clock });
  const provisionals = new Provisionals(
    { storageKey },
    { store: localKeyValues(database, CLINICAL.provisionals), clock },
  );
  const links = new PatientLinks({ store, outbox, author, members });
  const found = new SuggestionStore(
    { storageKey },
    { store: localKeyValues(database, CLINICAL.suggestions), now: () => clock.now() },
  );
  const suggestions = new Suggestions(
    { clinic },
    {
      ...{ found, links, members, store, network, clock, logger },
      tokens: new LinkTokens({ evaluator: modules.identifiers.linkEvaluator }),
      blame: (peerId, error) => void blames.blame(peerId, error),
    },
  );
  const directory = new Directory({ storageKey }, { database });
  const refs = new PatientRefs({ storageKey });
  const patients = new Patients(
    { clinic, country, idType },
    { identifiers, provisionals, links, suggestions, directory, refs, resources, store, outbox, author },
  );
  const branches = new BranchSearch(
    { clinic },
    {
      ...{ directory, members, network, logger, events: modules.events },
      roles: (account, at) => modules.accounts.roles(account, at),
      blame: (peerId, error) => void blames.blame(peerId, error),
    },
  );
  const provisionalLinks = new ProvisionalLinks({
    ...{ provisionals, identifiers, patients, network, shares, clock, logger },
  });
  return {
    ...{ patients, links, provisionals, resources, directory },
    forgetting: new Forgetting({ directory, resources, provisionals, found, database }),
    handlers: {
      ...findService({ clinic }, { patients, directory, branches, refs }),
      ...patientService({ country, idType }, { patients, reader, views }),
      ...identifierService({
        ...{ shares, members, provisionals, patients, links, found, views },
        identifiers: modules.identifiers,
      }),
    },
    start: () => {
      patients.start();
      provisionalLinks.start();
      suggestions.start();
    },
    stop: async () => {
      await provisionalLinks.stop();
      await suggestions.stop();
    },
  };
}
