// Keys of records that survive: the guard against an older database, what a backup holds of it, and bringing the rest back from
// other clinics. Joins these parts; owns no rule.
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { Network } from '../../p2p/ports.ts';
import type { BlobStore } from '../../records/blobs/blob-store.ts';
import type { OpeningKey } from '../../records/chart/packet.ts';
import type { KeyValueStore } from '../../records/ports.ts';
import type { CatchUp } from '../catch-up.ts';
import type { Charts } from '../charts/charts.ts';
import type { ChartGuards, KeyRowsDatabase } from '../charts/ports.ts';
import type { Escrows } from '../emergency/escrows.ts';
import type { Erasures } from '../erasure/erasures.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { ChainStore } from '../store/ports.ts';
import type { ShreddableDatabase } from '../store/shreddable-database.ts';
import { RecoveryGate } from './gate.ts';
import { GivingBack } from './giving-back.ts';
import { KeyBackup } from './key-backup.ts';
import { KeyMarks } from './key-marks.ts';
import { Recovery } from './recovery.ts';
import { TakingBack } from './taking-back.ts';

export interface AssembleRecoveryOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: ClinicNumber;
  readonly storageKey: Uint8Array;
  readonly openingKeys: readonly OpeningKey[];
  /** Where a restore puts own rows. */
  readonly path: string;
}

export interface AssembleRecoveryModules {
  readonly keyRows: ShreddableDatabase;
  /** In the clinical database. */
  readonly store: Pick<KeyValueStore, 'get' | 'put'>;
  readonly chain: Pick<ChainStore, 'states'>;
  readonly members: Pick<MemberSets, 'current' | 'senderEver'>;
  readonly network: Network;
  readonly blobs: BlobStore;
  readonly catchUp: Pick<CatchUp, 'active' | 'begin'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** They are made with `rows`, after this. */
  safeguards(): {
    readonly rows: KeyRowsDatabase;
    readonly guards: Pick<ChartGuards, 'isErased'>;
    readonly erasures: Pick<Erasures, 'catchUp'>;
    readonly escrows: Pick<Escrows, 'owe'>;
  };
  charts(): Charts;
}

export interface AssembledRecovery {
  readonly recovery: Recovery;
  readonly marks: KeyMarks;
  readonly backup: KeyBackup;
  /** The database, as whoever makes category keys uses it. */
  readonly rows: KeyRowsDatabase;
  /** For charts: shut while keys are being brought back. */
  gated(rows: KeyRowsDatabase): KeyRowsDatabase;
}

export function assembleRecovery(
  options: AssembleRecoveryOptions,
  modules: AssembleRecoveryModules,
): AssembledRecovery {
  const { genesisId, clinic, openingKeys, storageKey, path } = options;
  const { keyRows, store, chain, members, network, blobs, clock, logger, safeguards, charts } = modules;
  const gate = new RecoveryGate();
  const marks = new KeyMarks({ rows: keyRows, store });
  const backup = new KeyBackup({ clinic, storageKey, path }, { rows: keyRows });
  const isErased: ChartGuards['isErased'] = (row) => safeguards().guards.isErased(row);
  const recovery = new Recovery(
    { clinic },
    {
      ...{ gate, marks, backup, members, network, clock, logger, charts, catchUp: modules.catchUp },
      rows: () => safeguards().rows,
      takingBack: new TakingBack({ genesisId, clinic, openingKeys }, { chain, members, blobs, guards: { isErased } }),
      erase: (own) => safeguards().erasures.catchUp(keyRows, own),
      onReady: () => charts().start(),
    },
  );
  new GivingBack({
    ...{ blobs, members, network, clock, logger },
    rows: gate.before(keyRows),
    resend: async (to) => {
      const { own, outgoing, vaultCustody } = charts();
      await outgoing.anew(to, async () => {
        for await (const ref of charts().all()) await own.change(() => own.resend(ref, to));
        for await (const ref of charts().vaults()) await own.change(() => vaultCustody.resend(ref, to));
      });
      await safeguards().escrows.owe(to);
    },
  });
  return { recovery, marks, backup, rows: marks.counting(), gated: (rows) => gate.before(rows) };
}
