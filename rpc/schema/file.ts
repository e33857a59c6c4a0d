// Files at the doors: streams in and out at addresses of their own, and the methods around them. A file is uploaded first
// (`PUT /api/v1/uploads`), then a record takes it up; one that is read is asked for first, then fetched, also in parts
// (`GET /api/v1/downloads/{download}`, with Range), so that no address names a patient.
import { z } from 'zod';
import { defineMethods } from './method.ts';
import { lookupFields } from './patient.ts';
import { category, givenSignature, purpose } from './record.ts';
import { clinicNumber, count, hash, hashParam, statementStatus, time } from './shapes.ts';

/** Bodies are the bytes alone, `application/octet-stream`, of the length that Content-Length says. */
export const FILE_PATHS = {
  /** PUT, staff: answers `uploadedFile`. */
  uploads: '/api/v1/uploads',
  /** PUT, anybody about herself: an envelope that the browser sealed; answers `uploadedEnvelope`. */
  ownUploads: '/api/v1/me/uploads',
  /** GET, with the download's id behind it. */
  downloads: '/api/v1/downloads',
  /** GET, operator, with the CID behind it: a CAR file. */
  blobs: '/api/v1/blobs',
} as const;

/** Files of one call. */
export const MAX_ATTACHED = 512;

const name = z.string().regex(/^[0-9a-f]{32}$/);

export const uploadedFile = z.object({
  upload: name,
  /** By its first bytes, whatever it was called. */
  mediaType: z.string(),
  size: count,
});
export type UploadedFile = z.infer<typeof uploadedFile>;

/** A file to be fetched until it `ends`. */
export const offeredFile = z.object({ download: name, ends: time });

/** For me_recordAdd. */
export const uploadedEnvelope = z.object({ cid: z.string(), size: count });
export type UploadedEnvelope = z.infer<typeof uploadedEnvelope>;

export const fileMethods = defineMethods({
  record_attach: {
    summary:
      'Writes uploaded files into the chart that this clinic keeps of a patient; DICOM files also make an ImagingStudy.',
    params: z.strictObject({
      ...lookupFields,
      files: z
        .array(
          z.strictObject({ upload: name, title: z.string().trim().min(1).max(200), signed: givenSignature.optional() }),
        )
        .min(1)
        .max(MAX_ATTACHED),
      category: category.exclude(['consent']),
    }),
    result: z.object({
      pid: z.string(),
      /** One per file, in order. */
      files: z.array(z.object({ record: hash, outcome: z.enum(['written', 'known']), mediaType: z.string() })),
      /** ImagingStudies that were made of the DICOM files, one for each study. */
      studies: z.array(z.object({ record: hash, outcome: z.enum(['written', 'known']), study: z.string() })),
      /** To wait for. */
      statements: z.array(z.object({ statement: hash, status: statementStatus })),
    }),
    errors: [
      'identifier.*',
      'record.*',
      'upload.*',
      'blob.*',
      'envelope.*',
      'clinic.not-a-member',
      'outbox.full',
      'outbox.stopped',
      'store.*',
    ],
    cost: 20,
  },
  record_download: {
    summary:
      'Asks for the content of a record as a file, to be fetched by GET within minutes; each fetch is decided anew.',
    params: z.strictObject({
      ...lookupFields,
      record: hashParam,
      /** Whose chart; this clinic’s when absent. */
      clinic: clinicNumber.optional(),
      /** The newest when absent. */
      version: count.min(1).optional(),
      purpose: purpose.default('TREAT'),
    }),
    result: z.object({ pid: z.string(), ...offeredFile.shape }),
    errors: ['identifier.*', 'record.*', 'download.*'],
    cost: 5,
  },
});
