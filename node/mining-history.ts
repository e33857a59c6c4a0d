// Who mined how many blocks of the main chain, kept in memory and followed; read from the store once at start.
import type { ClinicNumber } from '../consensus/ledger/types.ts';
import type { TipChange } from './chain/chain.ts';
import type { ChainEntry, ChainStore } from './store/ports.ts';

export interface MinerRow {
  readonly clinic: ClinicNumber;
  blocks: number;
  last: { height: number; timestamp: number } | null;
}

const BATCH = 1024;

export class MiningHistory {
  private readonly rows = new Map<ClinicNumber, MinerRow>();

  async load(store: ChainStore, height: number): Promise<void> {
    this.rows.clear();
    for (let from = 1; from <= height; from += BATCH) {
      for (const entry of await store.entries(from, Math.min(BATCH, height - from + 1))) this.add(entry);
    }
  }

  miners(): Iterable<MinerRow> {
    return this.rows.values();
  }

  of(clinic: ClinicNumber): MinerRow | undefined {
    return this.rows.get(clinic);
  }

  follow(change: TipChange): void {
    for (const { entry } of change.disconnected) {
      const row = this.rows.get(entry.header.signer);
      if (row !== undefined) row.blocks--;
    }
    for (const { entry } of change.connected) this.add(entry);
  }

  private add(entry: ChainEntry): void {
    const { signer, height, timestamp } = entry.header;
    const row = this.rows.get(signer) ?? { clinic: signer, blocks: 0, last: null };
    row.blocks++;
    row.last = { height, timestamp };
    this.rows.set(signer, row);
  }
}
