// What may be a photo: an image of a kind that the clinic takes, by its first bytes and not by what somebody calls it. It is
// never decoded here; pages show it as an image, and nothing else.

import { MAX_PHOTO_BYTES } from '../../identity/people/part-values.ts';
import type { PhotoPart } from '../../identity/people/types.ts';
import { PeopleError } from './errors.ts';

export type PhotoType = 'image/png' | 'image/jpeg' | 'image/gif';

const KINDS: readonly {
  readonly names: readonly string[];
  readonly type: PhotoType;
  readonly begins: readonly number[];
}[] = [
  { names: ['png'], type: 'image/png', begins: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { names: ['jpg', 'jpeg'], type: 'image/jpeg', begins: [0xff, 0xd8, 0xff] },
  { names: ['gif'], type: 'image/gif', begins: [0x47, 0x49, 0x46, 0x38] },
];

/** The media types of kinds by their names. */
export function photoTypesOf(allowed: readonly string[]): PhotoType[] {
  return KINDS.filter(({ names }) => names.some((name) => allowed.includes(name))).map(({ type }) => type);
}

/** `bytes` in base64. Throws `account.photo`. */
export function photoOf(type: string, bytes: string, allowed: readonly string[]): PhotoPart {
  const image = Buffer.from(bytes, 'base64');
  const kind = KINDS.find((one) => one.begins.every((byte, index) => image[index] === byte));
  const fits = kind !== undefined && kind.type === type && kind.names.some((name) => allowed.includes(name));
  if (!fits || image.length > MAX_PHOTO_BYTES) throw new PeopleError({ code: 'account.photo' });
  return { type: kind.type, bytes: image.toString('base64') };
}
