// Reports that were taken back: what came later than its revocation stays without effect, and who revoked it can be asked.
import { toHex } from '../common/bytes.ts';
import { BoundedMap } from '../common/collections/bounded-map.ts';
import type { Network } from './address.ts';
import { NetworkIndex } from './network-index.ts';
import type { ThreatEntry } from './threat-entry.ts';

export interface Removal {
  readonly reportId: Uint8Array;
  /** Who took it back. */
  readonly organisation: number;
  readonly clinic: number;
  /** When the statement was issued, ms since 1970. */
  readonly at: number;
  /** A person's words; empty when none were given. */
  readonly reason: string;
}

export interface About {
  readonly network: Network;
  readonly organisation: number;
}

/** An unblock answers all that its organisation had reported of the network until then, not only one report. */
interface Known extends Removal {
  readonly about?: About;
}

export class Removals {
  private readonly byReport: BoundedMap<string, Known>;
  /** Per network and organisation: reports issued up to this time are answered. */
  private readonly cleared = new NetworkIndex<Map<number, number>>();

  constructor(options: { readonly maxRemovals: number }) {
    this.byReport = new BoundedMap({
      maxEntries: options.maxRemovals,
      onEvict: (_, removal) => this.forget(removal),
    });
  }

  get(reportId: Uint8Array): Removal | undefined {
    return this.byReport.get(toHex(reportId));
  }

  /** Of several removals of one report the latest stays. Returns what the report was about, when that is known. */
  add(removal: Removal): About | undefined {
    const id = toHex(removal.reportId);
    const known = this.byReport.get(id);
    if (known === undefined || removal.at > known.at) this.byReport.set(id, { ...removal, about: known?.about });
    if (known?.about !== undefined) this.clear(known.about, removal.at);
    return known?.about;
  }

  /** Learns which network a removed report was about. */
  learn({ reportId, network, organisation }: ThreatEntry): void {
    const id = toHex(reportId);
    const known = this.byReport.get(id);
    if (known === undefined) return;
    const about = { network, organisation };
    this.byReport.set(id, { ...known, about });
    this.clear(about, known.at);
  }

  /** True when the report was taken back, or was answered by an unblock of its organisation. */
  covers({ reportId, network, organisation, issuedAt }: ThreatEntry): boolean {
    if (this.byReport.has(toHex(reportId))) return true;
    const cleared = this.cleared.get(network)?.get(organisation);
    return cleared !== undefined && issuedAt <= cleared;
  }

  /** Forgets what was taken back before `time`: the reports in question are over. */
  prune(time: number): void {
    for (const [id, removal] of this.byReport) {
      if (removal.at >= time) continue;
      this.byReport.delete(id);
      this.forget(removal);
    }
  }

  private clear({ network, organisation }: About, at: number): void {
    const times = this.cleared.get(network) ?? new Map<number, number>();
    this.cleared.set(network, times.set(organisation, Math.max(at, times.get(organisation) ?? 0)));
  }

  private forget({ about, at }: Known): void {
    const times = about && this.cleared.get(about.network);
    if (times === undefined || times.get(about!.organisation) !== at) return;
    times.delete(about!.organisation);
    if (times.size === 0) this.cleared.delete(about!.network);
  }
}
