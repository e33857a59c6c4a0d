// The head of the chain database: tip, roots for its child, journal. Owns how it moves and which rows say so.

import { ZERO_HASH } from '../../consensus/merkle.ts';
import { rangeRoot } from '../../consensus/mountain-range.ts';
import type { CheckedBatch } from './kv.ts';
import { JOURNAL_KEPT, numberKey, TABLE, TIP_KEY } from './layout.ts';
import type { ChainEntry, ChildRoots } from './ports.ts';
import { encodeJournal, encodeTip, journalRow, type RootsRow } from './rows.ts';

export interface Head {
  readonly tip: ChainEntry;
  readonly roots: RootsRow;
  /** Sequence and head of the last journal row. */
  readonly sequence: number;
  readonly journal: Uint8Array;
}

/** Before the first batch. */
export const NO_JOURNAL = { sequence: -1, journal: ZERO_HASH } as const;

/** Roots that a child of the tip must carry (PROTOCOL 5.1). */
export function childRoots(roots: RootsRow): ChildRoots {
  return { outcomeRoot: roots.outcomeRoot, stateRoot: roots.stateRoot, historyRoot: rangeRoot(roots.history) };
}

/** Adds the rows of a new head to the batch that makes it true. */
export function moveHead(
  batch: CheckedBatch,
  from: Pick<Head, 'sequence' | 'journal'>,
  tip: ChainEntry,
  roots: RootsRow,
): Head {
  const sequence = from.sequence + 1;
  const { height } = tip.header;
  const row = journalRow(from.journal, { id: tip.id, height, stateRoot: roots.stateRoot });
  batch.put(numberKey(TABLE.journal, sequence), encodeJournal(row));
  if (sequence >= JOURNAL_KEPT) batch.del(numberKey(TABLE.journal, sequence - JOURNAL_KEPT));
  batch.put(TIP_KEY, encodeTip({ id: tip.id, height, sequence, head: row.head }));
  return { tip, roots, sequence, journal: row.head };
}
