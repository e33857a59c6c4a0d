// What is listed and every change of it, in one sequence that never runs back: deltas, entity tags and cursors all come from
// here. Of each network only its last change is kept, so that nothing is lost for whoever asks late. Owns no verdict.
import { equalBytes } from '../../common/bytes.ts';
import { formatNetwork, type Network } from '../address.ts';
import type { ListedNetwork } from './listed.ts';

export interface LogEntry {
  /** Canonical. */
  readonly text: string;
  /** Of its last change, in µs since 1970: a time stamp that no two changes share. The next one is at least `STEP` higher. */
  readonly sequence: number;
  /** Of its first change that is still remembered: who asked since then may have it. */
  readonly first: number;
  /** As it is, or as it was last. */
  readonly listed: ListedNetwork;
  readonly state: 'listed' | 'revoked' | 'expired';
  /** Whether it blocked at any of its changes that are remembered. */
  readonly blocked: boolean;
}

/** Numbers between one change and the next, for the objects that a format makes of one. */
export const STEP = 64;
/** What has ended stays known for so long after the end that was announced, ms: whoever asks learns of it. */
export const FORGET_AFTER = 3_600_000;
/** Ended ones that are remembered; the longest ended go first. */
export const MAX_ENDED = 100_000;

export class ChangeLog {
  private readonly entries = new Map<string, LogEntry>();
  /** In order of sequence; an entry that has changed since stands there twice and counts only at its last place. */
  private order: LogEntry[] = [];
  private ended = 0;
  private last = 0;

  /** Of the last change; 0 before the first. */
  get sequence(): number {
    return this.last;
  }

  /** Networks that are listed now. */
  get size(): number {
    return this.entries.size - this.ended;
  }

  get(network: Network): LogEntry | undefined {
    return this.entries.get(formatNetwork(network));
  }

  /** Undefined when it says nothing new. */
  list(listed: ListedNetwork, now: number): LogEntry | undefined {
    const text = formatNetwork(listed.network);
    const known = this.entries.get(text);
    if (known?.state === 'listed' && same(known.listed, listed)) {
      // The reports of what was restored come back with the chain: no news for anybody.
      this.entries.set(text, { ...known, listed });
      return undefined;
    }
    const blocked = listed.effect === 'block' || known?.blocked === true;
    return this.put({ text, listed, state: 'listed', first: known?.first, blocked }, now);
  }

  /** Undefined when it was not listed. */
  end(network: Network, now: number): LogEntry | undefined {
    const known = this.get(network);
    if (known?.state !== 'listed') return undefined;
    return this.put({ ...known, state: known.listed.until > now ? 'revoked' : 'expired' }, now);
  }

  /** Changed after `sequence`, oldest change first. */
  since(sequence: number): LogEntry[] {
    let from = 0;
    let to = this.order.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.order[middle].sequence <= sequence) from = middle + 1;
      else to = middle;
    }
    return this.order.slice(from).flatMap((entry) => (this.isLast(entry) ? [this.entries.get(entry.text)!] : []));
  }

  /** Listed now, oldest change first. */
  listed(): LogEntry[] {
    return this.since(0).filter(({ state }) => state === 'listed');
  }

  /** Takes what another run remembered, in any order; its numbers are not given out again. */
  restore(entries: readonly LogEntry[], sequence: number): void {
    this.last = Math.max(this.last, sequence);
    for (const entry of entries) this.keep(entry);
    this.order.sort((a, b) => a.sequence - b.sequence);
  }

  /** Drops what has ended long ago. True when there was any. */
  forget(now: number): boolean {
    let room = MAX_ENDED;
    const before = this.entries.size;
    const ended = this.order.filter((entry) => entry.state !== 'listed' && this.isLast(entry));
    for (const entry of ended.reverse()) {
      if (entry.listed.until + FORGET_AFTER > now && room-- > 0) continue;
      this.entries.delete(entry.text);
      this.ended--;
    }
    this.compact();
    return this.entries.size < before;
  }

  private put(change: Omit<LogEntry, 'sequence' | 'first'> & { first: number | undefined }, now: number): LogEntry {
    this.last = Math.max(this.last + STEP, now * 1000);
    const entry: LogEntry = { ...change, sequence: this.last, first: change.first ?? this.last };
    this.keep(entry);
    if (this.order.length > 2 * this.entries.size + 1024) this.compact();
    return entry;
  }

  private keep(entry: LogEntry): void {
    const known = this.entries.get(entry.text);
    this.ended += (entry.state === 'listed' ? 0 : 1) - (known === undefined || known.state === 'listed' ? 0 : 1);
    this.entries.set(entry.text, entry);
    this.order.push(entry);
  }

  private isLast(entry: LogEntry): boolean {
    return this.entries.get(entry.text)?.sequence === entry.sequence;
  }

  private compact(): void {
    this.order = this.order.filter((entry) => this.isLast(entry));
  }
}

function same(a: ListedNetwork, b: ListedNetwork): boolean {
  return (
    a.effect === b.effect &&
    a.until === b.until &&
    a.id === b.id &&
    a.mode === b.mode &&
    a.category === b.category &&
    (a.reports.length === 0 || a.reports.length === b.reports.length) &&
    a.reports.every((report, index) => sameReport(report, b.reports[index]))
  );
}

function sameReport(a: ListedNetwork['reports'][number], b: ListedNetwork['reports'][number]): boolean {
  return a.confirmed === b.confirmed && a.expires === b.expires && equalBytes(a.reportId, b.reportId);
}
