// What a person's device key signed of a version that the person wrote, as it stands in the manifest: nothing, or all of it.
// Owns bytes; what the signature says is author-word.ts.
import type { Reader } from '../../common/codec/reader.ts';
import type { Writer } from '../../common/codec/writer.ts';

export interface AuthorSignature {
  /** SHA-256 of the content; zeros for a version without content. */
  readonly digest: Uint8Array;
  /** Device key of the author's account. */
  readonly key: Uint8Array;
  /** ms, by the author's device. */
  readonly at: number;
  readonly signature: Uint8Array;
}

export const NO_DIGEST: Uint8Array = new Uint8Array(32);

export function writeAuthorSignature(out: Writer, signed: AuthorSignature | undefined): Writer {
  if (signed === undefined) return out;
  return out.fixed(signed.digest, 32).fixed(signed.key, 32).u64(signed.at).fixed(signed.signature, 64);
}

/** The rest of what is read. Throws CodecError. */
export function readAuthorSignature(input: Reader): AuthorSignature | undefined {
  if (input.left === 0) return undefined;
  return { digest: input.fixed(32), key: input.fixed(32), at: input.u64(), signature: input.fixed(64) };
}
