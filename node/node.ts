// One running clinic: makes every part, in the order in which they need each other, and ends them in reverse.
// The composition root; owns no rule of its own.
import { existsSync } from 'node:fs';
import { signEd25519, signingKeyPair } from '#crypto';
import { type Clock, systemClock } from '../common/clock.ts';
import { ScryptThreads } from '../common/crypto/scrypt-threads.node.ts';
import type { CertificateFacts } from '../common/crypto/self-signed.node.ts';
import { runCryptoSelfTest } from '../common/crypto/self-test.ts';
import type { Logger } from '../common/logger.ts';
import { collectProcessMetrics, createRegistry } from '../common/metrics.ts';
import { type Genesis, genesisId as idOfGenesis } from '../consensus/genesis.ts';
import type { Member } from '../consensus/member-set.ts';
import { Slots } from '../identity/slots.ts';
import { peerIdOf } from '../p2p/peer-id.ts';
import type { Network } from '../p2p/ports.ts';
import type { Access } from './access/assemble.ts';
import { assembleAccounts } from './accounts/assemble.ts';
import { Attachments } from './attachments.ts';
import { BackupSource } from './backup/backup-source.ts';
import { CatchUp } from './catch-up.ts';
import type { Chain } from './chain/chain.ts';
import { assembleClinical } from './clinical.ts';
import { CLINICAL } from './clinical-namespaces.ts';
import type { Config } from './config/options.ts';
import { assembleCore } from './core.ts';
import type { DataPaths } from './data-directory.ts';
import { DiskSpace } from './disk-space.ts';
import { Doors } from './doors.ts';
import { EventLoop } from './event-loop.ts';
import { FeatureWatch } from './feature-watch.ts';
import { assembleFeed } from './feeds/assemble.ts';
import { assembleDoorGateway } from './gateway/assemble.ts';
import { Admission } from './joining/admission.ts';
import type { InvitationPeer } from './joining/invitation.ts';
import { Observers } from './joining/observers.ts';
import { serveJoining } from './joining/protocols.ts';
import type { KeystoreContents, SharedKeys } from './keystore/contents.ts';
import { seedsOf } from './keystore/rotation.ts';
import { knownPeers } from './known-peers.ts';
import { followOwnKeys } from './members/follow-own-keys.ts';
import type { KeyKeeper } from './members/own-keys.ts';
import type { Mempool } from './mempool/mempool.ts';
import { Miner } from './miner/miner.ts';
import { MiningHistory } from './mining-history.ts';
import { nodeNetwork } from './node-network.ts';
import type { Outbox } from './outbox/outbox.ts';
import { OutboxStore } from './outbox/outbox-store.ts';
import { Bans } from './peers/bans.ts';
import type { People } from './people/people.ts';
import { assemblePortal } from './portal.ts';
import { assembleSecurity } from './security/assemble.ts';
import { accountChainService } from './services/account-chain-service.ts';
import { ChainReader } from './services/chain-reader.ts';
import { chainExport, chainService } from './services/chain-service.ts';
import { checkpointService } from './services/checkpoint-service.ts';
import { EventFeed } from './services/event-source.ts';
import { followFinality } from './services/final-statements.ts';
import { governanceService } from './services/governance-service.ts';
import { memberService } from './services/member-service.ts';
import { miningService } from './services/mining-service.ts';
import { nodeService } from './services/node-service.ts';
import { peerService } from './services/peer-service.ts';
import { proofService } from './services/proof-service.ts';
import { threatSignatureService } from './services/threat-signature-service.ts';
import { txService } from './services/tx-service.ts';
import { Views } from './services/views.ts';
import { openOrSetAside } from './set-aside.ts';
import { StatementEvents } from './statement-events.ts';
import { AttachmentDatabase } from './store/attachment-database.ts';
import { ChainStoreClient } from './store/client.ts';
import { LocalDatabase } from './store/local-database.ts';
import { localKeyValues } from './store/local-key-values.ts';
import { assembleThreats } from './threats/assemble.ts';
import { EquivocationError, Equivocations } from './threats/equivocations.ts';
import { voteFile } from './voter/vote-file.ts';

export interface NodeOptions {
  readonly genesis: Genesis;
  /** This clinic; its number is OBSERVER until it is admitted. */
  readonly clinic: Member;
  readonly keys: KeystoreContents;
  /** Seed of the node key that the members know this clinic by, where that is not yet the one of the chain that is here. */
  readonly knownBy?: Uint8Array;
  /** Whom an observer may connect to beside the members that its chain names. */
  readonly contacts?: readonly InvitationPeer[];
  readonly paths: DataPaths;
  readonly config: Config;
  /** What this version knows (consensus/features.ts); tests play an older one. */
  readonly features?: readonly number[];
  /** Folder of the built pages; none are served without it. */
  readonly webRoot: string | undefined;
}

export interface NodeModules {
  readonly logger: Logger;
  /** Keeps what the chain and the members gave this clinic; `admitted` resolves afterwards. */
  admit?(member: Member, shared: SharedKeys): Promise<void>;
  /** Where new keys of this clinic are made, and take the place of others. */
  readonly keystore: KeyKeeper;
  readonly clock?: Clock;
}

const MIB = 1024 * 1024;
/** Hashes that take tens of MiB each, of passwords and of patients' numbers, at one time. */
const COSTLY_RUNS = 2;

export class Node {
  readonly network: Network;
  readonly chain: Chain;
  readonly outbox: Outbox;
  readonly people: People;
  readonly access: Access;
  readonly mempool: Mempool;
  /** Resolves if the chain store fails for good: nothing is followed any more, and only a new start helps. */
  readonly failed: Promise<Error>;
  /** Resolves when it has stopped, whoever asked for it. */
  readonly ended: Promise<void>;
  /** Resolves when this clinic is admitted: a new start makes it the member that it is. */
  readonly admitted: Promise<void>;
  /** Resolves when other keys of this clinic are in use: a new start takes them up, by this name at first where one is given. */
  readonly rekeyed: Promise<Uint8Array | undefined>;
  private readonly starts: (() => unknown)[];
  private readonly stops: (() => unknown)[];
  private readonly logger: Logger;
  private readonly doors: Doors;
  private running: Promise<void> | undefined;
  private started: Promise<void> | undefined;
  private stopped: Promise<void> | undefined;

  constructor(options: NodeOptions, modules: NodeModules) {
    const { genesis, clinic, keys, paths, config, contacts = [], features } = options;
    const { logger, clock = systemClock } = modules;
    const { shared, storageKey } = keys;
    this.logger = logger;
    const genesisId = idOfGenesis(genesis);
    const registry = createRegistry();
    collectProcessMetrics(registry);
    const nodeKey = signingKeyPair(keys.seeds.node);
    const gatewayKey = signingKeyPair(keys.seeds.gateway);

    const { promise: failed, resolve: fail } = Promise.withResolvers<Error>();
    const store = new ChainStoreClient({ path: paths.chain, genesis, features }, { onFailure: fail });
    const network = nodeNetwork(options.knownBy ?? keys.seeds.node, config, { logger, clock, registry });
    const observers = new Observers({ path: paths.observers }, { clock, logger });
    const attachmentDatabase = new AttachmentDatabase({ path: paths.attachments });
    const attachments = new Attachments({ database: attachmentDatabase, network, clock, logger });
    const disk = new DiskSpace({ path: paths.root, reserve: config['disk.reserve'] * MIB }, { clock, logger });
    const local = { logger, demandRoom: disk.demand };
    const outboxDatabase = new LocalDatabase({ path: paths.outbox, name: 'outbox', key: storageKey }, local);
    const miner = new Miner(
      { threads: config['mining.threads'], dutyCycle: config['mining.duty'] },
      { logger, registry },
    );
    const core = assembleCore(
      {
        ...{ genesis, clinic: clinic.number, voteSeeds: seedsOf(keys, 'vote') },
        keys: {
          node: { publicKey: nodeKey.publicKey, sign: (message) => signEd25519(keys.seeds.node, message) },
          gateway: { publicKey: gatewayKey.publicKey, sign: (message) => signEd25519(keys.seeds.gateway, message) },
        },
        sync: {
          mode: config['sync.mode'],
          keep: config['store.mode'] === 'pruned' ? config['store.keep'] : undefined,
        },
      },
      {
        ...{ network, store, miner, clock, logger, registry },
        outboxStore: new OutboxStore({ database: outboxDatabase }),
        attachments: attachmentDatabase,
        voteFile: voteFile(paths.votes),
        paused: () => disk.low || catchUp.active,
      },
    );
    const { members, chain, mempool, intake, blames, sync, author, outbox, voting, producer } = core;
    const { finality } = voting;
    const clinicalDatabase = new LocalDatabase({ path: paths.clinical, name: 'clinical data', key: storageKey }, local);
    const defence = assembleThreats(
      { genesis, clinic },
      { core, store, network, attachments, keystore: modules.keystore, database: clinicalDatabase, clock, logger },
    );
    const { blocklist, neverBlock, signatures } = defence;
    const threatFeed = assembleFeed(
      { genesis, clinic, path: paths.feed, key: storageKey, stix: config['feeds.stix'] },
      { ...defence, members, clock, logger },
    );
    const accounts = assembleAccounts(
      { genesisId, clinic: clinic.number, organisation: clinic.organisation },
      { core, store, clock, logger },
    );
    const scryptThreads = new ScryptThreads({ clock });
    const slots = new Slots({ limit: COSTLY_RUNS }, { scrypt: scryptThreads.derive });
    const doors = new Doors(
      { config, paths, clinic: clinic.number, genesisId, webRoot: options.webRoot },
      { clock, logger },
    );
    const portal = assemblePortal(
      { genesisId, clinic, config, keys, paths },
      { core, network, accounts, doors, slots, clock, ...local },
    );
    const equivocations = new Equivocations(
      { genesisId },
      {
        ...{ database: localKeyValues(clinicalDatabase, CLINICAL.evidence), members, store, clock, logger },
        onFound: ({ clinic: number }) => {
          const member = members.record(number);
          const error = new EquivocationError({ code: 'threats.equivocation', clinic: number });
          if (member !== undefined) void blames.blame(peerIdOf(member.nodeKey), error);
        },
      },
    );
    const history = new MiningHistory();
    const catchUp = new CatchUp(
      { path: paths.catchUp },
      {
        clock,
        logger,
        peers: () => network.peers().filter(({ peerId }) => sync.statusOf(peerId) !== undefined).length,
        behind: () => sync.behind,
        members: () => members.current.size,
        onDone: () => clinical.recover().then(() => outbox.release()),
      },
    );
    const behind = (): boolean => sync.behind || catchUp.active;
    const bans = new Bans({ path: paths.bans }, { network, clock });
    const eventLoop = new EventLoop({ clock, logger, registry });
    const featureWatch = new FeatureWatch({ features }, { store, logger });
    const views = new Views({ members, finality });
    const statements = new StatementEvents({ outbox });
    const reader = new ChainReader({ genesisId }, { chain, store, mempool, outbox, views });
    const clinical = assembleClinical(
      { genesis, genesisId, clinic, config, keys, paths },
      {
        ...{ core, store, network, database: clinicalDatabase, portal, accounts, attachments, reader, views, slots },
        ...{ ...local, keystore: modules.keystore, clock, registry, catchUp },
      },
    );
    const security = assembleSecurity(
      { organisation: clinic.organisation, path: paths.security, storageKey },
      { ...defence, feed: threatFeed.feed, store, views, reader, chain, sync, clock, ...local },
    );
    const { guard, list: doorList } = assembleDoorGateway(
      { clinic, config, storageKey, path: paths.heldBlocks },
      { ...defence, feed: threatFeed.feed, security, behind, clock, logger },
    );
    const feed = new EventFeed({ reader, statements, outbox, traffic: security.traffic, logger });
    const backup = new BackupSource(
      { genesis, genesisId, clinic, paths },
      {
        ...{
          outbox: outboxDatabase,
          clinical: clinicalDatabase,
          people: portal.database,
          access: portal.access.database,
        },
        ...{ chain, store, clock, keys: clinical.keys },
      },
    );
    const chainModules = { chain, store, reader };
    const handlers = {
      ...nodeService(
        { genesis, genesisId, clinic, config },
        {
          ...{ chain, finality, network, sync, eventLoop, mempool, outbox, miner, disk, catchUp, doors },
          ...{ featureWatch, clock, shares: clinical.shares, threatKeys: defence.threatKeys },
        },
      ),
      ...memberService(
        { genesis, genesisId, seeds: keys.seeds },
        { chain, network, observers, author, history, clock },
      ),
      ...governanceService({ genesis, genesisId }, { chain, store, outbox, author, keystore: modules.keystore, clock }),
      ...chainService({ ...chainModules, finality }),
      ...proofService({ genesis }, { store }),
      ...checkpointService({ genesisId, clinic: clinic.number, seed: keys.seeds.governance }, { chain, store, voting }),
      ...txService({ genesisId }, { outbox, mempool, accounts, reader, events: statements, clock }),
      ...accountChainService({ genesisId, params: genesis.params }, { accounts, reader, clock }),
      ...clinical.handlers,
      ...peerService({ chain, network, sync, blames, bans, equivocations }),
      ...portal.handlers,
      ...threatSignatureService({ signatures, views, clock }),
      ...security.handlers,
      ...miningService({ chain, store, miner, history, outbox, author, views }),
    };

    chain.onChange(() => featureWatch.follow());
    chain.onReplaced(() => featureWatch.follow());
    chain.onChange((change) => equivocations.follow(change));
    chain.onChange((change) => history.follow(change));
    chain.onChange((change) => statements.follow(change));
    chain.onChange((change) => feed.follow(change));
    followFinality({ finality, statements, reader, logger });
    chain.onReplaced(() => history.load(store, chain.tip.header.height));
    intake.onReceived(({ sealed }) =>
      equivocations
        .onReceived(sealed)
        .catch((error) => logger.error({ err: error }, 'evidence against a clinic is not kept')),
    );
    const followMembers = (): void => {
      const { clinics } = members.current;
      blocklist.setOrganisations(members.current.organisations.length);
      const bad = neverBlock.setMembers(clinics.flatMap(({ networks }) => networks));
      if (bad.length > 0) logger.warn({ networks: bad }, 'declared networks that are none');
      void threatFeed.feed.refresh();
      // Members last: what the chain says of somebody stands above what an invitation said.
      const named = [...contacts, ...observers.list(), ...members.peers];
      network.setMembers(knownPeers(named, [network.peerId, peerIdOf(nodeKey.publicKey)]));
    };
    members.onChange(({ clinics }) => {
      followMembers();
      observers.admitted(clinics).catch((error) => {
        logger.error({ err: error }, 'an invitation outlives an admission');
      });
    });
    observers.onChange(followMembers);
    serveJoining({
      network,
      genesis,
      members,
      shared: () => defence.threatKeys.handOver(),
      onAsked: (peerId, number) => logger.info({ peer: peerId, clinic: number ?? null }, 'asked for the shared keys'),
    });
    const { promise: admitted, resolve: nowAdmitted } = Promise.withResolvers<void>();
    const admission = new Admission(
      {
        genesis,
        nodeKey: nodeKey.publicKey,
        encryptionSecret: keys.seeds.encryption,
        clinic: clinic.number,
        shared,
      },
      {
        members,
        network,
        clock,
        logger,
        hashes: defence.hashes,
        onAdmitted: async (member, given) => {
          await modules.admit?.(member, given);
          nowAdmitted();
        },
      },
    );

    const ownKeys = followOwnKeys(
      { genesis, clinic: clinic.number },
      {
        ...{ keystore: modules.keystore, members, chain, finality, network, clock, logger },
        behind,
      },
    );

    this.failed = failed;
    this.admitted = admitted;
    this.rekeyed = ownKeys.changed;
    const { promise: ended, resolve: nowEnded } = Promise.withResolvers<void>();
    this.ended = ended;
    this.network = network;
    this.chain = chain;
    this.outbox = outbox;
    this.people = portal.people;
    this.access = portal.access;
    this.mempool = mempool;
    this.doors = doors;
    this.starts = [
      () => runCryptoSelfTest(),
      () => disk.start(),
      () => Promise.all([outboxDatabase.open(), clinicalDatabase.open(), portal.open(), security.start()]),
      () => clinical.open(),
      () =>
        openOrSetAside(
          { path: paths.attachments, open: () => attachmentDatabase.open(), close: () => attachmentDatabase.close() },
          logger,
        ),
      async () => {
        const database = { path: paths.chain, open: () => store.open(), close: () => store.close() };
        const lost = !existsSync(paths.chain) && outboxDatabase.batches > 0;
        if (lost && !catchUp.active) await catchUp.begin('the chain database is missing');
        const { repaired } = await openOrSetAside(database, logger, () =>
          catchUp.begin('the chain database was damaged'),
        );
        if (catchUp.active) outbox.hold();
        if (repaired > 0) logger.warn({ blocks: repaired }, 'rolled back damaged blocks');
      },
      () => chain.start(),
      () => voting.prepare(),
      () => featureWatch.follow(),
      () => history.load(store, chain.tip.header.height),
      () => mempool.start(chain.tip.header.height),
      () => equivocations.load(),
      () => defence.start(),
      () => threatFeed.feed.start(),
      () => doorList.start(),
      () => outbox.start(),
      () => accounts.start(),
      () => portal.start(catchUp.active),
      () => clinical.start(),
      () => observers.load(),
      () => followMembers(),
      () => eventLoop.start(),
      () => bans.load(),
      () => network.start(),
      () => sync.start(),
      () => voting.start(),
      () => catchUp.start(),
      () => admission.start(),
      () => ownKeys.start(),
      () => attachments.start(),
      () => defence.connect(),
      () => producer.start(),
      () =>
        doors.open({
          ...{ handlers, events: feed, chainExport: chainExport(chainModules), backup, clock, logger, registry },
          ...{ ...clinical.doors, ...threatFeed.doors },
          ...{ sessions: portal.people.sessions, apiKeys: portal.access.apiKeys, accessLog: portal.access.log, guard },
        }),
    ];
    this.stops = [
      () => doors.close(),
      () => producer.stop(),
      () => voting.stop(),
      () => admission.stop(),
      () => ownKeys.stop(),
      () => catchUp.stop(),
      () => sync.stop(),
      () => doorList.stop(),
      () => threatFeed.feed.stop(),
      () => defence.stop(),
      () => clinical.stop(),
      () => portal.stop(),
      () => scryptThreads.stop(),
      () => outbox.stop(),
      () => network.stop(),
      () => eventLoop.stop(),
      () => chain.stop(),
      () => attachments.stop(),
      () => outboxDatabase.close(),
      () => clinical.close(),
      () => clinicalDatabase.close(),
      () => Promise.all([portal.close(), security.stop()]),
      () => store.close(),
      () => disk.stop(),
      nowEnded,
    ];
  }

  /** The port of the doors, once started. */
  get port(): number | undefined {
    return this.doors.port;
  }

  /** The certificate of the doors; undefined where they speak plain HTTP. */
  get certificate(): CertificateFacts | undefined {
    return this.doors.certificate;
  }

  /** Takes the files of the doors' certificate anew; a bad one changes nothing. */
  reloadCertificate(): Promise<void> {
    return this.doors.reloadCertificate();
  }

  /**
   * Resolves when the doors are open, or when `stop` was asked for before they were: then `port` stays undefined. What
   * had started is stopped again when a part fails.
   */
  start(): Promise<void> {
    this.running ??= this.run();
    this.started ??= this.running.catch(async (error) => {
      await this.stop();
      throw error;
    });
    return this.started;
  }

  /** During a start: ends it after the part at hand, then stops what had started. */
  stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  private async run(): Promise<void> {
    for (const step of this.starts) {
      if (this.stopped !== undefined) return;
      await step();
    }
    this.logger.info({ head: this.chain.tip.header.height, port: this.port }, 'ready');
  }

  private async end(): Promise<void> {
    // Why a start failed is for whoever started.
    await this.running?.catch(() => undefined);
    for (const step of this.stops) {
      try {
        await step();
      } catch (error) {
        this.logger.error({ err: error }, 'a part did not stop cleanly');
      }
    }
  }
}
