// Keeps the mempool in step with the main chain: takes out what blocks hold, puts back what undone blocks held.
import { toHex } from '../../common/bytes.ts';
import { sealTransaction } from '../../consensus/ledger/transaction.ts';
import type { SealedTransaction } from '../../consensus/ledger/types.ts';
import type { TipChange } from '../chain/chain.ts';
import type { Intake } from '../intake.ts';
import type { Mempool } from './mempool.ts';

export interface FollowContext {
  readonly genesisId: Uint8Array;
  readonly mempool: Mempool;
  readonly intake: Intake;
  /** Of the tip, after the change. */
  readonly height: number;
  /** Told of each undone transaction that cannot wait here again. */
  lost(sealed: SealedTransaction): void;
}

export async function followMempool(change: TipChange, context: FollowContext): Promise<void> {
  const { mempool, intake, genesisId } = context;
  if (change.disconnected.length > 0) await mempool.rewound(context.height);
  const included = new Set<string>();
  for (const { entry, results } of change.connected) {
    mempool.connected(results, entry.header.height);
    for (const { id } of results) included.add(toHex(id));
  }
  // Lowest block first, so that sequences come in order.
  for (const { transactions } of change.disconnected.toReversed()) {
    for (const bytes of transactions) {
      const sealed = sealTransaction(genesisId, bytes);
      if (included.has(toHex(sealed.id))) continue;
      try {
        await intake.takeTrusted({ sealed, attachments: [] });
      } catch {
        context.lost(sealed);
      }
    }
  }
}
