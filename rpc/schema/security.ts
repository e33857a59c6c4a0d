// Methods of the dashboard of collective defence: how much is judged how, who stands out, every judged request, why an
// address is treated as it is; circuit breakers; and what gateways elsewhere bring. Addresses are personal data: readings are logged.
import { z } from 'zod';
import { ACTIONS, BREAKER_CAUSES, BREAKERS, DETECTORS, FACTORS, LEVELS, RULES } from '../../gateway/judge/names.ts';
import { defineMethods } from './method.ts';
import { clinicNumber, count, height, limitParam, time } from './shapes.ts';
import { address, report, verdict } from './threat.ts';

const action = z.enum(ACTIONS);
const rule = z.enum(RULES);
const factorName = z.enum(FACTORS);
const score = z.number().min(0).max(100);
/** Named by whoever runs it. */
const gateway = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,62}$/, 'expected letters, digits, dots and dashes');

/** How many requests ended how. */
export const actions = z.object({ allow: count, challenge: count, limit: count, refuse: count });
export type ActionsView = z.infer<typeof actions>;

const judged = {
  at: time,
  address: z.string(),
  /** What happened; while the gateway only observes always `allow`, and `judged` says what would have. */
  action,
  judged: action,
  rule,
  score,
  level: z.enum(LEVELS),
  /** Those with points, highest first. */
  factors: z.array(z.object({ name: factorName, points: score, measured: z.string().max(64) })).max(16),
  /** Ids of those that matched. */
  signatures: z.array(z.string().max(64)).max(16),
  /** Templated path. */
  endpoint: z.string().max(256),
  /** What the visitor was shown. */
  reference: z.string().max(16),
  /** What the application answered; null where none came in time, or where the gateway answered itself. */
  status: z.int().min(100).max(999).nullable(),
  retryAfterMs: count.nullable(),
};

const entry = z.object({
  number: count,
  /** Which gateway judged; null for this node's own. */
  gateway: z.string().nullable(),
  ...judged,
});
export type SecurityEntry = z.infer<typeof entry>;

const breakerName = z.enum(BREAKERS);

const openBreaker = {
  breaker: breakerName,
  since: time,
  cause: z.enum(BREAKER_CAUSES),
  /** Of so many requests, addresses or entries so many. */
  hit: count,
  of: count,
  /** Changes of the list that wait. */
  waiting: count,
};

const breaker = z.object({
  /** Null for this node's own doors. */
  gateway: z.string().nullable(),
  ...openBreaker,
  /** An administrator closed it; the gateway has not taken that up. */
  releasing: z.boolean(),
});
export type BreakerView = z.infer<typeof breaker>;

const period = { from: time.optional(), to: time.optional() };

export const MAX_BROUGHT = 256;

export const securityMethods = defineMethods({
  threat_stats: {
    summary: 'How many requests come now and came before, by what was done with them, in buckets without a gap.',
    params: z.strictObject({
      ...period,
      /** Whole minutes. */
      bucketMs: z.int().min(60_000).max(86_400_000).multipleOf(60_000).default(900_000),
    }),
    result: z.object({
      now: time,
      /** Of the last minute. */
      minute: actions,
      /** In all buckets. */
      total: actions,
      series: z.object({
        bucketMs: count,
        buckets: z.array(z.object({ from: time, ...actions.shape })),
      }),
      log: z.object({
        entries: count,
        /** Judged and in no entry: the disk could not follow. */
        lost: count,
        retentionDays: count,
      }),
    }),
    errors: ['threat.range'],
    cost: 2,
  },
  threat_top: {
    summary:
      'The addresses that stood out most: highest score first, then those stopped most often, then most requests, then latest.',
    params: z.strictObject({ ...period, limit: limitParam(100, 10) }),
    result: z.object({
      threats: z.array(
        z.object({
          address: z.string(),
          score,
          /** Requests of this address that stood out. */
          requests: count,
          /** Those that were not let through. */
          stopped: count,
          last: time,
          /** Of the request with the highest score. */
          action,
          rule,
          factor: factorName.nullable(),
        }),
      ),
      /** Of each detector that challenged somebody in this time: how many addresses, and how many showed that people are there. */
      challenged: z.array(
        z.object({
          /** A factor of the score, or the rule that challenged. */
          by: z.enum(DETECTORS),
          addresses: count,
          /** Came on with a solved challenge, or signed in. */
          passed: count,
        }),
      ),
      /** False when there was more than one answer looks at. */
      complete: z.boolean(),
    }),
    errors: ['threat.range'],
    cost: 20,
  },
  threat_log: {
    summary: 'Judged requests, newest first, with everything that explains each.',
    params: z.strictObject({
      address: address.optional(),
      action: action.optional(),
      /** What a visitor was shown, as it was read out. */
      reference: z.string().trim().toLowerCase().min(1).max(16).optional(),
      ...period,
      limit: limitParam(500, 50),
      /** `next` of the page before. */
      after: count.optional(),
    }),
    result: z.object({
      entries: z.array(entry),
      /** There may be fewer than asked for, or none, where little fits the filter. */
      next: count.nullable(),
    }),
    errors: ['address.*'],
    cost: 10,
  },
  threat_explain: {
    summary:
      'Why an address is blocked or challenged here: the verdict, each report with its provenance, its requests.',
    params: z.strictObject({ address, limit: limitParam(100, 20) }),
    result: z.object({
      address: z.string(),
      verdict,
      /** Sentences for people; empty when nothing is known of the address. */
      reasons: z.array(z.string()),
      reports: z.array(
        z.object({
          ...report.shape,
          /** Of the block that holds it; null while none does. */
          height: height.nullable(),
        }),
      ),
      /** This clinic's: takes back its own reports, and disputes those of others. */
      organisation: clinicNumber,
      /** Organisations that report it, this one left out. */
      foreignOrganisations: count,
      /** How current the chain is that this rests on. */
      chain: z.object({ head: height, final: height, behind: z.boolean() }),
      /** Its last requests here, newest first. */
      requests: z.array(entry),
    }),
    errors: ['address.*'],
    cost: 10,
  },
  threat_ingest: {
    summary: 'Brings what a gateway elsewhere judged into the security log; what was brought before is passed over.',
    params: z.strictObject({
      gateway,
      entries: z
        .array(
          z.strictObject({
            /** Grows by one from entry to entry of one gateway. */
            sequence: z.int().min(1),
            ...judged,
            address,
          }),
        )
        .max(MAX_BROUGHT),
      /** Open at this gateway now, in place of what it said before; without a word of it nothing changes. */
      breakers: z.array(z.strictObject(openBreaker)).max(BREAKERS.length).optional(),
    }),
    result: z.object({
      /** The last sequence that is on disk here; 0 for none. */
      sequence: count,
      /** What an administrator closed. */
      release: z.array(breakerName),
    }),
    errors: ['address.*', 'threat.*'],
    cost: 5,
  },
  threat_breakers: {
    summary:
      'Circuit breakers that are open, longest first: at these gateways visitors are let in rather than refused.',
    params: z.strictObject({}),
    result: z.object({ breakers: z.array(breaker) }),
    errors: [],
  },
  threat_release: {
    summary: 'Closes a circuit breaker: refusals are refusals again, or what waited on the list takes effect.',
    params: z.strictObject({
      breaker: breakerName,
      /** As threat_breakers names it; absent for this node's own doors. */
      gateway: z.string().min(1).max(80).optional(),
    }),
    result: breaker,
    errors: ['threat.breaker-closed'],
  },
});
