// What a backup holds once it is decrypted: parts in a tar archive, each in memory whole. Owns their bound and the refusal.
import { concatBytes } from '../../common/bytes.ts';
import { readTarFiles, tarFilling, tarHead } from '../../common/tar.ts';
import { BackupError } from './errors.ts';

export interface TarEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A part of a backup is held in memory whole. */
export const MAX_ENTRY_BYTES = 16 * 1024 * 1024;

export function tarEntry({ name, bytes }: TarEntry, modified: number): Uint8Array {
  if (bytes.length > MAX_ENTRY_BYTES) throw new RangeError(`no entry of a backup: ${name}`);
  return concatBytes(tarHead(name, bytes.length, modified), bytes, tarFilling(bytes.length));
}

/** Throws BackupError `backup.format` for anything that `tarEntry` did not write, and where the end is missing. */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  for await (const { name, size, content } of readTarFiles(source, malformed)) {
    if (size > MAX_ENTRY_BYTES) throw malformed('an entry is too long');
    const pieces: Uint8Array[] = [];
    for await (const piece of content) pieces.push(piece);
    yield { name, bytes: concatBytes(...pieces) };
  }
}

function malformed(reason: string): BackupError {
  return new BackupError({ code: 'backup.format', reason });
}
