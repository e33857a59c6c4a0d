// The outcome of a statement in words, for expectations.
import { refusalOf } from '../../../consensus/ledger/codes.ts';
import type { EntryOutcome } from '../../../consensus/ledger/types.ts';

/** `applied`, `known`, ..., or the name of the refusal. */
export function said(outcome: EntryOutcome): string {
  return outcome.status === 'refused' ? refusalOf(outcome.code)!.name : outcome.status;
}
