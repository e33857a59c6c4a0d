// What the chain store offers to the rest of the node. One implementation (chain-database.ts), reached directly in
// tests and through a worker in the node (client.ts): everything here is plain data that crosses threads.
import type { Header, SignedHeader } from '../../consensus/chain/types.ts';
import type { ChainView } from '../../consensus/ledger/members/view.ts';
import type { LedgerEvent, Outcome } from '../../consensus/ledger/types.ts';
import type { SnapshotStore } from './snapshot/ports.ts';

export interface StoreOptions {
  readonly path: string;
  /** Canonical genesis bytes and JSON-free parameters are both derived from this document. */
  readonly genesis: import('../../consensus/genesis.ts').Genesis;
  /** How many last blocks the start-up check re-verifies. */
  readonly checkBlocks?: number;
  /** What this version knows; all of KNOWN_FEATURES when absent. */
  readonly features?: readonly number[];
}

export interface ChainEntry extends SignedHeader {
  readonly id: Uint8Array;
  /** Total work up to and including this block. */
  readonly work: bigint;
  /** Bytes of the encoded block, and its transaction and statement counts. */
  readonly size: number;
  readonly transactions: number;
  readonly statements: number;
}

/** Roots that a child of this block must carry, known once the block is executed. */
export interface ChildRoots {
  readonly outcomeRoot: Uint8Array;
  readonly stateRoot: Uint8Array;
  readonly historyRoot: Uint8Array;
}

export interface Connected {
  readonly entry: ChainEntry;
  readonly roots: ChildRoots;
  readonly view: ChainView;
  readonly events: readonly LedgerEvent[];
  /** Families that have events in this block. */
  readonly families: readonly string[];
  /** In block order: transaction id, witness id, and per statement its id and outcome. */
  readonly results: readonly TransactionResult[];
}

export interface TransactionResult {
  readonly id: Uint8Array;
  readonly witnessId: Uint8Array;
  readonly sender: Uint8Array;
  readonly sequence: number;
  readonly statements: readonly { readonly id: Uint8Array; readonly outcome: Outcome }[];
}

export interface Disconnected {
  readonly entry: ChainEntry;
  /** At the new tip. */
  readonly view: ChainView;
  /** Encoded transactions, to go back to the mempool. */
  readonly transactions: readonly Uint8Array[];
}

export interface Location {
  readonly block: Uint8Array;
  readonly height: number;
  readonly transaction: number;
  /** Index of the statement in its transaction; undefined for a transaction. */
  readonly statement?: number;
}

export interface Found {
  readonly type: 'block' | 'transaction' | 'statement';
  readonly id: Uint8Array;
  readonly height: number;
}

/** What a proof may be about: a block by id, a statement by id, a state row by its raw key. */
export type Provable =
  | { readonly type: 'block'; readonly id: Uint8Array }
  | { readonly type: 'statement'; readonly id: Uint8Array }
  | { readonly type: 'state'; readonly key: Uint8Array };

export interface OpenReport {
  readonly tip: ChainEntry;
  readonly roots: ChildRoots;
  readonly view: ChainView;
  /** Blocks rolled back or dropped because the start-up check found damage; 0 in health. */
  readonly repaired: number;
  /** Stored blocks that are not on the main chain, with their total work (side branches). */
  readonly side: readonly ChainEntry[];
  /** Entries of the last main-chain blocks up to the tip, oldest first (at most 3 n + 64). */
  readonly recent: readonly ChainEntry[];
}

/** How a statement ended, at which height and in which transaction. */
export interface Settled {
  readonly height: number;
  readonly transaction: Uint8Array;
  readonly outcome: Outcome;
}

export interface ChainStore extends SnapshotStore {
  /** Encoded steps of the light chain from the founders to the last final header (PROTOCOL 10.1). */
  lightChain(): Promise<readonly Uint8Array[]>;
  /** A proof file (PROTOCOL 10.3); undefined when there is no such thing. Throws StoreError `store.not-final` and alike. */
  prove(what: Provable): Promise<Uint8Array | undefined>;
  open(): Promise<OpenReport>;
  /** Puts the imported snapshot in place of the present chain. Its head is the checkpoint's parent. */
  importFinish(): Promise<OpenReport>;
  close(): Promise<void>;
  /** Keeps a block whose header, signatures and body passed; not executed. `work` is its total work. */
  putBlock(id: Uint8Array, bytes: Uint8Array, work: bigint): Promise<void>;
  /** Executes a stored child of the tip and commits it in one atomic batch. Throws BlockError when it is invalid there. */
  connect(id: Uint8Array): Promise<Connected>;
  /** Undoes the tip. */
  disconnect(): Promise<Disconnected>;
  /** Total work, header and signature of any stored block. */
  entry(id: Uint8Array): Promise<ChainEntry | undefined>;
  entryAt(height: number): Promise<ChainEntry | undefined>;
  /** Main-chain entries from..from+limit-1, ascending. */
  entries(from: number, limit: number): Promise<readonly ChainEntry[]>;
  /** Encoded block. */
  block(id: Uint8Array): Promise<Uint8Array | undefined>;
  /** Outcomes of an executed block, one list per transaction. */
  outcomes(id: Uint8Array): Promise<readonly (readonly Outcome[])[] | undefined>;
  transaction(id: Uint8Array): Promise<Location | undefined>;
  statement(id: Uint8Array): Promise<Location | undefined>;
  /** Of a statement on the main chain whose block's body is here. */
  settled(id: Uint8Array): Promise<Settled | undefined>;
  /** Blocks, main-chain transactions and statements whose id starts with these hex digits, at most `limit` of each. */
  find(digits: string, limit: number): Promise<readonly Found[]>;
  /** State rows at the tip by raw key. */
  states(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]>;
  /** Rows of one table by raw key, whose id starts with `prefix`, after the raw key `after`, at most `limit`. */
  stateRange(
    table: number,
    prefix: Uint8Array,
    after: Uint8Array | undefined,
    limit: number,
  ): Promise<readonly (readonly [Uint8Array, Uint8Array])[]>;
}

export type { Header };
