// Methods about patients: register, look up, history, import of FHIR resources.
import { z } from 'zod';
import { defineMethods } from './method.ts';
import { clinicNumber, count, hash, height, jsonObject, statementStatus, time } from './shapes.ts';

/** Entries in one call of patient_register or patient_import. */
export const MAX_PATIENTS = 256;
/** Characters of one resource: its own text, since parsing and writing again would lose the precision of decimals. */
export const MAX_RESOURCE_TEXT = 4 * 1024 * 1024;

const country = z
  .string()
  .toUpperCase()
  .regex(/^[A-Z]{2}$/, 'expected an ISO 3166-1 alpha-2 code');
const idType = z
  .string()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'expected a document type such as ssn');
const number = z.string().trim().min(1).max(64);

/** Characters of an identity number, a PID or a reference. */
export const MAX_LOOKUP = 128;

/**
 * An identity number, a PID, or the reference that patient_search gave; country and type default to the network's and count
 * for numbers alone.
 */
export const lookupFields = {
  patient: z.string().trim().min(1).max(MAX_LOOKUP),
  country: country.optional(),
  type: idType.optional(),
};
const lookup = z.strictObject(lookupFields);

const newPatient = z.union([
  z.strictObject({ resource: jsonObject }),
  z.strictObject({ number, country: country.optional(), type: idType.optional() }),
  /** A PID or a reference, of somebody whom a clinic registered. */
  z.strictObject({ patient: z.string().trim().min(1).max(MAX_LOOKUP) }),
]);

/** registered: sent as new; known: on chain or in the outbox already; ignored: no Patient; skipped: not usable, see reason. */
const outcome = z.enum(['registered', 'known', 'ignored', 'skipped']);
export type PatientOutcome = z.infer<typeof outcome>;

const answer = {
  outcome,
  /** Null when ignored or skipped. */
  pid: z.string().nullable(),
  /** The registering statement, for tx_wait; null when nothing was sent. */
  statement: hash.nullable(),
  status: statementStatus.nullable(),
  code: z.string().nullable(),
  reason: z.string().nullable(),
};

export const patientMethods = defineMethods({
  patient_register: {
    summary: 'Registers patients by identity number or FHIR Patient resource; answers per patient.',
    params: z.strictObject({ patients: z.array(newPatient).min(1).max(MAX_PATIENTS) }),
    result: z.object({ patients: z.array(z.object(answer)) }),
    errors: ['identifier.*', 'records.*', 'outbox.full', 'outbox.stopped'],
    cost: 10,
  },
  patient_get: {
    summary: 'The identifier of a patient, whether it is registered, by which transaction, and at which clinics.',
    params: lookup,
    result: z.object({
      pid: z.string(),
      registered: z.boolean(),
      /** The registering transaction; null while it is in the outbox only. */
      transaction: hash.nullable(),
      statement: hash.nullable(),
      status: statementStatus.nullable(),
      height: height.nullable(),
      /** Numbers of the clinics where the patient is registered, the registering one first. */
      clinics: z.array(clinicNumber),
    }),
    errors: ['identifier.*'],
    cost: 5,
  },
  patient_history: {
    summary: 'What the chain says about a patient, oldest first.',
    params: lookup,
    result: z.object({
      pid: z.string(),
      events: z.array(
        z.object({
          /**
           * Records and amendments are those of all branches that the caller may see; consents and their ends those about
           * what this clinic keeps, for who decides about it.
           */
          type: z.enum(['registered', 'attached', 'detached', 'record', 'amendment', 'consent', 'consent-end']),
          clinic: clinicNumber,
          clinicName: z.string().nullable(),
          statement: hash,
          transaction: hash,
          height,
          timestamp: time,
          status: statementStatus,
          record: hash.optional(),
          category: z.string().optional(),
          consent: hash.optional(),
        }),
      ),
    }),
    errors: ['identifier.*'],
    cost: 5,
  },
  patient_import: {
    summary: 'Imports FHIR resources as text: registers each Patient, keeps the text here; answers per line.',
    params: z.strictObject({
      resources: z
        .array(z.strictObject({ line: count, text: z.string().max(MAX_RESOURCE_TEXT) }))
        .min(1)
        .max(MAX_PATIENTS),
    }),
    result: z.object({ items: z.array(z.object({ line: count, ...answer })) }),
    errors: ['identifier.*', 'records.*', 'outbox.full', 'outbox.stopped'],
    cost: 20,
  },
});
