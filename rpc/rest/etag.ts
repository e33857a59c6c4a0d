// Entity tags of answers: a client that polls sends back the tag it has and gets 304 while nothing changed.
import { sha256 } from '#crypto';

const TAG_BYTES = 16;

/** Of the answer's bytes: equal bytes, equal tag, at every node. */
export function etagOf(body: Uint8Array): string {
  return `"${Buffer.from(sha256(body).subarray(0, TAG_BYTES)).toString('base64url')}"`;
}

/** Weak comparison (RFC 9110, 13.1.2). */
export function matchesTag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = ifNoneMatch.split(',').map((text) => text.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etag);
}
