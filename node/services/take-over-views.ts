// A take-over as the doors show it, with the time at which it began.
import { toHex } from '../../common/bytes.ts';
import type { TakeOverAnswer } from '../../rpc/schema/take-over.ts';
import type { ChainStore } from '../store/ports.ts';
import type { TakeOverPage, TakeOverView } from '../take-over/take-overs.ts';

export class TakeOverViews {
  private readonly store: Pick<ChainStore, 'statement' | 'entryAt'>;

  constructor(modules: { readonly store: Pick<ChainStore, 'statement' | 'entryAt'> }) {
    this.store = modules.store;
  }

  async page({ views, more }: TakeOverPage): Promise<{ takeOvers: TakeOverAnswer[]; more: boolean }> {
    return { takeOvers: await Promise.all(views.map((view) => this.one(view))), more };
  }

  async one({ takeOver, row, attached, asked, objects }: TakeOverView): Promise<TakeOverAnswer> {
    return {
      ...{ takeOver: toHex(takeOver), handle: toHex(row.handle), key: toHex(row.key) },
      ...{ state: row.live ? 'open' : 'finished', begun: (await this.begun(row.created)) ?? null },
      ...{ witnesses: [...row.witnesses], waiting: [...row.waiting], objections: row.objections },
      ...{ outvoted: row.outvoted, readyAt: row.ready === 0 ? null : row.ready, attached, asked, objects },
    };
  }

  /** ms, of the block; undefined where this clinic does not have it. */
  async begun(statement: Uint8Array): Promise<number | undefined> {
    const at = await this.store.statement(statement);
    return at && (await this.store.entryAt(at.height))?.header.timestamp;
  }
}
