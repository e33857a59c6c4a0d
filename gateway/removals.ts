// Reports that were taken back: what came later than its revocation stays without effect, and who revoked it can be asked.
// Each organisation takes back its own reports only, and fills only its own memory.
import { toHex } from '../common/bytes.ts';
import { BoundedMap } from '../common/collections/bounded-map.ts';
import type { Network } from './address.ts';
import { NetworkIndex } from './network-index.ts';
import type { ThreatEntry } from './threat-entry.ts';

export type RemovalReason = 'mistake' | 'resolved' | 'appeal' | 'policy';

export interface Removal {
  readonly reportId: Uint8Array;
  /** Who took it back. Without effect on a report of another organisation. */
  readonly organisation: number;
  readonly clinic: number;
  /** When the statement was issued, ms since 1970. */
  readonly at: number;
  readonly reason: RemovalReason;
}

/** The network that the removed report was about, once the report is known. */
interface Known extends Removal {
  readonly network: Network | undefined;
}

export class Removals {
  private readonly maxPerOrganisation: number;
  private readonly byOrganisation = new Map<number, BoundedMap<string, Known>>();
  /** Per network and organisation: an unblock answers all that the organisation had reported of it until this time. */
  private readonly cleared = new NetworkIndex<Map<number, number>>();

  constructor(options: { readonly maxPerOrganisation: number }) {
    this.maxPerOrganisation = options.maxPerOrganisation;
  }

  /** What this organisation said of the report; `reportId`: 32 bytes, the statement's. */
  get(reportId: Uint8Array, organisation: number): Removal | undefined {
    return this.byOrganisation.get(organisation)?.get(toHex(reportId));
  }

  /** Of several removals of one report the latest stays. Returns the network that the report was about, when known. */
  add(removal: Removal): Network | undefined {
    const id = toHex(removal.reportId);
    const removals = this.ofOrganisation(removal.organisation);
    const known = removals.get(id);
    if (known === undefined || removal.at > known.at) this.keep(removals, id, { ...removal, network: known?.network });
    return known?.network;
  }

  /** Learns which network a removed report was about. */
  learn({ reportId, network, organisation }: ThreatEntry): void {
    const id = toHex(reportId);
    const removals = this.byOrganisation.get(organisation);
    const known = removals?.get(id);
    if (removals !== undefined && known !== undefined) this.keep(removals, id, { ...known, network });
  }

  /** True when the report was taken back, or was answered by an unblock of its organisation. */
  covers({ reportId, network, organisation, issuedAt }: ThreatEntry): boolean {
    if (this.get(reportId, organisation) !== undefined) return true;
    const cleared = this.cleared.get(network)?.get(organisation);
    return cleared !== undefined && issuedAt <= cleared;
  }

  /** Forgets what was taken back before `time`: the reports in question are over. */
  prune(time: number): void {
    for (const [organisation, removals] of this.byOrganisation) {
      for (const [id, removal] of removals) {
        if (removal.at >= time) continue;
        removals.delete(id);
        this.forget(removal);
      }
      if (removals.size === 0) this.byOrganisation.delete(organisation);
    }
  }

  private keep(removals: BoundedMap<string, Known>, id: string, removal: Known): void {
    removals.set(id, removal);
    const { network, organisation, at } = removal;
    if (network === undefined) return;
    const times = this.cleared.get(network) ?? new Map<number, number>();
    this.cleared.set(network, times.set(organisation, Math.max(at, times.get(organisation) ?? 0)));
  }

  private forget({ network, organisation, at }: Known): void {
    const times = network && this.cleared.get(network);
    if (times === undefined || times.get(organisation) !== at) return;
    times.delete(organisation);
    if (times.size === 0) this.cleared.delete(network!);
  }

  private ofOrganisation(organisation: number): BoundedMap<string, Known> {
    let removals = this.byOrganisation.get(organisation);
    if (removals === undefined) {
      removals = new BoundedMap({
        maxEntries: this.maxPerOrganisation,
        onEvict: (_, removal) => this.forget(removal),
      });
      this.byOrganisation.set(organisation, removals);
    }
    return removals;
  }
}
