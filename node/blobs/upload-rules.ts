// What may be uploaded: by its first bytes, never by its name or what the sender calls it, and by its size. Owns no stream.
import { CodedError } from '../../common/errors.ts';

export type UploadType = 'png' | 'jpg' | 'jpeg' | 'pdf' | 'dcm';

export type UploadErrorType =
  | { code: 'upload.type' }
  | { code: 'upload.too-large'; size: number; limit: number }
  /** Another number of bytes came than was said. */
  | { code: 'upload.size' }
  | { code: 'upload.full'; limit: number }
  /** No such upload of this person, or its time is over. */
  | { code: 'upload.unknown' };

export class UploadError extends CodedError<UploadErrorType> {}

/** As many first bytes as tell every type apart: DICOM has a preamble of 128. */
export const SNIFF_BYTES = 132;

interface Kind {
  readonly types: readonly UploadType[];
  readonly mediaType: string;
  readonly at: number;
  readonly magic: readonly number[];
}

const KINDS: readonly Kind[] = [
  { types: ['png'], mediaType: 'image/png', at: 0, magic: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { types: ['jpg', 'jpeg'], mediaType: 'image/jpeg', at: 0, magic: [0xff, 0xd8, 0xff] },
  { types: ['pdf'], mediaType: 'application/pdf', at: 0, magic: [0x25, 0x50, 0x44, 0x46, 0x2d] },
  { types: ['dcm'], mediaType: 'application/dicom', at: 128, magic: [0x44, 0x49, 0x43, 0x4d] },
];

/** The media type of what begins like this. A file that begins like two types is neither. Throws `upload.type`. */
export function mediaTypeOf(head: Uint8Array, allowed: readonly UploadType[]): string {
  const found = KINDS.filter(({ at, magic }) => magic.every((byte, index) => head[at + index] === byte));
  const [kind] = found;
  if (found.length !== 1 || !kind.types.some((type) => allowed.includes(type))) {
    throw new UploadError({ code: 'upload.type' });
  }
  return kind.mediaType;
}
