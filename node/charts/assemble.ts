// Joins charts to the clinic: databases and settings in, handlers for the doors out.
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { Member } from '../../consensus/member-set.ts';
import type { Network } from '../../p2p/ports.ts';
import type { BlobStore } from '../../records/blobs/blob-store.ts';
import { openingKey } from '../../records/chart/hybrid-key.ts';
import type { Guardian } from '../../records/consent/access.ts';
import type { Handler, Handlers } from '../../rpc/ports.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { Attachments } from '../attachments.ts';
import type { ServedTickets } from '../audit/ports.ts';
import type { Core } from '../core.ts';
import { Freshness } from '../freshness.ts';
import type { KeystoreContents } from '../keystore/contents.ts';
import { seedsOf } from '../keystore/rotation.ts';
import type { Patients } from '../patients/patients.ts';
import type { ChainReader } from '../services/chain-reader.ts';
import { chartHistory } from '../services/chart-history.ts';
import { ChartPatients } from '../services/chart-patients.ts';
import { type ConsentHandlers, consentService } from '../services/consent-service.ts';
import { type RecordImportHandlers, recordImportService } from '../services/record-import-service.ts';
import { type RecordHandlers, recordService } from '../services/record-service.ts';
import type { Views } from '../services/views.ts';
import type { ChainStore } from '../store/ports.ts';
import { Charts } from './charts.ts';
import type { AccessLogPort, ChartGuards, KeyRowsDatabase } from './ports.ts';
import type { BlobFetch } from './reading.ts';
import type { BlobBringer } from './replicas.ts';

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
  readonly accounts: Pick<Accounts, 'roles' | 'allRoles' | 'keyAccount'>;
  readonly attachments: Pick<Attachments, 'get' | 'want' | 'keep' | 'onFetched'>;
  readonly patients: Pick<Patients, 'find'>;
  accountOf(handle: Uint8Array): Promise<Uint8Array | undefined>;
  /** Who acts for a patient of this clinic. */
  guardiansOf(handle: Uint8Array): Promise<readonly Guardian[]>;
  /** What the chain says of the patient itself. */
  readonly history: Handler<'patient_history'>;
  readonly log: AccessLogPort;
  readonly tickets: ServedTickets;
  readonly reader: ChainReader;
  readonly views: Views;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly bringer: BlobBringer;
}

export interface AssembledCharts {
  readonly charts: Charts;
  readonly freshness: Freshness;
  readonly handlers: RecordHandlers & RecordImportHandlers & ConsentHandlers & Pick<Handlers, 'patient_history'>;
}

export function assembleCharts(options: AssembleChartsOptions, modules: AssembleChartsModules): AssembledCharts {
  const { genesisId, clinic, keys, blockInterval } = options;
  const { patients, history, reader, views, ...rest } = modules;
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
      openingKeys: seedsOf(keys, 'encryption').map((secret) => openingKey(secret, storageKey)),
    },
    { ...rest, freshness },
  );
  const about = { clinic: number, organisation };
  const found = new ChartPatients({ clinic: number }, { patients });
  return {
    ...{ charts, freshness },
    handlers: {
      patient_history: chartHistory({ clinic: number }, history, { charts, patients: found, store, reader, views }),
      ...recordService(about, { charts, patients: found, log, reader, views }),
      ...recordImportService(about, { charts, patients: found, log }),
      ...consentService(about, { charts, patients: found, log, reader }),
    },
  };
}
