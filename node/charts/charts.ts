// Charts as one part of the clinic: makes what keeps, gives, serves and reads them, in the order in which they need each other,
// and joins them to the chain. Owns start and stop.
import { signingKeyPair } from '#crypto';
import { concatBytes, EMPTY_BYTES, fromHex, toHex } from '../../common/bytes.ts';
import type { Clock, TimerHandle } from '../../common/clock.ts';
import { Reader as Bytes } from '../../common/codec/reader.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { ClinicNumber, OrganisationNumber } from '../../consensus/ledger/types.ts';
import type { Network } from '../../p2p/ports.ts';
import type { BlobStore } from '../../records/blobs/blob-store.ts';
import type { KeyRow } from '../../records/chart/key-row.ts';
import type { OpeningKey } from '../../records/chart/packet.ts';
import type { Guardian } from '../../records/consent/access.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { Attachments } from '../attachments.ts';
import type { ServedTickets } from '../audit/ports.ts';
import type { TipChange } from '../chain/chain.ts';
import type { Core } from '../core.ts';
import type { ChainStore } from '../store/ports.ts';
import { ApplicationWriting } from './application-writing.ts';
import { AuthorSignatures } from './author-signatures.ts';
import { CategoryKeys } from './category-keys.ts';
import { ChartStore } from './chart-store.ts';
import { Custody } from './custody.ts';
import { Granting } from './granting.ts';
import { HybridKeys } from './hybrid-keys.ts';
import { Judge } from './judge.ts';
import { KeyClient } from './key-client.ts';
import { KeyServer } from './key-server.ts';
import { CHART_TABLES } from './layout.ts';
import { Outgoing } from './outgoing.ts';
import { OwnCharts, type OwnRef } from './own-chart.ts';
import { PassingOn } from './passing-on.ts';
import { PendingStatements } from './pending.ts';
import type { AccessLogPort, ChartGuards, KeyRowsDatabase } from './ports.ts';
import { type BlobFetch, Reading } from './reading.ts';
import { type BlobBringer, Replicas } from './replicas.ts';
import { Requests } from './requests.ts';
import { Searching } from './searching.ts';
import { ConsentStandings } from './standing.ts';
import { TakenOver } from './taken-over.ts';
import { VaultCustody } from './vault-custody.ts';
import { Writing } from './writing.ts';

/** How often charts are looked over: grants that end, members that came or went. */
const TIDY_MS = 60_000;

export interface ChartsOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: ClinicNumber;
  readonly organisation: OrganisationNumber;
  readonly storageKey: Uint8Array;
  readonly nodeSeed: Uint8Array;
  /** The one in force first. */
  readonly openingKeys: readonly OpeningKey[];
}

export interface ChartsModules {
  readonly core: Pick<Core, 'members' | 'chain' | 'outbox' | 'author' | 'intake'>;
  readonly store: ChainStore;
  readonly network: Network;
  readonly database: KeyRowsDatabase;
  readonly blobs: BlobStore;
  readonly transfer: BlobFetch;
  readonly bringer: BlobBringer;
  readonly accounts: Pick<Accounts, 'roles' | 'allRoles' | 'keyAccount'>;
  readonly attachments: Pick<Attachments, 'get' | 'want' | 'keep' | 'onFetched'>;
  readonly freshness: { isFresh(): Promise<boolean> };
  /** The account of a patient of this clinic, as reception said. */
  accountOf(handle: Uint8Array): Promise<Uint8Array | undefined>;
  /** Who acts for a patient of this clinic. */
  guardiansOf(handle: Uint8Array): Promise<readonly Guardian[]>;
  readonly guards: ChartGuards;
  readonly log: AccessLogPort;
  readonly tickets: ServedTickets;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class Charts {
  readonly store: ChartStore;
  readonly own: OwnCharts;
  readonly vaultCustody: VaultCustody;
  readonly writing: Writing;
  readonly granting: Granting;
  readonly requests: Requests;
  readonly applications: ApplicationWriting;
  private readonly passingOn: PassingOn;
  readonly reading: Reading;
  readonly searching: Searching;
  readonly server: KeyServer;
  readonly outgoing: Outgoing;
  readonly hybrid: HybridKeys;
  readonly takenOver: TakenOver;
  readonly replicas: Replicas;
  private readonly modules: ChartsModules;
  private readonly clinic: ClinicNumber;
  readonly pending: PendingStatements;
  private timer: TimerHandle | undefined;
  private tidying: Promise<void> | undefined;
  private stopped = false;
  private membersChanged = false;

  constructor(options: ChartsOptions, modules: ChartsModules) {
    const { genesisId, clinic, organisation, storageKey, nodeSeed, openingKeys } = options;
    const { core, store: chain, network, database, blobs, accounts, log, clock, logger } = modules;
    const { members, outbox, author, intake } = core;
    this.modules = modules;
    this.clinic = clinic;
    const signer = { genesisId, seed: nodeSeed };
    this.store = new ChartStore({ database });
    const { store } = this;
    const standings = new ConsentStandings({ store: chain, clock });
    intake.onReceived((received) => standings.onReceived(received));
    const { guards } = modules;
    this.takenOver = new TakenOver({ genesisId }, { chain, clock });
    const { takenOver } = this;
    const judge = new Judge(
      { genesisId, clinic, openingKeys },
      {
        ...{ store, chain, members, standings, takenOver, guards, clock },
        ...{ accountOf: modules.accountOf, guardiansOf: modules.guardiansOf },
      },
    );
    this.applications = new ApplicationWriting({ clinic, organisation }, { judge, log });
    this.outgoing = new Outgoing({ genesisId, clinic, nodeSeed }, { database, network, members, blobs, clock, logger });
    this.pending = new PendingStatements({ database, outbox });
    const { outgoing, pending } = this;
    const keys = new CategoryKeys({ store });
    this.hybrid = new HybridKeys({ clinic, signer, openingKeys }, { network, members, database, clock, logger });
    const { hybrid } = this;
    this.own = new OwnCharts(
      { clinic, organisation, signer },
      { store, keys, outgoing, members, hybrid, chain, judge, logger },
    );
    const charts = this.own;
    this.vaultCustody = new VaultCustody({ signer }, { store, charts, outgoing, members });
    const signatures = new AuthorSignatures({ genesisId }, { chain, accounts, clock });
    this.writing = new Writing(
      { clinic, storageKey, signer },
      { store, keys, signatures, charts, outgoing, blobs, pending, author, guards, clock },
    );
    this.granting = new Granting({
      ...{ store, keys, charts, outgoing, judge, pending, members, author, takenOver, clock },
      clinicsOf: async (account) => [...new Set((await accounts.allRoles(account)).map((role) => role.clinic))],
    });
    this.requests = new Requests(
      { genesisId, clinic, encryptionSecrets: openingKeys.map(({ encryption }) => encryption) },
      { database, members, attachments: modules.attachments, outbox, author, chain, clock, logger },
    );
    this.passingOn = new PassingOn(
      { clinic },
      {
        ...{ granting: this.granting, requests: this.requests, judge, store, log, clock, logger },
        ofHandle: (handle) => this.ofHandle(handle),
        rolesOf: (account) => accounts.allRoles(account),
        organisationOf: (number) => members.record(number)?.organisation ?? 0,
      },
    );
    intake.onReceived((received) => this.requests.onReceived(received));
    core.chain.onChange((change) => {
      this.requests.follow(change);
      this.followPatients(change, organisation);
    });
    const client = new KeyClient(
      { genesisId, clinic, node: signingKeyPair(nodeSeed) },
      { network, members, tickets: modules.tickets, clock, logger },
    );
    const { transfer, freshness } = modules;
    this.reading = new Reading(
      { genesisId, clinic, organisation, openingKeys },
      { store, judge, signatures, client, chain, blobs, transfer, guards, log, logger },
    );
    this.searching = new Searching({ store, reading: this.reading, blobs, logger });
    this.server = new KeyServer(
      { genesisId, clinic },
      {
        ...{ store, judge, members, chain, network, freshness, log, blobs, clock, logger },
        roles: (account, at) => accounts.roles(account, at),
      },
    );
    this.replicas = new Replicas(
      { genesisId, clinic, nodeSeed },
      { store, blobs, bringer: modules.bringer, members, chain, clock, logger },
    );
    const onRows = (rows: readonly KeyRow[]): void => {
      void this.replicas.want(rows).then(() => this.replicas.wake());
    };
    new Custody({ genesisId, clinic }, { store, chain, members, network, blobs, guards, clock, logger, onRows });
  }

  /** After the outbox. */
  async start(): Promise<void> {
    this.modules.core.members.onChange(() => {
      this.membersChanged = true;
    });
    await this.hybrid.start();
    await this.pending.start();
    await this.outgoing.start();
    await this.replicas.start();
    this.schedule();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.modules.clock.clearTimeout(this.timer);
    await this.tidying;
    await this.own.idle();
    await this.hybrid.stop();
    await this.outgoing.stop();
    await this.replicas.stop();
  }

  /** Whether a peer may have this ciphertext by the ticket that it shows: a reader's, or a custodian's. */
  async authorise(from: string, ticket: Uint8Array, cid: string): Promise<boolean> {
    return (await this.replicas.authorise(from, ticket, cid)) ?? this.server.authorise(from, ticket, cid);
  }

  /** Every chart of this clinic. */
  async *all(): AsyncGenerator<OwnRef> {
    for await (const [key, chart] of this.modules.database.range({ prefix: Uint8Array.of(CHART_TABLES.chart) })) {
      const input = new Bytes(key.subarray(1));
      const handle = input.fixed(32);
      if (input.u16() === this.clinic) yield { clinic: this.clinic, chart, handle };
    }
  }

  /** Every vault at this clinic, of earlier accounts as well; `of`: of one patient. */
  async *vaults(of: Uint8Array = EMPTY_BYTES): AsyncGenerator<OwnRef> {
    const prefix = concatBytes(Uint8Array.of(CHART_TABLES.vaults), of);
    for await (const [key] of this.modules.database.range({ prefix })) {
      const input = new Bytes(key.subarray(1));
      const [handle, clinic, chart] = [input.fixed(32), input.u16(), input.fixed(32)];
      if (clinic === this.clinic) yield { clinic, chart, handle };
    }
  }

  /** The own chart of a patient, where there is one. */
  async ofHandle(handle: Uint8Array): Promise<OwnRef | undefined> {
    const chart = await this.store.chartOf(handle, this.clinic);
    return chart === undefined ? undefined : { clinic: this.clinic, chart, handle };
  }

  /** Those with grants that may end, and those whose rows are still to move. */
  private async *unsettled(): AsyncGenerator<OwnRef> {
    const { database } = this.modules;
    const { clinic } = this;
    const seen = new Set<string>();
    for await (const [key, handle] of database.range({ prefix: Uint8Array.of(CHART_TABLES.untidy) })) {
      const chart = key.slice(1);
      seen.add(toHex(chart));
      yield { clinic, chart, handle };
    }
    for await (const [key] of database.range({ prefix: Uint8Array.of(CHART_TABLES.given) })) {
      const given = await this.store.given(key.slice(1));
      if (given === undefined || given.ended > 0 || seen.has(toHex(given.chart))) continue;
      seen.add(toHex(given.chart));
      yield { clinic, chart: given.chart, handle: given.handle };
    }
  }

  /** A patient came to another branch, or left it: what branches may read follows. */
  private followPatients({ connected }: TipChange, organisation: OrganisationNumber): void {
    const { members } = this.modules.core;
    for (const { events } of connected) {
      for (const { family, data } of events) {
        const { handle, clinic } = data;
        if (family !== 'patients' || typeof handle !== 'string' || typeof clinic !== 'number') continue;
        if (clinic === this.clinic || members.current.clinic(clinic)?.organisation !== organisation) continue;
        this.ofHandle(fromHex(handle))
          .then((ref) => ref && this.granting.revisit(ref))
          .catch((error) => this.modules.logger.error({ code: codeOf(error) }, 'a chart does not follow its patient'));
      }
    }
  }

  /** Looks charts over: what ended ends, what was interrupted goes on, custodians follow the members. */
  tidy(): Promise<void> {
    this.tidying ??= this.tidyAll().finally(() => {
      this.tidying = undefined;
    });
    return this.tidying;
  }

  private async tidyAll(): Promise<void> {
    const everything = this.membersChanged;
    this.membersChanged = false;
    await this.passingOn.answerOpen().catch((error) => {
      this.modules.logger.warn({ code: codeOf(error) }, 'grants that are passed on have no answer yet');
    });
    for await (const ref of everything ? this.everything() : this.unsettled()) {
      if (this.stopped) return;
      try {
        await this.granting.tidy(ref);
        if (await this.store.isVault(ref.handle, ref)) await this.own.change(() => this.vaultCustody.tidy(ref));
      } catch (error) {
        this.modules.logger.error({ err: error, code: codeOf(error) }, 'a chart is not in order');
      }
    }
  }

  private async *everything(): AsyncGenerator<OwnRef> {
    yield* this.all();
    yield* this.vaults();
  }

  private schedule(): void {
    if (this.stopped) return;
    this.timer = this.modules.clock.setTimeout(() => {
      void this.tidy().then(() => this.schedule());
    }, TIDY_MS);
  }
}
