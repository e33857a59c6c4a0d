// Names as UUIDs (RFC 9562, version 5), for formats that want one. SHA-1 is part of that definition; nothing is kept secret or
// proven by it.
import { sha1 } from '@noble/hashes/legacy.js';
import { concatBytes, fromHex, toHex } from '../bytes.ts';

/** `namespace`: a UUID in its usual form. The same name in one namespace is the same UUID everywhere. */
export function uuid5(namespace: string, name: string): string {
  const hash = sha1(concatBytes(fromHex(namespace.replaceAll('-', '')), new TextEncoder().encode(name)));
  hash[6] = (hash[6] & 0x0f) | 0x50;
  hash[8] = (hash[8] & 0x3f) | 0x80;
  const hex = toHex(hash.subarray(0, 16));
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
