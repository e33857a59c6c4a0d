// Joins charts to the clinic: databases and settings in, handlers for the doors out.
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { Member } from '../../consensus/member-set.ts';
import type { Network } from '../../p2p/ports.ts';
import type { BlobStore } from '../../records/blobs/blob-store.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { Attachments } from '../attachments.ts';
import type { ServedTickets } from '../audit/ports.ts';
import type { Core } from '../core.ts';
import { Freshness } from '../freshness.ts';
import type { KeystoreContents } from '../keystore/contents.ts';
import { seedsOf } from '../keystore/rotation.ts';
import type { Patients } from '../patients/patients.ts';
import type { ChainReader } from '../services/chain-reader.ts';
import { ChartPatients } from '../services/chart-patients.ts';
import { type ConsentHandlers, consentService } from '../services/consent-service.ts';
import { type RecordHandlers, recordService } from '../services/record-service.ts';
import type { Views } from '../services/views.ts';
import type { ChainStore } from '../store/ports.ts';
import { Charts, type ChartsModules } from './charts.ts';
import type { AccessLogPort, ChartGuards, KeyRowsDatabase } from './ports.ts';
import type { BlobFetch } from './reading.ts';

export interface AssembleChartsOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: Member;
  readonly keys: KeystoreContents;
  /** ms. */
  readonly blockInterval: number;
}

export interface AssembleChartsModules {
  readonly core: Pick<Core, 'members' | 'chain' | 'outbox' | 'author' | 'intake' | 'sync'>;
  readonly store: ChainStore;
  readonly network: Network;
  readonly database: KeyRowsDatabase;
  readonly blobs: BlobStore;
  readonly transfer: BlobFetch;
  readonly guards: ChartGuards;
  readonly accounts: Pick<Accounts, 'roles' | 'allRoles'>;
  readonly attachments: Pick<Attachments, 'get' | 'want' | 'keep' | 'onFetched'>;
  readonly patients: Pick<Patients, 'find'>;
  readonly log: AccessLogPort;
  readonly tickets: ServedTickets;
  readonly reader: ChainReader;
  readonly views: Views;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onCustody: ChartsModules['onCustody'];
}

export interface AssembledCharts {
  readonly charts: Charts;
  readonly freshness: Freshness;
  readonly handlers: RecordHandlers & ConsentHandlers;
}

export function assembleCharts(options: AssembleChartsOptions, modules: AssembleChartsModules): AssembledCharts {
  const { genesisId, clinic, keys, blockInterval } = options;
  const { patients, reader, views, ...rest } = modules;
  const { core, store, log, clock } = modules;
  const { number, organisation } = clinic;
  const freshness = new Freshness(
    { clinic: number, organisation, blockInterval },
    { members: core.members, sync: core.sync, store, clock },
  );
  const { storageKey, seeds } = keys;
  const charts = new Charts(
    {
      ...{ genesisId, clinic: number, organisation, storageKey },
      nodeSeed: seeds.node,
      encryptionSecrets: seedsOf(keys, 'encryption'),
    },
    { ...rest, freshness },
  );
  const about = { clinic: number, organisation };
  const found = new ChartPatients({ clinic: number }, { patients });
  return {
    ...{ charts, freshness },
    handlers: {
      ...recordService(about, { charts, patients: found, log, reader, views }),
      ...consentService(about, { charts, patients: found, log, reader }),
    },
  };
}
