// Methods of the shared blocklist: block, unblock, dispute, pins, list, check.
import { z } from 'zod';
import { DISPUTE_REASONS, THREAT_CATEGORIES } from '../../common/threat-names.ts';
import { defineMethods } from './method.ts';
import { clinicNumber, hash, limitParam, statementStatus, time } from './shapes.ts';

const threatReason = z.enum(THREAT_CATEGORIES);
export const verdict = z.enum(['block', 'challenge', 'allow']);

/** An IPv4 or IPv6 address; the gateway's rules decide which spellings are canonical and blockable. */
export const address = z.string().trim().min(1).max(64);

const disputeReason = z.enum(DISPUTE_REASONS);

export const report = z.object({
  address: z.string(),
  reason: threatReason,
  mode: z.enum(['automatic', 'manual']),
  /** Without an end: this clinic announces it again before it is over. */
  lasting: z.boolean(),
  clinic: clinicNumber,
  clinicName: z.string().nullable(),
  organisation: clinicNumber,
  issued: time,
  expires: time.nullable(),
  /** Null until a block holds it. */
  statement: hash.nullable(),
  transaction: hash.nullable(),
  status: statementStatus,
  /** Organisations that say it is wrong, as long as that was not answered by a suspension. */
  disputes: z.array(
    z.object({
      organisation: clinicNumber,
      reason: disputeReason,
      /** Null until a block holds it. */
      at: time.nullable(),
    }),
  ),
  /** Without effect here until then: two organisations disputed it, or this one did. */
  stoppedUntil: time.nullable(),
});
export type ThreatReport = z.infer<typeof report>;

const pin = z.object({
  address: z.string(),
  action: z.enum(['allow', 'block']),
  /** Account or operator. */
  by: z.string(),
  at: time,
  until: time.nullable(),
});

const written = {
  address: z.string(),
  statement: hash,
  status: statementStatus,
};

/** Changes in one answer. */
export const MAX_FOLLOWED = 5_000;
/** How long threat_follow waits for a change, ms. */
export const MAX_FOLLOW_WAIT_MS = 20_000;

export const threatMethods = defineMethods({
  threat_block: {
    summary: 'Reports an address: blocks it at every branch of this organisation, challenges it elsewhere.',
    params: z.strictObject({
      address,
      reason: threatReason.default('manual'),
      /** How long; refused beyond what the network allows (7 days as a rule), which it is when absent. */
      forMs: z
        .int()
        .min(1000)
        .max(366 * 86_400_000)
        .optional(),
      /** Without an end: announced again, until it is unblocked. Other organisations heed each announcement for a day. */
      lasting: z.boolean().default(false),
    }),
    result: z.object({ ...written, expires: time.nullable(), lasting: z.boolean() }),
    errors: ['address.*', 'threat.*', 'outbox.full', 'outbox.stopped'],
    cost: 2,
  },
  threat_unblock: {
    summary: "Revokes this organisation's reports of an address: it is let in again at all its branches.",
    params: z.strictObject({
      address,
      /** Of a mistake, and where an appeal was right, the network thinks less of the reports of this organisation. */
      reason: z.enum(['resolved', 'mistake', 'appeal', 'policy']).default('resolved'),
    }),
    result: z.object({ address: z.string(), revoked: z.array(z.object({ statement: hash, status: statementStatus })) }),
    errors: ['address.*', 'threat.*', 'outbox.full', 'outbox.stopped'],
    cost: 2,
  },
  threat_dispute: {
    summary:
      'Disputes what other organisations report of an address: without effect here at once, with a second everywhere but at the clinics that report it.',
    params: z.strictObject({
      address,
      reason: disputeReason.default('not-hostile'),
    }),
    result: z.object({
      address: z.string(),
      disputed: z.array(z.object({ statement: hash, status: statementStatus })),
    }),
    errors: ['address.*', 'threat.*', 'outbox.full', 'outbox.stopped'],
    cost: 2,
  },
  threat_reinstate: {
    summary: 'Says that what was held against an organisation was false: most of the others begin its sharing anew.',
    params: z.strictObject({ organisation: clinicNumber }),
    result: z.object({ organisation: clinicNumber, statement: hash, status: statementStatus }),
    errors: ['outbox.full', 'outbox.stopped'],
    cost: 2,
  },
  threat_pin: {
    summary: 'Decides for this clinic alone, whatever anybody reports: the address is let in, or blocked.',
    params: z.strictObject({
      address,
      action: z.enum(['allow', 'block']),
      /** How long; until it is taken away when absent. */
      forMs: z
        .int()
        .min(1000)
        .max(366 * 86_400_000)
        .optional(),
    }),
    result: pin,
    errors: ['address.*', 'blocklist.pins-full'],
  },
  threat_unpin: {
    summary: 'Takes a decision of this clinic about an address away.',
    params: z.strictObject({ address }),
    result: z.object({ address: z.string() }),
    errors: ['address.*', 'threat.unknown-pin'],
  },
  threat_pins: {
    summary: 'Decisions of this clinic about addresses, oldest first.',
    params: z.strictObject({}),
    result: z.object({ pins: z.array(pin) }),
    errors: [],
  },
  threat_list: {
    summary: 'Reports in effect, newest first, with what they do here.',
    params: z.strictObject({
      /** Only what somebody disputes, or what is without effect here by that. */
      disputed: z.boolean().default(false),
      limit: limitParam(1000, 100),
      after: z.string().max(256).optional(),
    }),
    result: z.object({
      threats: z.array(z.object({ ...report.shape, verdict })),
      next: z.string().nullable(),
    }),
    errors: ['rpc.bad-cursor'],
    cost: 2,
  },
  threat_follow: {
    summary:
      'What is blocked or challenged here, and every change of it since a cursor: for gateways that follow this clinic.',
    params: z.strictObject({
      /** `next` of the answer before; 0 for everything. */
      since: z.int().min(0).default(0),
      limit: limitParam(MAX_FOLLOWED, 1_000),
      /** `rules.revision` that the gateway has; empty for none. */
      rules: z.string().max(64).default(''),
      /** How long to wait for a change when there is none, ms; not when `rules` are others. */
      waitMs: z.int().min(0).max(MAX_FOLLOW_WAIT_MS).default(0),
    }),
    result: z.object({
      changes: z.array(
        z.object({
          /** One address or a range, in its canonical form. */
          address: z.string(),
          /** Null: it is no longer listed. */
          effect: z.enum(['block', 'challenge']).nullable(),
          /** An administrator of this organisation decided it. */
          byHand: z.boolean(),
          until: time,
        }),
      ),
      next: z.int(),
      /** There is more already. */
      more: z.boolean(),
      /** What stands above the list; null when it is what the gateway has. */
      rules: z
        .object({
          revision: z.string(),
          /** Decisions of this clinic: the narrowest network holds. */
          pins: z.array(z.object({ address: z.string(), action: z.enum(['allow', 'block']), until: time.nullable() })),
          /** Networks that no gateway blocks by itself, beside those reserved. */
          neverBlocked: z.array(z.string()),
        })
        .nullable(),
      /** Of the confirmed signatures (threat_signatureList): another text for another set. */
      signatures: z.string(),
    }),
    errors: [],
  },
  threat_check: {
    summary: 'Whether requests of an address are blocked, challenged or allowed here, and why.',
    params: z.strictObject({ address }),
    result: z.object({
      address: z.string(),
      verdict,
      /** Sentences for people; empty when nothing is known of the address. */
      reasons: z.array(z.string()),
      reports: z.array(report),
    }),
    errors: ['address.*', 'threat.*'],
  },
});
