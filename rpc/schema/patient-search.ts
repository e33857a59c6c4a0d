// patient_search, patient_card and patient_named: what is shown of patients before a record is opened, at this clinic and at the
// branches of its organisation.
import { z } from 'zod';
import { defineMethods } from './method.ts';
import { lookupFields } from './patient.ts';
import { clinicNumber, hash, hashParam } from './shapes.ts';

/** Handles in one call of patient_named. */
export const MAX_NAMED = 64;
const MAX_TYPED_NAME = 100;

const card = z.object({
  /** Stands for the patient in calls of this clinic and in addresses of its pages; says nothing to others. */
  ref: z.string(),
  /** The patient as the chain names it. */
  handle: hash,
  /** Empty for what is not known here. */
  family: z.string(),
  given: z.string(),
  title: z.string(),
  /** YYYY, YYYY-MM or YYYY-MM-DD. */
  birthDate: z.string(),
  sex: z.enum(['female', 'male', 'other', 'unknown', '']),
  /** The document that the patient is counted under. */
  type: z.string(),
  number: z.string(),
  /** Which clinic says so; null where only the identifier is known. */
  from: clinicNumber.nullable(),
  /** Where the patient is registered, the registering clinic first. */
  clinics: z.array(clinicNumber),
  /** Registered at this clinic, or on the way there. */
  here: z.boolean(),
  /** The identifier is one for the time being. */
  provisional: z.boolean(),
});
export type PatientCardView = z.infer<typeof card>;

export const patientSearchMethods = defineMethods({
  patient_search: {
    summary:
      'Finds patients of this clinic and of the branches of its organisation by name and birth date, anybody by number.',
    params: z
      .strictObject({
        ...lookupFields,
        /** An identity number, a PID or a reference. */
        patient: lookupFields.patient.optional(),
        /** Beginnings of names, in any order. */
        name: z.string().trim().min(2).max(MAX_TYPED_NAME).optional(),
        birthDate: z.iso.date().optional(),
      })
      .refine(
        ({ patient, name, birthDate }) => (patient ?? name ?? birthDate) !== undefined,
        'expected something to find',
      ),
    result: z.object({
      patients: z.array(card),
      /** There are others: ask for more of the name. */
      more: z.boolean(),
      /** Branches that did not answer. */
      silent: z.array(clinicNumber),
    }),
    errors: ['identifier.*'],
    cost: 10,
  },
  patient_card: {
    summary:
      'Who a patient is: name, birth date, sex and number as this clinic or a branch knows them, and where registered.',
    params: z.strictObject(lookupFields),
    result: card,
    errors: ['identifier.*'],
    cost: 5,
  },
  patient_named: {
    summary:
      'Patients of this clinic, and those whose page was opened here, by their names on the chain; null for others.',
    params: z.strictObject({ handles: z.array(hashParam).min(1).max(MAX_NAMED) }),
    result: z.object({ patients: z.array(card.nullable()) }),
    errors: [],
    cost: 5,
  },
});
