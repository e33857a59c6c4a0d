// The dashboard of collective defence: threat_stats, threat_top, threat_log, threat_explain, and what gateways elsewhere
// bring; circuit breakers. What stands in the log is node/security/; verdicts are those of threat_check.

import { fromHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { formatNetwork, parseNetwork } from '../../gateway/address.ts';
import type { ActionCounts } from '../../gateway/log/block.ts';
import { MAX_BUCKETS } from '../../gateway/log/series.ts';
import type { Principal } from '../../rpc/access/principal.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { Params } from '../../rpc/schema/methods.ts';
import type { BreakerView, SecurityEntry } from '../../rpc/schema/security.ts';
import type { BreakerBoard, ListedBreaker } from '../security/breakers.ts';
import { SecurityError } from '../security/errors.ts';
import { type NumberedRequest, readPage, topThreats } from '../security/reader.ts';
import type { Reported, SecurityLog } from '../security/security-log.ts';
import type { Traffic } from '../security/traffic.ts';
import type { ChainReader } from './chain-reader.ts';

export type SecurityHandlers = Pick<
  Handlers,
  | 'threat_stats'
  | 'threat_top'
  | 'threat_log'
  | 'threat_explain'
  | 'threat_ingest'
  | 'threat_breakers'
  | 'threat_release'
>;

export interface SecurityServiceOptions {
  readonly organisation: number;
}

export interface SecurityServiceModules {
  readonly log: SecurityLog;
  readonly traffic: Traffic;
  readonly breakers: Pick<BreakerBoard, 'list' | 'told' | 'release'>;
  readonly check: Handlers['threat_check'];
  readonly reader: Pick<ChainReader, 'state' | 'finalHeight'>;
  readonly chain: { readonly tip: { readonly header: { readonly height: number } } };
  readonly behind: () => boolean;
  readonly clock: Clock;
}

const DAY_MS = 86_400_000;
/** Entries that a gateway brings later than this are no news. */
const NOW_MS = 300_000;

export function securityService(
  { organisation }: SecurityServiceOptions,
  modules: SecurityServiceModules,
): SecurityHandlers {
  const { log, traffic, breakers, reader, chain, clock } = modules;
  /** The last day where nothing else is asked for. */
  const period = ({ from, to = clock.now() }: { from?: number; to?: number }) => {
    const begin = from ?? Math.max(0, to - DAY_MS);
    if (begin > to) throw new SecurityError({ code: 'threat.range', buckets: MAX_BUCKETS });
    return { from: begin, to };
  };
  return {
    threat_stats: async (asked) => {
      const { from, to } = period(asked);
      const { bucketMs } = asked;
      if ((to - from) / bucketMs > MAX_BUCKETS - 2) {
        throw new SecurityError({ code: 'threat.range', buckets: MAX_BUCKETS });
      }
      const buckets = log.counts.series(from, to, bucketMs);
      const total = { allow: 0, challenge: 0, limit: 0, refuse: 0 };
      for (const { actions } of buckets) add(total, actions);
      return {
        now: clock.now(),
        minute: traffic.now().minute,
        total,
        series: { bucketMs, buckets: buckets.map((bucket) => ({ from: bucket.from, ...bucket.actions })) },
        log: { entries: log.counts.entries, lost: log.lost, retentionDays: log.days },
      };
    },

    threat_top: async (asked) => {
      const { from, to } = period(asked);
      const { threats, challenged, complete } = await topThreats(log, from, to, asked.limit);
      return {
        threats: threats.map(({ client, factor, ...threat }) => ({
          ...threat,
          address: formatNetwork(client),
          factor: factor ?? null,
        })),
        challenged: [...challenged],
        complete,
      };
    },

    threat_log: async ({ address, action, reference, from, to, limit, after }) => {
      const network = address === undefined ? undefined : parseNetwork(address);
      const page = await readPage(log, { network, action, reference, from, to }, limit, after);
      return { entries: page.entries.map(viewOf), next: page.next ?? null };
    },

    threat_explain: async ({ address, limit }, context) => {
      const checked = await modules.check({ address }, context);
      const reports = await Promise.all(
        checked.reports.map(async (report) => {
          const state = report.statement === null ? undefined : await reader.state(fromHex(report.statement));
          return { ...report, status: stateStatus(state?.status) ?? report.status, height: state?.height ?? null };
        }),
      );
      const foreign = new Set(checked.reports.map((report) => report.organisation));
      foreign.delete(organisation);
      const page = await readPage(log, { network: parseNetwork(address) }, limit);
      return {
        ...checked,
        reports,
        organisation,
        foreignOrganisations: foreign.size,
        chain: { head: chain.tip.header.height, final: reader.finalHeight, behind: modules.behind() },
        requests: page.entries.map(viewOf),
      };
    },

    threat_ingest: async ({ gateway, entries, breakers: open }, { principal }) => {
      const source = sourceOf(gateway, principal);
      const known = log.sequenceOf(source);
      const reported = entries.map(reportedOf).sort((a, b) => a.sequence - b.sequence);
      const sequence = await log.bring(source, reported);
      // What waited at the gateway for longer is not what happens now.
      const since = clock.now() - NOW_MS;
      for (const { sequence: at, decision } of reported)
        if (at > known && decision.at >= since) traffic.judged(decision);
      return { sequence, release: open === undefined ? [] : [...breakers.told(source, open)] };
    },

    threat_breakers: async () => ({ breakers: breakers.list().map(breakerOf) }),

    threat_release: async ({ gateway, breaker }) => breakerOf(breakers.release(gateway, breaker)),
  };
}

/** An application speaks for gateways of its own alone, whatever it calls them: no name holds an @. */
function sourceOf(gateway: string, principal: Principal): string {
  return principal.kind === 'application' ? `${gateway}@${principal.key.id.slice(0, 8)}` : gateway;
}

function breakerOf({ gateway, ...breaker }: ListedBreaker): BreakerView {
  return { gateway: gateway ?? null, ...breaker };
}

function add(sum: { -readonly [A in keyof ActionCounts]: number }, more: ActionCounts): void {
  sum.allow += more.allow;
  sum.challenge += more.challenge;
  sum.limit += more.limit;
  sum.refuse += more.refuse;
}

function stateStatus(status: string | undefined) {
  return status === 'pending' || status === 'applied' || status === 'final' ? status : undefined;
}

function viewOf({ number, source, decision, status }: NumberedRequest): SecurityEntry {
  const { client, retryAfter, factors, signatures, ...rest } = decision;
  return {
    ...{ number, ...rest, factors: [...factors], signatures: [...signatures] },
    gateway: source === '' ? null : source,
    address: formatNetwork(client),
    status: status ?? null,
    retryAfterMs: retryAfter ?? null,
  };
}

type Brought = Params<'threat_ingest'>['entries'][number];

function reportedOf({ sequence, address, status, retryAfterMs, ...decision }: Brought): Reported {
  return {
    sequence,
    status: status ?? undefined,
    decision: { ...decision, client: parseNetwork(address), retryAfter: retryAfterMs ?? undefined },
  };
}
