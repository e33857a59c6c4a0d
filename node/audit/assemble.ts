// The record of accesses of this clinic: what is written before anything is released, its anchors, its proofs, and the
// watch over those who serve this clinic. Joins these parts; owns no rule.
import { hkdfSha256, signingKeyPair } from '#crypto';
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { Network } from '../../p2p/ports.ts';
import type { ClinicAuthor } from '../clinic-author.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { LocalDatabase } from '../store/local-database.ts';
import type { ChainStore } from '../store/ports.ts';
import { ClinicAccessEvents } from './access-events.ts';
import { Anchors } from './anchors.ts';
import { serveAudit } from './serve.ts';
import { TicketWatch } from './ticket-watch.ts';

export interface AuditOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: ClinicNumber;
  readonly storageKey: Uint8Array;
  readonly nodeSeed: Uint8Array;
}

export interface AuditModules {
  /** The access database: it is in every backup. */
  readonly database: LocalDatabase;
  readonly network: Network;
  readonly members: MemberSets;
  readonly store: ChainStore;
  readonly outbox: Outbox;
  readonly author: ClinicAuthor;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Audit {
  readonly events: ClinicAccessEvents;
  readonly anchors: Anchors;
  readonly watch: TicketWatch;
  /** After the database was opened and the chain started. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const NOTHING = new Uint8Array(0);

export function assembleAudit(options: AuditOptions, modules: AuditModules): Audit {
  const { genesisId, clinic, storageKey, nodeSeed } = options;
  const { database, network, members, store, outbox, author, clock, logger } = modules;
  const tagKey = hkdfSha256(storageKey, NOTHING, new TextEncoder().encode('wardmesh/record-access-tag/1'), 32);
  const key = { seed: nodeSeed, publicKey: signingKeyPair(nodeSeed).publicKey };
  const events = new ClinicAccessEvents({ genesisId, clinic, tagKey }, { database, key: () => key, clock });
  const isMember = () => members.current.clinic(clinic) !== undefined;
  const anchors = new Anchors({ events, database, store, outbox, author, isMember, clock, logger });
  const watch = new TicketWatch({ genesisId }, { network, members, store, database, clock, logger });
  serveAudit({ network, members, events, anchors });
  return {
    ...{ events, anchors, watch },
    start: async () => {
      await events.start();
      await anchors.start();
      await watch.start();
    },
    stop: async () => {
      await watch.stop();
      await anchors.stop();
    },
  };
}
