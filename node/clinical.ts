// What a clinic does for patients: identifiers, registrations, records and who may read them. Joins these parts in one
// place, behind one start and one stop; owns no rule.
import { toHex } from '../common/bytes.ts';
import type { Clock } from '../common/clock.ts';
import type { Logger } from '../common/logger.ts';
import type { Registry } from '../common/metrics.ts';
import type { Genesis } from '../consensus/genesis.ts';
import type { Member } from '../consensus/member-set.ts';
import { SealedPidCache } from '../identity/patient/pid-cache.ts';
import type { Slots } from '../identity/slots.ts';
import type { Network } from '../p2p/ports.ts';
import { openingKey } from '../records/chart/hybrid-key.ts';
import type { RpcServerModules } from '../rpc/server/options.ts';
import type { Accounts } from './accounts/accounts.ts';
import type { Attachments } from './attachments.ts';
import { assembleAudit } from './audit/assemble.ts';
import { type AssembledBlobs, assembleBlobs } from './blobs/assemble.ts';
import type { CatchUp } from './catch-up.ts';
import { assembleCeremonies } from './ceremony/assemble.ts';
import type { Shares } from './ceremony/shares.ts';
import { type AssembledCharts, assembleCharts } from './charts/assemble.ts';
import { CLINICAL } from './clinical-namespaces.ts';
import type { Config } from './config/options.ts';
import type { Core } from './core.ts';
import type { DataPaths } from './data-directory.ts';
import { forgetChart } from './erasure/forget-chart.ts';
import { ErasureWishes } from './erasure/wishes.ts';
import { type AssembledFiles, assembleFiles } from './files/assemble.ts';
import { assembleIdentifiers } from './identifiers/assemble.ts';
import type { KeystoreContents } from './keystore/contents.ts';
import { seedsOf } from './keystore/rotation.ts';
import type { KeyKeeper } from './members/own-keys.ts';
import { assemblePatients } from './patients/assemble.ts';
import type { Portal } from './portal.ts';
import { assembleRecovery } from './recovery/assemble.ts';
import type { KeyBackup } from './recovery/key-backup.ts';
import { Representatives } from './representatives/representatives.ts';
import { assembleSafeguards, type Safeguards } from './safeguards.ts';
import { type AuditHandlers, auditService } from './services/audit-service.ts';
import { type CeremonyHandlers, ceremonyService } from './services/ceremony-service.ts';
import type { ChainReader } from './services/chain-reader.ts';
import { ChartPatients } from './services/chart-patients.ts';
import { colleagueService } from './services/colleague-service.ts';
import type { ConsentHandlers } from './services/consent-service.ts';
import { type ErasureWishHandlers, erasureWishService } from './services/erasure-wish-service.ts';
import type { FindHandlers } from './services/find-service.ts';
import type { IdentifierHandlers } from './services/identifier-service.ts';
import { type MyTakeOverHandlers, myTakeOverService } from './services/my-take-over-service.ts';
import type { PatientHandlers } from './services/patient-service.ts';
import type { RecordImportHandlers } from './services/record-import-service.ts';
import type { RecordHandlers } from './services/record-service.ts';
import { type TakeOverHandlers, takeOverService } from './services/take-over-service.ts';
import { TakeOverViews } from './services/take-over-views.ts';
import type { Views } from './services/views.ts';
import type { LocalDatabase } from './store/local-database.ts';
import { localCache, localKeyValues } from './store/local-key-values.ts';
import type { ChainStore } from './store/ports.ts';
import { ShreddableDatabase } from './store/shreddable-database.ts';
import { TakeOverIndex } from './take-over/take-over-index.ts';
import { TakeOverNotices } from './take-over/take-over-notices.ts';
import { TakeOvers } from './take-over/take-overs.ts';
import { Takeouts } from './takeout/takeouts.ts';
import { type AssembledVault, assembleVault } from './vault/assemble.ts';
import { PatientAccounts } from './vault/patient-accounts.ts';

export interface ClinicalOptions {
  readonly genesis: Genesis;
  readonly genesisId: Uint8Array;
  readonly clinic: Member;
  readonly config: Config;
  readonly keys: KeystoreContents;
  readonly paths: DataPaths;
}

export interface ClinicalModules {
  readonly core: Pick<Core, 'members' | 'chain' | 'voting' | 'outbox' | 'author' | 'intake' | 'blames' | 'sync'>;
  readonly store: ChainStore;
  readonly network: Network;
  /** Encrypted under the keystore; CLINICAL says who writes where. */
  readonly database: LocalDatabase;
  readonly portal: Portal;
  readonly accounts: Accounts;
  readonly attachments: Attachments;
  /** Where shares of the members' keys live. */
  readonly keystore: KeyKeeper;
  readonly reader: ChainReader;
  readonly views: Views;
  readonly slots: Slots;
  readonly catchUp: Pick<CatchUp, 'active' | 'begin'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  /** Throws where nothing new may be acknowledged. */
  readonly demandRoom: () => void;
}

export interface Clinical {
  /** Keys that the members hold together. */
  readonly shares: Shares;
  readonly handlers: PatientHandlers &
    FindHandlers &
    IdentifierHandlers &
    AuditHandlers &
    TakeOverHandlers &
    MyTakeOverHandlers &
    RecordHandlers &
    RecordImportHandlers &
    ConsentHandlers &
    ReturnType<typeof colleagueService> &
    AssembledVault['handlers'] &
    AssembledFiles['handlers'] &
    ErasureWishHandlers &
    CeremonyHandlers &
    Safeguards['handlers'];
  /** What the doors ask of it besides methods. */
  readonly doors: Pick<RpcServerModules, 'answers' | 'takeout' | 'files'>;
  /** What a backup holds of them. */
  readonly keys: KeyBackup;
  /** Brings back the keys of records that are missing, once the chain is that of the others. */
  recover(): Promise<void>;
  /** Databases and files of its own, after the clinical database; before the chain starts. */
  open(): Promise<void>;
  /** After the chain, the outbox and the persons; before the network. */
  start(): Promise<void>;
  /** Before the outbox and the network. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export function assembleClinical(options: ClinicalOptions, modules: ClinicalModules): Clinical {
  const { genesis, clinic, config, keys, paths } = options;
  const { core, store, network, database, reader, views, slots, clock, logger, demandRoom } = modules;
  const { members, outbox, author, blames } = core;
  const { storageKey } = keys;
  const { country, idType } = genesis;
  const ceremonies = assembleCeremonies(
    { genesis, genesisId: options.genesisId, clinic: clinic.number },
    { core, store, network, keystore: modules.keystore, clock, logger },
  );
  const { shares } = ceremonies;
  const identifiers = assembleIdentifiers(
    {
      ...{ clinic: clinic.number, storageKey },
      perDay: { identifier: config['identifiers.perDay'], link: config['identifiers.linksPerDay'] },
    },
    {
      ...{ network, members, shares, blames, slots, clock, logger },
      store: localKeyValues(database, CLINICAL.quotas),
      cache: new SealedPidCache({ storageKey }, { store: localCache(database, CLINICAL.identifiers) }),
    },
  );
  const patients = assemblePatients(
    { clinic: clinic.number, storageKey, country, idType },
    {
      ...{ core, identifiers, shares, database, store, network, reader, views, clock, logger },
      ...{ accounts: modules.accounts, events: () => audit.events },
    },
  );
  const keyRows = new ShreddableDatabase(
    { path: paths.keys, name: 'key rows', key: storageKey },
    { logger, demandRoom },
  );
  const ciphertext: AssembledBlobs = assembleBlobs(
    { path: paths.blobs },
    {
      ...{ network, blames, clock, logger, demandRoom },
      authorise: (from, ticket, cid) => charts.charts.authorise(from, ticket, cid),
      duties: { all: () => charts.charts.replicas.all() },
      demandWhole: () => recovery.demandWhole(),
    },
  );
  const blobs = ciphertext.store;
  const audit = assembleAudit(
    { genesisId: options.genesisId, clinic: clinic.number, storageKey, nodeSeed: keys.seeds.node },
    { database: modules.portal.access.database, network, members, store, outbox, author, clock, logger },
  );
  const keeping = assembleRecovery(
    {
      ...{ genesisId: options.genesisId, clinic: clinic.number, storageKey, path: paths.ownKeys },
      openingKeys: seedsOf(keys, 'encryption').map((secret) => openingKey(secret, storageKey)),
    },
    {
      ...{ keyRows, chain: store, members, network, blobs, catchUp: modules.catchUp, clock, logger },
      store: localCache(database, CLINICAL.keyMark),
      safeguards: () => safeguards,
      charts: () => charts.charts,
    },
  );
  const { recovery, marks } = keeping;
  const safeguards: Safeguards = assembleSafeguards(
    { genesisId: options.genesisId, clinic, keys, params: genesis.params },
    {
      ...{ core, store, network, shares, keyRows, database, reader, clock, logger },
      ...{
        registry: modules.registry,
        accounts: modules.accounts,
        people: modules.portal.people,
        events: audit.events,
      },
      patients: patients.patients,
      charts: () => charts.charts,
      counted: keeping.rows,
      freshness: () => ({ isFresh: async () => !recovery.active && charts.freshness.isFresh() }),
      accountOf: (handle) => patientAccounts.accountOf(handle),
      pidOf: (handle) => patients.forgetting.pidOf(handle),
      forget: forgetChart(
        { clinic: clinic.number },
        {
          ...{ rows: keyRows, blobs, marks },
          patients: {
            forget: async ({ handle, pid }) => {
              await patients.forgetting.forget(handle, pid);
              await vault.forget(handle);
              await wishes.forget(handle);
            },
          },
        },
      ),
    },
  );
  const wishes = new ErasureWishes({ store: localKeyValues(database, CLINICAL.erasureWishes), logger });
  const patientAccounts = new PatientAccounts({
    ...{ chain: store, outbox, author },
    store: localKeyValues(database, CLINICAL.patientAccounts),
    isTakenOver: async (handle) => (await charts.charts.takenOver.of(handle)) !== undefined,
  });
  const representatives = new Representatives({
    ...{ chain: store, outbox, author, clock },
    store: localKeyValues(database, CLINICAL.representatives),
    birthDate: async (pid) => (await patients.directory.get(pid))?.birthDate ?? '',
    accountOf: (handle) => patientAccounts.accountOf(handle),
  });
  const charts: AssembledCharts = assembleCharts(
    { genesisId: options.genesisId, clinic, keys, blockInterval: genesis.params.blockInterval },
    {
      ...{ core, store, network, blobs, reader, views, clock, logger },
      database: keeping.gated(safeguards.rows),
      ...{ accounts: modules.accounts, attachments: modules.attachments, patients: patients.patients },
      history: patients.handlers.patient_history,
      log: audit.events,
      tickets: audit.watch,
      transfer: ciphertext.client,
      guards: safeguards.guards,
      bringer: ciphertext.keeper,
      accountOf: (handle) => patientAccounts.accountOf(handle),
      guardiansOf: (handle) => representatives.guardians(handle),
    },
  );
  const chartPatients = new ChartPatients({ clinic: clinic.number }, { patients: patients.patients });
  const files = assembleFiles(
    {
      ...{ genesisId: options.genesisId, clinic: clinic.number, organisation: clinic.organisation },
      ...{ config, path: paths.uploads },
    },
    { blobs: ciphertext, charts: charts.charts, patients: chartPatients, log: audit.events, reader, clock, demandRoom },
  );
  const audited = auditService(
    { clinic: clinic.number },
    { ...audit, views, patients: patients.patients, people: modules.portal.people },
  );
  const takeOverIndex = new TakeOverIndex({ store: localKeyValues(database, CLINICAL.takeOverIndex) });
  const takeOvers = new TakeOvers({ ...{ store, outbox, author, clock }, index: takeOverIndex });
  const takeOverViews = new TakeOverViews({ store });
  const vault: AssembledVault = assembleVault(
    { genesisId: options.genesisId, clinic, keys },
    {
      ...{ core, patientAccounts, representatives, directory: patients.directory, charts: charts.charts, blobs },
      accounts: modules.accounts,
      ...{ people: modules.portal.people, events: audit.events, emergencies: safeguards.emergencies },
      ...{ patients: chartPatients, database, store, reader, views, clock, logger },
      ...{ takeOvers, takeOverViews },
      applications: modules.portal.access.apiKeys,
      ...{ sealedUploads: files.sealedUploads, downloads: files.downloads },
    },
  );
  core.chain.onChange(async ({ connected }) => {
    const told = connected.filter(({ families }) => families.includes('patients'));
    for (const { events } of told) await takeOvers.follow(events).catch(() => undefined);
  });
  const { people } = modules.portal;
  const takeOverNotices = new TakeOverNotices({
    ...{ takeOvers, index: takeOverIndex, clock, logger },
    store: localKeyValues(database, CLINICAL.takeOverNotices),
    accountOf: (handle) => patientAccounts.accountOf(handle),
    tellPatient: (account, at) => people.duty.tellOfTakeOver(toHex(account), at),
    tellOfficers: (at) => people.duty.tellToAnswerTakeOver(at),
  });
  const takeout = new Takeouts(
    { genesis, genesisId: options.genesisId, clinic, nodeSeed: keys.seeds.node },
    {
      ...{ charts: charts.charts, blobs, chain: store, log: audit.events, views, clock },
      ...{ patients: chartPatients, callers: vault.callers },
      handlers: { ...patients.handlers, ...charts.handlers, ...audited },
    },
  );
  return {
    shares,
    doors: { answers: localKeyValues(database, CLINICAL.answers), takeout, files: files.door },
    handlers: {
      ...safeguards.handlers,
      ...erasureWishService({
        ...{ wishes, erasures: safeguards.erasures, accounts: patientAccounts, representatives, views, clock },
        ...{ callers: vault.callers, sharing: vault.sharing },
        people: modules.portal.people,
      }),
      ...colleagueService(
        { clinic: clinic.number, organisation: clinic.organisation },
        {
          ...{ people: modules.portal.people, accounts: modules.accounts, clock },
          organisationOf: (number) => members.record(number)?.organisation,
        },
      ),
      ...ceremonyService({ ceremonies, outbox, author, views }),
      ...patients.handlers,
      // Theirs of the history has the records of charts besides.
      ...charts.handlers,
      ...files.handlers,
      ...vault.handlers,
      ...audited,
      ...takeOverService(
        { genesisId: options.genesisId },
        { takeOvers, views: takeOverViews, patients: patients.patients, reader },
      ),
      ...myTakeOverService(
        { genesisId: options.genesisId },
        { takeOvers, views: takeOverViews, callers: vault.callers, reader },
      ),
    },
    keys: keeping.backup,
    recover: () => recovery.run(),
    open: async () => {
      await Promise.all([keyRows.open(), blobs.open(), files.open(), wishes.open()]);
      await recovery.open();
    },
    start: async () => {
      await ceremonies.start();
      await audit.start();
      patients.start();
      recovery.start();
      if (!recovery.active) await charts.charts.start();
      ciphertext.upkeep.start();
      await safeguards.start();
      takeOverNotices.start();
      vault.start();
    },
    stop: async () => {
      await vault.stop();
      await takeOverNotices.stop();
      await recovery.stop();
      await safeguards.stop();
      await ciphertext.upkeep.stop();
      await charts.charts.stop();
      await ceremonies.stop();
      await patients.stop();
      await audit.stop();
    },
    close: async () => {
      await files.close();
      await keyRows.close();
    },
  };
}
