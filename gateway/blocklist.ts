// The effective list of this clinic: what the known reports, removals and pins say about an address, and why.
// A pure function of what it was told and the time it is asked for; delivery order and repetition do not matter.
// Owns no chain, no key and no file: node/threats feeds it.
import { equalBytes } from '../common/bytes.ts';
import { isRange, type Network, parseNetwork } from './address.ts';
import { Disputes, type HeardDispute, type KnownDispute, type Tagged, type TagState } from './disputes.ts';
import { GatewayError, type NeverBlockSet } from './errors.ts';
import { type HeldReport, hold, merge, unconfirmed } from './held-report.ts';
import { NetworkIndex } from './network-index.ts';
import type { NeverBlock } from './never-block.ts';
import { type Removal, Removals } from './removals.ts';
import { byAge, byUntil, ReportSet } from './report-set.ts';
import type { ThreatEntry } from './threat-entry.ts';

export type ThreatVerdict = 'allow' | 'challenge' | 'block';

export type VerdictReason =
  /** An administrator of this clinic decided: always wins here. */
  | { readonly rule: 'pin'; readonly pin: Pin }
  | { readonly rule: 'never-block'; readonly set: NeverBlockSet }
  | { readonly rule: 'own-organisation' | 'foreign-organisation'; readonly report: HeldReport }
  /** Known and without effect: its organisation is over quota or badly trusted, or it is disputed. */
  | { readonly rule: 'advisory' | 'disputed'; readonly report: HeldReport };

export interface Judgement {
  readonly verdict: ThreatVerdict;
  readonly reasons: readonly VerdictReason[];
}

/** A local decision about a network; never leaves this clinic. */
export interface Pin {
  readonly network: Network;
  readonly action: 'allow' | 'block';
  /** Account or operator. */
  readonly by: string;
  /** ms since 1970. */
  readonly at: number;
  /** ms since 1970; undefined: until it is taken away. */
  readonly until: number | undefined;
}

export interface ReportDisputes {
  readonly disputes: readonly KnownDispute[];
  readonly stoppedUntil: number | undefined;
}

export interface BlocklistOptions {
  /** T in ms: an unconfirmed effect ends after 20 T. */
  readonly blockInterval: number;
  /** Longest life of a report, ms. */
  readonly threatMaxLife: number;
  readonly maxPerOrganisation?: number;
  readonly maxReports?: number;
}

export interface BlocklistModules {
  /** Asked at every use, so that members' networks may change. */
  readonly neverBlock: Pick<NeverBlock, 'setOf'>;
  /** The same network under the other keys that are here. */
  elsewhere?(entry: ThreatEntry): readonly Tagged[];
}

export type AddResult = 'added' | 'updated' | 'known' | 'removed' | 'expired' | 'never-block' | 'full';

export const MAX_PER_ORGANISATION = 5_000;
export const MAX_REPORTS = 50_000;
export const MAX_REMOVALS_PER_ORGANISATION = 10_000;
export const MAX_PINS = 10_000;
const UNCONFIRMED_INTERVALS = 20;
/** How long a report of another organisation counts here, unless very many say the same, ms. */
const FOREIGN_LIFE = 86_400_000;
const LEAST_QUORUM = 3;

export class Blocklist {
  private readonly lapse: number;
  private readonly maxPerOrganisation: number;
  private readonly threatMaxLife: number;
  private readonly modules: BlocklistModules;
  private readonly reports: ReportSet;
  private readonly removals: Removals;
  private readonly pinned = new NetworkIndex<Pin>();
  private readonly listeners: ((network: Network) => void)[] = [];
  private readonly disputes: Disputes;
  private organisations = 0;
  private stopped: ReadonlySet<number> = new Set();

  constructor(options: BlocklistOptions, modules: BlocklistModules) {
    const { maxPerOrganisation = MAX_PER_ORGANISATION, maxReports = MAX_REPORTS } = options;
    this.lapse = UNCONFIRMED_INTERVALS * options.blockInterval;
    this.threatMaxLife = options.threatMaxLife;
    this.modules = modules;
    this.maxPerOrganisation = maxPerOrganisation;
    this.reports = new ReportSet({
      maxPerOrganisation,
      maxReports,
      onPushedOut: (network) => this.changed(network),
    });
    this.disputes = new Disputes({ lapse: this.lapse });
    this.removals = new Removals({ maxPerOrganisation: MAX_REMOVALS_PER_ORGANISATION });
  }

  /** Reports known here, in effect or not. */
  get size(): number {
    return this.reports.size;
  }

  /** Told after each change which network it was about: verdicts on networks inside may differ too. Time alone tells nobody. */
  onChange(listener: (network: Network) => void): void {
    this.listeners.push(listener);
  }

  /** A report, or news about one: received, confirmed, extended. Only validly signed ones are handed in. */
  add(entry: ThreatEntry, now: number): AddResult {
    if (this.removals.covers(entry)) {
      this.removals.learn(entry);
      this.dropAnswered(entry.network, entry.organisation);
      return 'removed';
    }
    if (entry.expires <= now) return 'expired';
    if (this.modules.neverBlock.setOf(entry.network) !== undefined) return 'never-block';
    const known = this.reports.get(entry.reportId);
    const report = known === undefined ? hold(entry, this.lapse) : merge(known, hold(entry, this.lapse), this.lapse);
    if (known !== undefined && saysTheSame(known, report)) return 'known';
    if (!this.reports.put(report)) return 'full';
    this.changed(entry.network);
    return known === undefined ? 'added' : 'updated';
  }

  /** Whether one more report by hand would count. Throws `threat.full`. */
  demandRoom(organisation: number): void {
    if (this.reports.hasRoomByHand(organisation)) return;
    throw new GatewayError({ code: 'threat.full', limit: this.maxPerOrganisation });
  }

  /** A report was taken back, by a statement from receipt on. Stays in force for a report that arrives only later. */
  remove(removal: Removal): void {
    const { organisation } = removal;
    const known = this.removals.add(removal);
    const report = this.reports.get(removal.reportId);
    if (report?.entry.organisation === organisation) this.removals.learn(report.entry);
    const network = report?.entry.organisation === organisation ? report.entry.network : known;
    if (network !== undefined) this.dropAnswered(network, organisation);
  }

  /** Who of the reporting organisation took a report back, when and why. */
  removalOf(reportId: Uint8Array, organisation: number): Removal | undefined {
    return this.removals.get(reportId, organisation);
  }

  /** The block that held the report was left behind: its effect lapses unless another block takes it. */
  unconfirm(reportId: Uint8Array, now: number): void {
    const report = this.reports.get(reportId);
    if (!report?.entry.confirmed) return;
    this.reports.put(unconfirmed(report, now, this.lapse));
    this.changed(report.entry.network);
  }

  /** Replaces an earlier pin of the same network. Throws `address.never-block` for a block that nobody may make. */
  pin(pin: Pin): void {
    const set = pin.action === 'block' ? this.modules.neverBlock.setOf(pin.network) : undefined;
    if (set !== undefined) throw new GatewayError({ code: 'address.never-block', set });
    if (this.pinned.size >= MAX_PINS && this.pinned.get(pin.network) === undefined) {
      throw new GatewayError({ code: 'blocklist.pins-full', limit: MAX_PINS });
    }
    this.pinned.set(pin.network, pin);
    this.changed(pin.network);
  }

  /** Of exactly this network; reports alone decide from then on. */
  unpin(network: Network): void {
    this.pinned.delete(network);
    this.changed(network);
  }

  pins(): readonly Pin[] {
    return [...this.pinned.values()];
  }

  /** Organisations of the network: a third of them, and three, are enough for more than a day and for ranges. */
  setOrganisations(count: number): void {
    this.organisations = count;
  }

  /** Organisations whose sharing is stopped: what they say counts at their own branches alone. */
  setStopped(organisations: ReadonlySet<number>): void {
    const before = this.stopped;
    this.stopped = organisations;
    if (before.size === organisations.size && [...before].every((one) => organisations.has(one))) return;
    this.changedWhere(({ organisation }) => before.has(organisation) !== organisations.has(organisation));
  }

  /** A dispute that no block holds yet: counts at once, and lapses. */
  hearDispute(dispute: HeardDispute): void {
    this.disputes.hear(dispute);
    this.changedWhere((entry) => isTagged(entry, dispute));
  }

  /** What the chain says of a tag, in the place of what it said before. */
  settleTag(tagged: Tagged, state: TagState): void {
    if (this.disputes.settle(tagged, state)) this.changedWhere((entry) => isTagged(entry, tagged));
  }

  /** Who disputes what the report says, and until when it is without effect at clinics of `own`, no longer than it lives. */
  disputesOf(entry: ThreatEntry, own: number, now: number): ReportDisputes {
    const elsewhere = (): readonly Tagged[] => this.modules.elsewhere?.(entry) ?? [];
    const stopped = entry.organisation === own ? undefined : this.disputes.stoppedUntil(entry, { own, now, elsewhere });
    const stoppedUntil = stopped === undefined ? undefined : Math.min(stopped, entry.expires);
    return { disputes: this.disputes.disputesOf([entry, ...elsewhere()], now), stoppedUntil };
  }

  /** Tags that are disputed or suspended, as far as known. */
  disputedTags(): Tagged[] {
    return this.disputes.tags();
  }

  /**
   * Own pin, then never-block, then: the own organisation blocks; of others one challenges, two block one client for a day,
   * and a third of all, at least three, block for as long as they say, ranges too.
   */
  verdictFor(address: string | Network, ownOrganisation: number, now: number): Judgement {
    const network = typeof address === 'string' ? parseNetwork(address) : address;
    const pin = this.pinFor(network, now);
    if (pin !== undefined) return { verdict: pin.action, reasons: [{ rule: 'pin', pin }] };
    const reports = this.reports.covering(network, now).sort(byUntil);
    if (reports.length === 0) return { verdict: 'allow', reasons: [] };
    const set = this.modules.neverBlock.setOf(network);
    if (set !== undefined) return { verdict: 'allow', reasons: [{ rule: 'never-block', set }] };
    const own = ownReasons(reports, ownOrganisation);
    const foreign = this.foreignReasons(reports, ownOrganisation, now);
    return { verdict: own.length === 0 ? this.foreignVerdict(foreign, now) : 'block', reasons: [...own, ...foreign] };
  }

  /** Reports in effect, oldest first. */
  inEffect(now: number): readonly HeldReport[] {
    return [...this.reports.values()].filter(({ until }) => until > now).sort(byAge);
  }

  /** In effect or not. `reportId`: 32 bytes, the statement's. */
  report(reportId: Uint8Array): HeldReport | undefined {
    return this.reports.get(reportId);
  }

  /** Forgets what is over. Returns the reports whose attachments and cached rows go too. */
  expire(now: number): readonly ThreatEntry[] {
    const over = [...this.reports.values()].filter(({ entry }) => entry.expires <= now).map(({ entry }) => entry);
    for (const { reportId } of over) this.reports.delete(reportId);
    this.removals.prune(now - this.threatMaxLife);
    this.disputes.prune(now);
    for (const pin of this.pins()) if (pin.until !== undefined && pin.until <= now) this.pinned.delete(pin.network);
    return over;
  }

  /** One per other organisation, by number: what counts before what does not, what counts today before what did. */
  private foreignReasons(reports: readonly HeldReport[], own: number, now: number): ForeignReason[] {
    const found = new Map<number, ForeignReason>();
    for (const report of reports) {
      const { organisation } = report.entry;
      if (organisation === own) continue;
      const reason = this.reasonOf(report, own, now);
      const known = found.get(organisation);
      if (known === undefined || rankOf(reason, now) < rankOf(known, now)) found.set(organisation, reason);
    }
    return [...found.values()].sort((a, b) => a.report.entry.organisation - b.report.entry.organisation);
  }

  /** `until` of the report it gives is when it stops to mean what it means now. */
  private reasonOf(report: HeldReport, own: number, now: number): ForeignReason {
    const { entry, until } = report;
    if (entry.standing !== 'full' || this.stopped.has(entry.organisation)) return { rule: 'advisory', report };
    const elsewhere = (): readonly Tagged[] => this.modules.elsewhere?.(entry) ?? [];
    const stopped = this.disputes.stoppedUntil(entry, { own, now, elsewhere });
    if (stopped !== undefined) return { rule: 'disputed', report: { ...report, until: Math.min(until, stopped) } };
    const today = isOfToday(report, now) ? entry.issuedAt + FOREIGN_LIFE : until;
    return { rule: 'foreign-organisation', report: { ...report, until: Math.min(until, today) } };
  }

  private foreignVerdict(reasons: readonly ForeignReason[], now: number): ThreatVerdict {
    const counting = reasons.filter(({ rule }) => rule === 'foreign-organisation').map(({ report }) => report);
    if (counting.length >= Math.max(LEAST_QUORUM, Math.ceil(this.organisations / 3))) return 'block';
    const today = counting.filter((report) => isOfToday(report, now));
    if (today.filter(({ entry }) => !isRange(entry.network)).length >= 2) return 'block';
    return today.length > 0 ? 'challenge' : 'allow';
  }

  private pinFor(network: Network, now: number): Pin | undefined {
    return this.pinned
      .covering(network)
      .filter(({ until }) => until === undefined || until > now)
      .sort((a, b) => b.network.prefix - a.network.prefix)[0];
  }

  /** What its organisation had reported of this network before it unblocked it. */
  private dropAnswered(network: Network, organisation: number): void {
    for (const { entry } of [...this.reports.reportsOn(network, organisation)]) {
      if (this.removals.covers(entry)) this.reports.delete(entry.reportId);
    }
    this.changed(network);
  }

  private changedWhere(concerns: (entry: ThreatEntry) => boolean): void {
    const networks = [...this.reports.values()]
      .filter(({ entry }) => concerns(entry))
      .map(({ entry }) => entry.network);
    for (const network of networks) this.changed(network);
  }

  private changed(network: Network): void {
    for (const listener of this.listeners) listener(network);
  }
}

interface ForeignReason {
  readonly rule: 'foreign-organisation' | 'advisory' | 'disputed';
  readonly report: HeldReport;
}

/** What was blocked by hand leads for as long as it lasts, before what ends last: no more is known of by hand after it. */
function ownReasons(reports: readonly HeldReport[], own: number): VerdictReason[] {
  const mine = reports.filter(({ entry }) => entry.organisation === own);
  const byHand = mine.find(({ entry }) => entry.mode === 'manual');
  return [...new Set([byHand, mine[0]])]
    .filter((report) => report !== undefined)
    .map((report) => ({ rule: 'own-organisation', report }));
}

function isOfToday({ entry }: HeldReport, now: number): boolean {
  return entry.issuedAt + FOREIGN_LIFE > now;
}

function saysTheSame(a: HeldReport, b: HeldReport): boolean {
  return a.until === b.until && a.entry.confirmed === b.entry.confirmed && isTagged(a.entry, b.entry);
}

function isTagged(entry: ThreatEntry, { keyEpoch, tag }: Tagged): boolean {
  return entry.keyEpoch === keyEpoch && equalBytes(entry.tag, tag);
}

/** Less is more: one client before a range, today before earlier, what counts before what does not. */
function rankOf({ rule, report }: ForeignReason, now: number): number {
  const weight = rule === 'foreign-organisation' ? 0 : 4;
  return weight + (isOfToday(report, now) ? 0 : 2) + (isRange(report.entry.network) ? 1 : 0);
}
