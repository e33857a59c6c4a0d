// Who did what with a patient's records, as she is told; for me_*.
import { z } from 'zod';
import { verdict } from './emergency.ts';
import { role } from './people.ts';
import { category } from './record.ts';
import { representativeKind } from './representative-kind.ts';
import { clinicNumber, count, hash, time } from './shapes.ts';

/** A person, as this clinic knows her: no name where the account is of another organisation. */
export const who = z.object({ account: hash, name: z.string().nullable(), role: role.nullable() });
export const place = z.object({ clinic: clinicNumber, clinicName: z.string().nullable() });

export const access = z.object({
  /** For me_dispute, and for the page after it. */
  event: count,
  time,
  /** Null: the clinic itself. */
  who: who.nullable(),
  /** Where the person is. */
  ...place.shape,
  action: z.string(),
  /** What it was about, as far as the records are still there; titles of clinic mode alone. */
  records: z.array(z.object({ record: hash, category: category.nullable(), title: z.string().nullable() })),
  purpose: z.string(),
  outcome: z.enum(['permitted', 'refused']),
  /** Code of the decision. */
  reason: z.string(),
  /** The caller. */
  own: z.boolean(),
  /** By what right somebody acted for the patient; null: nobody did. */
  acting: representativeKind.nullable(),
  /** When the patient said that it looks wrong; null while she did not. */
  disputed: time.nullable(),
});
export type MyAccess = z.infer<typeof access>;

export const notice = z.object({
  kind: z.enum(['request', 'emergency', 'share-ending', 'representative', 'representative-ended', 'take-over']),
  at: time,
  /** The request, emergency, share, representation or take-over. */
  about: hash,
  /** Who it comes from or is about; null: nobody in particular. */
  who: who.nullable(),
  ...place.shape,
  /** The reason that was given, a code for emergencies, the kind of a representative; empty where there is none. */
  text: z.string(),
  /** Whether something is still to be done or goes on. */
  open: z.boolean(),
  /** Of an emergency: what was found by who looked at it afterwards; null while nobody did. */
  review: z.object({ verdict, at: time }).nullable(),
});
export type MyNotice = z.infer<typeof notice>;
