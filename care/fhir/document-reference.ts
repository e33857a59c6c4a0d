// A file of a patient as a DocumentReference of R4: what it is, how large, where its bytes are.

export interface FileFacts {
  /** FHIR id; the record's, where the file is one. */
  readonly id: string;
  /** `Patient/...` */
  readonly patient: string;
  readonly mediaType: string;
  readonly title: string;
  /** Bytes of the file. */
  readonly size: number;
  /** Where a caller who may reads it. */
  readonly url: string;
  /** ms since 1970. */
  readonly written: number;
}

export function documentReference(file: FileFacts): Record<string, unknown> {
  const { id, patient, mediaType, title, size, url, written } = file;
  const date = new Date(written).toISOString();
  return {
    resourceType: 'DocumentReference',
    id,
    status: 'current',
    subject: { reference: patient },
    date,
    description: title,
    content: [{ attachment: { contentType: mediaType, url, size, title, creation: date } }],
  };
}
