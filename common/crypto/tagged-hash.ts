// Domain separation (PROTOCOL 2.1): every hash of ours names what it is a hash of.
import { sha256 } from '#crypto';
import { concatBytes } from '../bytes.ts';

export type Tag = `wardmesh/${string}`;

const encoder = new TextEncoder();
const prefixes = new Map<Tag, Uint8Array>();

/** `u8 length of the tag | tag`. Tags are constants of ours, so the cache is bounded by the source. */
export function tagPrefix(tag: Tag): Uint8Array {
  let prefix = prefixes.get(tag);
  if (prefix === undefined) {
    const text = encoder.encode(tag);
    prefix = concatBytes(Uint8Array.of(text.length), text);
    prefixes.set(tag, prefix);
  }
  return prefix;
}

/** SHA-256(u8 length of the tag | tag | parts...), 32 bytes. */
export function taggedHash(tag: Tag, ...parts: readonly Uint8Array[]): Uint8Array {
  return sha256(tagPrefix(tag), ...parts);
}
