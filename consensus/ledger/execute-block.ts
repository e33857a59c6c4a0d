// Execution of a block: what begins with it, its certificate, every statement in order, the reward (PROTOCOL 5.10, 6.5).
// Pure: the same block over the same state gives the same writes, outcomes and events on every machine.
import { certificateUnits } from '../chain/finality/certificate.ts';
import type { Block } from '../chain/types.ts';
import { checkTransactions } from './check-transactions.ts';
import type { LedgerRules } from './context.ts';
import { applyReward } from './credits/apply.ts';
import { executeStatement } from './execute-statement.ts';
import { applyCertificate } from './members/certificates.ts';
import { startBlock } from './members/start-of-block.ts';
import { outcomeRoot } from './outcome.ts';
import { Overlay } from './overlay.ts';
import type { ClinicNumber, LedgerEvent, Outcome, StateReader, StateWrite } from './types.ts';

export interface RecentBlocks {
  /** Signers of the blocks up to the parent, newest first, genesis left out; at least the last 3 n where there are so many. */
  readonly recentSigners: readonly ClinicNumber[];
}

export interface Execution {
  /** One per changed row, in the order of raw keys. */
  readonly writes: StateWrite[];
  /** One list per transaction, one outcome per statement. */
  readonly outcomes: Outcome[][];
  readonly events: LedgerEvent[];
  readonly outcomeRoot: Uint8Array;
}

/** What of a block is executed. */
export type BlockBody = Pick<Block, 'header' | 'certificate' | 'transactions'>;

/**
 * Work, roots and the signatures of transactions were checked before (chain/ladder.ts). Throws BlockError when the block is
 * invalid here, FeatureError when this version cannot tell.
 */
export function executeBlock(
  rules: LedgerRules,
  base: StateReader,
  { header, certificate, transactions }: BlockBody,
  recent: RecentBlocks,
): Execution {
  const state = new Overlay(base);
  const events = startBlock(rules, state, header);
  const units = certificateUnits(certificate);
  applyCertificate(rules, state, header, certificate);
  const senders = checkTransactions(rules.members, state, header, transactions, recent.recentSigners, units);
  const outcomes = transactions.map(({ transaction, statementIds }, index) =>
    transaction.statements.map((statement, at) => {
      const place = { statement, id: statementIds[at], sender: senders[index] };
      return executeStatement(rules, state, header, place, events);
    }),
  );
  const reward = applyReward(state, header);
  if (reward !== undefined) events.push(reward);
  const ids = transactions.flatMap((sealed) => sealed.statementIds);
  return { writes: state.writes(), outcomes, events, outcomeRoot: outcomeRoot(ids, outcomes.flat()) };
}
