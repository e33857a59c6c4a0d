// What this clinic says of addresses: by hand, by its gateway, and what follows from what others said. Said statements go
// to the outbox and act here at once. Owns no list: gateway/blocklist.ts; no rule of trust: consensus/ledger/threats/.

import { toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import type { Logger } from '../../common/logger.ts';
import type { DisputeReason, ThreatCategory } from '../../common/threat-names.ts';
import { threatKey } from '../../consensus/ledger/tables.ts';
import { decodeThreatRow, type ThreatRow } from '../../consensus/ledger/threats/rows.ts';
import { AUTOMATIC_LIFE, DAY, HITS_TO_STOP } from '../../consensus/ledger/threats/trust/bounds.ts';
import { SEVERITY_STEP, type ThreatRevokeReason } from '../../consensus/ledger/threats/types.ts';
import type { OrganisationNumber } from '../../consensus/ledger/types.ts';
import { contains, type Network, parseNetwork } from '../../gateway/address.ts';
import type { Blocklist } from '../../gateway/blocklist.ts';
import { GatewayError } from '../../gateway/errors.ts';
import type { HeldReport } from '../../gateway/held-report.ts';
import type { FoundThreat } from '../../gateway/judge/found.ts';
import type { NeverBlock } from '../../gateway/never-block.ts';
import type { ThreatEntry } from '../../gateway/threat-entry.ts';
import type { ClinicAuthor } from '../clinic-author.ts';
import type { NewStatement, Outbox } from '../outbox/outbox.ts';
import type { OutboxRecord } from '../outbox/record.ts';
import type { ChainStore } from '../store/ports.ts';
import { type EarlyStatement, EarlyStatements } from './early-statements.ts';
import type { ThreatKeyEpochs } from './key-epochs/key-epochs.ts';
import type { LastingBlocks } from './lasting.ts';
import { makeDispute, makeReinstatement, makeReport, makeRevocation, type NewReport } from './make.ts';
import type { Threats } from './threats.ts';

const MAX_ORGANISATIONS = 1_024;
/** A report made by hand is as grave as they come. */
const MANUAL_SEVERITY = 100;

/** A report on its way to the others. */
export interface Announced {
  readonly report: Uint8Array;
  /** ms since 1970. */
  readonly expires: number;
  readonly record: OutboxRecord;
}

export interface ThreatActsOptions {
  readonly organisation: number;
  /** Longest life of a report, ms. */
  readonly maxLife: number;
}

export interface ThreatActsModules {
  readonly threats: Pick<Threats, 'heed' | 'onConfirmed' | 'onHit' | 'onRevoked'>;
  readonly lasting: Pick<LastingBlocks, 'add' | 'ended'>;
  readonly keys: Pick<ThreatKeyEpochs, 'sealing'>;
  readonly blocklist: Pick<Blocklist, 'inEffect' | 'report' | 'demandRoom'>;
  readonly neverBlock: NeverBlock;
  readonly author: ClinicAuthor;
  readonly outbox: Pick<Outbox, 'submit' | 'list' | 'onChange'>;
  readonly store: Pick<ChainStore, 'states'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
}

export class ThreatActs {
  private readonly options: ThreatActsOptions;
  private readonly modules: ThreatActsModules;
  /** How often an organisation was told of what nobody may block, today. */
  private readonly hits = new BoundedMap<number, { readonly day: number; readonly count: number }>({
    maxEntries: MAX_ORGANISATIONS,
  });
  private readonly early: EarlyStatements;

  constructor(options: ThreatActsOptions, modules: ThreatActsModules) {
    this.options = options;
    this.modules = modules;
    this.early = new EarlyStatements(options, { ...modules, say: (early, row) => this.sayEarly(early, row) });
    modules.threats.onConfirmed(({ reportId }) => this.early.sayAgain(reportId));
    modules.threats.onHit(async (entry) => {
      try {
        await this.early.sayAgain(entry.reportId);
      } finally {
        await this.disputeHit(entry);
      }
    });
    modules.threats.onRevoked((entry) => this.endLasting(entry));
  }

  /** After the outbox. */
  start(): Promise<void> {
    return this.early.start();
  }

  stop(): void {
    this.early.stop();
  }

  /**
   * Without an end when `forMs` is 'lasting': announced for as long as the network allows, and then again. Throws
   * GatewayError for an address that nobody may block, for longer than the network allows, or when the list is full.
   */
  async block(
    address: string,
    category: ThreatCategory,
    forMs: number | 'lasting' | undefined,
  ): Promise<Announced & { readonly network: Network }> {
    const { lasting } = this.modules;
    const network = parseNetwork(address);
    const { maxLife } = this.options;
    const life = typeof forMs === 'number' ? forMs : maxLife;
    if (life > maxLife) throw new GatewayError({ code: 'threat.life', longest: maxLife });
    const announced = await this.announce(network, category, life);
    const { report, expires } = announced;
    if (forMs === 'lasting') await lasting.add({ network, category, report, expires });
    return { network, ...announced };
  }

  /**
   * By hand, for the longest life when none is given. Throws `address.never-block`, also for what became such since it was
   * blocked without an end, and `threat.full`.
   */
  async announce(network: Network, category: ThreatCategory, life = this.options.maxLife): Promise<Announced> {
    this.modules.neverBlock.check(network);
    this.modules.blocklist.demandRoom(this.options.organisation);
    const none = { score: 0, requests: 0, failures: 0 };
    return this.report({ network, category, mode: 'manual', severity: MANUAL_SEVERITY, ...none }, life);
  }

  /** What the gateway or another program found, for a day at most. Throws `address.never-block`. */
  async found(
    { network, category, score, ownScore, requests, failures }: FoundThreat,
    life = AUTOMATIC_LIFE,
  ): Promise<Announced> {
    this.modules.neverBlock.check(network);
    const severity = ownScore - (ownScore % SEVERITY_STEP);
    const longest = Math.min(life, AUTOMATIC_LIFE, this.options.maxLife);
    return this.report({ network, category, mode: 'automatic', score, severity, requests, failures }, longest);
  }

  /** Revokes every report of the own organisation that covers the address. A mistake counts against its reputation. */
  async unblock(address: string, reason: ThreatRevokeReason): Promise<{ network: Network; records: OutboxRecord[] }> {
    const network = parseNetwork(address);
    const mine = this.covering(network).filter(({ organisation }) => organisation === this.options.organisation);
    return {
      network,
      records: await this.revoke(
        mine.map(({ reportId }) => reportId),
        reason,
      ),
    };
  }

  /** Revokes reports of the own organisation. */
  takeBack(mine: readonly HeldReport[]): Promise<OutboxRecord[]> {
    return this.revoke(
      mine.map(({ entry }) => entry.reportId),
      'resolved',
    );
  }

  /** Disputes what other organisations report of the address. Throws `threat.nothing`. */
  async dispute(address: string, reason: DisputeReason): Promise<{ network: Network; records: OutboxRecord[] }> {
    const network = parseNetwork(address);
    const foreign = this.covering(network).filter(({ organisation }) => organisation !== this.options.organisation);
    const spoken = new Map(foreign.map((entry) => [spokenFor(entry), entry.reportId]));
    if (spoken.size === 0) throw new GatewayError({ code: 'threat.nothing' });
    return { network, records: await this.disputeReports([...spoken.values()], reason) };
  }

  /** This organisation's word that another's sharing may begin anew. */
  async reinstate(organisation: OrganisationNumber): Promise<OutboxRecord> {
    const [record] = await this.modules.outbox.submit([makeReinstatement(this.modules.author, organisation)]);
    return record;
  }

  private covering(network: Network): ThreatEntry[] {
    const { blocklist, clock } = this.modules;
    const inEffect = blocklist.inEffect(clock.now()).map(({ entry }) => entry);
    return inEffect.filter((entry) => contains(entry.network, network));
  }

  private async report(given: Omit<NewReport, 'now' | 'expires'>, life: number): Promise<Announced> {
    const { author, keys, clock } = this.modules;
    const now = clock.now();
    const expires = now + life;
    const { made, report } = makeReport(author, keys.sealing(), { ...given, now, expires });
    const [record] = await this.say([made]);
    return { report, expires, record };
  }

  private async revoke(reports: readonly Uint8Array[], reason: ThreatRevokeReason): Promise<OutboxRecord[]> {
    const { author, store } = this.modules;
    const rows = await store.states(reports.map(threatKey));
    return this.say(
      reports.map((report, index) => {
        const row = rows[index];
        return makeRevocation(author, report, row === undefined ? 1 : decodeThreatRow(row).version, reason);
      }),
    );
  }

  private disputeReports(reports: readonly Uint8Array[], reason: DisputeReason): Promise<OutboxRecord[]> {
    return this.say(reports.map((report) => makeDispute(this.modules.author, report, reason)));
  }

  /** A revocation is dated before the one that was refused, so that no two are one statement. */
  private sayEarly(early: EarlyStatement, { version }: ThreatRow): Promise<OutboxRecord[]> {
    const { report } = early;
    if (early.kind === 'dispute') return this.disputeReports([report], early.reason);
    return this.say([makeRevocation(this.modules.author, report, version, early.reason, early.issued - 1)]);
  }

  private async say(made: readonly NewStatement[]): Promise<OutboxRecord[]> {
    if (made.length === 0) return [];
    const { outbox, threats } = this.modules;
    const records = await outbox.submit([...made]);
    for (const statement of made) await threats.heed(statement);
    return [...records];
  }

  /** Another organisation shares what nobody may block: said for the network to see, a few times a day for each. */
  private async disputeHit({ reportId, organisation }: ThreatEntry): Promise<void> {
    if (organisation === this.options.organisation) return;
    const day = Math.floor(this.modules.clock.now() / DAY);
    const said = this.hits.get(organisation);
    const count = said?.day === day ? said.count : 0;
    if (count >= HITS_TO_STOP) return;
    this.hits.set(organisation, { day, count: count + 1 });
    await this.disputeReports([reportId], 'never-block');
  }

  /** Whoever of the organisation unblocks a network ends what this clinic would say again. */
  private async endLasting({ network, organisation, reportId }: ThreatEntry): Promise<void> {
    if (organisation !== this.options.organisation) return;
    const newer = await this.modules.lasting.ended(network, reportId);
    if (newer !== undefined && this.modules.blocklist.report(newer) !== undefined)
      await this.revoke([newer], 'resolved');
  }
}

/** One report of a tag speaks for all that blocks hold; of those that still come, for its organisation's. */
function spokenFor({ keyEpoch, tag, organisation, confirmed }: ThreatEntry): string {
  return `${keyEpoch} ${toHex(tag)} ${confirmed ? '' : organisation}`;
}
