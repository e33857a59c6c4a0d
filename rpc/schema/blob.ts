// blob_*: the ciphertext of records on this clinic's disk, as its operator looks after it.
import { z } from 'zod';
import { defineMethods } from './method.ts';
import { count, empty, time } from './shapes.ts';

/** Blobs that one answer names; the counts are of all. */
export const MAX_NAMED_BLOBS = 1000;

const total = z.object({ blobs: count, bytes: count });

export const blobMethods = defineMethods({
  blob_status: {
    summary: 'Ciphertext on this disk, and what the last round of looking after it found.',
    params: empty,
    result: z.object({
      kept: total,
      /** Blobs that have not come whole. */
      unfinished: count,
      /** Found damaged, to be fetched anew. */
      damaged: count,
      round: z
        .object({
          at: time,
          held: count,
          brought: count,
          /** Nobody who was asked gave them; the next round asks again. */
          lacking: count,
        })
        .nullable(),
    }),
    errors: ['store.*'],
    cost: 50,
  },
  blob_repair: {
    summary: 'Looks for ciphertext that belongs here and is missing or damaged, and fetches it from whoever has it.',
    params: empty,
    result: z.object({ held: count, brought: count, lacking: count }),
    errors: ['store.*', 'blob.*'],
    cost: 50,
  },
  blob_collect: {
    summary: 'Takes away ciphertext that belongs to no record any more; a dry run names it and leaves it.',
    params: z.strictObject({ dryRun: z.boolean() }),
    result: z.object({
      dryRun: z.boolean(),
      found: total,
      /** The first of them. */
      blobs: z.array(z.object({ cid: z.string(), size: count })),
      /** What never came whole. */
      unfinished: z.array(z.string()),
    }),
    errors: ['store.*', 'blob.*'],
    cost: 100,
  },
});
