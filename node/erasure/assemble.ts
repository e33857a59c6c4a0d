// Erasures at this clinic: their book, carrying out, following. Joins these parts; owns no rule.
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { Registry } from '../../common/metrics.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { Network } from '../../p2p/ports.ts';
import type { KeyValueStore } from '../../records/ports.ts';
import type { ClinicAuthor } from '../clinic-author.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { ChainStore } from '../store/ports.ts';
import type { ShreddableDatabase } from '../store/shreddable-database.ts';
import { type ErasedRow, ErasureBook } from './book.ts';
import { Erasures } from './erasures.ts';
import type { ErasurePorts } from './ports.ts';
import { Shredder } from './shredder.ts';

export interface ErasureOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: ClinicNumber;
  readonly storageKey: Uint8Array;
  readonly nodeSeed: Uint8Array;
}

export interface ErasureModules {
  readonly keys: Pick<ShreddableDatabase, 'range' | 'shred'>;
  /** Of the book: kept for good and backed up, so that a restored clinic knows what it must not take in again. */
  readonly store: KeyValueStore;
  readonly chain: Pick<ChainStore, 'states'>;
  readonly members: Pick<MemberSets, 'current'>;
  readonly network: Network;
  readonly outbox: Pick<Outbox, 'submit'>;
  readonly author: ClinicAuthor;
  readonly ports: ErasurePorts;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry?: Registry | undefined;
}

export interface AssembledErasure {
  readonly erasures: Erasures;
  /** What was erased is not taken in again. */
  isErased(row: ErasedRow): boolean;
  erasedUntil: ErasureBook['erasedUntil'];
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function assembleErasure(options: ErasureOptions, modules: ErasureModules): AssembledErasure {
  const book = new ErasureBook({ store: modules.store });
  const shredder = new Shredder(options, { ...modules, book });
  const erasures = new Erasures(options, { ...modules, book, shredder });
  let end = (): void => undefined;
  return {
    erasures,
    isErased: (row) => book.isErased(row),
    erasedUntil: (chart) => book.erasedUntil(chart),
    start: async () => {
      await book.start();
      end = modules.network.onPeer((event) => event === 'connected' && erasures.look());
      erasures.start();
    },
    stop: async () => {
      end();
      await erasures.stop();
      await shredder.idle();
    },
  };
}
