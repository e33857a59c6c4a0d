// Joins what patients do about themselves to the clinic: settings and stores in, handlers for the doors out.

import { fromHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { Member } from '../../consensus/member-set.ts';
import type { BlobStore } from '../../records/blobs/blob-store.ts';
import type { Principal } from '../../rpc/access/principal.ts';
import type { ApiKeyStore } from '../access/api-keys/api-keys.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { ClinicAccessEvents } from '../audit/access-events.ts';
import type { SealedUploads } from '../blobs/sealed-uploads.ts';
import type { Charts } from '../charts/charts.ts';
import { namedByNoOther } from '../charts/shared-ciphertext.ts';
import { CLINICAL } from '../clinical-namespaces.ts';
import type { Core } from '../core.ts';
import type { Emergencies } from '../emergency/emergencies.ts';
import type { Downloads } from '../files/downloads.ts';
import { ownerOf } from '../files/owner.ts';
import type { KeystoreContents } from '../keystore/contents.ts';
import type { Directory } from '../patients/directory.ts';
import { PatientRefs } from '../patients/patient-refs.ts';
import type { People } from '../people/people.ts';
import type { Representatives } from '../representatives/representatives.ts';
import type { ChainReader } from '../services/chain-reader.ts';
import type { ChartPatients } from '../services/chart-patients.ts';
import { MeCallers } from '../services/me-callers.ts';
import { type MeHandlers, meService } from '../services/me-service.ts';
import { type MyFileHandlers, myFileService } from '../services/my-file-service.ts';
import { type MySharingHandlers, mySharingService } from '../services/my-sharing-service.ts';
import { MyViews } from '../services/my-views.ts';
import { type RepresentativeHandlers, representativeService } from '../services/representative-service.ts';
import type { TakeOverViews } from '../services/take-over-views.ts';
import type { Views } from '../services/views.ts';
import type { LocalDatabase } from '../store/local-database.ts';
import { localKeyValues } from '../store/local-key-values.ts';
import type { ChainStore } from '../store/ports.ts';
import type { TakeOvers } from '../take-over/take-overs.ts';
import { MeError } from './errors.ts';
import { MyAccesses } from './my-accesses.ts';
import { MyRecords } from './my-records.ts';
import { MySharing } from './my-sharing.ts';
import type { PatientAccounts } from './patient-accounts.ts';
import { PatientWords } from './patient-words.ts';
import { TakenBackAccounts } from './taken-back.ts';
import { VaultCharts } from './vault-charts.ts';
import { VaultConsents } from './vault-consents.ts';

export interface AssembleVaultOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: Member;
  readonly keys: KeystoreContents;
}

export interface AssembleVaultModules {
  readonly core: Pick<Core, 'members' | 'author'>;
  readonly patientAccounts: PatientAccounts;
  readonly representatives: Representatives;
  readonly directory: Pick<Directory, 'get'>;
  readonly charts: Charts;
  readonly blobs: BlobStore;
  readonly sealedUploads: Pick<SealedUploads, 'take'>;
  readonly downloads: Pick<Downloads, 'offer'>;
  readonly accounts: Pick<Accounts, 'roles' | 'allRoles' | 'keyAccount'>;
  readonly people: Pick<People, 'index'>;
  readonly events: ClinicAccessEvents;
  readonly emergencies: Emergencies;
  readonly patients: ChartPatients;
  readonly database: LocalDatabase;
  readonly store: ChainStore;
  readonly reader: ChainReader;
  readonly views: Views;
  readonly applications: ApiKeyStore;
  readonly takeOvers: Pick<TakeOvers, 'ofPatient'>;
  readonly takeOverViews: Pick<TakeOverViews, 'begun'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface AssembledVault {
  readonly handlers: MeHandlers & MyFileHandlers & MySharingHandlers & RepresentativeHandlers;
  /** By whom a call is made, and about whom. */
  readonly callers: MeCallers;
  readonly sharing: Pick<MySharing, 'demandHolder'>;
  start(): void;
  stop(): Promise<void>;
  /** What the clinic has of an erased patient's account beside her charts. */
  forget(handle: Uint8Array): Promise<void>;
}

export function assembleVault(options: AssembleVaultOptions, modules: AssembleVaultModules): AssembledVault {
  const { genesisId, clinic, keys } = options;
  const { core, patientAccounts, representatives, charts, blobs, accounts, people, events, emergencies, patients } =
    modules;
  const { members, author } = core;
  const { reader, applications, clock } = modules;
  const { number } = clinic;
  const isDevice = async (key: Uint8Array, account: Uint8Array): Promise<boolean> => {
    const known = await accounts.keyAccount(key);
    return known?.good === true && Buffer.from(known.account).equals(account);
  };
  const { store, own, pending, vaultCustody: custody } = charts;
  const signer = { genesisId, seed: keys.seeds.node };
  const words = new PatientWords({ store: localKeyValues(modules.database, CLINICAL.patientWords) });
  const vault = new VaultCharts(
    { clinic: number, storageKey: keys.storageKey, signer },
    { store, charts: own, custody, pending, blobs, members, author, clock, isDevice },
  );
  const refs = new PatientRefs({ storageKey: keys.storageKey });
  const callers = new MeCallers({ clinic: number }, { accounts: patientAccounts, representatives, refs, log: events });
  const sharing = new MySharing(
    { clinic: number, genesisId },
    {
      ...{ charts, vault, words, members, log: events, clock, isDevice },
      consents: new VaultConsents({ store, charts: own, pending, vault, custody, author, clock }),
      clinicsOf: async (account) => (await accounts.allRoles(account)).map((role) => role.clinic),
      still: (patient) => callers.still(patient),
    },
  );
  const records = new MyRecords({ clinic: number }, { charts, vault, blobs, chain: modules.store, log: events });
  const accesses = new MyAccesses(
    { clinic: number },
    {
      ...{ events, emergencies, records, sharing, words, representatives, log: events, clock },
      takeOvers: modules.takeOvers,
      madeAt: (statement) => modules.takeOverViews.begun(statement),
    },
  );
  const takenBack = new TakenBackAccounts(
    { clinic: number },
    { accounts: patientAccounts, representatives, sharing, log: events, clock, logger: modules.logger },
  );
  const views = new MyViews({ people, views: modules.views, applications });
  const patientNamed = async (name: string): Promise<Uint8Array | undefined> => {
    const person = people.index.byName(name);
    if (person === undefined) return undefined;
    const { account } = person.person;
    const roles = account === null ? [] : await accounts.roles(fromHex(account), number);
    if (account === null || !roles.some(({ role }) => role === 'patient')) throw new MeError({ code: 'me.no-account' });
    return fromHex(account);
  };
  const takeUpload = async (principal: Principal, cid: string, size: number): Promise<boolean> => {
    // A call that is made again finds it kept.
    if (await blobs.has(cid)) return false;
    await modules.sealedUploads.take(ownerOf(principal), cid, size);
    return true;
  };
  const dropUpload = (cid: string): Promise<void> =>
    own.change(async () => {
      const alone = await namedByNoOther(store.database, [cid], () => false);
      if (alone.has(cid)) await blobs.delete(cid);
    });
  return {
    callers,
    sharing,
    start: () => takenBack.start(),
    stop: () => takenBack.stop(),
    handlers: {
      ...representativeService(
        { clinic: number },
        {
          ...{ representatives, callers, sharing, patients, directory: modules.directory, refs, views },
          ...{ log: events, reader, takenOver: charts.takenOver, clock, patientNamed },
        },
      ),
      ...meService(
        { clinic: number },
        {
          ...{ accounts: patientAccounts, callers, records, accesses, words, patients, views, reader, patientNamed },
          log: events,
          settle: (one) => takenBack.settle(one),
        },
      ),
      ...myFileService({ callers, records, downloads: modules.downloads }),
      ...mySharingService({
        callers,
        vault,
        sharing,
        views,
        members,
        reader,
        takenOver: charts.takenOver,
        clock,
        hybrid: charts.hybrid,
        applications,
        takeUpload,
        dropUpload,
      }),
    },
    forget: async (handle) => {
      await words.forget(handle);
      await representatives.forget(handle);
      await patientAccounts.forget(handle);
    },
  };
}
