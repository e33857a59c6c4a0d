// Methods about identifiers: who computes them with whom and for whom, and patients that may be one person.
import { z } from 'zod';
import { defineMethods } from './method.ts';
import { clinicNumber, count, empty, hash, limitParam, time } from './shapes.ts';

/** Suggestions in one answer. */
export const MAX_SUGGESTIONS = 200;

const use = z.enum(['identifier', 'link']);

const quota = z.object({
  clinic: clinicNumber,
  /** identifier: of new patients; link: tokens by which duplicates are found. */
  use,
  /** Evaluated today (UTC), until `until`. */
  today: count,
  limit: count,
  /** Beyond the daily limit, until used up. */
  granted: count,
  total: count,
  refused: count,
  until: time,
});

const suggestionId = z
  .string()
  .toLowerCase()
  .regex(/^[0-9a-f]{64}$/, 'expected the id of a suggestion');

/** What two registrations have in common. */
const reason = z.enum([
  'names-birth-date',
  'family-birth-date-postcode',
  'given-birth-date-postcode',
  'sounds-birth-date',
  'names-swapped-birth-date',
  'names-address',
]);

const suggestion = z.object({
  id: z.string(),
  /** A patient of this clinic. */
  pid: z.string().nullable(),
  handle: hash,
  /** The other registration, by its handle on the chain. */
  other: hash,
  /** Its PID where it is a patient of this clinic as well. */
  otherPid: z.string().nullable(),
  clinic: clinicNumber,
  clinicName: z.string().nullable(),
  reasons: z.array(reason),
  since: time,
  state: z.enum(['open', 'linked', 'dismissed']),
});
export type SuggestionView = z.infer<typeof suggestion>;

/** An identity number or a PID; `other` is a PID or a handle. */
const pair = z.strictObject({
  patient: z.string().trim().min(1).max(128),
  country: z
    .string()
    .toUpperCase()
    .regex(/^[A-Z]{2}$/, 'expected an ISO 3166-1 alpha-2 code')
    .optional(),
  type: z
    .string()
    .toLowerCase()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'expected a document type such as ssn')
    .optional(),
  other: z.string().trim().min(1).max(128),
});

/** Null where nothing had to be changed. */
const linkResult = z.object({ statement: hash.nullable() });
const LINK_ERRORS = ['identifier.*', 'patient.same', 'outbox.full', 'outbox.stopped', 'clinic.not-a-member'] as const;

export const identifierMethods = defineMethods({
  identifier_status: {
    summary:
      'How many clinics compute an identifier together, who of them is reachable, and what this one did for others.',
    params: empty,
    result: z.object({
      /** single-key: each holder can list identifiers; threshold: as many as `threshold` together. */
      mode: z.enum(['none', 'single-key', 'threshold']),
      generation: count.nullable(),
      threshold: count.nullable(),
      holders: z.array(clinicNumber),
      /** Holders that would answer now, this clinic among them if it is one. */
      reachable: z.array(clinicNumber),
      /** Patients with an identifier for the time being. */
      provisional: count,
      /** Of each clinic that has asked. */
      quotas: z.array(quota),
    }),
    errors: [],
    cost: 2,
  },
  identifier_grant: {
    summary: 'Lets a clinic have so many identifiers computed beyond its daily quota here, for a first enrolment.',
    params: z.strictObject({
      clinic: clinicNumber,
      use: use.default('identifier'),
      count: z.int().min(1).max(1_000_000),
    }),
    result: z.object({ granted: count }),
    errors: ['member.unknown'],
    cost: 2,
  },
  patient_suggestions: {
    summary: 'Patients that may be one person, here or at another clinic, by what their registrations have in common.',
    params: z.strictObject({
      limit: limitParam(MAX_SUGGESTIONS, 50),
      /** After this suggestion. */
      after: suggestionId.optional(),
      /** Also those that are decided. */
      all: z.boolean().default(false),
    }),
    result: z.object({ suggestions: z.array(suggestion), next: z.string().nullable() }),
    errors: [],
    cost: 5,
  },
  patient_link: {
    summary: 'Says that two registrations are one person. Shows both together; opens no record to anybody.',
    params: pair,
    result: linkResult,
    errors: LINK_ERRORS,
    cost: 10,
  },
  patient_unlink: {
    summary: 'Takes a link between two registrations away.',
    params: pair,
    result: linkResult,
    errors: LINK_ERRORS,
    cost: 10,
  },
  patient_dismiss: {
    summary: 'Says of a suggestion that these are two persons: it is shown no more.',
    params: z.strictObject({ suggestion: suggestionId }),
    result: empty,
    errors: ['patient.unknown-suggestion'],
    cost: 2,
  },
});
