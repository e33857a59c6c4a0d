// What kind of document bytes are, by how they begin: never by a name or by what a sender calls them. And how files of what is
// handed out end.

/** As many first bytes as tell every type apart: DICOM has a preamble of 128. */
export const SNIFF_BYTES = 132;

export interface DocumentType {
  /** How files of it end; the first is the usual one. */
  readonly endings: readonly string[];
  readonly mediaType: string;
  readonly at: number;
  readonly magic: readonly number[];
}

export const DOCUMENT_TYPES = [
  { endings: ['png'], mediaType: 'image/png', at: 0, magic: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { endings: ['jpg', 'jpeg'], mediaType: 'image/jpeg', at: 0, magic: [0xff, 0xd8, 0xff] },
  { endings: ['pdf'], mediaType: 'application/pdf', at: 0, magic: [0x25, 0x50, 0x44, 0x46, 0x2d] },
  { endings: ['dcm'], mediaType: 'application/dicom', at: 128, magic: [0x44, 0x49, 0x43, 0x4d] },
] as const satisfies readonly DocumentType[];

/** Undefined for what begins like none of them, or like two. */
export function documentTypeOf(head: Uint8Array): (typeof DOCUMENT_TYPES)[number] | undefined {
  const [found, ...others] = DOCUMENT_TYPES.filter(({ at, magic }) =>
    magic.every((byte, index) => head[at + index] === byte),
  );
  return others.length === 0 ? found : undefined;
}

const ENDINGS: ReadonlyMap<string, string> = new Map([
  ...DOCUMENT_TYPES.map(({ mediaType, endings: [usual] }) => [mediaType, usual] as const),
  ['application/fhir+json', 'json'],
  ['text/plain', 'txt'],
]);

/** Without a dot; `bin` for what we do not know. */
export function endingOf(mediaType: string): string {
  return ENDINGS.get(mediaType) ?? 'bin';
}
