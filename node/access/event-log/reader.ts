// Reads the event log: pages of it, newest first and filtered, and whether its chain and signatures hold.
// Numbers are dense, so a page is found without an index; one reading looks at a bounded number of entries.
import { verifyEd25519 } from '#crypto';
import { equalBytes, toHex } from '../../../common/bytes.ts';
import type { Role } from '../../../consensus/ledger/accounts/types.ts';
import type { LocalDatabase } from '../../store/local-database.ts';
import { type ActorKind, decodeEntry, type EventEntry, type EventOutcome, entryHash, signedHead } from './entry.ts';
import type { EventLog } from './event-log.ts';
import { decodeSignature, ENTRIES_PREFIX, entryKey, numberOfKey, SIGNATURES_PREFIX, signatureKey } from './rows.ts';

export interface EventView {
  readonly number: number;
  readonly time: number;
  readonly kind: ActorKind;
  /** User or API key, hex. */
  readonly actor: string | null;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly method: string;
  readonly outcome: EventOutcome;
  readonly code: string | null;
  /** Keyed tag, hex: the same for the same object. */
  readonly object: string | null;
  readonly address: string | null;
  readonly times: number;
}

export interface EventFilter {
  readonly from?: number;
  readonly to?: number;
  /** User or API key, hex. */
  readonly actor?: string;
  readonly outcome?: EventOutcome;
  readonly method?: string;
  /** What calls were about, as they named it. */
  readonly object?: string;
}

export interface EventPage {
  readonly entries: readonly EventView[];
  /** For `after` of the next page; there may be fewer than asked for, or none, where little fits the filter. */
  readonly next: number | null;
}

export interface EventLogState {
  readonly first: number;
  readonly entries: number;
  /** The last entry that a signature covers; 0: none. */
  readonly signed: number;
  /** The first entry that does not hold: missing, changed, or under a signature that is not this clinic's. */
  readonly broken: number | null;
}

export interface EventReaderOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: number;
}

export interface EventReaderModules {
  readonly log: EventLog;
  readonly database: LocalDatabase;
  /** Whether a key is or was this clinic's. */
  isOwnKey(publicKey: Uint8Array): boolean;
}

/** Entries that one page looks at. */
const MAX_SCANNED = 20_000;
const AT_ONCE = 256;

export class EventReader {
  private readonly options: EventReaderOptions;
  private readonly modules: EventReaderModules;

  constructor(options: EventReaderOptions, modules: EventReaderModules) {
    this.options = options;
    this.modules = modules;
  }

  /** Newest first; `after` is `next` of the page before. */
  async list(filter: EventFilter, limit: number, after?: number): Promise<EventPage> {
    const { log } = this.modules;
    await log.settled();
    const { first, next } = log.span;
    const tag = filter.object === undefined ? undefined : log.tagOf(filter.object);
    const newest = filter.to === undefined ? next - 1 : await this.lastUntil(filter.to);
    const found: EventView[] = [];
    let at = after === undefined ? newest : Math.min(newest, after - 1);
    const lowest = Math.max(first, at - MAX_SCANNED + 1);
    while (at >= lowest) {
      const from = Math.max(lowest, at - AT_ONCE + 1);
      for (const entry of (await this.between(from, at)).reverse()) {
        if (filter.from !== undefined && entry.time < filter.from) return { entries: found, next: null };
        if (!fits(entry, filter, tag)) continue;
        found.push(viewOf(entry));
        if (found.length >= limit) return { entries: found, next: entry.number > first ? entry.number : null };
      }
      at = from - 1;
    }
    return { entries: found, next: lowest > first ? lowest : null };
  }

  /** Reads all of it. */
  async check(): Promise<EventLogState> {
    const { log, database } = this.modules;
    await log.settled();
    const { first, next, previous } = log.span;
    let signed = 0;
    let expected = first;
    let head = previous;
    const state = (broken: number | null): EventLogState => ({ first, entries: expected - first, signed, broken });
    while (expected < next) {
      const rows: (readonly [Uint8Array, Uint8Array])[] = [];
      const signatures = await this.signaturesBetween(expected, expected + AT_ONCE - 1);
      const range = { prefix: ENTRIES_PREFIX, after: entryKey(expected - 1), limit: AT_ONCE };
      for await (const row of database.range(range)) rows.push(row);
      if (rows.length === 0) return state(expected);
      for (const [key, bytes] of rows) {
        if (expected === next) break;
        if (numberOfKey(key) !== expected || !follows(bytes, expected, head)) return state(expected);
        head = entryHash(bytes);
        const signature = signatures.get(expected);
        if (signature !== undefined) {
          if (!(await this.holds(expected, head, signature))) return state(expected);
          signed = expected;
        }
        expected++;
      }
    }
    return state(null);
  }

  private async holds(number: number, head: Uint8Array, row: Uint8Array): Promise<boolean> {
    const { genesisId, clinic } = this.options;
    const { publicKey, signature } = decodeSignature(row);
    if (!this.modules.isOwnKey(publicKey)) return false;
    return verifyEd25519(publicKey, signedHead(genesisId, clinic, number, head), signature);
  }

  private async signaturesBetween(from: number, to: number): Promise<ReadonlyMap<number, Uint8Array>> {
    const found = new Map<number, Uint8Array>();
    const after = signatureKey(from - 1);
    for await (const [key, row] of this.modules.database.range({ prefix: SIGNATURES_PREFIX, after, limit: AT_ONCE })) {
      if (numberOfKey(key) > to) break;
      found.set(numberOfKey(key), row);
    }
    return found;
  }

  private async between(from: number, to: number): Promise<EventEntry[]> {
    const entries: EventEntry[] = [];
    const range = { prefix: ENTRIES_PREFIX, after: entryKey(from - 1), limit: to - from + 1 };
    for await (const [, bytes] of this.modules.database.range(range)) entries.push(decodeEntry(bytes));
    return entries;
  }

  /** Number of the last entry up to a time: times never go back. */
  private async lastUntil(time: number): Promise<number> {
    const { first, next } = this.modules.log.span;
    let [low, high] = [first - 1, next - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const [entry] = await this.between(middle, middle);
      if (entry !== undefined && entry.time <= time) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function follows(bytes: Uint8Array, number: number, head: Uint8Array): boolean {
  try {
    const entry = decodeEntry(bytes);
    return entry.number === number && equalBytes(entry.previous, head);
  } catch {
    return false;
  }
}

function fits(entry: EventEntry, filter: EventFilter, tag: Uint8Array | undefined): boolean {
  if (filter.actor !== undefined && toHex(entry.actor) !== filter.actor) return false;
  if (filter.outcome !== undefined && entry.outcome !== filter.outcome) return false;
  if (filter.method !== undefined && entry.method !== filter.method) return false;
  return tag === undefined || equalBytes(entry.object, tag);
}

function viewOf(entry: EventEntry): EventView {
  const { number, time, kind, name, roles, method, outcome, times } = entry;
  return {
    ...{ number, time, kind, name, roles, method, outcome, times },
    actor: entry.actor.length === 0 ? null : toHex(entry.actor),
    code: entry.code === '' ? null : entry.code,
    object: entry.object.length === 0 ? null : toHex(entry.object),
    address: entry.address === '' ? null : entry.address,
  };
}
