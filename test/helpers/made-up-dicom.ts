// DICOM files as machines write them: explicit lengths, little endian, names of study, series and instance, frames as they are.
import { concatBytes } from '../../common/bytes.ts';

const latin = (text: string) => new TextEncoder().encode(text.length % 2 === 0 ? text : `${text}\0`);
const le16 = (n: number) => Uint8Array.of(n & 255, n >> 8);

/** Explicit VR, little endian, short lengths. */
export function dicomElement(group: number, number: number, vr: string, text: string): Uint8Array {
  const value = latin(text);
  return concatBytes(le16(group), le16(number), latin(vr), le16(value.length), value);
}

export function dicomFile(body: Uint8Array, syntax = '1.2.840.10008.1.2.1'): Uint8Array {
  const meta = dicomElement(0x0002, 0x0010, 'UI', syntax);
  const length = dicomElement(0x0002, 0x0000, 'UL', '\0\0\0\0');
  length.set([meta.length & 255, meta.length >> 8, 0, 0], 8);
  return concatBytes(new Uint8Array(128), latin('DICM'), length, meta, body);
}

/** Pixels of all frames, one after another, uncompressed: the last element of a file. */
export function dicomPixels(frames: Uint8Array): Uint8Array {
  const head = new Uint8Array(12);
  head.set([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x57]);
  new DataView(head.buffer).setUint32(8, frames.length, true);
  return concatBytes(head, frames);
}
