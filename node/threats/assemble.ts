// The collective blocklist at this clinic: list, threat keys, attack signatures, and what feeds them, joined to a node. Owns no rule.
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import { type Genesis, genesisId as idOfGenesis } from '../../consensus/genesis.ts';
import type { Member } from '../../consensus/member-set.ts';
import { Blocklist } from '../../gateway/blocklist.ts';
import { NeverBlock } from '../../gateway/never-block.ts';
import type { Network } from '../../p2p/ports.ts';
import type { Attachments } from '../attachments.ts';
import { CLINICAL } from '../clinical-namespaces.ts';
import type { Core } from '../core.ts';
import type { ThreatKeyHashes } from '../genesis/shared-keys.ts';
import type { KeyKeeper } from '../members/own-keys.ts';
import type { LocalDatabase } from '../store/local-database.ts';
import { localKeyValues } from '../store/local-key-values.ts';
import type { ChainStore } from '../store/ports.ts';
import { ThreatActs } from './acts.ts';
import { assembleKeyEpochs } from './key-epochs/assemble.ts';
import { tagsElsewhere } from './key-epochs/elsewhere.ts';
import { epochHashes } from './key-epochs/epochs.ts';
import type { ThreatKeyEpochs } from './key-epochs/key-epochs.ts';
import { Retagging } from './key-epochs/retag.ts';
import { LastingBlocks } from './lasting.ts';
import { Pins } from './pins.ts';
import { ThreatSignatures } from './signatures/threat-signatures.ts';
import { Threats } from './threats.ts';
import { Trust } from './trust.ts';

/** Whether documentation ranges may be blocked: networks with short intervals are for trials. */
const DEVELOPMENT_INTERVAL_MS = 5_000;

export interface AssembleThreatsOptions {
  readonly genesis: Genesis;
  readonly clinic: Member;
}

export interface AssembleThreatsModules {
  readonly core: Core;
  readonly store: ChainStore;
  readonly network: Network;
  readonly attachments: Attachments;
  readonly keystore: KeyKeeper;
  /** This clinic's own decisions are in it. */
  readonly database: LocalDatabase;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface AssembledThreats {
  readonly threats: Threats;
  readonly acts: ThreatActs;
  readonly pins: Pins;
  readonly lasting: LastingBlocks;
  readonly threatKeys: ThreatKeyEpochs;
  readonly blocklist: Blocklist;
  readonly neverBlock: NeverBlock;
  readonly signatures: ThreatSignatures;
  /** What the chain states of threat keys. */
  readonly hashes: ThreatKeyHashes;
  /** After the chain. */
  start(): Promise<void>;
  /** After the network. */
  connect(): void;
  stop(): Promise<void>;
}

export function assembleThreats(
  { genesis, clinic }: AssembleThreatsOptions,
  { core, store, network, attachments, keystore, database, clock, logger }: AssembleThreatsModules,
): AssembledThreats {
  const { chain, sync, intake, members, outbox, author } = core;
  const { blockInterval, threatMaxLife } = genesis.params;
  const neverBlock = new NeverBlock({ documentationBlockable: blockInterval <= DEVELOPMENT_INTERVAL_MS });
  const elsewhere = tagsElsewhere(() => threatKeys.opening);
  const blocklist = new Blocklist({ blockInterval, threatMaxLife }, { neverBlock, elsewhere });
  const trust = new Trust({ organisation: clinic.organisation }, { blocklist, store, clock });
  const threatKeys = assembleKeyEpochs(
    { genesis, clinic: clinic.number },
    { core, store, network, keystore, clock, logger },
  );
  const threats = new Threats(
    {
      genesisId: idOfGenesis(genesis),
      clinic: clinic.number,
      organisation: clinic.organisation,
      maxLife: threatMaxLife,
      blockInterval,
    },
    { keys: threatKeys, blocklist, neverBlock, trust, attachments, store, members, clock, logger },
  );
  const pins = new Pins({ database: localKeyValues(database, CLINICAL.pins), blocklist, clock });
  const lasting = new LastingBlocks(
    { maxLife: threatMaxLife },
    {
      ...{ database: localKeyValues(database, CLINICAL.lastingBlocks), clock, logger },
      announce: (address, category) => acts.announce(address, category),
    },
  );
  const acts = new ThreatActs(
    { organisation: clinic.organisation, maxLife: threatMaxLife },
    { threats, lasting, keys: threatKeys, blocklist, neverBlock, author, outbox, store, clock, logger },
  );
  const retagging = new Retagging(
    { clinic: clinic.number },
    {
      ...{ keys: threatKeys, outbox, attachments, author, clock, logger },
      states: (rows) => store.states(rows),
      reports: () => threats.list(),
      original: (row) => threats.original(row),
      behind: () => sync.behind,
    },
  );
  threatKeys.onChange(() => {
    retagging.look();
    threats.unlock().catch((error) => logger.error({ err: error }, 'threat reports wait for a key that came'));
  });
  const signatures = new ThreatSignatures({ store, outbox, author, clock, logger });
  chain.onChange((change) => threats.follow(change));
  chain.onChange((change) => signatures.follow(change));
  chain.onReplaced(() => threats.reload());
  chain.onReplaced(() => signatures.load());
  sync.onBackfilled(() => threats.reload());
  intake.onReceived((received) =>
    threats
      .onReceived(received)
      .catch((error) => logger.error({ err: error }, 'a threat statement had no effect here')),
  );
  return {
    ...{ threats, acts, pins, lasting, threatKeys, blocklist, neverBlock, signatures },
    hashes: (epochs) => epochHashes(genesis, (rows) => store.states(rows), epochs),
    start: async () => {
      await threatKeys.load();
      await pins.load();
      await threats.start();
      await signatures.load();
    },
    connect: () => {
      threatKeys.start();
      retagging.start();
      acts.start().catch((error) => logger.error({ err: error }, 'what came before its report is not said again'));
      lasting.start().catch((error) => logger.error({ err: error }, 'blocks without an end are not announced'));
    },
    stop: async () => {
      await retagging.stop();
      await threatKeys.stop();
      lasting.stop();
      acts.stop();
      threats.stop();
    },
  };
}
