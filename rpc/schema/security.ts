// Methods of the dashboard of collective defence: how much is judged how, who stands out, every judged request, why an
// address is treated as it is; and entries that gateways elsewhere bring. Addresses are personal data: readings are logged.
import { z } from 'zod';
import { defineMethods } from './method.ts';
import { count, height, limitParam, time } from './shapes.ts';
import { address, report, verdict } from './threat.ts';

const action = z.enum(['allow', 'challenge', 'limit', 'refuse']);
const rule = z.enum([
  'score',
  'blocklist',
  'pin',
  'auto-block',
  'limit',
  'captcha-failures',
  'coordinated',
  'signed-in',
  'clearance',
  'never-block',
  'circuit-breaker',
]);
const factorName = z.enum([
  'rate',
  'pattern',
  'session',
  'user-agent',
  'sign-in-failures',
  'errors',
  'signatures',
  'reports',
  'limit-violations',
  'forwarding',
]);
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
  level: z.enum(['allow', 'challenge', 'block', 'auto-block']),
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
    }),
    result: z.object({
      /** The last sequence that is on disk here; 0 for none. */
      sequence: count,
    }),
    errors: ['address.*', 'threat.*'],
    cost: 5,
  },
});
