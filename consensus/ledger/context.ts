// What a family's rule is given: the statement, its author, its block, the state. Owns no rule.
import type { Header } from '../chain/types.ts';
import type { Genesis } from '../genesis.ts';
import type { MemberSet, Sender } from '../member-set.ts';
import type { Params } from '../params.ts';
import type { AccountRow } from './accounts/rows.ts';
import type { Overlay } from './overlay.ts';
import type { LedgerEvent, Outcome, Statement } from './types.ts';

/** What is the same for every block between two changes of the member set. */
export interface LedgerRules {
  readonly genesis: Genesis;
  readonly genesisId: Uint8Array;
  readonly params: Params;
  /** The set in force for the block. */
  readonly members: MemberSet;
  /** Every set that is or was in force on this chain. */
  setsOf(id: number): MemberSet | undefined;
  /** Features that this version knows. */
  readonly features: ReadonlySet<number>;
}

/** A person author with a good key. */
export interface AuthorAccount {
  readonly id: Uint8Array;
  readonly row: AccountRow;
}

export interface StatementContext {
  readonly rules: LedgerRules;
  readonly header: Header;
  readonly sender: Sender;
  readonly statement: Statement;
  readonly id: Uint8Array;
  readonly state: Overlay;
  /** Of a person author; absent for clinics and for kinds of a key of one's own (kinds.ts). */
  readonly account: AuthorAccount | undefined;
  emit(type: string, data: LedgerEvent['data']): void;
}

/** A pure rule: reads and writes `state`; what a refused statement wrote is undone by the caller. */
export type Rule = (context: StatementContext) => Outcome;
