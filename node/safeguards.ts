// What stands around the keys of records: their shreddable database, emergency access and erasure. Joins these parts and says
// what each asks of the rest of the clinic; owns no rule.
import { equalBytes } from '../common/bytes.ts';
import type { Clock } from '../common/clock.ts';
import type { Logger } from '../common/logger.ts';
import type { Registry } from '../common/metrics.ts';
import { patientClinicKey } from '../consensus/ledger/tables.ts';
import type { Member } from '../consensus/member-set.ts';
import type { Params } from '../consensus/params.ts';
import type { Network } from '../p2p/ports.ts';
import { chartId, chartKey, chartSecret } from '../records/chart/chart-key.ts';
import type { Accounts } from './accounts/accounts.ts';
import type { AccessEvents, NewAccess } from './audit/ports.ts';
import type { Shares } from './ceremony/shares.ts';
import type { Charts } from './charts/charts.ts';
import type { ChartGuards, KeyRowsDatabase } from './charts/ports.ts';
import { CLINICAL } from './clinical-namespaces.ts';
import type { Core } from './core.ts';
import { assembleEmergency, emergencyTimes } from './emergency/assemble.ts';
import { ChartKeys } from './emergency/chart-keys.ts';
import type { Emergencies } from './emergency/emergencies.ts';
import type { Escrows } from './emergency/escrows.ts';
import type { EmergencyAccess } from './emergency/ports.ts';
import { patientToTell } from './emergency/whom-to-tell.ts';
import { assembleErasure } from './erasure/assemble.ts';
import { chartsOf } from './erasure/chart-rows.ts';
import type { Erasures } from './erasure/erasures.ts';
import type { ErasurePorts } from './erasure/ports.ts';
import type { Freshness } from './freshness.ts';
import type { KeystoreContents } from './keystore/contents.ts';
import type { Patients } from './patients/patients.ts';
import type { People } from './people/people.ts';
import type { ChainReader } from './services/chain-reader.ts';
import { type EmergencyHandlers, emergencyService } from './services/emergency-service.ts';
import { type ErasureHandlers, erasureService } from './services/erasure-service.ts';
import type { LocalDatabase } from './store/local-database.ts';
import { localKeyValues } from './store/local-key-values.ts';
import type { ChainStore } from './store/ports.ts';
import type { ShreddableDatabase } from './store/shreddable-database.ts';

export interface SafeguardsOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: Member;
  readonly keys: KeystoreContents;
  readonly params: Params;
}

export interface SafeguardsModules {
  readonly core: Pick<Core, 'chain' | 'members' | 'outbox' | 'author' | 'blames'>;
  readonly store: ChainStore;
  readonly network: Network;
  readonly shares: Shares;
  readonly keyRows: ShreddableDatabase;
  /** The same, as whoever makes category keys uses it. */
  readonly counted: KeyRowsDatabase;
  /** Clinical data. */
  readonly database: LocalDatabase;
  readonly accounts: Pick<Accounts, 'roles'>;
  readonly people: Pick<People, 'duty' | 'index'>;
  readonly events: AccessEvents;
  readonly patients: Pick<Patients, 'find'>;
  readonly reader: ChainReader;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  /** They are made with `rows`, after this. */
  charts(): Pick<Charts, 'own' | 'ofHandle' | 'store'>;
  freshness(): Pick<Freshness, 'isFresh'>;
  /** Of the patient whom reception attached here; made after this. */
  accountOf(handle: Uint8Array): Promise<Uint8Array | undefined>;
  /** What of an erased chart the clinic has elsewhere: resources, indexes, ciphertext. */
  readonly forget: ErasurePorts['forget'];
  readonly pidOf: ErasurePorts['pidOf'];
}

export interface Safeguards {
  /** For charts: every category key that they write goes into escrow. */
  readonly rows: KeyRowsDatabase;
  readonly emergencies: Emergencies;
  readonly escrows: Escrows;
  readonly erasures: Erasures;
  readonly handlers: EmergencyHandlers & ErasureHandlers;
  readonly guards: ChartGuards;
  /** After the outbox, the shares and the record of accesses. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function assembleSafeguards(options: SafeguardsOptions, modules: SafeguardsModules): Safeguards {
  const { genesisId, keys } = options;
  const { number } = options.clinic;
  const { core, store, network, keyRows, database, accounts, people, events, patients, reader, clock, logger } =
    modules;
  const { members, outbox, author, blames } = core;
  const common = { members, network, outbox, author, clock, logger };
  const secret = chartSecret(keys.storageKey);
  const chartKeys = new ChartKeys({ clinic: number }, { database: modules.counted, logger });

  const append = async (
    access: Omit<NewAccess, 'records' | 'writer'> & { readonly writer?: number },
  ): Promise<void> => {
    await events.append({ records: [], writer: number, ...access });
  };
  const auditEmergency = async ({ action, outcome, reason, object, request }: EmergencyAccess): Promise<void> => {
    const { account, role, clinic, handle } = request;
    const who = { account, roles: role === undefined ? [] : [role], clinic };
    await append({ action, outcome, reason, reader: who, handle, purpose: 'BTG', grant: object });
  };
  const patientAccount = (handle: Uint8Array): Promise<string | undefined> =>
    patientToTell(handle, {
      store,
      accountOf: (of) => modules.accountOf(of),
      isKnown: (account) => people.index.byAccount(account) !== undefined,
    });

  const erasure = assembleErasure(
    { genesisId, clinic: number, storageKey: keys.storageKey, nodeSeed: keys.seeds.node },
    {
      ...{ ...common, keys: keyRows, chain: store, store: localKeyValues(database, CLINICAL.erasures) },
      registry: modules.registry,
      ports: {
        chartOf: async (handle, pid) => {
          const ref = { clinic: number, chart: chartId(chartKey(secret, pid)) };
          const vaults = await modules.charts().store.vaults(handle, number);
          if (vaults.length === 0 && (await modules.charts().ofHandle(handle)) === undefined) return undefined;
          let first = clock.now();
          for (const chart of await chartsOf(keyRows, ref, handle)) {
            for await (const { written } of modules.charts().store.rows(chart)) first = Math.min(first, written);
          }
          return { chart: ref.chart, first };
        },
        chainTime: () => core.chain.tip.header.timestamp,
        isFinal: async (statement) => (await reader.state(statement)).status === 'final',
        membersAt: async (statement) => {
          const { height } = await reader.state(statement);
          const block = height === null ? undefined : await store.entryAt(height);
          return block && members.at(block.header.memberSet)?.clinics.map((clinic) => clinic.number);
        },
        pidOf: modules.pidOf,
        forget: modules.forget,
        audit: async ({ outcome, reason, handle, clinic, account }) => {
          const who = { account, roles: [], clinic: number };
          const access = { action: 'erase', outcome, reason, reader: who, handle, writer: clinic } as const;
          await append({ ...access, purpose: 'HOPERAT', grant: undefined });
        },
      },
    },
  );
  const times = emergencyTimes(options.params);
  const emergency = assembleEmergency(
    { genesisId, clinic: number, nodeSeed: keys.seeds.node, times },
    {
      ...{ ...common, keys: keyRows, blames, shares: modules.shares },
      store: localKeyValues(database, CLINICAL.emergencies),
      ports: {
        roles: async (account, clinic) => (await accounts.roles(account, clinic)).map(({ role }) => role),
        isFresh: () => modules.freshness().isFresh(),
        isPatientOf: async (handle, clinic) => {
          const [row] = await store.states([patientClinicKey(handle, clinic)]);
          return row !== undefined;
        },
        audit: auditEmergency,
        tell: async ({ request: { handle, opened } }) => {
          await people.duty.tellOfEmergency(opened, opened + times.reviewMs, await patientAccount(handle));
        },
        rotate: async (handle) => {
          const charts = modules.charts();
          const ref = await charts.ofHandle(handle);
          if (ref !== undefined) await charts.own.change(() => charts.own.rotate(ref));
        },
      },
      ownKeys: () => chartKeys.all(),
    },
  );
  const { emergencies, escrows } = emergency;
  return {
    rows: chartKeys.rows,
    ...{ emergencies, escrows, erasures: erasure.erasures },
    handlers: {
      ...emergencyService({ clinic: number }, { emergencies, patients, people, clock }),
      ...erasureService({ genesisId }, { erasures: erasure.erasures, patients }),
    },
    guards: {
      emergencyOf: (account, handle) => {
        const open = emergencies.find(account, handle);
        return open && { until: open.signed.request.ends };
      },
      emergencyKey: (account, handle, { clinic, chart, category, epoch }) =>
        emergencies
          .keysFor(account, handle)
          .find(
            (one) =>
              one.clinic === clinic && one.epoch === epoch && one.category === category && equalBytes(one.chart, chart),
          )?.key,
      erasedUntil: (chart) => erasure.erasedUntil(chart),
      isErased: (row) => erasure.isErased(row),
    },
    start: async () => {
      await chartKeys.start(escrows);
      await emergency.start();
      await erasure.start();
    },
    stop: async () => {
      chartKeys.stop();
      await emergency.stop();
      await erasure.stop();
    },
  };
}
