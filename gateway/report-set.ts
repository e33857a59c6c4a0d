// Reports by id, by network and by organisation, within bounds; which report of an organisation speaks for a network.
// A function of what was put in and taken out, not of the order. Owns no verdict and no clock.
import { compareBytes, toHex } from '../common/bytes.ts';
import type { Network } from './address.ts';
import type { HeldReport } from './held-report.ts';
import { NetworkIndex } from './network-index.ts';

export interface ReportSetOptions {
  readonly maxPerOrganisation: number;
  readonly maxReports: number;
  /** Told of the network of each report that the bounds push out. */
  readonly onPushedOut?: (network: Network) => void;
}

/** Reports that one organisation has about exactly one network: the one by hand and the others that count longest stay. */
export const MAX_PER_NETWORK = 16;

interface Bucket {
  readonly network: Network;
  /** Per organisation, the one that counts longest first. */
  readonly organisations: Map<number, HeldReport[]>;
}

export class ReportSet {
  private readonly options: ReportSetOptions;
  private readonly byId = new Map<string, HeldReport>();
  private readonly byNetwork = new NetworkIndex<Bucket>();
  /** By hand before automatic, then oldest first: what is first is kept, so a flood crowds out only itself. */
  private readonly byOrganisation = new Map<number, HeldReport[]>();

  constructor(options: ReportSetOptions) {
    this.options = options;
  }

  get size(): number {
    return this.byId.size;
  }

  get(reportId: Uint8Array): HeldReport | undefined {
    return this.byId.get(toHex(reportId));
  }

  /** Puts a report in, in place of what was known of it. False when it is the one that the bounds push out. */
  put(report: HeldReport): boolean {
    const { reportId, network, organisation } = report.entry;
    this.delete(reportId);
    this.byId.set(toHex(reportId), report);
    let bucket = this.byNetwork.get(network);
    if (bucket === undefined) {
      bucket = { network, organisations: new Map() };
      this.byNetwork.set(network, bucket);
    }
    insert(bucket.organisations, organisation, report, byUntil);
    insert(this.byOrganisation, organisation, report, byRank);
    const same = bucket.organisations.get(organisation)!;
    if (same.length > MAX_PER_NETWORK) this.delete(leastOf(same).entry.reportId);
    this.shrink(organisation);
    return this.byId.has(toHex(reportId));
  }

  /** The report that was there, if any. */
  delete(reportId: Uint8Array): HeldReport | undefined {
    const id = toHex(reportId);
    const report = this.byId.get(id);
    if (report === undefined) return undefined;
    this.byId.delete(id);
    const { network, organisation } = report.entry;
    const bucket = this.byNetwork.get(network)!;
    take(bucket.organisations, organisation, report, byUntil);
    if (bucket.organisations.size === 0) this.byNetwork.delete(network);
    take(this.byOrganisation, organisation, report, byRank);
    return report;
  }

  /** Whether one more report by hand, younger than all, would stay. */
  hasRoomByHand(organisation: number): boolean {
    const { maxPerOrganisation, maxReports } = this.options;
    const own = this.byOrganisation.get(organisation) ?? [];
    if (own.length > 0 && own[own.length - 1].entry.mode === 'automatic') return true;
    if (own.length >= maxPerOrganisation) return false;
    return this.size < maxReports || [...this.byOrganisation.values()].some((other) => other.length > own.length + 1);
  }

  /** Reports of one organisation about exactly this network. */
  reportsOn(network: Network, organisation: number): readonly HeldReport[] {
    return this.byNetwork.get(network)?.organisations.get(organisation) ?? [];
  }

  /** Of networks around this one, what counts at `now`. */
  covering(network: Network, now: number): HeldReport[] {
    const found: HeldReport[] = [];
    for (const bucket of this.byNetwork.covering(network)) {
      for (const reports of bucket.organisations.values()) {
        for (const report of reports) {
          if (report.until <= now) break;
          found.push(report);
        }
      }
    }
    return found;
  }

  values(): IterableIterator<HeldReport> {
    return this.byId.values();
  }

  private shrink(organisation: number): void {
    const { maxPerOrganisation, maxReports } = this.options;
    const own = this.byOrganisation.get(organisation)!;
    if (own.length > maxPerOrganisation) this.pushOut(own[own.length - 1]);
    while (this.byId.size > maxReports) {
      const largest = [...this.byOrganisation].reduce((a, b) =>
        b[1].length > a[1].length || (b[1].length === a[1].length && b[0] > a[0]) ? b : a,
      )[1];
      this.pushOut(largest[largest.length - 1]);
    }
  }

  private pushOut({ entry }: HeldReport): void {
    this.delete(entry.reportId);
    this.options.onPushedOut?.(entry.network);
  }
}

/** The one that counts shortest, but the last that is left by hand: machines may report for longer, and more often. */
function leastOf(same: readonly HeldReport[]): HeldReport {
  const last = same.length - 1;
  const byHand = same.findIndex(({ entry }) => entry.mode === 'manual');
  return same[byHand === last ? last - 1 : last];
}

/** The one that counts longest first; ties by id. */
export function byUntil(a: HeldReport, b: HeldReport): number {
  return b.until - a.until || compareBytes(a.entry.reportId, b.entry.reportId);
}

/** By hand before automatic: what machines report comes in floods. */
function byRank(a: HeldReport, b: HeldReport): number {
  return Number(a.entry.mode === 'automatic') - Number(b.entry.mode === 'automatic') || byAge(a, b);
}

/** Oldest first; ties by id. */
export function byAge(a: HeldReport, b: HeldReport): number {
  return a.entry.issuedAt - b.entry.issuedAt || compareBytes(a.entry.reportId, b.entry.reportId);
}

type Order = (a: HeldReport, b: HeldReport) => number;

function insert(lists: Map<number, HeldReport[]>, key: number, report: HeldReport, order: Order): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [report]);
  else list.splice(placeOf(list, report, order), 0, report);
}

function take(lists: Map<number, HeldReport[]>, key: number, report: HeldReport, order: Order): void {
  const list = lists.get(key)!;
  list.splice(placeOf(list, report, order), 1);
  if (list.length === 0) lists.delete(key);
}

function placeOf(list: readonly HeldReport[], report: HeldReport, order: Order): number {
  let from = 0;
  let to = list.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (order(list[middle], report) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}
