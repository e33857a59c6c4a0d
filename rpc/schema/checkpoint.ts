// Methods of the checkpoint file: governance keys stand for votes that can never come.
import { z } from 'zod';
import { defineMethods } from './method.ts';
import { clinicNumber, count, hash, hashParam, height } from './shapes.ts';

const MAX_SIGNATURES = 960;

const signatureParam = z
  .string()
  .toLowerCase()
  .regex(/^[0-9a-f]{128}$/, 'expected 128 hex digits');

export const checkpointFile = z.strictObject({
  /** Member set whose governance keys sign. */
  set: count,
  height,
  id: hashParam,
  signatures: z
    .array(z.strictObject({ clinic: clinicNumber.min(1), signature: signatureParam }))
    .min(1)
    .max(MAX_SIGNATURES),
});
export type CheckpointFile = z.infer<typeof checkpointFile>;

export const checkpointMethods = defineMethods({
  chain_signCheckpoint: {
    summary:
      "Signs a checkpoint with this clinic's governance key, for the case that too few voters will ever be back; a height that is a multiple of 4, by default the highest that is deep enough.",
    params: z.strictObject({ height: height.optional() }),
    result: checkpointFile,
    errors: ['checkpoint.height'],
  },
  chain_installCheckpoint: {
    summary: 'Makes a checkpoint final that more than two thirds of governance signed. It cannot be taken back.',
    params: checkpointFile,
    result: z.object({ final: z.object({ height, id: hash.nullable() }) }),
    errors: [
      'checkpoint.height',
      'checkpoint.quorum',
      'checkpoint.signature',
      'checkpoint.old',
      'checkpoint.unknown-block',
    ],
    cost: 10,
  },
});
