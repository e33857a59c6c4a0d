// Methods about keys that the members make together: who holds shares of what, and beginning a ceremony.
import { z } from 'zod';
import { defineMethods } from './method.ts';
import { clinicNumber, count, empty, hash, height, statementState } from './shapes.ts';

const purpose = z.enum(['identifier', 'emergency']);
const clinic = z.object({ clinic: clinicNumber, name: z.string().nullable() });

export const ceremonyMethods = defineMethods({
  ceremony_status: {
    summary: 'Keys that the members hold in shares: how many make each, who has one, and a ceremony under way.',
    params: empty,
    result: z.object({
      keys: z.array(
        z.object({
          purpose,
          /** Null where the members have no such key yet. */
          key: z
            .object({
              /** 0 is the key of genesis, whole with every member. */
              generation: count,
              publicKey: hash,
              /** How many shares make the key. */
              threshold: count,
              /** How few shares ever made it. */
              origin: count,
              holders: z.array(clinic),
              /** Whether this clinic has its share. */
              held: z.boolean(),
            })
            .nullable(),
          /** The last ceremony, running or over. */
          ceremony: z
            .object({
              id: hash,
              generation: count,
              mode: z.enum(['generate', 'reshare']),
              step: z.enum(['commit', 'deal', 'answer', 'made', 'failed']),
              attempt: count,
              threshold: count,
              began: clinic,
              /** Last block that the step may take; null when it is over. */
              until: height.nullable(),
              clinics: z.array(
                z.object({
                  ...clinic.shape,
                  committed: z.boolean(),
                  confirmed: z.boolean(),
                  /** Why it was left out; null where it was not. */
                  blame: z
                    .enum(['wrong-share', 'no-answer', 'many-complaints-against', 'many-complaints-by'])
                    .nullable(),
                }),
              ),
            })
            .nullable(),
        }),
      ),
    }),
    errors: [],
  },
  ceremony_begin: {
    summary:
      'Begins a ceremony in which the members make a key together, or new shares of the one there is. By default a key is made where nothing rests on one yet, else reshared.',
    params: z.strictObject({ purpose, mode: z.enum(['generate', 'reshare']).optional() }),
    result: z.object({ statement: hash, status: statementState.shape.status, mode: z.enum(['generate', 'reshare']) }),
    errors: ['ceremony.running', 'ceremony.no-key', 'ceremony.key-in-use'],
  },
});
