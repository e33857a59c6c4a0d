// The elements of a FHIR R4 Patient that Wardmesh relies on. Everything else, extensions among it, is left as it is.
import * as z from 'zod';

const text = z.string().max(1_048_576);
const uri = z.string().max(2048);
const code = z
  .string()
  .regex(/^[^\s]+( [^\s]+)*$/)
  .max(256);
const id = z.string().regex(/^[A-Za-z0-9.-]{1,64}$/);
const date = z.string().regex(/^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$/);
const dateTime = z.string().regex(/^\d{4}(-\d\d(-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?)?)?$/);

const period = z.looseObject({ start: dateTime.optional(), end: dateTime.optional() });
const coding = z.looseObject({ system: uri.optional(), code: code.optional() });
const concept = z.looseObject({ coding: z.array(coding).max(64).optional(), text: text.optional() });

const identifier = z.looseObject({
  use: z.enum(['usual', 'official', 'temp', 'secondary', 'old']).optional(),
  type: concept.optional(),
  system: uri.optional(),
  value: text.optional(),
  period: period.optional(),
});

// A null stands in an array of primitives where only an extension is given (FHIR R4 JSON 2.6.2).
const texts = z.array(text.nullable()).max(64);

const name = z.looseObject({
  use: z.enum(['usual', 'official', 'temp', 'nickname', 'anonymous', 'old', 'maiden']).optional(),
  text: text.optional(),
  family: text.optional(),
  given: texts.optional(),
  prefix: texts.optional(),
  suffix: texts.optional(),
  period: period.optional(),
});

const link = z.looseObject({
  other: z.looseObject({ reference: text.optional() }),
  type: z.enum(['replaced-by', 'replaces', 'refer', 'seealso']),
});

export const patientSchema = z
  .looseObject({
    resourceType: z.literal('Patient'),
    id: id.optional(),
    identifier: z.array(identifier).max(256).optional(),
    active: z.boolean().optional(),
    name: z.array(name).max(256).optional(),
    gender: z.enum(['male', 'female', 'other', 'unknown']).optional(),
    birthDate: date.optional(),
    deceasedBoolean: z.boolean().optional(),
    deceasedDateTime: dateTime.optional(),
    multipleBirthBoolean: z.boolean().optional(),
    multipleBirthInteger: z.int().optional(),
    link: z.array(link).max(256).optional(),
  })
  .refine((patient) => patient.deceasedBoolean === undefined || patient.deceasedDateTime === undefined, {
    path: ['deceased'],
  })
  .refine((patient) => patient.multipleBirthBoolean === undefined || patient.multipleBirthInteger === undefined, {
    path: ['multipleBirth'],
  });

export type FhirPatient = z.infer<typeof patientSchema>;
