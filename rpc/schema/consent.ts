// consent_*: asking another clinic for access to its chart, and giving, refusing and taking back access to the own.
import { z } from 'zod';
import { defineMethods } from './method.ts';
import { lookupFields } from './patient.ts';
import { role } from './people.ts';
import { category, purpose } from './record.ts';
import { clinicNumber, hash, hashParam, statementStatus, time } from './shapes.ts';

/** `void`: given by a clinic after somebody had taken over, or by a key after another had; it says nothing. */
export const consentState = z.enum(['active', 'inactive', 'revoked', 'void']);

const grantable = category.exclude(['consent']);
const categories = z.array(grantable).min(1).max(grantable.options.length);

/** Of each kind in one consent. */
const MAX_DATA_ITEMS = 20;

const actor = z.union([
  z.strictObject({ clinic: clinicNumber.min(1) }),
  z.strictObject({ organisation: clinicNumber.min(1) }),
  z.strictObject({ account: hashParam }),
  z.strictObject({ role, at: clinicNumber.min(1) }),
]);

/** SMART v2 about one patient, narrowed by nothing but categories, such as `patient/Observation.rs?category=laboratory`. */
export const patientScope = z
  .string()
  .max(128)
  .regex(
    /^patient\/(\*|[A-Z][A-Za-z]{1,63})\.(?=[cruds])c?r?u?d?s?(\?category=[A-Za-z0-9._~:|%/-]{1,80})?$/,
    'expected a scope such as patient/Observation.rs',
  );

/** What `apikey_list` names so, at whichever clinic. */
export const application = z.strictObject({
  application: hashParam,
  scopes: z.array(patientScope).min(1).max(32),
});

/** What of the categories is meant; each list that is given narrows. */
const data = z.strictObject({
  records: z.array(hashParam).min(1).max(MAX_DATA_ITEMS).optional(),
  /** FHIR references. Everything of these encounters. */
  encounters: z
    .array(z.string().regex(/^Encounter\/[A-Za-z0-9.-]{1,64}$/, 'expected Encounter/ID'))
    .min(1)
    .max(MAX_DATA_ITEMS)
    .optional(),
  /** Who wrote it. */
  authors: z.array(actor).min(1).max(MAX_DATA_ITEMS).optional(),
  /** Confidentiality and sensitivity labels of HL7, such as R, HIV, ETH. */
  labels: z
    .array(z.string().regex(/^[A-Z][A-Z0-9_-]{0,15}$/, 'expected a code such as R or HIV'))
    .min(1)
    .max(16)
    .optional(),
  /** When it was written. */
  from: time.optional(),
  until: time.optional(),
});

const terms = {
  ...lookupFields,
  to: z.union([actor, application]),
  categories,
  data: data.optional(),
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
  /** Account of the colleague to whom the asker passes on what she was given; null for access of her own. */
  delegate: hash.nullable(),
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
  /** Whether it is about some of the records of these categories only. */
  narrowed: z.boolean(),
  /** Says that branches of the organisation do not read by being branches. */
  organisationRuleOff: z.boolean(),
  /** Comes from another grant, whose grantee passed it on, and ends with it. */
  passedOn: z.boolean(),
  given: time,
  ends: time,
  mode: z.enum(['view', 'store']),
  state: consentState,
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
  consent_colleague: {
    summary: 'Somebody who treats patients at this clinic or a branch of it, by the whole name that she signs in with.',
    params: z.strictObject({ user: z.string().trim().min(1).max(64) }),
    result: z.object({
      account: hash,
      name: z.string(),
      /** Where she treats: here, where she does. */
      clinic: clinicNumber,
      role,
    }),
    errors: ['consent.actor'],
    cost: 10,
  },
  consent_delegate: {
    summary:
      'Passes on to a colleague, for a time, what another clinic let the caller read by name: never more, never again.',
    params: z.strictObject({
      ...lookupFields,
      /** Whose chart. */
      clinic: clinicNumber.min(1),
      /** Account of the colleague. */
      to: hashParam,
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
  consent_organisation: {
    summary:
      'Lets branches of the organisation that treat the patient read by being branches, which is the rule, or not.',
    params: z.strictObject({ ...lookupFields, on: z.boolean() }),
    result: z.object({ changed: z.array(made) }),
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
