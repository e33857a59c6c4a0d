// Reports that have no effect yet, by the commitment of the attachment that they wait for: it is missing, or no key here
// opens it. Anybody may name anybody's commitment, so each report stands for itself. Owns bounds, opens nothing.
import { toHex } from '../../common/bytes.ts';
import type { ReportSource } from './reports.ts';

/** Reports of one organisation that name one commitment: an honest one names its own once. */
export const MAX_PER_COMMITMENT = 4;

export interface Pending {
  readonly commitment: Uint8Array;
  readonly report: ReportSource;
}

export class PendingReports {
  private readonly maxReports: number;
  /** By commitment, then by report. */
  private readonly byCommitment = new Map<string, Map<string, Pending>>();
  /** Per organisation, oldest first: the one that has most loses its oldest when all are too many. */
  private readonly byOrganisation = new Map<number, Set<Pending>>();
  private count = 0;

  constructor(options: { readonly maxReports: number }) {
    this.maxReports = options.maxReports;
  }

  get size(): number {
    return this.count;
  }

  /** In the place of what was known of this report. */
  put(commitment: Uint8Array, report: ReportSource): void {
    const key = toHex(commitment);
    const pending = { commitment, report };
    const same = this.byCommitment.get(key) ?? new Map<string, Pending>();
    const known = same.get(idOf(pending));
    if (known !== undefined) this.delete(known);
    const { organisation } = report.sender;
    const own = [...same.values()].filter((other) => other.report.sender.organisation === organisation);
    if (own.length >= MAX_PER_COMMITMENT) return;
    this.byCommitment.set(key, same.set(idOf(pending), pending));
    const all = this.byOrganisation.get(organisation);
    if (all === undefined) this.byOrganisation.set(organisation, new Set([pending]));
    else all.add(pending);
    if (++this.count > this.maxReports) this.pushOut();
  }

  /** What waits for this attachment, taken out. */
  take(commitment: Uint8Array): ReportSource[] {
    const found = [...(this.byCommitment.get(toHex(commitment))?.values() ?? [])];
    for (const pending of found) this.delete(pending);
    return found.map(({ report }) => report);
  }

  /** All, taken out. */
  takeAll(): Pending[] {
    const found = [...this.byCommitment.values()].flatMap((same) => [...same.values()]);
    for (const pending of found) this.delete(pending);
    return found;
  }

  /** Gives a report that waits another end; false when it does not. */
  extend(commitment: Uint8Array, reportId: Uint8Array, expires: number): boolean {
    const known = this.byCommitment.get(toHex(commitment))?.get(toHex(reportId));
    if (known === undefined) return false;
    this.put(commitment, { ...known.report, extended: expires });
    return true;
  }

  private delete(pending: Pending): void {
    const key = toHex(pending.commitment);
    const same = this.byCommitment.get(key)!;
    same.delete(idOf(pending));
    if (same.size === 0) this.byCommitment.delete(key);
    const { organisation } = pending.report.sender;
    const all = this.byOrganisation.get(organisation)!;
    all.delete(pending);
    if (all.size === 0) this.byOrganisation.delete(organisation);
    this.count--;
  }

  private pushOut(): void {
    const largest = [...this.byOrganisation.values()].reduce((a, b) => (b.size > a.size ? b : a));
    const [oldest] = largest;
    this.delete(oldest);
  }
}

function idOf({ report }: Pending): string {
  return toHex(report.statement.object);
}
