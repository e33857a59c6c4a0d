// The start-up check: does the end of the database hold together? Journal chain, header links, roots, presence of the last
// bodies. Owns finding out; recovery.ts owns going back. LevelDB opens silently after a damaged log and drops batches from its middle.
import { equalBytes } from '../../common/bytes.ts';
import { Reader } from '../../common/codec/reader.ts';
import { BlockError } from '../../consensus/chain/errors.ts';
import { checkRoots } from '../../consensus/chain/ladder.ts';
import { StoreError } from './errors.ts';
import { childRoots, type Head, NO_JOURNAL } from './head.ts';
import type { CheckedRows } from './kv.ts';
import { BODIES_KEY, JOURNAL_KEPT, numberKey, TABLE, TIP_KEY, tableKey } from './layout.ts';
import type { ChainEntry } from './ports.ts';
import { decodeEntry, decodeJournal, decodeRoots, decodeTip, journalRow, type RootsRow, type TipRow } from './rows.ts';

/** Bodies read back, unless something is suspect; older ones are checked whenever they are asked for. */
const BODIES = 16;

export interface Findings {
  readonly tip: TipRow;
  /** No batch of the recent past is missing. */
  readonly journal: boolean;
  /** The highest height up to which entries, links and roots of the window are whole; -1 when not even its first is. */
  readonly sound: number;
  /** By height, as far as readable. */
  readonly entries: ReadonlyMap<number, ChainEntry>;
  readonly roots: ReadonlyMap<number, RootsRow>;
}

/** Looks at the last `window` blocks. Throws StoreError `store.damaged` when there is no tip to start from. */
export function inspect(rows: CheckedRows, window: number, suspect = false): Findings {
  const tip = readable(rows, TIP_KEY, decodeTip);
  if (tip === undefined) throw new StoreError({ code: 'store.damaged', what: 'tip' });
  const first = Math.max(0, tip.height - window + 1);
  const bodies = readable(rows, BODIES_KEY, (row) => new Reader(row).u64()) ?? 0;
  const entries = new Map<number, ChainEntry>();
  const roots = new Map<number, RootsRow>();
  let sound = first - 1;
  for (let height = first; height <= tip.height; height++) {
    const entry = entryAt(rows, height);
    const rootsRow = readable(rows, numberKey(TABLE.roots, height), decodeRoots);
    if (entry !== undefined) entries.set(height, entry);
    if (rootsRow !== undefined) roots.set(height, rootsRow);
    if (sound !== height - 1 || entry === undefined || rootsRow === undefined) continue;
    if (height > first && !follows(entry, entries.get(height - 1)!, roots.get(height - 1)!)) continue;
    const wanted = (suspect || height > tip.height - BODIES) && height >= bodies;
    if (wanted && readable(rows, tableKey(TABLE.block, entry.id), identity) === undefined) continue;
    sound = height;
  }
  const last = entries.get(tip.height);
  if (sound === tip.height && !(last !== undefined && equalBytes(last.id, tip.id))) sound = tip.height - 1;
  return {
    tip,
    journal: journalHolds(rows, tip, roots.get(tip.height)),
    sound: sound < first ? -1 : sound,
    entries,
    roots,
  };
}

/** The head that the findings show. */
export function headOf(findings: Findings): Head | undefined {
  const { tip, entries, roots, sound } = findings;
  const entry = entries.get(tip.height);
  const root = roots.get(tip.height);
  if (sound !== tip.height || entry === undefined || root === undefined) return undefined;
  return { tip: entry, roots: root, sequence: tip.sequence, journal: tip.head };
}

function follows(entry: ChainEntry, parent: ChainEntry, parentRoots: RootsRow): boolean {
  if (!equalBytes(entry.header.parent, parent.id) || entry.header.height !== parent.header.height + 1) return false;
  try {
    checkRoots(entry.header, childRoots(parentRoots));
    return true;
  } catch (error) {
    if (error instanceof BlockError) return false;
    throw error;
  }
}

function journalHolds(rows: CheckedRows, tip: TipRow, roots: RootsRow | undefined): boolean {
  const first = Math.max(0, tip.sequence - JOURNAL_KEPT + 1);
  let previous: Uint8Array | undefined = first === 0 ? NO_JOURNAL.journal : undefined;
  for (let sequence = first; sequence <= tip.sequence; sequence++) {
    const row = readable(rows, numberKey(TABLE.journal, sequence), decodeJournal);
    if (row === undefined) return false;
    if (previous !== undefined && !equalBytes(journalRow(previous, row).head, row.head)) return false;
    previous = row.head;
    if (sequence < tip.sequence) continue;
    if (!equalBytes(row.head, tip.head) || !equalBytes(row.id, tip.id) || row.height !== tip.height) return false;
    if (roots === undefined || !equalBytes(row.stateRoot, roots.stateRoot)) return false;
  }
  return true;
}

function entryAt(rows: CheckedRows, height: number): ChainEntry | undefined {
  const id = readable(rows, numberKey(TABLE.height, height), identity);
  if (id === undefined) return undefined;
  const entry = readable(rows, tableKey(TABLE.entry, id), decodeEntry);
  return entry !== undefined && equalBytes(entry.id, id) && entry.header.height === height ? entry : undefined;
}

/** A row, or undefined when it is missing, damaged or not decodable. */
export function readable<T>(rows: CheckedRows, key: Uint8Array, decode: (bytes: Uint8Array) => T): T | undefined {
  try {
    const row = rows.getSync(key);
    return row === undefined ? undefined : decode(row);
  } catch {
    return undefined;
  }
}

export function identity(bytes: Uint8Array): Uint8Array {
  return bytes;
}
