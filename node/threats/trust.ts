// What the chain says of trust between organisations, as the blocklist needs it: whose sharing is stopped, which tags are
// disputed; and what a report that no block holds yet would count for. Owns no verdict.

import { fromHex, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import type { Standing } from '../../common/threat-names.ts';
import { decodePayload } from '../../consensus/ledger/payload.ts';
import { TABLES, THREATS_KEY, threatKey, threatOrganisationKey, threatTagKey } from '../../consensus/ledger/tables.ts';
import { readDispute, suspendedAt } from '../../consensus/ledger/threats/dispute.ts';
import { decodeThreatRow } from '../../consensus/ledger/threats/rows.ts';
import { decodeThreats } from '../../consensus/ledger/threats/trust/network-row.ts';
import { decodeTrust, type TrustRow } from '../../consensus/ledger/threats/trust/organisation-row.ts';
import { isMuted } from '../../consensus/ledger/threats/trust/reputation.ts';
import { decodeTag, NO_TAG, type TagRow } from '../../consensus/ledger/threats/trust/tag-row.ts';
import { weigh } from '../../consensus/ledger/threats/trust/weigh.ts';
import type { ReportPayload } from '../../consensus/ledger/threats/types.ts';
import type { LedgerEvent, Statement } from '../../consensus/ledger/types.ts';
import type { Sender } from '../../consensus/member-set.ts';
import type { Blocklist } from '../../gateway/blocklist.ts';
import type { Tagged } from '../../gateway/disputes.ts';
import type { TipChange } from '../chain/chain.ts';
import type { ChainStore } from '../store/ports.ts';

const PAGE = 1_000;
/** Events after which a tag's row says something else, and an organisation's. */
const TAG_EVENTS = ['disputed', 'suspended', 'retagged'];
const ORGANISATION_EVENTS = ['stopped', 'restored'];

export interface TrustModules {
  readonly blocklist: Blocklist;
  readonly store: Pick<ChainStore, 'states' | 'stateRange'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Of a change of the chain's tip what is read here. */
export interface TrustChange {
  readonly connected: readonly Pick<TipChange['connected'][number], 'events'>[];
  readonly disconnected: readonly unknown[];
}

export class Trust {
  private readonly organisation: number;
  private readonly modules: TrustModules;
  /** Organisations' rows after what was received since the last block: their quotas hold from receipt. */
  private readonly ahead = new Map<number, TrustRow>();

  constructor(options: { readonly organisation: number }, modules: TrustModules) {
    this.organisation = options.organisation;
    this.modules = modules;
  }

  /** Everything from the state. */
  async load(): Promise<void> {
    this.ahead.clear();
    await this.loadStopped();
    // A branch that was left without a word may have said more of tags than the state does.
    await this.settleAll(this.modules.blocklist.disputedTags());
    for await (const [id, bytes] of this.rows(TABLES.threatTag)) {
      const view = new DataView(id.buffer, id.byteOffset);
      this.settle({ keyEpoch: view.getUint32(0), tag: id.slice(4, 20) }, decodeTag(bytes));
    }
  }

  async follow({ connected, disconnected }: TrustChange): Promise<void> {
    const { blocklist } = this.modules;
    const events = connected.flatMap((block) => block.events.filter(({ family }) => family === 'threats'));
    if (events.length === 0 && disconnected.length === 0) return;
    this.ahead.clear();
    const tags = events.filter(({ type }) => TAG_EVENTS.includes(type)).map(taggedOf);
    // Left behind with a block is whatever it had said of any tag.
    if (disconnected.length > 0) tags.push(...blocklist.disputedTags());
    await this.settleAll(tags);
    if (disconnected.length > 0 || events.some(({ type }) => ORGANISATION_EVENTS.includes(type))) {
      await this.loadStopped();
    }
  }

  /** What a report that was only received would count for in the next block. */
  async weigh({ organisation }: Sender, report: ReportPayload): Promise<Standing> {
    const { store, clock } = this.modules;
    if (organisation === this.organisation) return 'full';
    const [trust, tag, all] = await store.states([
      threatOrganisationKey(organisation),
      threatTagKey(report.keyEpoch, report.tag),
      THREATS_KEY,
    ]);
    const against = {
      trust: this.ahead.get(organisation) ?? (trust === undefined ? undefined : decodeTrust(trust)),
      tag: tag === undefined ? NO_TAG : decodeTag(tag),
      active: all === undefined ? 0 : decodeThreats(all).active,
    };
    const weighed = weigh(against, organisation, report, clock.now());
    this.ahead.set(organisation, weighed.trust);
    return weighed.standing;
  }

  /** A dispute that no block holds yet. One of this organisation counts here whatever others make of it. */
  async heard({ object, payload }: Statement, { organisation }: Sender): Promise<void> {
    const { store, blocklist, clock } = this.modules;
    const [report, trust] = await store.states([threatKey(object), threatOrganisationKey(organisation)]);
    const about = blocklist.report(object)?.entry ?? (report && decodeThreatRow(report));
    const reason = decodePayload(payload, readDispute);
    if (about === undefined || reason === undefined || about.organisation === organisation) return;
    if (organisation !== this.organisation && trust !== undefined && isMuted(decodeTrust(trust))) return;
    const { keyEpoch, tag } = about;
    blocklist.hearDispute({ keyEpoch, tag: tag.slice(), organisation, reason, receivedAt: clock.now() });
  }

  private async settleAll(tags: readonly Tagged[]): Promise<void> {
    const rows = await this.modules.store.states(tags.map(({ keyEpoch, tag }) => threatTagKey(keyEpoch, tag)));
    for (const [index, tagged] of tags.entries()) {
      const bytes = rows[index];
      this.settle(tagged, bytes === undefined ? NO_TAG : decodeTag(bytes));
    }
  }

  private settle(tagged: Tagged, { disputers, bars }: TagRow): void {
    const suspended = bars.map((bar) => ({ organisation: bar.organisation, at: suspendedAt(bar) }));
    this.modules.blocklist.settleTag(tagged, { disputers, suspended });
  }

  private async loadStopped(): Promise<void> {
    const stopped = new Set<number>();
    for await (const [id, bytes] of this.rows(TABLES.threatOrganisation)) {
      if (decodeTrust(bytes).stopped) stopped.add((id[0] << 8) | id[1]);
    }
    this.modules.blocklist.setStopped(stopped);
  }

  /** Ids, without the table, and values. */
  private async *rows(table: number): AsyncIterable<[Uint8Array, Uint8Array]> {
    let after: Uint8Array | undefined;
    for (;;) {
      const rows = await this.modules.store.stateRange(table, new Uint8Array(0), after, PAGE);
      for (const [key, value] of rows) yield [key.subarray(1), value];
      if (rows.length < PAGE) return;
      after = rows[rows.length - 1][0];
    }
  }
}

function taggedOf({ data }: LedgerEvent): Tagged {
  return { keyEpoch: Number(data.keyEpoch), tag: fromHex(String(data.tag)) };
}

/** Of the reports that a block holds, what they count for, by statement. */
export function standingsOf(events: readonly LedgerEvent[]): ReadonlyMap<string, Standing> {
  const reported = events.filter(({ family, type }) => family === 'threats' && type === 'reported');
  return new Map(reported.map(({ statement, data }) => [toHex(statement), data.standing as Standing]));
}
