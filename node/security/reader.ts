// Reads the security log: pages of it, newest first and filtered, and the ten threats of a time. One reading opens a bounded
// number of entries; blocks without a key any more are passed over.
import { contains, type Network } from '../../gateway/address.ts';
import type { Action } from '../../gateway/judge/decision.ts';
import type { BlockHead } from '../../gateway/log/block.ts';
import { type LoggedRequest, minuteOf } from '../../gateway/log/entry.ts';
import { type Challenged, Ranking, type Threat } from '../../gateway/log/ranking.ts';
import type { SecurityLog } from './security-log.ts';
import type { Segment } from './segments.ts';

export interface LogFilter {
  /** ms since 1970, both included. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly network?: Network | undefined;
  readonly action?: Action | undefined;
  /** What the visitor was shown. */
  readonly reference?: string | undefined;
}

export interface NumberedRequest extends LoggedRequest {
  readonly number: number;
  /** Name of the gateway that judged; empty for the node itself. */
  readonly source: string;
}

export interface LogPage {
  readonly entries: readonly NumberedRequest[];
  /** For `before` of the next page; there may be fewer than asked for, or none, where little fits the filter. */
  readonly next: number | undefined;
}

export interface TopThreats {
  readonly threats: readonly Threat[];
  readonly challenged: readonly Challenged[];
  /** False when not everything of that time was looked at. */
  readonly complete: boolean;
}

/** Entries that one page opens, and one ranking. */
export const MAX_SCANNED = 50_000;
export const MAX_RANKED_ENTRIES = 1_000_000;

/**
 * Newest first; `before` is `next` of the page before. Pages are cut in the order in which entries came; in a page those of
 * several gateways stand by time, each gateway's in its own order.
 */
export async function readPage(log: SecurityLog, filter: LogFilter, limit: number, before?: number): Promise<LogPage> {
  const { entries, next } = await readNumbered(log, filter, limit, before);
  return { entries: byTime(entries), next };
}

async function readNumbered(log: SecurityLog, filter: LogFilter, limit: number, before?: number): Promise<LogPage> {
  const entries: NumberedRequest[] = [];
  let scanned = 0;
  let reached = before ?? Number.MAX_SAFE_INTEGER;
  for (const segment of [...log.files].reverse()) {
    if (segment.first >= reached || !mayHold(segment, filter)) continue;
    for (const block of (await log.blocks(segment)).reverse()) {
      const { head } = block;
      if (head.first >= reached || !fitsHead(head, filter)) continue;
      if (scanned >= MAX_SCANNED) return { entries, next: reached };
      scanned += head.count;
      const opened = log.open(block) ?? [];
      for (let place = opened.length - 1; place >= 0; place--) {
        const number = head.first + place;
        if (number >= reached || !fits(opened[place], filter)) continue;
        if (entries.length === limit) return { entries, next: reached };
        entries.push({ ...opened[place], number, source: head.source });
        reached = number;
        // A reference is of one request: nothing before it is worth reading.
        if (filter.reference !== undefined) return { entries, next: undefined };
      }
      reached = Math.min(reached, head.first);
    }
  }
  return { entries, next: undefined };
}

/** Of each gateway in the order that is given, newest first: whose next entry is the latest comes next. */
function byTime(entries: readonly NumberedRequest[]): NumberedRequest[] {
  const queues = [...Map.groupBy(entries, ({ source }) => source).values()].map((queue) => queue.reverse());
  return entries.map(() => {
    const heads = queues.filter((queue) => queue.length > 0);
    const latest = heads.reduce((best, queue) =>
      isLater(queue[queue.length - 1], best[best.length - 1]) ? queue : best,
    );
    return latest.pop()!;
  });
}

function isLater(a: NumberedRequest, b: NumberedRequest): boolean {
  return a.decision.at === b.decision.at ? a.number > b.number : a.decision.at > b.decision.at;
}

/** The first `limit` after this number, oldest first. */
export async function readAfter(log: SecurityLog, after: number, limit: number): Promise<NumberedRequest[]> {
  const entries: NumberedRequest[] = [];
  for (const [place, segment] of log.files.entries()) {
    const following = log.files[place + 1];
    if (following !== undefined && following.first <= after + 1) continue;
    for (const block of await log.blocks(segment)) {
      const { first, count, source } = block.head;
      if (first + count <= after + 1) continue;
      for (const [at, entry] of (log.open(block) ?? []).entries()) {
        if (first + at <= after) continue;
        entries.push({ ...entry, number: first + at, source });
        if (entries.length === limit) return entries;
      }
    }
  }
  return entries;
}

/** The highest of a time, ms since 1970, both ends included. */
export async function topThreats(log: SecurityLog, from: number, to: number, count: number): Promise<TopThreats> {
  const ranking = new Ranking();
  let ranked = 0;
  for (const segment of log.files) {
    if (!mayHold(segment, { from, to })) continue;
    for (const block of await log.blocks(segment)) {
      if (block.head.threats === 0 || !fitsHead(block.head, { from, to })) continue;
      if (ranked >= MAX_RANKED_ENTRIES) return { ...told(ranking, count), complete: false };
      const opened = log.open(block) ?? [];
      ranked += opened.length;
      for (const entry of opened) if (fits(entry, { from, to })) ranking.add(entry);
    }
  }
  return { ...told(ranking, count), complete: ranking.complete };
}

function told(ranking: Ranking, count: number) {
  return { threats: ranking.top(count), challenged: ranking.challenged() };
}

function mayHold({ earliest, latest }: Pick<Segment, 'earliest' | 'latest'>, { from, to }: LogFilter): boolean {
  return (from === undefined || latest >= minuteOf(from)) && (to === undefined || earliest <= minuteOf(to));
}

function fitsHead({ minute, actions }: BlockHead, { from, to, action }: LogFilter): boolean {
  if (action !== undefined && actions[action] === 0) return false;
  return mayHold({ earliest: minute, latest: minute }, { from, to });
}

function fits({ decision }: LoggedRequest, { from, to, network, action, reference }: LogFilter): boolean {
  const { at, client } = decision;
  if ((from !== undefined && at < from) || (to !== undefined && at > to)) return false;
  if (action !== undefined && decision.action !== action) return false;
  if (reference !== undefined && decision.reference !== reference) return false;
  return network === undefined || contains(network, client);
}
