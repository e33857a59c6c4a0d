// consent_*: asking another clinic for access to its chart, and giving, refusing and taking back access to the own.
import { z } from 'zod';
import { defineMethods } from './method.ts';
import { lookupFields } from './patient.ts';
import { role } from './people.ts';
import { category, purpose } from './record.ts';
import { clinicNumber, hash, hashParam, statementStatus, time } from './shapes.ts';

const grantable = category.exclude(['consent']);
const categories = z.array(grantable).min(1).max(grantable.options.length);

const actor = z.union([
  z.strictObject({ clinic: clinicNumber.min(1) }),
  z.strictObject({ organisation: clinicNumber.min(1) }),
  z.strictObject({ account: hashParam }),
  z.strictObject({ role, at: clinicNumber.min(1) }),
]);

const terms = {
  ...lookupFields,
  to: actor,
  categories,
  purposes: z.array(purpose).min(1).max(purpose.options.length).default(['TREAT']),
  until: time,
  /** The request that this answers. */
  request: hashParam.optional(),
};

const made = z.object({ consent: hash, statement: hash, status: statementStatus });

const request = z.object({
  request: hash,
  /** Whose chart is asked for, and who asks. */
  writer: clinicNumber,
  clinic: clinicNumber,
  /** The patient as the chain names it. */
  handle: hash,
  account: hash,
  role,
  purpose,
  categories: z.array(category),
  until: time,
  reason: z.string(),
  state: z.enum(['open', 'granted', 'denied']),
  at: time,
});
export type ConsentRequest = z.infer<typeof request>;

const consent = z.object({
  consent: hash,
  effect: z.enum(['permit', 'deny']),
  to: z.array(z.string()),
  categories: z.array(category),
  purposes: z.array(purpose),
  given: time,
  ends: time,
  mode: z.enum(['view', 'store']),
  state: z.enum(['active', 'inactive', 'revoked']),
});
export type ConsentEntry = z.infer<typeof consent>;

const failures = ['identifier.*', 'record.no-relation', 'consent.*'];
const writes = [...failures, 'clinic.not-a-member', 'outbox.full', 'outbox.stopped', 'store.*'];

export const consentMethods = defineMethods({
  consent_request: {
    summary: 'Asks another clinic for access to its chart of a patient.',
    params: z.strictObject({
      ...lookupFields,
      clinic: clinicNumber.min(1),
      categories,
      purpose: purpose.default('TREAT'),
      until: time,
      reason: z.string().trim().min(1).max(500),
    }),
    result: z.object({ request: hash, statement: hash, status: statementStatus }),
    errors: writes,
    cost: 10,
  },
  consent_grant: {
    summary: 'Lets others read categories of the chart that this clinic keeps of a patient, until an end.',
    params: z.strictObject({ ...terms, mode: z.enum(['view', 'store']).default('view') }),
    result: made,
    errors: writes,
    cost: 10,
  },
  consent_deny: {
    summary: 'Shuts others out of categories of the chart that this clinic keeps of a patient, until an end.',
    params: z.strictObject(terms),
    result: made,
    errors: writes,
    cost: 10,
  },
  consent_revoke: {
    summary: 'Takes a consent back: it counts here at once, elsewhere from receipt, and keys are replaced.',
    params: z.strictObject({ consent: hashParam }),
    result: z.object({ statement: hash, status: statementStatus }),
    errors: writes,
    cost: 10,
  },
  consent_list: {
    summary: 'Consents about the chart that this clinic keeps of a patient, and requests to and from it.',
    params: z.strictObject(lookupFields),
    result: z.object({ pid: z.string(), consents: z.array(consent), requests: z.array(request) }),
    errors: failures,
    cost: 5,
  },
  consent_requests: {
    summary: 'Requests for access to charts of this clinic, and those that this clinic made, newest first.',
    params: z.strictObject({ state: z.enum(['open', 'granted', 'denied']).optional() }),
    result: z.object({ requests: z.array(request) }),
    errors: [],
    cost: 5,
  },
});
