// Methods of attack signatures: list, propose, confirm, retire.
import { z } from 'zod';
import {
  RETIRE_REASONS,
  SIGNATURE_CATEGORIES,
  SIGNATURE_FIELDS,
  SIGNATURE_SEVERITIES,
  SIGNATURE_VIEWS,
} from '../../common/threat-names.ts';
import { defineMethods } from './method.ts';
import { clinicNumber, hash, hashParam, limitParam, statementStatus, time } from './shapes.ts';

const category = z.enum(SIGNATURE_CATEGORIES);
const severity = z.enum(SIGNATURE_SEVERITIES);
const field = z.enum(SIGNATURE_FIELDS);
const view = z.enum(SIGNATURE_VIEWS);
export const retireReason = z.enum(RETIRE_REASONS);
const points = z.int().min(1).max(30);

const signature = z.object({
  /** `starter/` and a name, or the id on the chain. */
  id: z.string(),
  name: z.string(),
  category,
  severity,
  points,
  /** All must hold; a pattern is literals with `*` between them, `^` and `$` as anchors. */
  conditions: z.array(z.object({ fields: z.array(field), view, pattern: z.string() })),
  detected: time,
  /** Lower bounds. */
  sources: z.int(),
  requests: z.int(),
  state: z.enum(['proposed', 'over', 'shadow', 'in-force', 'retired']),
  /** Null for the starter set. */
  clinic: clinicNumber.nullable(),
  clinicName: z.string().nullable(),
  /** Numbers of organisations. */
  supporters: z.array(clinicNumber),
  opponents: z.array(clinicNumber),
  proposed: time.nullable(),
  confirmed: time.nullable(),
  /** From when a match counts. */
  effectiveFrom: time.nullable(),
  retired: time.nullable(),
});
export type SignatureView = z.infer<typeof signature>;

const written = z.object({ signature: hash, statement: hash, status: statementStatus });
const errors = ['signature.*', 'outbox.full', 'outbox.stopped'] as const;

export const threatSignatureMethods = defineMethods({
  threat_signatureList: {
    summary: 'Attack signatures: those that clinics share, the last retired ones at the end; or the starter set.',
    params: z.strictObject({
      starter: z.boolean().default(false),
      limit: limitParam(1000, 100),
      after: z.string().max(64).optional(),
    }),
    result: z.object({ signatures: z.array(signature), next: z.string().nullable() }),
    errors: ['rpc.bad-cursor'],
    cost: 2,
  },
  threat_signaturePropose: {
    summary:
      'Proposes an attack signature to the other organisations; gateways, with a key, one an hour of a coordinated attack.',
    params: z.strictObject({
      name: z.string().regex(/^[a-z0-9-]{1,40}$/, 'expected letters, digits and hyphens'),
      category,
      severity: severity.default('medium'),
      points: points.default(20),
      conditions: z
        .array(
          z.strictObject({
            fields: z.array(field).min(1).max(8),
            view: view.default('text'),
            pattern: z.string().min(1).max(256),
          }),
        )
        .min(1)
        .max(8),
      sources: z.int().nonnegative().default(0),
      requests: z.int().nonnegative().default(0),
    }),
    result: written,
    errors: [...errors],
    cost: 2,
  },
  threat_signatureConfirm: {
    summary: 'Confirms a proposed attack signature for this organisation.',
    params: z.strictObject({ signature: hashParam }),
    result: written,
    errors: [...errors],
    cost: 2,
  },
  threat_signatureRetire: {
    summary: 'Retires an attack signature of this organisation, or speaks against one of another.',
    params: z.strictObject({ signature: hashParam, reason: retireReason.default('outdated') }),
    result: written,
    errors: [...errors],
    cost: 2,
  },
});
