// A record that was opened, as a file to be fetched: what it is, what to call it and its bytes. Owns neither.
import { endingOf } from '../../records/blobs/media-type.ts';
import type { OpenFile } from '../../rpc/ports.ts';
import type { OpenRecord } from '../charts/reading.ts';

export function recordFile({ manifest, read }: OpenRecord): OpenFile {
  const { mediaType, title, size, cid } = manifest;
  const name = fileName(title, mediaType);
  return { mediaType, name, size, tag: cid, read: (offset, length) => read({ offset, length }) };
}

/** A title as a name that every system takes, with the ending of what it is. */
function fileName(title: string, mediaType: string): string {
  const plain = title.replace(/[\p{Cc}/\\:*?"<>|]/gu, '_').trim();
  const extension = endingOf(mediaType);
  const base = plain === '' ? 'record' : plain;
  const alike = extension === 'jpg' ? /\.jpe?g$/i : new RegExp(`\\.${extension}$`, 'i');
  return alike.test(base) ? base : `${base}.${extension}`;
}
