// Attachments: deletable companions of statements, committed to by a salted hash (PROTOCOL 4.6).
// Where they are kept and for how long is the node's business; nothing here decides validity.

import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { MAX_ATTACHMENT_BYTES } from '../limits.ts';
import type { Attachment } from './types.ts';

const SALT_BYTES = 32;

export function attachmentCommitment(attachment: Attachment): Uint8Array {
  return taggedHash('wardmesh/attachment/1', encodeAttachment(attachment));
}

/** Throws CodecError when the salt or the length is out of bounds. */
export function encodeAttachment(attachment: Attachment): Uint8Array {
  const { salt, bytes } = attachment;
  if (bytes.length > MAX_ATTACHMENT_BYTES) throw tooLong(bytes.length);
  return new Writer(SALT_BYTES + bytes.length).fixed(salt, SALT_BYTES).fixed(bytes, bytes.length).finish();
}

/** Throws CodecError; the fields are copies. */
export function decodeAttachment(bytes: Uint8Array): Attachment {
  const input = new Reader(bytes);
  const salt = input.fixed(SALT_BYTES);
  if (input.left > MAX_ATTACHMENT_BYTES) throw tooLong(input.left);
  return { salt, bytes: input.fixed(input.left) };
}

function tooLong(length: number): CodecError {
  return new CodecError({ code: 'codec.length', field: 'attachment', length, limit: MAX_ATTACHMENT_BYTES });
}
