// What connecting a block says, as it crosses from the store's thread: the ids of thousands of statements as one buffer
// instead of objects with buffers of their own, and events as text that is read only where somebody wants them.
import { fromHex, toHex } from '../../common/bytes.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { decodeOutcome, encodeOutcome } from '../../consensus/ledger/outcome.ts';
import type { LedgerEvent, Outcome } from '../../consensus/ledger/types.ts';
import type { Connected, TransactionResult } from './ports.ts';

const HASH = 32;
/** Bytes of an outcome without entries: nearly all are one of a few. */
const PLAIN_OUTCOME = 5;

export interface PackedConnected extends Pick<Connected, 'entry' | 'roots' | 'view' | 'families'> {
  readonly results: Uint8Array;
  readonly events: string;
}

type PackedEvent = readonly [family: string, type: string, statement: string, data: LedgerEvent['data']];

export function packConnected({ entry, roots, view, families, events, results }: Connected): PackedConnected {
  const packed = events.map(({ family, type, statement, data }): PackedEvent => [family, type, toHex(statement), data]);
  return { entry, roots, view, families, results: packResults(results), events: JSON.stringify(packed) };
}

export function unpackConnected({ entry, roots, view, families, events, results }: PackedConnected): Connected {
  let read: readonly LedgerEvent[] | undefined;
  return {
    entry,
    roots,
    view,
    families,
    get events() {
      read ??= unpackEvents(events);
      return read;
    },
    results: unpackResults(results),
  };
}

function unpackEvents(events: string): readonly LedgerEvent[] {
  const packed: readonly PackedEvent[] = JSON.parse(events);
  return packed.map(([family, type, statement, data]) => ({ family, type, statement: fromHex(statement), data }));
}

function packResults(results: readonly TransactionResult[]): Uint8Array {
  const out = new Writer(64 * 1024).u32(results.length);
  for (const { id, witnessId, sender, sequence, statements } of results) {
    out.fixed(id, HASH).fixed(witnessId, HASH).fixed(sender, HASH).u64(sequence).u8(statements.length);
    for (const statement of statements) out.fixed(statement.id, HASH).bytes16(encodeOutcome(statement.outcome));
  }
  return out.finish();
}

function unpackResults(bytes: Uint8Array): TransactionResult[] {
  const input = new Reader(bytes);
  const plain = new Map<string, Outcome>();
  const outcome = (): Outcome => {
    const encoded = input.shared16();
    if (encoded.length > PLAIN_OUTCOME) return decodeOutcome(encoded);
    const name = encoded.join();
    const known = plain.get(name) ?? decodeOutcome(encoded);
    plain.set(name, known);
    return known;
  };
  return Array.from({ length: input.u32() }, () => ({
    id: input.shared(HASH),
    witnessId: input.shared(HASH),
    sender: input.shared(HASH),
    sequence: input.u64(),
    statements: Array.from({ length: input.u8() }, () => ({ id: input.shared(HASH), outcome: outcome() })),
  }));
}
