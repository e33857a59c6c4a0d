// A file of a patient as a DocumentReference of R4: what it is and how large. Its bytes are asked for by the record.

export interface FileFacts {
  /** FHIR id; the record's, where the file is one. */
  readonly id: string;
  /** `Patient/...` */
  readonly patient: string;
  readonly mediaType: string;
  readonly title: string;
  /** Bytes of the file. */
  readonly size: number;
  /** ms since 1970. */
  readonly written: number;
}

export function documentReference(file: FileFacts): Record<string, unknown> {
  const { id, patient, mediaType, title, size, written } = file;
  const date = new Date(written).toISOString();
  return {
    resourceType: 'DocumentReference',
    id,
    status: 'current',
    subject: { reference: patient },
    date,
    description: title,
    content: [{ attachment: { contentType: mediaType, size, title, creation: date } }],
  };
}
