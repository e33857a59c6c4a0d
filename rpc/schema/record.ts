// record_*: what is written into a patient's chart, amended, listed and read, here and at other clinics.
import { z } from 'zod';
import { defineMethods } from './method.ts';
import { lookupFields } from './patient.ts';
import { role } from './people.ts';
import { clinicNumber, count, hash, hashParam, hexParam, jsonObject, statementStatus, time } from './shapes.ts';

/** Characters of a FHIR resource: its own text, kept as it is. */
export const MAX_RECORD_TEXT = 4 * 1024 * 1024;
/** Bytes of a document in one call; larger ones are uploaded as a stream. */
export const MAX_DOCUMENT_BYTES = 3 * 1024 * 1024;
export const MAX_RECORDS = 64;
/** Bytes of all contents in one answer of record_readMany: one more than fits is asked for again. */
export const MAX_READ_BYTES = 8 * 1024 * 1024;

export const category = z.enum([
  'demographics',
  'medications',
  'problems',
  'labs',
  'imaging',
  'notes',
  'psychiatric',
  'sexual',
  'hiv',
  'substance',
  'genomics',
  'consent',
]);

/** v3-ActReason: treatment, payment, operations, research, emergency treatment, break the glass, the patient's own. */
export const purpose = z.enum(['TREAT', 'HPAYMT', 'HOPERAT', 'HRESCH', 'ETREAT', 'BTG', 'PATRQT', 'FAMRQT']);

/** Words: two letters or digits at least. */
const searched = z
  .string()
  .trim()
  .max(200)
  .regex(/[\p{L}\p{N}]{2}/u);

/** By a device key of who writes, over the author's word (PROTOCOL 13.2.1), within 5 minutes of the clinic's clock. */
export const givenSignature = z.strictObject({ key: hashParam, at: time, signature: hexParam(64) });

const signed = givenSignature.optional();

const content = z.union([
  z.strictObject({ resource: z.string().min(2).max(MAX_RECORD_TEXT), category: category.optional(), signed }),
  z.strictObject({
    document: z.strictObject({
      mediaType: z.enum(['image/png', 'image/jpeg', 'application/pdf', 'application/dicom', 'text/plain']),
      title: z.string().trim().min(1).max(200),
      bytes: z.base64().max(Math.ceil((4 * MAX_DOCUMENT_BYTES) / 3) + 4),
    }),
    category: category.exclude(['consent']),
    signed,
  }),
]);

const written = z.object({
  record: hash,
  version: count,
  category,
  statement: hash,
  status: statementStatus,
});

const recordView = z.object({
  record: hash,
  version: count,
  /** How this version came. */
  amendment: z.enum(['original', 'addendum', 'correction', 'entered-in-error']),
  /** The record that an addendum is about. */
  about: hash.nullable(),
  category,
  /** FHIR resource type, or `document`. */
  kind: z.string(),
  /** Logical id of the FHIR resource; empty for documents. */
  name: z.string(),
  mediaType: z.string(),
  title: z.string(),
  size: count,
  /** Account of who wrote it; null for what the clinic imported. */
  author: hash.nullable(),
  /** As which. */
  role: role.nullable(),
  clinic: clinicNumber,
  written: time,
  reason: z.string(),
  /** By a device key of the author, beside the clinic's signature; null where nobody signed. */
  signed: z
    .object({
      /** SHA-256 of the content; zeros without one. */
      digest: hash,
      key: hash,
      at: time,
      signature: z.string(),
      /**
       * valid: the key was the author's then. key-lost: so, reported lost since. key-unknown: on no chain that is known here.
       * invalid: not of this version, or not of its author.
       */
      state: z.enum(['valid', 'key-lost', 'key-unknown', 'invalid']),
    })
    .nullable(),
  /** Pending: in no block that this clinic has. Superseded: the chain has a newer version than this one. */
  standing: z.enum(['standing', 'pending', 'superseded', 'entered-in-error']),
});
export type RecordEntry = z.infer<typeof recordView>;

const failures = ['identifier.*', 'record.*'];
const writes = [...failures, 'blob.*', 'envelope.*', 'clinic.not-a-member', 'outbox.full', 'outbox.stopped', 'store.*'];

export const recordMethods = defineMethods({
  record_write: {
    summary: 'Writes FHIR resources or documents into the chart that this clinic keeps of a patient.',
    params: z.strictObject({ ...lookupFields, records: z.array(content).min(1).max(MAX_RECORDS) }),
    result: z.object({ pid: z.string(), records: z.array(written) }),
    errors: writes,
    cost: 10,
  },
  record_amend: {
    summary: 'Adds to a record, corrects it, or says that it was entered in error; what was there before stays.',
    params: z.strictObject({
      ...lookupFields,
      record: hashParam,
      /** Whose chart it is in; this clinic’s when absent. What other clinics wrote one adds to, in the own chart. */
      clinic: clinicNumber.optional(),
      /** The newest version that was read. */
      version: count.min(1),
      amendment: z.enum(['addendum', 'correction', 'entered-in-error']),
      reason: z.string().trim().min(1).max(500),
      content: content.optional(),
      /** Of the amendment; not within its content. */
      signed,
    }),
    result: z.object({ pid: z.string(), record: written }),
    errors: writes,
    cost: 10,
  },
  record_list: {
    summary:
      'What this clinic and others keep of a patient, as far as the caller may know; every asking is written down.',
    params: z.strictObject({
      ...lookupFields,
      purpose: purpose.default('TREAT'),
      /** Only records with all of these words, or words that begin so; of other clinics' by what a list shows. */
      containing: searched.optional(),
    }),
    result: z.object({
      pid: z.string(),
      charts: z.array(
        z.object({
          clinic: clinicNumber,
          clinicName: z.string().nullable(),
          state: z.enum(['open', 'refused', 'unreachable']),
          /** Why not, as a code. */
          reason: z.string().nullable(),
          /** Which clinic served it or refused. */
          by: clinicNumber.nullable(),
          records: z.array(recordView),
        }),
      ),
    }),
    errors: failures,
    cost: 20,
  },
  record_read: {
    summary: 'One record with its content, from whichever clinic keeps it.',
    params: z.strictObject({
      ...lookupFields,
      record: hashParam,
      /** Whose chart; this clinic’s when absent. */
      clinic: clinicNumber.optional(),
      /** The newest when absent. */
      version: count.min(1).optional(),
      purpose: purpose.default('TREAT'),
    }),
    result: z.object({
      pid: z.string(),
      record: recordView,
      /** The text of a FHIR resource, byte for byte. */
      resource: z.string().nullable(),
      /** Base64 of a document; of a large one nothing: record_download gives it. */
      bytes: z.string().nullable(),
      /** A document as a DocumentReference of FHIR. */
      document: jsonObject.nullable(),
    }),
    errors: [...failures, 'blob.*', 'envelope.*'],
    cost: 20,
  },
  record_readMany: {
    summary:
      'The newest versions of several records of one chart with their contents; one that may not be read refuses all.',
    params: z.strictObject({
      ...lookupFields,
      records: z.array(hashParam).min(1).max(MAX_RECORDS),
      /** Whose chart; this clinic’s when absent. */
      clinic: clinicNumber.optional(),
      purpose: purpose.default('TREAT'),
    }),
    result: z.object({
      pid: z.string(),
      /** In the order asked for: as many as fit, and one at least. */
      records: z.array(
        z.object({
          record: recordView,
          /** The text of a FHIR resource, byte for byte. */
          resource: z.string().nullable(),
          /** Base64 of a document; of a large one nothing: record_download gives it. */
          bytes: z.string().nullable(),
          /** A document as a DocumentReference of FHIR. */
          document: jsonObject.nullable(),
        }),
      ),
    }),
    errors: [...failures, 'blob.*', 'envelope.*'],
    cost: 100,
  },
});
