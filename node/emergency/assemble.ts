// Emergencies at this clinic: their book, escrows, help for others, opening and following. Joins these parts; owns no rule.
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { Params } from '../../consensus/params.ts';
import type { Network } from '../../p2p/ports.ts';
import type { KeyValueStore } from '../../records/ports.ts';
import { FRESH_MS } from '../../rpc/access/rule.ts';
import type { Shares } from '../ceremony/shares.ts';
import type { ClinicAuthor } from '../clinic-author.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { PeerBlames } from '../peers/blame.ts';
import { EmergencyAsking } from './asking.ts';
import { EmergencyBook } from './book.ts';
import { Emergencies } from './emergencies.ts';
import { Escrows, type EscrowsDatabase, type OwnKey } from './escrows.ts';
import { EmergencyHelper, type EmergencyTimes } from './helper.ts';
import type { EmergencyPorts } from './ports.ts';

/** The network's own times, by which every clinic judges, and how long a second factor counts at every door. */
export function emergencyTimes({ emergencyOpen, emergencyReview }: Params): EmergencyTimes {
  return { openMs: emergencyOpen, reviewMs: emergencyReview, factorMs: FRESH_MS };
}

export interface EmergencyOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: ClinicNumber;
  readonly nodeSeed: Uint8Array;
  readonly times: EmergencyTimes;
}

export interface EmergencyModules {
  /** The shreddable one, of key rows. */
  readonly keys: EscrowsDatabase;
  /** Of the book: kept for good and backed up. */
  readonly store: KeyValueStore;
  readonly shares: Shares;
  readonly members: Pick<MemberSets, 'current' | 'onChange'>;
  readonly network: Network;
  readonly outbox: Pick<Outbox, 'submit'>;
  readonly author: ClinicAuthor;
  readonly blames: Pick<PeerBlames, 'blame'>;
  readonly ports: EmergencyPorts;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Every category key of the own charts, for escrows that are missing. */
  ownKeys(): AsyncIterable<OwnKey>;
}

export interface AssembledEmergency {
  readonly emergencies: Emergencies;
  readonly escrows: Escrows;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function assembleEmergency(options: EmergencyOptions, modules: EmergencyModules): AssembledEmergency {
  const { genesisId, clinic, times } = options;
  const { keys, store, shares, members, network, ownKeys, logger } = modules;
  const book = new EmergencyBook({ store });
  const escrows = new Escrows(
    { genesisId, clinic },
    { database: keys, shares, members, network, logger, isPatientOf: modules.ports.isPatientOf },
  );
  const helper = new EmergencyHelper(
    { genesisId, clinic, times },
    { ...modules, book, escrows, onKnown: () => emergencies.look() },
  );
  const told = (object: Uint8Array, by: ClinicNumber): void => {
    emergencies.told(object, by).catch((error) => logger.warn({ err: error }, 'an emergency is told once more'));
  };
  const asking = new EmergencyAsking({ genesisId, clinic }, { ...modules, helper, onTold: told });
  const emergencies = new Emergencies(options, { ...modules, book, asking, escrows });
  const undo: (() => void)[] = [];
  let known: ReadonlySet<ClinicNumber> = new Set();

  const keepAll = (): void => {
    escrows.keep(ownKeys()).catch((error) => logger.warn({ err: error }, 'category keys are not all in escrow'));
  };
  return {
    emergencies,
    escrows,
    start: async () => {
      await book.start();
      known = new Set(members.current.clinics.map(({ number }) => number));
      undo.push(
        shares.onChange(keepAll),
        network.onPeer((event) => event === 'connected' && emergencies.look()),
        members.onChange(({ clinics }) => {
          const before = known;
          known = new Set(clinics.map(({ number }) => number));
          for (const number of known) {
            if (before.has(number) || number === clinic) continue;
            escrows.owe(number).catch((error) => logger.warn({ err: error }, 'a new member has no escrows yet'));
          }
        }),
      );
      keepAll();
      emergencies.start();
    },
    stop: async () => {
      for (const end of undo.splice(0)) end();
      await emergencies.stop();
      await escrows.stop();
    },
  };
}
