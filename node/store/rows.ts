// Values of the chain database (layout.ts), written and read.
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { blockId, decodeSignedHeader, encodeSignedHeader, SIGNED_HEADER_BYTES } from '../../consensus/chain/header.ts';
import { decodeOutcome, encodeOutcome } from '../../consensus/ledger/outcome.ts';
import type { Outcome } from '../../consensus/ledger/types.ts';
import { decodeRange, encodeRange, type MountainRange } from '../../consensus/mountain-range.ts';
import type { ChainEntry } from './ports.ts';

const HASH = 32;

export function encodeEntry(entry: Omit<ChainEntry, 'id'>): Uint8Array {
  return new Writer(SIGNED_HEADER_BYTES + 44)
    .fixed(encodeSignedHeader(entry), SIGNED_HEADER_BYTES)
    .u256(entry.work)
    .u32(entry.size)
    .u32(entry.transactions)
    .u32(entry.statements)
    .finish();
}

/** The id is computed from the header, never taken from the key. */
export function decodeEntry(bytes: Uint8Array): ChainEntry {
  const reader = new Reader(bytes);
  const { header, signature } = decodeSignedHeader(reader.fixed(SIGNED_HEADER_BYTES));
  const entry: ChainEntry = {
    header,
    signature,
    id: blockId(header),
    work: reader.u256(),
    size: reader.u32(),
    transactions: reader.u32(),
    statements: reader.u32(),
  };
  reader.end();
  return entry;
}

export interface TipRow {
  readonly id: Uint8Array;
  readonly height: number;
  /** Sequence of the last journal row, and its head. */
  readonly sequence: number;
  readonly head: Uint8Array;
}

export function encodeTip(tip: TipRow): Uint8Array {
  return new Writer(80).fixed(tip.id, HASH).u64(tip.height).u64(tip.sequence).fixed(tip.head, HASH).finish();
}

export function decodeTip(bytes: Uint8Array): TipRow {
  const reader = new Reader(bytes);
  const tip = { id: reader.fixed(HASH), height: reader.u64(), sequence: reader.u64(), head: reader.fixed(HASH) };
  reader.end();
  return tip;
}

/** What a batch did: moved the tip to this block with this state root. */
export interface JournalEntry {
  readonly id: Uint8Array;
  readonly height: number;
  readonly stateRoot: Uint8Array;
}

export interface JournalRow extends JournalEntry {
  /** H(head of the row before | this entry): a row that is missing or from another past breaks the chain. */
  readonly head: Uint8Array;
}

export function journalRow(previous: Uint8Array, entry: JournalEntry): JournalRow {
  return { ...entry, head: taggedHash('wardmesh/journal/1', previous, encodeJournalEntry(entry)) };
}

function encodeJournalEntry({ id, height, stateRoot }: JournalEntry): Uint8Array {
  return new Writer(72).fixed(id, HASH).u64(height).fixed(stateRoot, HASH).finish();
}

export function encodeJournal(row: JournalRow): Uint8Array {
  return new Writer(104).fixed(encodeJournalEntry(row), 72).fixed(row.head, HASH).finish();
}

export function decodeJournal(bytes: Uint8Array): JournalRow {
  const reader = new Reader(bytes);
  const row = {
    id: reader.fixed(HASH),
    height: reader.u64(),
    stateRoot: reader.fixed(HASH),
    head: reader.fixed(HASH),
  };
  reader.end();
  return row;
}

export interface RootsRow {
  readonly outcomeRoot: Uint8Array;
  readonly stateRoot: Uint8Array;
  /** Over the ids of blocks 0 to this one. */
  readonly history: MountainRange;
}

export function encodeRoots(roots: RootsRow): Uint8Array {
  const history = encodeRange(roots.history);
  return new Writer(64 + history.length)
    .fixed(roots.outcomeRoot, HASH)
    .fixed(roots.stateRoot, HASH)
    .fixed(history, history.length)
    .finish();
}

export function decodeRoots(bytes: Uint8Array): RootsRow {
  const reader = new Reader(bytes);
  return {
    outcomeRoot: reader.fixed(HASH),
    stateRoot: reader.fixed(HASH),
    history: decodeRange(reader.fixed(reader.left)),
  };
}

export type BlockOutcomes = readonly (readonly Outcome[])[];

export function encodeOutcomes(outcomes: BlockOutcomes): Uint8Array {
  const out = new Writer(1024).u32(outcomes.length);
  for (const list of outcomes) {
    out.u8(list.length);
    for (const outcome of list) out.bytes16(encodeOutcome(outcome));
  }
  return out.finish();
}

export function decodeOutcomes(bytes: Uint8Array): BlockOutcomes {
  const reader = new Reader(bytes);
  const out: Outcome[][] = [];
  for (let left = reader.u32(); left > 0; left--) {
    const list: Outcome[] = [];
    for (let count = reader.u8(); count > 0; count--) list.push(decodeOutcome(reader.bytes16()));
    out.push(list);
  }
  reader.end();
  return out;
}

export interface Place {
  readonly height: number;
  readonly transaction: number;
  /** Undefined for a transaction. */
  readonly statement: number | undefined;
}

export function encodePlace(place: Place): Uint8Array {
  const out = new Writer(11).u64(place.height).u16(place.transaction);
  return (place.statement === undefined ? out : out.u8(place.statement)).finish();
}

export function decodePlace(bytes: Uint8Array): Place {
  const reader = new Reader(bytes);
  const place = { height: reader.u64(), transaction: reader.u16() };
  const statement = reader.left > 0 ? reader.u8() : undefined;
  reader.end();
  return { ...place, statement };
}
