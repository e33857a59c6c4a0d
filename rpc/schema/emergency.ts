// emergency_*: opening a patient's records without a consent, for one patient and a short time; closing and reviewing that.
import { z } from 'zod';
import { defineMethods } from './method.ts';
import { lookupFields } from './patient.ts';
import { category } from './record.ts';
import { clinicNumber, count, empty, hash, hashParam, time } from './shapes.ts';

const reason = z.enum(['unconscious', 'life-threat', 'covering', 'confirm-identity', 'other']);
const words = z.string().trim().max(500);
export const verdict = z.enum(['justified', 'unjustified']);

const emergency = z.object({
  emergency: hash,
  /** Where it was opened, and by whom. */
  clinic: clinicNumber,
  account: hash,
  /** What that person is called, where this organisation knows the account. */
  who: z.string().nullable(),
  /** The patient as the chain names it. */
  handle: hash,
  reason,
  text: z.string(),
  opened: time,
  ends: time,
  /** When it was closed before its end; null otherwise. */
  closed: time.nullable(),
  state: z.enum(['open', 'ended', 'overdue', 'reviewed']),
  /** When its review is due. */
  reviewDue: time,
  review: z
    .object({
      verdict,
      at: time,
      /** Of this clinic alone: who reviewed it and why so; null elsewhere. */
      by: hash.nullable(),
      text: z.string().nullable(),
    })
    .nullable(),
});
export type EmergencyView = z.infer<typeof emergency>;

export const emergencyMethods = defineMethods({
  emergency_open: {
    summary: "Opens a patient's records in an emergency, with the help of a threshold of clinics; told and reviewed.",
    params: z.strictObject({ ...lookupFields, reason, text: words }),
    result: z.object({
      ...emergency.shape,
      /** What can be read now: whose charts, and which categories of each. */
      opens: z.array(z.object({ clinic: clinicNumber, categories: z.array(category) })),
    }),
    errors: ['identifier.*', 'emergency.*', 'clinic.not-a-member', 'outbox.full', 'outbox.stopped', 'store.*'],
    cost: 50,
  },
  emergency_close: {
    summary: 'Closes an emergency that was opened here: what it opened opens nothing written from then on.',
    params: z.strictObject({ emergency: hashParam }),
    result: emergency,
    errors: ['emergency.*', 'clinic.not-a-member', 'outbox.full', 'outbox.stopped', 'store.*'],
    cost: 10,
  },
  emergency_review: {
    summary: 'Reviews an emergency of this clinic that has ended; overdue reviews block the next one of that person.',
    params: z.strictObject({
      emergency: hashParam,
      verdict,
      text: words.min(1),
    }),
    result: emergency,
    errors: ['emergency.*', 'store.*'],
    cost: 10,
  },
  emergency_list: {
    summary:
      'Emergencies that this clinic opened, helped with or has a chart for, newest first; the own ones for staff.',
    params: empty,
    result: z.object({
      emergencies: z.array(emergency),
      /** Of this network: how long one is open, and when its review is due after it was opened, ms. */
      openMs: count,
      reviewMs: count,
    }),
    errors: [],
    cost: 5,
  },
});
