// Values of the chain database (layout.ts), written and read.
import { concatBytes, EMPTY_BYTES } from '../../common/bytes.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { blockId, decodeSignedHeader, encodeSignedHeader, SIGNED_HEADER_BYTES } from '../../consensus/chain/header.ts';
import type { SignedHeader } from '../../consensus/chain/types.ts';
import { decodeOutcome, encodeOutcome } from '../../consensus/ledger/outcome.ts';
import type { Outcome } from '../../consensus/ledger/types.ts';
import { decodeRange, encodeRange, type MountainRange } from '../../consensus/mountain-range.ts';
import type { ChainEntry } from './ports.ts';

const HASH = 32;
/** An entry without a certificate: header, work, size, counts. */
const ENTRY_BYTES = SIGNED_HEADER_BYTES + 32 + 12;
const NO_CERTIFICATE = new Uint8Array(2);

/** The certificate of the block's body is kept with its header, where there is one: headers travel with it. */
export function encodeEntry(entry: Omit<ChainEntry, 'id'>, certificate: Uint8Array = EMPTY_BYTES): Uint8Array {
  const out = new Writer(SIGNED_HEADER_BYTES + 46 + certificate.length)
    .fixed(encodeSignedHeader(entry), SIGNED_HEADER_BYTES)
    .u256(entry.work)
    .u32(entry.size)
    .u32(entry.transactions)
    .u32(entry.statements);
  return (certificate.length === 0 ? out : out.bytes16(certificate)).finish();
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
  if (reader.left > 0) reader.shared16();
  reader.end();
  return entry;
}

/** `signed header 296 | certificate b16`, from an entry's row (PROTOCOL 8.13). */
export function headerItem(row: Uint8Array): Uint8Array {
  const certificate = row.length > ENTRY_BYTES ? row.subarray(ENTRY_BYTES) : NO_CERTIFICATE;
  return concatBytes(row.subarray(0, SIGNED_HEADER_BYTES), certificate);
}

export interface HeaderItem {
  readonly signed: SignedHeader;
  readonly certificate: Uint8Array;
}

export function decodeHeaderItem(bytes: Uint8Array): HeaderItem {
  const reader = new Reader(bytes);
  const item = readHeaderItem(reader);
  reader.end();
  return item;
}

/** Several in a row, to the end. */
export function decodeHeaderItems(bytes: Uint8Array): HeaderItem[] {
  const reader = new Reader(bytes);
  const items: HeaderItem[] = [];
  while (reader.left > 0) items.push(readHeaderItem(reader));
  return items;
}

export function encodeHeaderItem({ signed, certificate }: HeaderItem): Uint8Array {
  return new Writer(SIGNED_HEADER_BYTES + 2 + certificate.length)
    .fixed(encodeSignedHeader(signed), SIGNED_HEADER_BYTES)
    .bytes16(certificate)
    .finish();
}

function readHeaderItem(reader: Reader): HeaderItem {
  const signed = decodeSignedHeader(reader.shared(SIGNED_HEADER_BYTES));
  return { signed, certificate: reader.bytes16() };
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

/** One of them, without decoding the others. */
export function outcomeAt(bytes: Uint8Array, transaction: number, statement: number): Outcome | undefined {
  const reader = new Reader(bytes);
  if (transaction >= reader.u32()) return undefined;
  for (let before = 0; before < transaction; before++) {
    for (let left = reader.u8(); left > 0; left--) reader.shared16();
  }
  if (statement >= reader.u8()) return undefined;
  for (let before = 0; before < statement; before++) reader.shared16();
  return decodeOutcome(reader.bytes16());
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
