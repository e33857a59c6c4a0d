// What may be uploaded: by its first bytes, never by its name or what the sender calls it, and by its size. Owns no stream.
import { CodedError } from '../../common/errors.ts';
import { documentTypeOf } from '../../records/blobs/media-type.ts';

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

/** The media type of what begins like this. A file that begins like two types is neither. Throws `upload.type`. */
export function mediaTypeOf(head: Uint8Array, allowed: readonly UploadType[]): string {
  const type = documentTypeOf(head);
  if (type === undefined || !type.endings.some((ending) => allowed.includes(ending))) {
    throw new UploadError({ code: 'upload.type' });
  }
  return type.mediaType;
}
