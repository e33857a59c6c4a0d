// record_import: FHIR resources that were written elsewhere, into the chart that this clinic keeps of a patient.
import { z } from 'zod';
import { defineMethods } from './method.ts';
import { lookupFields } from './patient.ts';
import { category, MAX_RECORD_TEXT } from './record.ts';
import { hash } from './shapes.ts';

/** Resources of one patient in one call. */
export const MAX_IMPORTED = 64;

export const recordImportMethods = defineMethods({
  record_import: {
    summary:
      'Imports FHIR resources of a patient as they are; what was imported before, unchanged, is known and stays one.',
    params: z.strictObject({
      ...lookupFields,
      resources: z.array(z.string().min(2).max(MAX_RECORD_TEXT)).min(1).max(MAX_IMPORTED),
    }),
    result: z.object({
      pid: z.string(),
      /** One per resource, in order. */
      items: z.array(
        z.object({
          outcome: z.enum(['imported', 'known', 'skipped']),
          record: hash.nullable(),
          category: category.nullable(),
          /** Of what was skipped. */
          code: z.string().nullable(),
        }),
      ),
      /** To wait for. */
      statements: z.array(hash),
    }),
    errors: [
      'identifier.*',
      'record.*',
      'blob.*',
      'envelope.*',
      'clinic.not-a-member',
      'outbox.full',
      'outbox.stopped',
      'store.*',
    ],
    cost: 40,
  },
});
