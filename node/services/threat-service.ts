// threat_*: block, unblock, dispute, pins, list, check. The rules are gateway/ and node/threats.
import { randomBytes } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import type { Standing } from '../../common/threat-names.ts';
import { threatKey } from '../../consensus/ledger/tables.ts';
import { decodeThreatRow } from '../../consensus/ledger/threats/rows.ts';
import { formatNetwork } from '../../gateway/address.ts';
import type { Judgement, Pin, ReportDisputes, VerdictReason } from '../../gateway/blocklist.ts';
import { GatewayError } from '../../gateway/errors.ts';
import { isByHand } from '../../gateway/lists/listed.ts';
import type { NeverBlock } from '../../gateway/never-block.ts';
import type { ThreatEntry } from '../../gateway/threat-entry.ts';
import type { CallContext, Handlers } from '../../rpc/ports.ts';
import type { ThreatReport } from '../../rpc/schema/threat.ts';
import type { OutboxRecord } from '../outbox/record.ts';
import type { ChainStore } from '../store/ports.ts';
import type { ThreatActs } from '../threats/acts.ts';
import type { ThreatFeed } from '../threats/feed.ts';
import type { LastingBlocks } from '../threats/lasting.ts';
import type { Pins } from '../threats/pins.ts';
import type { ThreatSignatures } from '../threats/signatures/threat-signatures.ts';
import type { Threats } from '../threats/threats.ts';
import { recordState } from './chain-reader.ts';
import { ServiceError } from './errors.ts';
import type { Views } from './views.ts';

/** Why a report of another organisation has no effect here. */
const ADVICE: Readonly<Record<Standing, string>> = {
  full: '',
  low: ' It is advice: too many reports of that organisation were wrong.',
  quota: ' It is advice: that organisation reported more than it may.',
  muted: ' It is advice: reports of that organisation do not count.',
  copied: ' It is advice: it repeats what others reported.',
  barred: ' It is advice: that organisation may not report this address again yet.',
};

const BY = { manual: 'by hand', automatic: 'by itself' } as const;

export type ThreatHandlers = Pick<
  Handlers,
  | 'threat_block'
  | 'threat_unblock'
  | 'threat_list'
  | 'threat_check'
  | 'threat_dispute'
  | 'threat_reinstate'
  | 'threat_pin'
  | 'threat_unpin'
  | 'threat_pins'
  | 'threat_follow'
>;

export interface ThreatServiceOptions {
  readonly organisation: number;
}

export interface ThreatServiceModules {
  readonly threats: Threats;
  readonly acts: ThreatActs;
  readonly pins: Pins;
  readonly lasting: Pick<LastingBlocks, 'announces'>;
  readonly feed: Pick<ThreatFeed, 'since' | 'sequence' | 'changedAfter'>;
  readonly neverBlock: Pick<NeverBlock, 'named' | 'revision'>;
  readonly signatures: Pick<ThreatSignatures, 'revision'>;
  readonly store: ChainStore;
  readonly views: Views;
}

export function threatService(
  { organisation }: ThreatServiceOptions,
  { threats, acts, pins, lasting, feed, neverBlock, signatures, store, views }: ThreatServiceModules,
): ThreatHandlers {
  // Of this run: another one counts its revisions from the start.
  const run = toHex(randomBytes(4));
  return {
    threat_block: async ({ address, reason, forMs, lasting: isLasting }) => {
      if (isLasting && forMs !== undefined) throw new ServiceError({ code: 'threat.two-ends' });
      const { network, expires, record } = await acts.block(address, reason, isLasting ? 'lasting' : forMs);
      return { address: formatNetwork(network), ...stateOf(record), expires, lasting: isLasting };
    },

    threat_unblock: async ({ address, reason }) => {
      const { network, records } = await acts.unblock(address, reason);
      return { address: formatNetwork(network), revoked: records.map(stateOf) };
    },

    threat_dispute: async ({ address, reason }) => {
      const { network, records } = await acts.dispute(address, reason);
      return { address: formatNetwork(network), disputed: records.map(stateOf) };
    },

    threat_reinstate: async ({ organisation }) => {
      const record = await acts.reinstate(organisation);
      return { organisation, ...stateOf(record) };
    },

    threat_pin: async ({ address, action, forMs }, context) =>
      describePin(await pins.pin(address, action, whoOf(context), forMs)),

    threat_unpin: async ({ address }) => {
      const network = await pins.unpin(address);
      if (network === undefined) throw new ServiceError({ code: 'threat.unknown-pin' });
      return { address: formatNetwork(network) };
    },

    threat_pins: async () => ({ pins: pins.list().map(describePin) }),

    threat_list: async ({ disputed, limit, after }) => {
      const all = threats.list().filter(({ entry }) => !disputed || isDisputed(threats.disputesOf(entry)));
      const from = after === undefined ? 0 : 1 + all.findIndex(({ entry }) => toHex(entry.reportId) === after);
      if (after !== undefined && from === 0) throw new ServiceError({ code: 'rpc.bad-cursor' });
      const page = all.slice(from, from + limit);
      const reports = await describe(page.map(({ entry }) => entry));
      const next = from + page.length < all.length ? page.at(-1) : undefined;
      return {
        threats: reports.map((report, index) => ({
          ...report,
          verdict: threats.verdictOn(page[index].entry.network).verdict,
        })),
        next: next === undefined ? null : toHex(next.entry.reportId),
      };
    },

    threat_follow: async ({ since, limit, rules, waitMs }, { signal }) => {
      const revisionNow = () => `${run}-${pins.revision}-${neverBlock.revision}`;
      if (rules === revisionNow()) await feed.changedAfter(since, waitMs, signal);
      const revision = revisionNow();
      const changed = feed.since(since);
      const page = changed.slice(0, limit);
      return {
        changes: page.map(({ text, state, listed }) => ({
          address: text,
          effect: state === 'listed' ? listed.effect : null,
          byHand: isByHand(listed, organisation),
          until: listed.until,
        })),
        next: page.at(-1)?.sequence ?? Math.max(since, feed.sequence),
        more: changed.length > page.length,
        rules:
          rules === revision
            ? null
            : {
                revision,
                pins: pins.list().map(({ network, action, until }) => ({
                  address: formatNetwork(network),
                  action,
                  until: until ?? null,
                })),
                neverBlocked: neverBlock.named().map(formatNetwork),
              },
        signatures: signatures.revision,
      };
    },

    threat_check: async ({ address }) => {
      const { network, judgement } = threats.check(address);
      const entries = judgement.reasons.flatMap((reason) => ('report' in reason ? [reason.report.entry] : []));
      return {
        address: formatNetwork(network),
        verdict: judgement.verdict,
        reasons: sentences(judgement),
        reports: await describe(entries),
      };
    },
  };

  async function describe(entries: readonly ThreatEntry[]): Promise<ThreatReport[]> {
    const rows = await store.states(entries.map((entry) => threatKey(entry.reportId)));
    return entries.map((entry, index) => {
      const bytes = rows[index];
      const row = bytes === undefined ? undefined : decodeThreatRow(bytes);
      return {
        address: formatNetwork(entry.network),
        reason: entry.category,
        mode: entry.mode,
        lasting: lasting.announces(entry),
        clinic: entry.clinic,
        clinicName: views.clinicName(entry.clinic),
        organisation: entry.organisation,
        issued: entry.issuedAt,
        expires: entry.expires,
        statement: row === undefined ? null : toHex(row.created),
        transaction: entry.transaction.some((byte) => byte !== 0) ? toHex(entry.transaction) : null,
        status: row === undefined ? 'pending' : 'applied',
        ...disputesOf(threats.disputesOf(entry)),
      };
    });
  }

  function sentences({ reasons }: Judgement): string[] {
    return reasons.map((reason) => sentence(reason));
  }

  function sentence(reason: VerdictReason): string {
    if (reason.rule === 'pin') return `An administrator of this clinic decided: ${reason.pin.action}.`;
    if (reason.rule === 'never-block') {
      return `${new GatewayError({ code: 'address.never-block', set: reason.set }).message}.`;
    }
    const { entry } = reason.report;
    const who = views.clinicName(entry.clinic) ?? `clinic ${entry.clinic}`;
    const state = entry.confirmed ? 'in a block' : 'not in a block yet';
    const whose = reason.rule === 'own-organisation' ? 'our organisation' : `organisation ${entry.organisation}`;
    const without = reason.rule === 'disputed' ? ' It is disputed and has no effect.' : ADVICE[entry.standing];
    return `${who} (${whose}) reported it ${BY[entry.mode]}: ${entry.category}, until ${new Date(entry.expires).toISOString()}, ${state}.${reason.rule === 'own-organisation' ? '' : without}`;
  }
}

function isDisputed({ disputes, stoppedUntil }: ReportDisputes): boolean {
  return disputes.length > 0 || stoppedUntil !== undefined;
}

function disputesOf({ disputes, stoppedUntil }: ReportDisputes): Pick<ThreatReport, 'disputes' | 'stoppedUntil'> {
  return {
    disputes: disputes.map(({ organisation, reason, at }) => ({ organisation, reason, at: at ?? null })),
    stoppedUntil: stoppedUntil ?? null,
  };
}

function whoOf({ principal }: CallContext): string {
  return principal.kind === 'session' ? principal.session.user : principal.kind;
}

function describePin({ network, action, by, at, until }: Pin) {
  return { address: formatNetwork(network), action, by, at, until: until ?? null };
}

function stateOf(record: OutboxRecord): {
  statement: string;
  status: 'queued' | 'pending' | 'applied' | 'final' | 'refused';
} {
  const { id, status } = recordState(record);
  return { statement: id, status: status === 'unknown' ? 'queued' : status };
}
