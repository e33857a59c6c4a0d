// How the transactions of a connected block ended, as the rest of the node is told.
import type { Outcome, SealedTransaction } from '../../consensus/ledger/types.ts';
import type { TransactionResult } from './ports.ts';

export function transactionResults(
  transactions: readonly SealedTransaction[],
  outcomes: readonly (readonly Outcome[])[],
): readonly TransactionResult[] {
  return transactions.map(({ id, witnessId, statementIds, transaction }, i) => ({
    id,
    witnessId,
    sender: transaction.sender,
    sequence: transaction.sequence,
    statements: statementIds.map((statementId, at) => ({ id: statementId, outcome: outcomes[i][at] })),
  }));
}
