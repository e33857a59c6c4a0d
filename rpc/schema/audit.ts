// audit_*: who read what of a patient at this clinic and why, with proofs from the anchors on the chain.
import { z } from 'zod';
import { defineMethods } from './method.ts';
import { role } from './people.ts';
import { clinicNumber, count, empty, hash, hashParam, hex, limitParam, time } from './shapes.ts';

const MAX_PAGE = 200;
/** Lines of one page of disclosures. */
const MAX_LINES = 500;

/** An identity number or a PID; country and type default to the network's and are ignored for a PID. */
const patient = {
  patient: z.string().trim().min(1).max(128),
  country: z.string().toUpperCase().length(2).optional(),
  type: z.string().toLowerCase().max(32).optional(),
};
const span = { from: time.optional(), to: time.optional() };

/** What was done, in kinds that people look for. */
export const accessArea = z.enum(['writing', 'reading', 'sharing', 'emergency', 'erasing', 'log']);
export type AccessArea = z.infer<typeof accessArea>;

const event = z.object({
  number: count,
  time,
  action: z.string(),
  outcome: z.enum(['permitted', 'refused']),
  /** Code of the decision. */
  reason: z.string(),
  /** Null: no person, the clinic itself. */
  account: hash.nullable(),
  /** What read or wrote by itself, as consents name it. */
  application: hash.nullable(),
  /** What the person is called, where this organisation knows the account. */
  who: z.string().nullable(),
  roles: z.array(role),
  /** Where the person is. */
  clinic: clinicNumber,
  clinicName: z.string().nullable(),
  /** Whose chart. */
  writer: clinicNumber,
  /** A code of v3-ActReason. */
  purpose: z.string(),
  grant: hash.nullable(),
  /** Hash of the ticket that asked. */
  ticket: hash.nullable(),
  records: z.array(hash),
  /** Whether an anchor on the chain covers it. */
  anchored: z.boolean(),
});
export type AuditEventView = z.infer<typeof event>;

export const auditMethods = defineMethods({
  audit_events: {
    summary: 'Who read, wrote or was refused what at this clinic and why, newest first, of a patient or of all.',
    params: z.strictObject({
      ...{ patient: patient.patient.optional(), country: patient.country, type: patient.type },
      account: hashParam.optional(),
      area: accessArea.optional(),
      outcome: z.enum(['permitted', 'refused']).optional(),
      ...span,
      limit: limitParam(MAX_PAGE, 50),
      after: count.optional(),
    }),
    result: z.object({ events: z.array(event), next: count.nullable() }),
    errors: ['identifier.*', 'store.*'],
    cost: 20,
  },
  audit_proof: {
    summary: 'Proof that one access event stands under an anchor on the chain.',
    params: z.strictObject({ event: count }),
    result: z.object({
      clinic: clinicNumber,
      /** Of the anchor: its first event and how many, as the chain counts them. */
      first: count,
      count,
      /** The anchoring statement, for chain_getProof. */
      statement: hash,
      proof: hex,
    }),
    errors: ['audit.*'],
    cost: 20,
  },
  audit_disclosures: {
    summary: 'Accounting of disclosures of one patient: permitted accesses as FHIR R4 AuditEvent, one line each.',
    params: z.strictObject({ ...patient, ...span, limit: limitParam(MAX_LINES, 100), after: count.optional() }),
    result: z.object({ ndjson: z.string(), lines: count, next: count.nullable() }),
    errors: ['identifier.*', 'store.*'],
    cost: 50,
  },
  audit_status: {
    summary: 'How far access events are anchored, and which clinics served without logging as far as is known here.',
    params: empty,
    result: z.object({
      /** Events up to this one are anchored. */
      anchored: count,
      /** Events that are written, anchored or not. */
      events: count,
      /** Served tickets whose proof is awaited. */
      awaited: count,
      findings: z.array(
        z.object({
          ticket: hash,
          clinic: clinicNumber,
          clinicName: z.string().nullable(),
          served: time,
          /** unlogged: the clinic has no anchored event of it; unproven: it could not be asked for a week. */
          state: z.enum(['unlogged', 'unproven']),
        }),
      ),
    }),
    errors: [],
    cost: 5,
  },
});
